//! Switches: what an operator may turn off while events flow, and what is turned off now.
//!
//! They are shared state: an order is logged, becomes visible to all shards at one tick, and is part
//! of snapshots. A decision that met one that was off says so in its record.

use rules::rule::Class;
use rules::value::Text;
use std::collections::BTreeMap;
use std::fmt;

/// Something that can be turned off.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Switch {
    /// Every rule that acts.
    All,
    /// The rules of a class.
    Class(Class),
    /// One rule, by its id.
    Rule(Text),
}

impl Switch {
    /// Reads back what it is called.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        if name == "all-actions" {
            return Some(Self::All);
        }
        match name.split_once('.')? {
            ("class", class) => Class::named(class).map(Self::Class),
            ("rule", rule) => Some(Self::Rule(Text::from(rule))),
            _ => None,
        }
    }
}

impl fmt::Display for Switch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all-actions"),
            Self::Class(class) => write!(f, "class.{}", class.name()),
            Self::Rule(rule) => write!(f, "rule.{rule}"),
        }
    }
}

/// Since when something is off, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Off {
    /// Door time, ms.
    pub since: i64,
    /// What the operator said.
    pub why: Text,
    /// Who it was.
    pub by: Text,
}

/// What does not act now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Turned off by operators.
    pub off: BTreeMap<Switch, Off>,
    /// Rules their brake paused, and since when.
    pub braked: BTreeMap<Text, i64>,
    /// Windows that may not know their whole length yet, and from when on they do, ms. A rule that
    /// reads one only watches till then.
    pub cold: BTreeMap<Text, i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_switch_is_read_back_by_its_name() {
        let rule = Switch::Rule(Text::from("offers.card.gold"));
        let classes = Class::ALL.map(Switch::Class);
        for switch in [Switch::All, rule].into_iter().chain(classes) {
            assert_eq!(Switch::named(&switch.to_string()), Some(switch));
        }
        for wrong in ["", "all", "class.gold", "list.vip", "fraud"] {
            assert_eq!(Switch::named(wrong), None, "{wrong}");
        }
    }
}
