//! What happens in lives and gives a bank something to say: trips, paydays, purchases, complaints.

use super::Bank;
use super::deck::Story;
use super::person::Person;
use super::stage::{Stage, money};
use super::{everyday, frauds, week};
use rules::value::time_text;

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY_MS: i64 = 86_400_000;

/// A complaint, and its end after hours.
pub(super) fn complain(stage: &mut Stage, at: i64, person: &Person, severity: &str) {
    let id = format!("W{}-{at}", person.number);
    let data = format!("{{\"severity\":\"{severity}\",\"complaint\":\"{id}\"}}");
    stage.play(at, &person.id, "channel.complaint", data);
    let closed = stage.later(at, 2 * HOUR, 40 * HOUR);
    let data = format!("{{\"complaint\":\"{id}\"}}");
    stage.play(closed, &person.id, "channel.complaint_closed", data);
}

impl Bank {
    /// Tells a story from its beginning.
    pub(super) fn tell(&mut self, story: Story, at: i64) {
        match story {
            Story::StolenCard => self.stolen_card(at),
            Story::CardTrial => self.card_trial(at),
            Story::CopiedCard => self.copied_card(at),
            Story::Takeover => self.takeover(at),
            Story::StrangersPhone => self.strangers_phone(at),
            Story::Mule => self.mule(at),
            Story::Kitchen => self.kitchen(at),
            Story::Wedding => self.wedding(at),
            Story::Forgetful => self.forgetful(at),
            Story::NewPhone => self.new_phone(at),
            Story::Kiosk => self.kiosk(at),
            Story::CashAbroad => self.cash_abroad(at),
            Story::Purchase => self.purchase(at),
            Story::Trip => self.trip(at),
            Story::Payday => self.payday(at),
            Story::Complaint => self.complaint(at),
            Story::Closing => self.closing(at),
            Story::Outflow => self.outflow(at),
            Story::Birthday => self.birthday(at),
            Story::Matured => self.deposit(at),
            Story::Quote => self.quote(at),
        }
    }

    /// Four of five times somebody who may be told of it; else anyone. While the first deck is dealt,
    /// always: whoever looks on for the first time sees what there is to see.
    fn hearer(&mut self, fits: impl Fn(&Person) -> bool) -> Person {
        if self.deck.is_first() || self.stage.chance.percent(80) {
            self.somebody(fits)
        } else {
            self.anyone()
        }
    }

    /// The phone roams; some have said so before, some pay for something there.
    fn trip(&mut self, at: i64) {
        let person = self.hearer(|p| {
            p.home && !p.travel_policy && p.hears_in_app() && (18..75).contains(&p.age)
        });
        let first = self.deck.is_first();
        let s = &mut self.stage;
        let country = s
            .chance
            .pick(&["TH", "JP", "SG", "FR", "AE", "GB", "US"], "TH");
        let mut when = at;
        if !first && s.chance.percent(30) {
            let days = s.chance.from(2, 20);
            let data = format!("{{\"country\":\"{country}\",\"for_days\":{days}}}");
            s.play(when, &person.id, "channel.travel_notice", data);
            when = s.later(when, 5 * MINUTE, 12 * HOUR);
        }
        let data = format!("{{\"country\":\"{country}\"}}");
        s.play(when, &person.id, "location.roaming_started", data);
        if s.chance.percent(60) {
            when = s.later(when, 10 * MINUTE, 6 * HOUR);
            let minor = person.usual * s.chance.from(50, 300) / 100;
            let till = format!("TF{country}{:03}", s.chance.below(1_000));
            frauds::buy(s, when, &person, minor, &till, "dining", false);
        }
    }

    /// Pay comes in, and is looked at.
    fn payday(&mut self, at: i64) {
        let person = self.hearer(|p| {
            p.hears_in_app()
                && p.age >= 18
                && p.salary >= 800_000
                && !p.in_hardship
                && matches!(p.risk, "R3" | "R4" | "R5")
        });
        let account = person.account();
        let s = &mut self.stage;
        let data = format!(
            "{{\"amount\":\"{}\",\"account\":\"{account}\",\"purpose\":\"salary\"}}",
            money(person.salary)
        );
        s.play(at, &person.id, "transaction.credit", data);
        let mut when = at;
        for _ in 0..s.chance.from(1, 3) {
            when = s.later(when, 2 * MINUTE, 3 * HOUR);
            everyday::look(s, when, &person, &account);
        }
    }

    /// A laptop, a sofa, a flight. Whoever mostly pays little looks like a victim.
    fn purchase(&mut self, at: i64) {
        let person = self.hearer(|p| p.usual >= 45_000 && p.hears_by_sms() && p.age >= 18);
        let s = &mut self.stage;
        let what = s.chance.pick(&["electronics", "travel", "home"], "home");
        let minor = s.chance.from(2_500, 9_000) * 100;
        let till = format!("TS{:04}", s.chance.below(10_000));
        frauds::buy(s, at, &person, minor, &till, what, false);
    }

    fn complaint(&mut self, at: i64) {
        let person = self.anyone();
        let severity = self
            .stage
            .chance
            .pick(&["medium", "medium", "high"], "high");
        complain(&mut self.stage, at, &person, severity);
    }

    /// A card is to be closed: mostly for its fee, mostly one that is used.
    fn closing(&mut self, at: i64) {
        let person = self.hearer(|p| p.usual >= 130_000 && p.app);
        let whys: &[&str] = if self.deck.is_first() {
            &["fee"]
        } else {
            &["fee", "fee", "fee", "unused", "service"]
        };
        let s = &mut self.stage;
        let why = s.chance.pick(whys, "fee");
        let data = format!("{{\"card\":\"{}\",\"why\":\"{why}\"}}", person.card());
        s.play(at, &person.id, "channel.card_closing", data);
    }

    /// A term deposit ends; some put the money to work again within hours.
    fn deposit(&mut self, at: i64) {
        let person = self.hearer(|p| p.hears_in_app() && !p.in_hardship);
        let s = &mut self.stage;
        let serial = u64::try_from(at).unwrap_or(0);
        let draft = week::matured(&person, serial, &mut s.chance);
        s.play(at, &draft.customer, draft.kind, draft.data);
        if s.chance.percent(40) {
            let when = s.later(at, HOUR, 9 * HOUR);
            let product = s.chance.pick(&["deposit", "wealth", "fund"], "deposit");
            let minor = s.chance.from(500_000, 20_000_000);
            let data = format!(
                "{{\"amount\":\"{}\",\"product\":\"{product}\"}}",
                money(minor)
            );
            s.play(when, &person.id, "transaction.product_bought", data);
        }
    }

    /// A quote for the car; two of five apply within minutes.
    fn quote(&mut self, at: i64) {
        let person = self.hearer(|p| p.hears_in_app() && p.age >= 18);
        let s = &mut self.stage;
        let product = s.chance.pick(&["motor", "motor", "motor", "home"], "motor");
        let data = format!(
            "{{\"product\":\"{product}\",\"quote\":\"Q{}-{at}\"}}",
            person.number
        );
        s.play(at, &person.id, "channel.quote_viewed", data);
        if s.chance.percent(40) {
            let when = s.later(at, 3 * MINUTE, 40 * MINUTE);
            let data = format!("{{\"product\":\"{product}\"}}");
            s.play(when, &person.id, "channel.application_submitted", data);
        }
    }

    /// Two dinners, and a birthday four days from now that the bank is told of only now.
    fn birthday(&mut self, at: i64) {
        let person = self.hearer(|p| p.tier != "basic" && p.hears_in_app());
        let s = &mut self.stage;
        let day = time_text(at + 4 * DAY_MS);
        let mut data = week::record(&person);
        data.pop();
        // A year of birth to every age; a 29 February that is none is the 28th.
        let date = day.get(4..10).filter(|d| *d != "-02-29");
        data.push_str(&format!(
            ",\"birthday\":\"{}{}\"}}",
            2025 - person.age,
            date.unwrap_or("-02-28")
        ));
        s.play(at, &person.id, "profile.updated", data);
        let mut when = at;
        for _ in 0..2 {
            when = s.later(when, 10 * MINUTE, 3 * HOUR);
            let minor = person.usual * s.chance.from(50, 200) / 100;
            frauds::buy(s, when, &person, minor, &person.terminal(), "dining", false);
        }
    }
}
