//! A bank that does not exist: customers with habits and moods, what happens to them, the frauds
//! among it, and how they answer what they are told.
//!
//! It is a sequence of events in the order of their time, a function of its [`Plan`] alone: equal
//! plans give equal bytes on every machine. It reads no clock, and uses whole numbers only. Who a
//! customer is follows from the seed and the number, so a million of them take no memory; what is
//! held is what has been scheduled and is not due yet.

pub mod answers;
mod chance;
mod deck;
mod everyday;
mod frauds;
mod lives;
mod person;
mod stage;
mod week;

#[cfg(test)]
mod tests;

pub use stage::{Label, Made};

use chance::Chance;
use deck::Deck;
use person::Person;
use stage::Stage;
use week::Week;

/// What the bank is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Another seed is another bank.
    pub seed: u64,
    /// How many customers it has.
    pub customers: u32,
    /// When its first day begins, ms. What is known of everyone comes from the week before.
    pub start: i64,
    /// How much happens.
    pub pace: Pace,
}

/// How much happens in a bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Between two everyday scenes, on average, µs.
    pub everyday_us: i64,
    /// Between two stories, on average, µs.
    pub story_us: i64,
    /// Stories are told so many times faster than they happen; 1 is life.
    pub haste: i64,
    /// Nobody sleeps.
    pub sleepless: bool,
}

/// Everyday scenes of a customer on one day.
const SCENES_A_DAY: i64 = 3;
/// So many everyday scenes come to one story.
const SCENES_A_STORY: i64 = 25;
const DAY_US: i64 = 86_400_000_000;

/// Every type of event it tells of, in order.
pub const TYPES: [&str; 19] = [
    "channel.application_submitted",
    "channel.balance_query",
    "channel.card_closing",
    "channel.complaint",
    "channel.complaint_closed",
    "channel.login",
    "channel.password_reset",
    "channel.quote_viewed",
    "channel.travel_notice",
    "location.roaming_started",
    "profile.balances",
    "profile.consent",
    "profile.updated",
    "transaction.card_payment",
    "transaction.cash_withdrawal",
    "transaction.credit",
    "transaction.deposit_matured",
    "transaction.product_bought",
    "transaction.transfer",
];

impl Pace {
    /// The pace of life: three scenes a day for each of so many customers, and a story to every 25.
    #[must_use]
    pub fn of_life(customers: u32) -> Self {
        let everyday_us = DAY_US / (SCENES_A_DAY * i64::from(customers.max(1)));
        Self {
            everyday_us: everyday_us.max(1),
            story_us: (everyday_us * SCENES_A_STORY).max(1),
            haste: 1,
            sleepless: false,
        }
    }
}

/// The events of a bank, without an end, in the order of their time.
#[derive(Debug)]
pub struct Bank {
    plan: Plan,
    week: Week,
    stage: Stage,
    deck: Deck,
    /// When the next everyday scene begins, µs.
    everyday: i64,
    /// When the next story begins, µs.
    story: i64,
}

impl Bank {
    /// The bank of a plan.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        let chance = Chance::new(plan.seed);
        let start = plan.start.saturating_mul(1_000);
        Self {
            plan,
            week: Week::new(&plan),
            stage: Stage::new(chance.branch(1), plan.pace.haste),
            deck: Deck::new(chance.branch(2)),
            everyday: start,
            story: start,
        }
    }

    /// How many events the week before the first day has.
    #[must_use]
    pub fn week(&self) -> u64 {
        self.week.len()
    }

    /// Somebody, by chance.
    fn anyone(&mut self) -> Person {
        let number = self.stage.chance.below(u64::from(self.plan.customers));
        Person::of(self.plan.seed, number)
    }

    /// Somebody whom a story fits. When few are like that, it happens to whoever was looked at last.
    fn somebody(&mut self, fits: impl Fn(&Person) -> bool) -> Person {
        const LOOKS_MAX: usize = 200;
        let mut person = self.anyone();
        for _ in 0..LOOKS_MAX {
            if fits(&person) {
                break;
            }
            person = self.anyone();
        }
        person
    }

    fn play_everyday(&mut self) {
        let at = self.everyday / 1_000;
        self.everyday += self.stage.chance.around(self.plan.pace.everyday_us);
        if self.plan.pace.sleepless || !everyday::sleeps(at, &mut self.stage.chance) {
            let person = self.anyone();
            everyday::play(&mut self.stage, at, &person);
        }
    }

    fn play_story(&mut self) {
        let at = self.story / 1_000;
        self.story += self.stage.chance.around(self.plan.pace.story_us);
        let story = self.deck.deal(at);
        self.tell(story, at);
    }
}

impl Iterator for Bank {
    type Item = Made;

    fn next(&mut self) -> Option<Made> {
        if let Some((time, event)) = self.week.next() {
            return Some(self.stage.made(time, event));
        }
        loop {
            let scene = self.everyday.min(self.story);
            if let Some(made) = self.stage.due(scene / 1_000) {
                return Some(made);
            }
            if self.everyday <= self.story {
                self.play_everyday();
            } else {
                self.play_story();
            }
        }
    }
}
