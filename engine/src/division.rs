//! Customers divided among several engines, each of which decides about its own alone.

use crate::event::Event;
use crate::key::{KeyGroup, is_keyless};
use crate::limits::KEY_GROUPS;
use std::fmt;
use std::str::FromStr;

/// Whose customers an engine decides about, where there are several: those whose key group, divided by so
/// many, leaves this number. What others decide about, it counts for cards, devices and merchants alone.
///
/// Positive murmur2 modulo a power of two up to the number of key groups: so a topic whose partitions are a
/// multiple of it holds one division's customers on each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Division {
    number: u16,
    of: u16,
}

impl Division {
    /// Division `number`, from 0, of so many; `None` unless that is a power of two from 2 to the number of
    /// key groups, and above `number`.
    #[must_use]
    pub fn new(number: u16, of: u16) -> Option<Self> {
        let fits = of.is_power_of_two() && (2..=KEY_GROUPS).contains(&of);
        (fits && number < of).then_some(Self { number, of })
    }

    /// Its number, from 0.
    #[must_use]
    pub fn number(self) -> u16 {
        self.number
    }

    /// How many there are.
    #[must_use]
    pub fn of(self) -> u16 {
        self.of
    }

    /// The number of the division that decides about a customer.
    #[must_use]
    pub fn number_of(self, customer: &str) -> u16 {
        KeyGroup::of(customer).0 % self.of
    }

    /// True when this one decides about a customer.
    #[must_use]
    pub fn owns(self, customer: &str) -> bool {
        self.number_of(customer) == self.number
    }

    /// True when this one decides about an event: one of no customer is everybody's.
    #[must_use]
    pub(crate) fn takes(self, event: &Event) -> bool {
        is_keyless(&event.customer) || self.owns(&event.customer)
    }
}

impl fmt::Display for Division {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Division {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('/');
        let parts = parts.and_then(|(n, of)| Some((n.parse().ok()?, of.parse().ok()?)));
        parts.and_then(|(n, of)| Self::new(n, of)).ok_or_else(|| {
            format!("`{text}` is no division: write 0/2 for the first of two; there are 2, 4, 8 … {KEY_GROUPS}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_customer_is_of_one_division_and_of_its_partition() {
        for of in [2, 4, 64] {
            let all: Vec<Division> = (0..of).filter_map(|n| Division::new(n, of)).collect();
            assert_eq!(all.len(), usize::from(of));
            for n in 0..500 {
                let customer = format!("顾客-{n}");
                let owners: Vec<&Division> = all.iter().filter(|d| d.owns(&customer)).collect();
                assert_eq!(owners.len(), 1);
                // Kafka's default partitioner on a topic with three times as many partitions.
                let positive = crate::key::murmur2(customer.as_bytes()) & 0x7fff_ffff;
                let partition = positive % (u32::from(of) * 3);
                assert_eq!(partition % u32::from(of), u32::from(owners[0].number()));
            }
        }
    }

    #[test]
    fn a_division_is_said_as_a_fraction() {
        for (text, fits) in [
            ("0/2", true),
            ("63/64", true),
            ("2/2", false),
            ("0/1", false),
            ("0/3", false),
            ("0/128", false),
            ("1", false),
            ("-1/2", false),
        ] {
            let read = text.parse::<Division>();
            assert_eq!(read.is_ok(), fits, "{text}");
            assert!(read.is_err() || read.is_ok_and(|division| division.to_string() == text));
        }
    }
}
