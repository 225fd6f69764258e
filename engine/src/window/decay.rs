//! Sums that fade: each value is halved whenever its half-life has passed.

/// What is left of one after `age` ms: ½ to the power of age ÷ half-life. Made of additions,
/// multiplications and divisions alone, so that every machine gives the same bits; within 2⁻⁵⁰ of the
/// true value, relatively. Less than 2⁻¹⁰²² is nothing.
#[must_use]
pub fn left_of_one(age: i64, half_life: i64) -> f64 {
    let (age, half_life) = (age.max(0), half_life.max(1));
    let halvings = u64::try_from(age / half_life).unwrap_or(u64::MAX);
    let Some(exponent) = 1_023u64.checked_sub(halvings).filter(|e| *e > 0) else {
        return 0.0;
    };
    let halved = f64::from_bits(exponent << 52);
    halved * fraction(real(age % half_life) / real(half_life))
}

/// 2⁻ˣ for x in [0, 1), by the series of the exponential.
fn fraction(x: f64) -> f64 {
    /// So many terms: the next is below 2⁻⁶¹.
    const TERMS: u32 = 18;
    let y = -x * std::f64::consts::LN_2;
    (1..=TERMS)
        .rev()
        .fold(1.0, |rest, n| 1.0 + rest * y / f64::from(n))
}

#[expect(clippy::cast_precision_loss, reason = "below 2⁵³: 400 days are 2³⁵ ms")]
fn real(ms: i64) -> f64 {
    ms as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_life_leaves_a_half_and_in_between_the_power_of_a_half() {
        assert_eq!(left_of_one(0, 7), 1.0);
        assert_eq!(left_of_one(7, 7), 0.5);
        assert_eq!(left_of_one(70, 7), 1.0 / 1_024.0);
        assert_eq!(left_of_one(7 * 1_022, 7), f64::MIN_POSITIVE);
        assert_eq!(left_of_one(7 * 1_023, 7), 0.0);
        assert_eq!(left_of_one(i64::MAX, 1), 0.0);
        for age in 0..100_000i64 {
            let part = (age % 9_973) as f64 / 9_973.0;
            let want = (-part).exp2() / (1u64 << (age / 9_973)) as f64;
            let error = left_of_one(age, 9_973) - want;
            assert!(error.abs() <= want * (-50f64).exp2(), "{age}: {error}");
        }
    }
}
