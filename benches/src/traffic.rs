//! Customers and their events, drawn from one seed with whole numbers alone.

use crate::fields::{CHANNELS, COUNTRIES, CURRENCIES, FLAGS, Kind, RISKS, SEGMENTS, flag_name};
use crate::seed::Seed;
use std::fmt::Write;

/// 2026-03-02T00:00:00Z, ms: when the recorded week begins.
const START: i64 = 1_772_409_600_000;
/// The recorded week, ms.
const WEEK: i64 = 7 * 24 * 3_600_000;

/// One event as a line of JSON.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its number, from 0.
    pub id: u64,
    /// What it is; `None` for what comes before the measurement.
    pub kind: Option<Kind>,
    /// Its bytes, without a line end.
    pub bytes: Vec<u8>,
}

impl Line {
    /// The same event as history: it fills the same windows, and no rule is on it.
    #[must_use]
    pub fn recorded(&self) -> Self {
        let Some(kind) = self.kind else {
            return self.clone();
        };
        let text = String::from_utf8_lossy(&self.bytes);
        Self {
            id: self.id,
            kind: None,
            bytes: text.replacen(kind.name(), twin(kind), 1).into_bytes(),
        }
    }
}

/// The type of an event of this kind before the measurement.
fn twin(kind: Kind) -> &'static str {
    match kind {
        Kind::PAYMENT => "transaction.recorded",
        Kind::ACTIVITY => "channel.recorded",
        _ => "location.recorded",
    }
}

/// Customers by popularity, and the events they cause. It never ends.
#[derive(Clone, Debug)]
pub struct Traffic {
    customers: u64,
    /// Running sums of the customers' weights: Zipf with s = 1, unless they are [even](Traffic::even).
    weights: Vec<u64>,
    seed: Seed,
    next: u64,
    time: i64,
    /// Mean distance of two recorded events, ms.
    pace: u64,
    recorded: u64,
}

/// Recorded events per customer: the mean of DW1.
pub const RECORDED_EACH: u64 = 28;

impl Traffic {
    /// Traffic of so many customers: their profiles, then a recorded week, then live events.
    #[must_use]
    pub fn new(seed: u64, customers: u64) -> Self {
        let customers = customers.max(1);
        let mut total = 0;
        let weights = (1..=customers)
            .map(|rank| {
                total += (1u64 << 32) / rank;
                total
            })
            .collect();
        let recorded = customers * RECORDED_EACH;
        Self {
            customers,
            weights,
            seed: Seed::new(seed),
            next: 0,
            time: START,
            pace: (u64::try_from(WEEK).unwrap_or(0) / recorded).max(1),
            recorded,
        }
    }

    /// Live events alone, of customers whose profiles and week another has told.
    #[must_use]
    pub fn live(seed: u64, customers: u64) -> Self {
        let mut traffic = Self::new(seed, customers);
        traffic.next = traffic.before();
        traffic
    }

    /// The same with every customer as likely as any other: in the minute that a load lasts hardly anybody
    /// of a bank's customers acts twice.
    #[must_use]
    pub fn even(mut self) -> Self {
        self.weights = (1..=self.customers).collect();
        self
    }

    /// How many lines come before the first live event.
    #[must_use]
    pub fn before(&self) -> u64 {
        self.customers + self.recorded
    }

    /// The next line.
    pub fn line(&mut self) -> Line {
        let id = self.next;
        self.next += 1;
        if id < self.customers {
            return Line {
                id,
                kind: None,
                bytes: self.profile(id).into_bytes(),
            };
        }
        self.time += self.seed.amount(2 * self.pace) + 1;
        let kind = match self.seed.below(10) {
            0..=5 => Kind::PAYMENT,
            6..=8 => Kind::ACTIVITY,
            _ => Kind::LOCATION,
        };
        let live = id >= self.before();
        let bytes = self.event(id, kind, live).into_bytes();
        let kind = live.then_some(kind);
        Line { id, kind, bytes }
    }

    /// The next `count` lines.
    pub fn take(&mut self, count: usize) -> Vec<Line> {
        (0..count).map(|_| self.line()).collect()
    }

    fn profile(&self, id: u64) -> String {
        let mut seed = self.seed.branch(id + 1);
        let mut text = format!(
            "{{\"id\":\"e{id}\",\"type\":\"profile.updated\",\"customer\":\"c{id}\",\"time\":{START},\
             \"source\":\"dw1\",\"data\":{{\"segment\":\"{}\",\"home_country\":\"{}\",\
             \"risk_band\":\"{}\",\"age\":{}",
            leaning(&mut seed, &SEGMENTS),
            home_of(id),
            leaning(&mut seed, &RISKS),
            18 + seed.below(70),
        );
        for flag in 0..FLAGS {
            // Flags from rare to common: 1 in 33 up to 32 in 33.
            let set = seed.below(33) <= u64::from(flag);
            let _ = write!(text, ",\"{}\":{set}", flag_name(flag));
        }
        text.push_str("}}");
        text
    }

    fn event(&mut self, id: u64, kind: Kind, live: bool) -> String {
        let customer = self.customer();
        let seed = &mut self.seed;
        let name = if live { kind.name() } else { twin(kind) };
        let abroad = seed.percent(12);
        let country = if abroad {
            leaning(seed, &COUNTRIES)
        } else {
            home_of(customer)
        };
        let mut text = format!(
            "{{\"id\":\"e{id}\",\"type\":\"{name}\",\"customer\":\"c{customer}\",\"time\":{},\
             \"source\":\"dw1\",\"data\":{{",
            self.time
        );
        match kind {
            Kind::PAYMENT => {
                let cents = amount(seed);
                let _ = write!(
                    text,
                    "\"amount\":\"{}.{:02}\",\"currency\":\"{}\",\"merchant\":\"m{}\",\"mcc\":{},",
                    cents / 100,
                    cents % 100,
                    leaning(seed, &CURRENCIES),
                    seed.below(50_000),
                    5_000 + seed.below(20) * 37,
                );
            }
            Kind::ACTIVITY => {
                let action = leaning(seed, &["login", "app_open", "card_view", "complaint"]);
                let failed = action == "login" && seed.percent(15);
                let _ = write!(text, "\"action\":\"{action}\",\"failed\":{failed},");
            }
            _ => {
                let _ = write!(text, "\"cell\":{},", seed.below(100_000));
            }
        }
        let jump = skewed(seed, 12_000);
        let _ = write!(
            text,
            "\"channel\":\"{}\",\"country\":\"{country}\",\"device\":\"d{}\",\"lat_e6\":{},\"lon_e6\":{},\
             \"speed_kmh\":{},\"jump_km\":{jump},\"idle_s\":{}}}}}",
            leaning(seed, &CHANNELS),
            customer * 8 + skewed(seed, 8),
            30_000_000 + seed.below(10_000_000),
            110_000_000 + seed.below(10_000_000),
            skewed(seed, 1_200),
            skewed(seed, 604_800),
        );
        text
    }

    /// A customer by popularity.
    fn customer(&mut self) -> u64 {
        let total = self.weights.last().copied().unwrap_or(1);
        let drawn = self.seed.below(total);
        self.weights.partition_point(|sum| *sum <= drawn) as u64
    }
}

fn home_of(customer: u64) -> &'static str {
    leaning(&mut Seed::new(customer).branch(7), &COUNTRIES)
}

/// The first words are commoner: the lesser of two draws.
fn leaning<'w>(seed: &mut Seed, words: &[&'w str]) -> &'w str {
    let bound = words.len() as u64;
    let drawn = seed.below(bound).min(seed.below(bound));
    let at = usize::try_from(drawn).unwrap_or(0);
    words.get(at).copied().unwrap_or("")
}

/// Below `bound`, and mostly far below.
fn skewed(seed: &mut Seed, bound: u64) -> u64 {
    let a = seed.below(bound);
    let b = seed.below(bound);
    a * b / bound
}

/// Cents: a long tail over three scales.
fn amount(seed: &mut Seed) -> u64 {
    let scale = match seed.below(10) {
        0..=5 => 20_000,
        6..=8 => 200_000,
        _ => 5_000_000,
    };
    1 + skewed(seed, scale)
}
