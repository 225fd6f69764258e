//! The frauds, planted with their labels, and what looks like them and is none. Neither is drawn along
//! the borders of the rules: some frauds are too small or too slow to be seen, some honest people do
//! what thieves do.

use super::Bank;
use super::person::Person;
use super::stage::{Stage, money};

const MINUTE: i64 = 60;

/// A withdrawal at some machine.
fn withdraw(stage: &mut Stage, at: i64, person: &Person, minor: i64, machine: u64) {
    let data = format!(
        "{{\"amount\":\"{}\",\"card\":\"{}\",\"terminal\":\"ATM{machine}\"}}",
        money(minor),
        person.card()
    );
    stage.play(at, &person.id, "transaction.cash_withdrawal", data);
}

/// A transfer out.
fn send(stage: &mut Stage, at: i64, person: &Person, minor: i64, payee: &str, device: &str) {
    let data = format!(
        "{{\"amount\":\"{}\",\"direction\":\"out\",\"account\":\"{}\",\"payee\":\"{payee}\",\
         \"device\":\"{device}\"}}",
        money(minor),
        person.account()
    );
    stage.play(at, &person.id, "transaction.transfer", data);
}

/// Where most customers are: latitude and longitude.
const HOME: &str = "\"lat\":31.2304,\"lon\":121.4737";
/// A town beside it.
const NEAR: &str = "\"lat\":31.2990,\"lon\":120.5853";
/// Further than anybody gets in an hour.
const FAR: [&str; 3] = [
    "\"lat\":51.5074,\"lon\":-0.1278",
    "\"lat\":40.7128,\"lon\":-74.0060",
    "\"lat\":22.3193,\"lon\":114.1694",
];

/// A login that says where it is.
fn login_at(stage: &mut Stage, at: i64, person: &Person, device: &str, place: &str) {
    let data = format!("{{\"device\":\"{device}\",{place},\"accuracy\":200}}");
    stage.play(at, &person.id, "channel.login", data);
}

/// Money from somebody who is no employer.
fn receive(stage: &mut Stage, at: i64, person: &Person, minor: i64) {
    let data = format!(
        "{{\"amount\":\"{}\",\"account\":\"{}\",\"purpose\":\"other\"}}",
        money(minor),
        person.account()
    );
    stage.play(at, &person.id, "transaction.credit", data);
}

/// A payment at a till.
pub(super) fn buy(
    stage: &mut Stage,
    at: i64,
    person: &Person,
    minor: i64,
    till: &str,
    what: &str,
    declined: bool,
) {
    let data = format!(
        "{{\"amount\":\"{}\",\"card\":\"{}\",\"terminal\":\"{till}\",\"category\":\"{what}\",\
         \"declined\":{declined}}}",
        money(minor),
        person.card()
    );
    stage.play(at, &person.id, "transaction.card_payment", data);
}

fn reset(stage: &mut Stage, at: i64, person: &Person, device: &str) {
    let data = format!("{{\"device\":\"{device}\"}}");
    stage.play(at, &person.id, "channel.password_reset", data);
}

impl Bank {
    /// Three to six withdrawals within minutes. A patient thief takes longer than a rule looks.
    pub(super) fn stolen_card(&mut self, at: i64) {
        let victim = self.anyone();
        let s = &mut self.stage;
        s.begin_fraud("stolen_card", Some("fraud.withdrawal_burst"));
        let patient = s.chance.percent(12);
        let mut when = at;
        for _ in 0..s.chance.from(3, 6) {
            let minor = s.chance.from(4, 20) * 10_000;
            let machine = s.chance.below(400);
            withdraw(s, when, &victim, minor, machine);
            when = if patient {
                s.later(when, 6 * MINUTE, 20 * MINUTE)
            } else {
                s.later(when, MINUTE, 4 * MINUTE)
            };
        }
        s.end_fraud();
    }

    /// Cash for a wedding, in as many parts as the machine gives.
    pub(super) fn wedding(&mut self, at: i64) {
        let person = self.anyone();
        let s = &mut self.stage;
        let machine = s.chance.below(400);
        let mut when = at;
        for _ in 0..s.chance.from(2, 4) {
            let minor = s.chance.from(10, 20) * 10_000;
            withdraw(s, when, &person, minor, machine);
            when = s.later(when, MINUTE, 6 * MINUTE);
        }
    }

    /// Cash abroad, announced in time.
    pub(super) fn cash_abroad(&mut self, at: i64) {
        let person = self.anyone();
        let s = &mut self.stage;
        let country = s.chance.pick(&["TH", "JP", "SG", "FR", "AE"], "TH");
        let days = s.chance.from(3, 21);
        let data = format!("{{\"country\":\"{country}\",\"for_days\":{days}}}");
        s.play(at, &person.id, "channel.travel_notice", data);
        let mut when = s.later(at, 10 * MINUTE, 60 * MINUTE);
        for _ in 0..3 {
            let minor = s.chance.from(6, 15) * 10_000;
            withdraw(s, when, &person, minor, 9_000);
            when = s.later(when, MINUTE, 3 * MINUTE);
        }
    }

    /// Stolen numbers are tried at one till: most are declined.
    pub(super) fn card_trial(&mut self, at: i64) {
        let till = format!("TX{:05}", self.stage.chance.below(100_000));
        let cards = self.stage.chance.from(7, 15);
        let declined = self.stage.chance.from(50, 95);
        self.stage
            .begin_fraud("card_trial", Some("fraud.terminal_burst"));
        self.at_one_till(at, &till, cards, declined);
        self.stage.end_fraud();
    }

    /// A kiosk at a concert whose line is bad: many cards, some declined, all of them honest.
    pub(super) fn kiosk(&mut self, at: i64) {
        let till = format!("TK{:05}", self.stage.chance.below(100_000));
        let cards = self.stage.chance.from(8, 16);
        let declined = self.stage.chance.from(10, 50);
        self.at_one_till(at, &till, cards, declined);
    }

    fn at_one_till(&mut self, at: i64, till: &str, cards: i64, declined: i64) {
        let mut when = at;
        for _ in 0..cards {
            let person = self.anyone();
            let s = &mut self.stage;
            let minor = s.chance.from(500, 9_000);
            let not = s.chance.percent(u64::try_from(declined).unwrap_or(0));
            buy(s, when, &person, minor, till, "other", not);
            when = s.later(when, 5, 25);
        }
    }

    /// One purchase with a copied card, far above the owner's habit; a modest thief stays below.
    pub(super) fn copied_card(&mut self, at: i64) {
        let victim = self.somebody(|p| p.usual < 60_000);
        let s = &mut self.stage;
        s.begin_fraud("copied_card", Some("fraud.unusual_amount"));
        let times = s.chance.from(6, 30);
        let minor = (victim.usual * times).max(150_000);
        let what = s.chance.pick(&["electronics", "travel", "other"], "other");
        let till = format!("T9{:05}", s.chance.below(100_000));
        buy(s, at, &victim, minor, &till, what, false);
        s.end_fraud();
    }

    /// A password reset by somebody else, and money out; some wait until the hour is over.
    pub(super) fn takeover(&mut self, at: i64) {
        let victim = self.anyone();
        let s = &mut self.stage;
        s.begin_fraud("takeover", Some("fraud.transfer_after_reset"));
        let device = format!("DX{:06}", s.chance.below(1_000_000));
        let payee = format!("PX{:06}", s.chance.below(1_000_000));
        reset(s, at, &victim, &device);
        let minor = s.chance.from(4_000, 60_000) * 100;
        let when = if s.chance.percent(15) {
            s.later(at, 70 * MINUTE, 180 * MINUTE)
        } else {
            s.later(at, 2 * MINUTE, 40 * MINUTE)
        };
        send(s, when, &victim, minor, &payee, &device);
        s.end_fraud();
    }

    /// A forgotten password, and then the rent.
    pub(super) fn forgetful(&mut self, at: i64) {
        let person = self.anyone();
        let s = &mut self.stage;
        let device = person.device();
        reset(s, at, &person, &device);
        let when = s.later(at, 5 * MINUTE, 90 * MINUTE);
        let minor = s.chance.from(2_000, 8_000) * 100;
        send(s, when, &person, minor, &person.payee(), &device);
    }

    /// A large sum from a phone never seen to a payee never seen.
    pub(super) fn strangers_phone(&mut self, at: i64) {
        let victim = self.anyone();
        let s = &mut self.stage;
        s.begin_fraud("strangers_phone", Some("fraud.new_device_new_payee"));
        let device = format!("DX{:06}", s.chance.below(1_000_000));
        let payee = format!("PX{:06}", s.chance.below(1_000_000));
        super::everyday::login(s, at, &victim, &device);
        let when = s.later(at, MINUTE, 20 * MINUTE);
        let minor = s.chance.from(17_000, 120_000) * 100;
        send(s, when, &victim, minor, &payee, &device);
        s.end_fraud();
    }

    /// A new phone, and with it a car.
    pub(super) fn new_phone(&mut self, at: i64) {
        let person = self.anyone();
        let s = &mut self.stage;
        let device = format!("DN{:06}", s.chance.below(1_000_000));
        super::everyday::login(s, at, &person, &device);
        let when = s.later(at, 20 * MINUTE, 120 * MINUTE);
        let payee = if s.chance.percent(50) {
            format!("PD{:05}", s.chance.below(100_000))
        } else {
            person.payee()
        };
        let minor = s.chance.from(10_000, 60_000) * 100;
        send(s, when, &person, minor, &payee, &device);
    }

    /// Money comes in and leaves in parts; a patient one waits for the night.
    pub(super) fn mule(&mut self, at: i64) {
        let person = self.anyone();
        let s = &mut self.stage;
        s.begin_fraud("mule", Some("fraud.mule_account"));
        let minor = s.chance.from(9_000, 40_000) * 100;
        receive(s, at, &person, minor);
        let parts = s.chance.from(2, 5);
        let patient = s.chance.percent(15);
        let mut when = at;
        for _ in 0..parts {
            when = if patient {
                s.later(when, 60 * MINUTE, 240 * MINUTE)
            } else {
                s.later(when, 2 * MINUTE, 15 * MINUTE)
            };
            let payee = format!("PX{:06}", s.chance.below(1_000_000));
            send(s, when, &person, minor / parts, &payee, &person.device());
        }
        s.end_fraud();
    }

    /// A family helps with a new kitchen, and the craftsmen are paid: looks like a mule.
    pub(super) fn kitchen(&mut self, at: i64) {
        let person = self.anyone();
        let s = &mut self.stage;
        let minor = s.chance.from(8_000, 30_000) * 100;
        receive(s, at, &person, minor);
        let parts = s.chance.from(1, 3);
        let share = s.chance.from(40, 100);
        let mut when = at;
        for _ in 0..parts {
            when = s.later(when, 10 * MINUTE, 90 * MINUTE);
            let payee = format!("PK{:05}", s.chance.below(100_000));
            let part = minor / 100 * share / parts;
            send(s, when, &person, part, &payee, &person.device());
        }
    }

    /// The customer pays at home, and within minutes somebody far away logs in; some thieves are neighbours.
    pub(super) fn two_places(&mut self, at: i64) {
        let victim = self.anyone();
        let s = &mut self.stage;
        s.begin_fraud("two_places", Some("fraud.impossible_travel"));
        let device = victim.device();
        login_at(s, at, &victim, &device, HOME);
        let near = s.chance.percent(15);
        let place = s.chance.pick(&FAR, HOME);
        let place = if near { NEAR } else { place };
        let device = format!("DX{:06}", s.chance.below(1_000_000));
        let when = s.later(at, 5 * MINUTE, 60 * MINUTE);
        login_at(s, when, &victim, &device, place);
        s.end_fraud();
    }

    /// The same phone, but its way leads through another country's network.
    pub(super) fn tunnel(&mut self, at: i64) {
        let person = self.anyone();
        let s = &mut self.stage;
        let device = person.device();
        login_at(s, at, &person, &device, HOME);
        let place = s.chance.pick(&FAR, HOME);
        // Mostly the phone knows that it does not know where it is.
        let vague = s.chance.percent(70);
        let when = s.later(at, 10 * MINUTE, 300 * MINUTE);
        if vague {
            super::everyday::login(s, when, &person, &device);
        } else {
            login_at(s, when, &person, &device, place);
        }
    }

    /// A wealthy customer moves money to another bank, at once or in parts.
    pub(super) fn outflow(&mut self, at: i64) {
        let person = self.somebody(|p| p.assets >= 100_000_000 && p.hears_calls());
        let s = &mut self.stage;
        let parts = s.chance.from(1, 3);
        let share = s.chance.from(20, 70);
        let mut when = at;
        for _ in 0..parts {
            let minor = person.assets / 100 * share / parts;
            send(s, when, &person, minor, &person.payee(), &person.device());
            when = s.later(when, 10 * MINUTE, 90 * MINUTE);
        }
    }
}
