//! Who reads a window.

use super::track::Order;
use jiff::tz::TimeZone;

/// The event a window is read for, and whose clock its days and hours are of.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// The event.
    pub order: Order,
    /// As it was just before that event.
    pub before: bool,
    /// The customer's zone; the bank's where the window is an entity's.
    pub zone: &'a TimeZone,
}
