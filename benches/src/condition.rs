//! One condition of a rule, as a description: what is written as script and matched by hand alike.

use crate::fields::{Number, Word};

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// `event.channel == "app"`
    Is(Word, u8),
    /// `event.country in ["CN", "HK"]`
    IsOneOf(Word, Vec<u8>),
    /// `event.country != customer.home_country`
    Abroad,
    /// `customer.flag_07`, or `!customer.flag_07`.
    Flag(u8, bool),
    /// `customer.sum_24h >= 500.0`; money in minor units.
    AtLeast(Number, i64),
    /// `event.idle_s <= 60`
    AtMost(Number, i64),
    /// `customer.sum_24h * 7 >= customer.sum_7d * 3`
    Share(Number, i64, Number, i64),
    /// `customer.sum_24h * customer.count_7d >= customer.sum_7d * customer.count_24h * 2`: the mean of
    /// one window against the mean of another, without division.
    Means {
        /// The sum over the short window.
        sum: Number,
        /// The count over the long window.
        count_long: Number,
        /// The sum over the long window.
        sum_long: Number,
        /// The count over the short window.
        count: Number,
        /// How many times the mean of the long one.
        times: i64,
    },
    /// A helper function of the file: at night.
    Night,
    /// A loop: of the thresholds `step`, `2 × step` and `3 × step`, at least `hits` are reached.
    Steps(Number, i64, i64),
    /// One or the other.
    Either(Box<Condition>, Box<Condition>),
}

/// A rule as a description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSpec {
    /// Bit n: it is evaluated on kind n.
    pub kinds: u8,
    /// All must hold.
    pub conditions: Vec<Condition>,
    /// What it asks for, and its cool-down: a number that stands for the choice.
    pub action: Action,
    /// 0…1000, where the action is a verdict.
    pub priority: u16,
    /// It stays silent for a day after it acted.
    pub cools: bool,
}

/// What a rule asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// `offer`
    Offer,
    /// `retain`
    Retain,
    /// `step_up`
    StepUp,
    /// `block`
    Block,
}
