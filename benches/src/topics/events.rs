//! Events of the retail bank: one in twenty is a complaint, which has an action each time.

use crate::seed::Seed;
use crate::workload::SEED;

/// One in so many has an action.
pub const SPOKEN: u64 = 20;

/// An event as a record: its key, and what it says.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// The customer.
    pub key: String,
    /// The event as JSON.
    pub value: String,
    /// Somebody reads of it again.
    pub is_spoken: bool,
}

/// The nth event of a load at `now` ms, of one of so many customers. `load` parts its ids from those of others.
#[must_use]
pub fn nth(load: &str, n: u64, customers: u64, now: u64) -> Drawn {
    let mut seed = Seed::new(SEED.wrapping_add(n));
    let customer = seed.below(customers.max(1));
    let is_spoken = n.is_multiple_of(SPOKEN);
    let (kind, data) = if is_spoken {
        let data = format!(r#"{{"severity":"high","complaint":"{load}-{n}"}}"#);
        ("channel.complaint", data)
    } else {
        (
            "channel.balance_query",
            format!(r#"{{"account":"A{customer:08}"}}"#),
        )
    };
    Drawn {
        key: format!("C{customer}"),
        value: format!(
            r#"{{"id":"{load}-{n}","type":"{kind}","customer":"C{customer}","time":{now},"source":"bench","data":{data}}}"#
        ),
        is_spoken,
    }
}

/// Which event of a load a record speaks of, if it is one of its complaints.
#[must_use]
pub fn number(load: &str, value: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(value).ok()?;
    let mark = format!("\"complaint\":\"{load}-");
    let behind = text.get(text.find(&mark)? + mark.len()..)?;
    behind.split('"').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_is_known_again_in_whatever_holds_it() {
        let drawn = nth("a", 40, 10, 7);
        assert!(drawn.is_spoken);
        assert_eq!(number("a", drawn.value.as_bytes()), Some(40));
        assert_eq!(number("b", drawn.value.as_bytes()), None);
        let silent = nth("a", 41, 10, 7);
        assert!(!silent.is_spoken);
        assert_eq!(number("a", silent.value.as_bytes()), None);
    }
}
