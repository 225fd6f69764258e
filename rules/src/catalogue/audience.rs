//! Audiences: how an event that belongs to no customer comes to customers. Each is an event type of its
//! own, told to one customer after the other.

use super::{Catalogue, EventId, EventType, TagId};

/// What parts the event type from the tag in the name of a told one: no name has it.
pub const THROUGH: char = '@';

/// Customers told per second, at most: what one tick of a living node brings is bounded by it.
const PER_SECOND_MAX: u32 = 10_000;

/// An event type of no customer, and the tag by which customers are told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience {
    /// The event type.
    pub event: EventId,
    /// The tag of a customer that refers to the same entity as the event.
    pub tag: TagId,
    /// The field of the event that refers to it, by place.
    pub field: usize,
    /// The event type that a customer is told.
    pub told: EventId,
    /// How fast.
    pub rate: Rate,
}

/// So many in so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub count: u32,
    /// In how long, ms.
    pub per: i64,
}

impl Rate {
    /// Reads `500/s` or `60/m`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (count, unit) = text.split_once('/')?;
        let per = match unit {
            "s" => 1_000,
            "m" => 60_000,
            _ => return None,
        };
        let plain = !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit());
        let count: u32 = count.parse().ok().filter(|_| plain)?;
        let most = i64::from(PER_SECOND_MAX) * per / 1_000;
        (count > 0 && i64::from(count) <= most).then_some(Self { count, per })
    }

    /// True when it is slower than another.
    #[must_use]
    pub fn is_slower(self, other: Self) -> bool {
        i64::from(self.count) * other.per < i64::from(other.count) * self.per
    }

    /// The instant of a turn, from 0, of what began at `start` ms.
    #[must_use]
    pub fn instant(self, start: i64, turn: u64) -> i64 {
        let turn = i64::try_from(turn).unwrap_or(i64::MAX);
        let after = turn.saturating_mul(self.per) / i64::from(self.count);
        start.saturating_add(after)
    }

    /// How many turns of what began at `start` ms lie at `until` ms or before.
    #[must_use]
    pub fn turns(self, start: i64, until: i64) -> u64 {
        let Some(gone) = until.checked_sub(start).filter(|gone| *gone >= 0) else {
            return 0;
        };
        // Turn k is at ⌊k · per ÷ count⌋, which is at most `gone` while k · per < (gone + 1) · count.
        let reach = gone.saturating_add(1).saturating_mul(i64::from(self.count));
        let last = reach.saturating_sub(1) / self.per;
        u64::try_from(last).unwrap_or(0).saturating_add(1)
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let unit = if self.per == 1_000 { "s" } else { "m" };
        write!(f, "{}/{unit}", self.count)
    }
}

impl EventType {
    /// The name that rules know: that of the event which a customer is told.
    #[must_use]
    pub fn spoken(&self) -> &str {
        let spoken = self.name.split_once(THROUGH);
        spoken.map_or(self.name.as_str(), |(name, _)| name)
    }
}

impl Catalogue {
    /// The event types that rules know by this name: itself, and what customers are told of it.
    pub fn events_spoken(&self, name: &str) -> impl Iterator<Item = EventId> {
        let events = (0u16..).map(EventId).zip(&self.events);
        let spoken = events.filter(move |(_, event)| event.spoken() == name);
        spoken.map(|(id, _)| id)
    }

    /// The audience that a customer is told this event type for.
    #[must_use]
    pub fn audience_of(&self, told: EventId) -> Option<&Audience> {
        self.audiences.iter().find(|a| a.told == told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_in_a_second_or_a_minute() {
        let rate = |count, per| Some(Rate { count, per });
        assert_eq!(Rate::parse("500/s"), rate(500, 1_000));
        assert_eq!(Rate::parse("1/m"), rate(1, 60_000));
        assert_eq!(Rate::parse("10000/s"), rate(10_000, 1_000));
        for wrong in [
            "", "500", "/s", "0/s", "-1/s", "+1/s", "1.5/s", "500/h", "500 /s", "10001/s", "1/ms",
        ] {
            assert_eq!(Rate::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn turns_are_those_whose_instant_has_come() {
        for (count, per) in [
            (1, 1_000),
            (3, 1_000),
            (500, 1_000),
            (10_000, 1_000),
            (7, 60_000),
        ] {
            let rate = Rate { count, per };
            for until in -5..3_000 {
                let counted = (0..).take_while(|turn| rate.instant(0, *turn) <= until);
                let counted = counted.take(40_000).count() as u64;
                assert_eq!(rate.turns(0, until), counted, "{rate} at {until}");
            }
        }
    }
}
