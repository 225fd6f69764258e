//! The week before the first day: what the bank knows of everyone, and a few payments to know a habit
//! by. In passes over all customers, so that it needs no memory; deposits mature last, six hours before
//! the first day, so that their reminders are due on it.

use super::Plan;
use super::chance::Chance;
use super::person::Person;
use super::stage::{Draft, money};

const HOUR_MS: i64 = 3_600_000;
/// A little less than the week that a catalogue lets an event be behind.
const LENGTH_MS: i64 = 6 * 24 * HOUR_MS + 20 * HOUR_MS;
/// Passes over all customers; the last six are payments, which is enough to tell a habit.
const PASSES: u64 = 12;
/// How long after a deposit's end it is looked whether it lies idle.
const IDLE_MS: i64 = 6 * HOUR_MS;
/// Between two deposits.
const DEPOSIT_GAP_MS: i64 = 12_000;
/// The first reminder comes so long after the first day began.
const FIRST_REMINDER_MS: i64 = 1_000;
/// Behind the passes, before the deposits.
const REST_MS: i64 = 600_000;

/// The week, event by event.
#[derive(Debug)]
pub(super) struct Week {
    seed: u64,
    start: i64,
    customers: u64,
    deposits: u64,
    at: u64,
}

impl Week {
    pub(super) fn new(plan: &Plan) -> Self {
        let customers = u64::from(plan.customers);
        Self {
            seed: plan.seed,
            start: plan.start,
            customers,
            deposits: (customers / 25).clamp(1, 120).min(customers),
            at: 0,
        }
    }

    /// How many events it has.
    pub(super) fn len(&self) -> u64 {
        self.customers * PASSES + self.deposits
    }

    fn passed(&self, at: u64) -> (i64, Draft) {
        let person = Person::of(self.seed, at % self.customers.max(1));
        let span = LENGTH_MS - IDLE_MS - REST_MS;
        let steps = i128::from((self.customers * PASSES).max(1));
        let offset = i64::try_from(i128::from(span) * i128::from(at) / steps).unwrap_or(span);
        let time = self.start - LENGTH_MS + offset;
        let pass = at / self.customers.max(1);
        let mut chance = Chance::new(self.seed).branch(at.wrapping_add(1 << 40));
        (time, known(pass, &person, &mut chance))
    }

    /// Somebody who may be told of it at any hour; whoever was looked at last, when nobody is like that.
    fn depositor(&self, from: u64) -> Person {
        const LOOKS_MAX: u64 = 25;
        let numbered = |number: u64| Person::of(self.seed, number % self.customers.max(1));
        let near = (from..from + LOOKS_MAX).map(numbered);
        let fits = |person: &Person| person.hears_in_app() && !person.in_hardship;
        near.into_iter()
            .find(fits)
            .unwrap_or_else(|| numbered(from))
    }

    fn deposit(&self, at: u64) -> (i64, Draft) {
        let nth = i64::try_from(at).unwrap_or(0);
        let time = self.start - IDLE_MS + FIRST_REMINDER_MS + nth * DEPOSIT_GAP_MS;
        let mut chance = Chance::new(self.seed).branch(at.wrapping_add(1 << 41));
        let person = self.depositor(at * 25 + 7);
        (time, matured(&person, at, &mut chance))
    }
}

impl Iterator for Week {
    type Item = (i64, Draft);

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.at;
        if at >= self.len() {
            return None;
        }
        self.at += 1;
        let passes = self.customers * PASSES;
        Some(match at.checked_sub(passes) {
            None => self.passed(at),
            Some(deposit) => self.deposit(deposit),
        })
    }
}

fn known(pass: u64, person: &Person, chance: &mut Chance) -> Draft {
    let (kind, data) = match pass {
        0 => ("profile.updated", record(person)),
        1 => (
            "profile.balances",
            format!("{{\"assets\":\"{}\"}}", money(person.assets)),
        ),
        2..5 => ("profile.consent", consent(person, pass)),
        5 => ("transaction.transfer", known_transfer(person, chance)),
        _ => ("transaction.card_payment", payment(person, chance)),
    };
    Draft {
        kind,
        customer: person.id.clone(),
        data,
    }
}

pub(super) fn record(person: &Person) -> String {
    let mut data = format!(
        "{{\"tier\":\"{}\",\"age\":{},\"risk_level\":\"{}\",\"travel_policy\":{},\"in_hardship\":{}",
        person.tier, person.age, person.risk, person.travel_policy, person.in_hardship
    );
    if person.home {
        data.push_str(",\"home_country\":\"CN\"");
    }
    if person.phone {
        data.push_str(&format!(",\"phone_token\":\"ph-{}\"", person.number));
    }
    if person.app {
        data.push_str(&format!(",\"app_token\":\"ap-{}\"", person.number));
    }
    if let Some(zone) = person.zone {
        data.push_str(&format!(",\"tz\":\"{zone}\""));
    }
    data.push('}');
    data
}

fn consent(person: &Person, pass: u64) -> String {
    let [app, sms, call] = person.consents;
    let (channel, given) = match pass {
        2 => ("app", app),
        3 => ("sms", sms),
        _ => ("call_centre", call),
    };
    format!("{{\"purpose\":\"marketing\",\"channel\":\"{channel}\",\"given\":{given}}}")
}

/// What they pay every month, from their own phone.
pub(super) fn known_transfer(person: &Person, chance: &mut Chance) -> String {
    format!(
        "{{\"amount\":\"{}\",\"direction\":\"out\",\"account\":\"{}\",\"payee\":\"{}\",\"device\":\"{}\"}}",
        money(chance.from(20_000, 300_000)),
        person.account(),
        person.payee(),
        person.device()
    )
}

/// A payment as they make them, at the till they mostly stand at.
pub(super) fn payment(person: &Person, chance: &mut Chance) -> String {
    let amount = person.usual * chance.from(40, 180) / 100;
    let category = chance.pick(&["grocery", "dining", "fuel", "home", "other"], "other");
    format!(
        "{{\"amount\":\"{}\",\"card\":\"{}\",\"terminal\":\"{}\",\"category\":\"{category}\"}}",
        money(amount),
        person.card(),
        person.terminal()
    )
}

/// The end of a term deposit.
pub(super) fn matured(person: &Person, serial: u64, chance: &mut Chance) -> Draft {
    let amount = chance.from(500_000, 20_000_000);
    let renews = chance.percent(20);
    Draft {
        kind: "transaction.deposit_matured",
        customer: person.id.clone(),
        data: format!(
            "{{\"amount\":\"{}\",\"deposit\":\"TD{}-{serial}\",\"auto_renew\":{renews}}}",
            money(amount),
            person.number
        ),
    }
}
