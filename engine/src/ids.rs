//! Ids that are computed, never drawn: the same event gives the same ids on every machine.

use rules::value::Text;
use sha2::{Digest, Sha256};

/// A hash over parts, each preceded by its length, so that no two lists of parts run together.
#[must_use]
pub fn digest(parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

/// The first eight bytes of [`digest`] as a number: for stable shares of customers.
#[must_use]
pub fn number(parts: &[&str]) -> u64 {
    digest(parts)
        .iter()
        .take(8)
        .fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

/// The id of the decision that this trigger of this event leads to. No version is in it: the same
/// event decided by another book is the same decision, taken differently.
#[must_use]
pub fn decision_id(customer: &str, source: &str, event: &str, trigger: &str) -> Text {
    printed('d', &["decision", customer, source, event, trigger])
}

/// The id of an action: `what` is its offer or verb, `whither` its channel or subject.
#[must_use]
pub fn action_id(decision: &str, rule: &str, what: &str, whither: &str) -> Text {
    printed('a', &["action", decision, rule, what, whither])
}

/// The id of the message that pulls an action back: an action is pulled back once.
#[must_use]
pub fn withdrawal_id(action: &str) -> Text {
    printed('a', &["withdrawal", action])
}

/// The id of an event that deft derives: a timer's deadline, a completion's matched events.
#[must_use]
pub fn derived_id(definition: &str, key: &str, cause: &[&str]) -> Text {
    let mut parts = vec!["event", definition, key];
    parts.extend_from_slice(cause);
    printed('e', &parts)
}

fn printed(letter: char, parts: &[&str]) -> Text {
    let mut text = String::with_capacity(26);
    text.push(letter);
    text.push('-');
    for byte in digest(parts).iter().take(12) {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(
            decision_id("C1", "a", "bc", "t"),
            decision_id("C1", "ab", "c", "t")
        );
        assert_ne!(
            derived_id("x", "k", &["1", "2"]),
            derived_id("x", "k", &["12"])
        );
    }

    #[test]
    fn ids_print_as_a_letter_and_24_hex_digits() {
        let id = action_id("d-1", "fraud.x", "block", "");
        assert_eq!(id.len(), 26);
        assert!(id.starts_with("a-"));
        assert!(id.chars().skip(2).all(|c| c.is_ascii_hexdigit()));
    }

    #[test]
    fn an_id_is_the_same_on_every_machine() {
        // Computed independently: printf of the parts with 8-byte little-endian lengths | sha256sum.
        assert_eq!(decision_id("C7", "app", "q-1", "channel.quote"), EXPECTED);
    }

    const EXPECTED: &str = "d-b4abf9bf704a0d81db1b4849";
}
