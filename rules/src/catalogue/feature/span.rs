//! Where a window begins.

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// How far back a window reaches from its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Span {
    /// Its length.
    #[default]
    Sliding,
    /// To the beginning of its pane: panes of its length stand one behind the other from this instant
    /// on, ms.
    Tumbling(i64),
    /// To the beginning of its day, week, month or year.
    Calendar(Period),
    /// To the first event of the session: it has no two events this many ms apart.
    Session(i64),
}

impl Span {
    /// The word in `window = "…"`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sliding => "sliding",
            Self::Tumbling(_) => "tumbling",
            Self::Calendar(_) => "calendar",
            Self::Session(_) => "session",
        }
    }
}

/// Panes that stand one behind the other: what a window with a `step` counts by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Panes {
    /// The first instant of some pane, ms.
    pub origin: i64,
    /// The length of each, ms.
    pub length: i64,
}

impl Panes {
    /// The first instant of the pane that `at` stands in, ms.
    #[must_use]
    pub fn first(self, at: i64) -> i64 {
        let passed = at
            .saturating_sub(self.origin)
            .rem_euclid(self.length.max(1));
        at.saturating_sub(passed)
    }
}

/// A stretch of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// From midnight on.
    Day,
    /// From Monday on (ISO 8601).
    Week,
    /// From the first day of a month on.
    Month,
    /// From 1 January on.
    Year,
}

impl Period {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Year];

    /// The word in `per = "…"`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// No such stretch is longer, ms: clocks go back by two hours at most.
    #[must_use]
    pub fn longest(self) -> i64 {
        let days = match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 31,
            Self::Year => 366,
        };
        days * DAY + 2 * HOUR
    }
}
