//! What a DW1 rule can read: numbers, words and flags, by place.

/// Event types, in the order of their kinds.
pub const KINDS: [&str; 3] = [
    "transaction.payment",
    "channel.activity",
    "location.changed",
];

/// A kind of event, by its place in [`KINDS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind(pub u8);

impl Kind {
    /// Payments: 60 % of the traffic.
    pub const PAYMENT: Self = Self(0);
    /// What a customer does in a channel: 30 %.
    pub const ACTIVITY: Self = Self(1);
    /// Where a customer is: 10 %.
    pub const LOCATION: Self = Self(2);

    /// The event type.
    #[must_use]
    pub fn name(self) -> &'static str {
        KINDS.get(usize::from(self.0)).copied().unwrap_or("")
    }
}

/// A numeric field, tag or feature, by its place in [`NUMBERS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(pub u8);

/// How many numbers there are.
pub const NUMBERS_COUNT: usize = 27;

/// Path, and true for money. Those of the event come first, then the tag, then per window of 1 h, 24 h
/// and 7 d its seven features.
pub const NUMBERS: [(&str, bool); NUMBERS_COUNT] = [
    ("event.amount", true),
    ("event.speed_kmh", false),
    ("event.jump_km", false),
    ("event.idle_s", false),
    ("event.hour", false),
    ("customer.age", false),
    ("customer.count_1h", false),
    ("customer.sum_1h", true),
    ("customer.max_1h", true),
    ("customer.avg_1h", true),
    ("customer.countries_1h", false),
    ("customer.devices_1h", false),
    ("customer.failed_1h", false),
    ("customer.count_24h", false),
    ("customer.sum_24h", true),
    ("customer.max_24h", true),
    ("customer.avg_24h", true),
    ("customer.countries_24h", false),
    ("customer.devices_24h", false),
    ("customer.failed_24h", false),
    ("customer.count_7d", false),
    ("customer.sum_7d", true),
    ("customer.max_7d", true),
    ("customer.avg_7d", true),
    ("customer.countries_7d", false),
    ("customer.devices_7d", false),
    ("customer.failed_7d", false),
];

/// Features per window.
const PER_WINDOW: u8 = 7;

impl Number {
    /// `event.amount`: payments alone have it.
    pub const AMOUNT: Self = Self(0);
    /// `event.hour`
    pub const HOUR: Self = Self(4);
    /// The first windowed feature; all behind it are.
    pub const FIRST_WINDOW: Self = Self(6);

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..).take(NUMBERS_COUNT).map(Self)
    }

    /// As an author writes it.
    #[must_use]
    pub fn path(self) -> &'static str {
        NUMBERS.get(usize::from(self.0)).map_or("", |n| n.0)
    }

    /// True for an amount of money, kept in minor units.
    #[must_use]
    pub fn is_money(self) -> bool {
        NUMBERS.get(usize::from(self.0)).is_some_and(|n| n.1)
    }

    /// True for a sliding window.
    #[must_use]
    pub fn is_windowed(self) -> bool {
        self >= Self::FIRST_WINDOW
    }

    /// The same feature over the window that is `longer` steps longer, if there is one.
    #[must_use]
    pub fn widened(self, longer: u8) -> Option<Self> {
        let wider = self.0 + longer * PER_WINDOW;
        (self.is_windowed() && usize::from(wider) < NUMBERS_COUNT).then_some(Self(wider))
    }

    /// The number of payments in the window of this feature.
    #[must_use]
    pub fn count_beside(self) -> Option<Self> {
        let past = self.0.checked_sub(Self::FIRST_WINDOW.0)?;
        Some(Self(self.0 - past % PER_WINDOW))
    }

    /// `customer.sum_…`
    #[must_use]
    pub fn is_sum(self) -> bool {
        self.is_windowed() && (self.0 - Self::FIRST_WINDOW.0) % PER_WINDOW == 1
    }
}

/// A word, by its place in [`WORDS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word(pub u8);

/// Countries of events and homes.
pub const COUNTRIES: [&str; 16] = [
    "CN", "HK", "SG", "JP", "KR", "TH", "MY", "US", "GB", "DE", "FR", "AU", "CA", "AE", "IN", "BR",
];
/// Channels.
pub const CHANNELS: [&str; 6] = ["app", "web", "pos", "atm", "ecom", "branch"];
/// Customer segments.
pub const SEGMENTS: [&str; 8] = [
    "mass", "young", "family", "senior", "affluent", "private", "business", "staff",
];
/// Risk bands.
pub const RISKS: [&str; 4] = ["low", "medium", "high", "extreme"];
/// Currencies a card may have been charged in.
pub const CURRENCIES: [&str; 4] = ["CNY", "USD", "EUR", "HKD"];

/// How many words there are.
pub const WORDS_COUNT: usize = 6;

/// Path and what it may say.
pub const WORDS: [(&str, &[&str]); WORDS_COUNT] = [
    ("event.currency", &CURRENCIES),
    ("event.channel", &CHANNELS),
    ("event.country", &COUNTRIES),
    ("customer.segment", &SEGMENTS),
    ("customer.home_country", &COUNTRIES),
    ("customer.risk_band", &RISKS),
];

impl Word {
    /// `event.currency`: payments alone have it.
    pub const CURRENCY: Self = Self(0);
    /// `event.country`
    pub const COUNTRY: Self = Self(2);
    /// `customer.home_country`
    pub const HOME: Self = Self(4);

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..).take(WORDS_COUNT).map(Self)
    }

    /// As an author writes it.
    #[must_use]
    pub fn path(self) -> &'static str {
        WORDS.get(usize::from(self.0)).map_or("", |w| w.0)
    }

    /// What it may say.
    #[must_use]
    pub fn values(self) -> &'static [&'static str] {
        WORDS.get(usize::from(self.0)).map_or(&[], |w| w.1)
    }

    /// What the value at this place says.
    #[must_use]
    pub fn value(self, at: u8) -> &'static str {
        self.values().get(usize::from(at)).copied().unwrap_or("")
    }
}

/// Boolean tags of a customer.
pub const FLAGS: u8 = 32;

/// The name of a boolean tag.
#[must_use]
pub fn flag_name(flag: u8) -> String {
    format!("flag_{flag:02}")
}
