//! Dated timers: events that come by the calendar of a customer.

use super::TagId;
use crate::finding::Place;
use crate::value::Text;

/// A timer of `timers.toml`: it becomes event `timer.<name>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatedTimer {
    /// Its name.
    pub name: Text,
    /// The tag that holds the date; while it is unset, the customer has no such timer.
    pub tag: TagId,
    /// How the date comes again; `None`: it does not.
    pub every: Option<Every>,
    /// How many days before the date.
    pub before: i32,
    /// The hour in the customer's zone, ms since midnight by the wall clock.
    pub at: i64,
    /// Customers are spread over this span behind that hour, ms.
    pub spread: i64,
    /// Where it is declared.
    pub place: Place,
}

/// How a date comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// On the day of that month; 29 February is 28 February in common years.
    Year,
    /// On that day of the month, or the last of a shorter one.
    Month,
    /// Every seven days.
    Week,
}
