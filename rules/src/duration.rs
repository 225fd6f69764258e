//! Durations as authors write them: `"24h"`, `"1m30s"`. Whole milliseconds inside.

/// Reads a duration: one or more `number unit` pairs, units `ms s m h d w`, largest first is not
/// required. Gives milliseconds. `None` when it is not a duration, is zero-length text, or overflows.
#[must_use]
pub fn parse(text: &str) -> Option<i64> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    let mut total: i64 = 0;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, tail) = rest.split_at_checked(digits)?;
        let letters = tail.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, tail) = tail.split_at_checked(letters)?;
        let part = number.parse::<i64>().ok()?.checked_mul(unit_ms(unit)?)?;
        total = total.checked_add(part)?;
        rest = tail;
    }
    Some(total)
}

/// Milliseconds of a unit.
#[must_use]
pub fn unit_ms(unit: &str) -> Option<i64> {
    Some(match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "w" => 604_800_000,
        _ => return None,
    })
}

/// The shortest text that reads back as `ms`: `90_000` → `"1m30s"`.
#[must_use]
pub fn format(ms: i64) -> String {
    if ms == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    if ms < 0 {
        text.push('-');
    }
    let mut rest = ms.unsigned_abs();
    for (unit, size) in [
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
        ("ms", 1),
    ] {
        if rest >= size {
            text.push_str(&format!("{}{unit}", rest / size));
            rest %= size;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_print() {
        assert_eq!(parse("9m59s"), Some(599_000));
        assert_eq!(parse("8d2h"), Some(8 * 86_400_000 + 2 * 3_600_000));
        assert_eq!(parse("100ms"), Some(100));
        assert_eq!(parse("1month"), None);
        assert_eq!(parse("10"), None);
        assert_eq!(parse("-5s"), None);
        assert_eq!(parse(""), None);
        assert_eq!(parse("99999999999999999w"), None);
        assert_eq!(format(90_000), "1m30s");
        assert_eq!(parse(&format(93_784_005)), Some(93_784_005));
    }
}
