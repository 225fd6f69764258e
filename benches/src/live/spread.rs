//! How long things took, as a few numbers.

use std::time::Duration;

/// How long things took.
#[derive(Clone, Debug, Default)]
pub struct Spread {
    /// Sorted, µs.
    micros: Vec<u32>,
}

impl Spread {
    /// Of these.
    #[must_use]
    pub fn of(mut micros: Vec<u32>) -> Self {
        micros.sort_unstable();
        Self { micros }
    }

    /// So many per thousand took no longer, µs; 0 of none. The nearest rank, not interpolated.
    #[must_use]
    pub fn per_mille(&self, share: usize) -> u32 {
        let rank = (self.micros.len() * share).div_ceil(1_000).max(1) - 1;
        self.micros.get(rank).copied().unwrap_or(0)
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.micros.len()
    }

    /// True when there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.micros.is_empty()
    }

    /// p50, p99 and p99.9 in µs, as cells of a table.
    #[must_use]
    pub fn cells(&self) -> String {
        format!(
            "{} | {} | {}",
            self.per_mille(500),
            self.per_mille(990),
            self.per_mille(999)
        )
    }
}

/// Whole microseconds.
#[must_use]
pub fn micros(time: Duration) -> u32 {
    u32::try_from(time.as_micros()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_the_nearest_rank() {
        let spread = Spread::of((1..=1_000).rev().collect());
        assert_eq!(spread.cells(), "500 | 990 | 999");
        assert_eq!(Spread::of(vec![7]).cells(), "7 | 7 | 7");
        assert_eq!(Spread::default().per_mille(500), 0);
    }
}
