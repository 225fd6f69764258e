//! A window that misses a part of its past: what reads it only watches, until it knows its whole length.

use super::{Laid, Run};
use engine::decision::record::DecisionRecord;
use engine::explain::repeat::{Repeat, repeat};
use engine::explain::why_not::{WhyNot, why_not};
use engine::outcome::What;
use engine::shard::Record;
use kit::{Claimed, Failed, Trial, claim};
use rules::interpreter::Interpreter;
use rules::project::Project;
use serde_json::json;
use std::sync::Arc;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        claim(
            "change::a_new_window_is_cold_until_it_is_covered",
            new_window,
        ),
        claim("change::a_longer_window_is_cold_for_what_it_misses", longer),
        claim("change::a_shorter_window_and_a_renamed_one_are_warm", free),
        claim("change::a_cold_window_explains_itself", explained),
        claim("change::a_rule_that_takes_a_cold_window_acts", taken_cold),
        claim("change::what_begins_with_the_log_is_warm", first),
    ]
}

const MINUTE: i64 = 60_000;
/// When the first event comes, ms.
const BEGIN: i64 = 1_772_413_200_000;
const RULE: &str = "rules/service/often.rhai";

/// A bank with one rule; `features` beside a stream of payments.
fn bank(features: &str, condition: &str, cold: &str) -> Result<Laid, Failed> {
    let rule = format!(
        "on(\"transaction.payment\");\nclass(\"service\");\ntitle(\"a\", \"b\");\n{cold}\n\
         fn when(event, customer) {{ {condition} }}\n\
         fn then(event, customer) {{ serve(\"call\").reason(\"OFTEN\") }}\n"
    );
    let features = format!("[stream.payments]\non = \"transaction.payment\"\n{features}");
    Laid::of(&Project::from_files([
        (
            "catalog/events.toml",
            "[time]\nmax_future = \"1m\"\n[event.\"transaction.payment\".data]\nshop = \"text\"\n",
        ),
        ("catalog/features.toml", features.as_str()),
        (
            "catalog/offers.toml",
            "[offer.call]\nkind = \"serve\"\npurpose = \"service\"\nchannels = [\"app\"]\n",
        ),
        ("catalog/channels.toml", "[channel.app]\n"),
        (
            "catalog/reasons.toml",
            "[reason.OFTEN]\nen = \"a\"\nzh = \"b\"\n",
        ),
        (RULE, rule.as_str()),
    ]))
}

fn window(name: &str, over: &str, more: &str) -> String {
    format!(
        "[feature.{name}]\nstream = \"payments\"\nkey = \"customer\"\ntake = \"count\"\n\
         over = \"{over}\"\n{more}"
    )
}

/// What came of a payment at that minute.
#[derive(Debug, PartialEq)]
struct Came {
    actions: usize,
    shadow: usize,
    cold: Vec<String>,
}

struct Bank {
    run: Run,
    sent: i64,
    record: Option<String>,
}

impl Bank {
    fn new(laid: &Laid) -> Result<Self, Failed> {
        Ok(Self {
            run: Run::new(laid, 1)?,
            sent: 0,
            record: None,
        })
    }

    fn pay(&mut self, minute: i64) -> Result<Came, Failed> {
        self.sent += 1;
        let event = json!({
            "id": format!("e{}", self.sent), "type": "transaction.payment", "customer": "C1",
            "time": BEGIN + minute * MINUTE, "source": "made", "data": { "shop": "s" },
        });
        let record = Record {
            line: 1,
            bytes: event.to_string().into_bytes(),
        };
        let came = self.run.push(&[record])?;
        let outcomes = came.into_iter().flat_map(|output| output.outcomes);
        let settled = outcomes.filter_map(|outcome| match outcome.what {
            What::Settled(settled) => Some(settled),
            _ => None,
        });
        let settled = settled.last().ok_or("nothing was settled")?;
        self.record.clone_from(&settled.record);
        let record = settled.record.as_deref().map(DecisionRecord::parse);
        let record = record.transpose()?;
        Ok(Came {
            actions: settled.actions.len(),
            shadow: record.as_ref().map_or(0, |record| record.shadow.len()),
            cold: record
                .iter()
                .flat_map(DecisionRecord::cold)
                .map(|(name, _)| name.to_owned())
                .collect(),
        })
    }

    /// It acts at these minutes and only watches at those.
    fn expect(&mut self, minute: i64, acts: bool, cold: &[&str]) -> Claimed {
        let came = self.pay(minute)?;
        let expected = Came {
            actions: usize::from(acts),
            shadow: usize::from(!acts),
            cold: cold.iter().map(|name| (*name).to_owned()).collect(),
        };
        if came == expected {
            return Ok(());
        }
        Err(format!("at minute {minute}: {came:?}, expected {expected:?}").into())
    }
}

const HOUR: &str = "customer.pays_1h >= 1";

fn new_window() -> Claimed {
    let old = bank("", "event.shop == \"s\"", "")?;
    let new = bank(&window("pays_1h", "1h", ""), HOUR, "")?;
    let mut bank = Bank::new(&old)?;
    bank.expect(0, true, &[])?;
    bank.run.turn(&new)?;
    // What came before is dated a minute ahead at most: so long is the window not whole.
    bank.expect(1, false, &["pays_1h"])?;
    bank.expect(61, false, &["pays_1h"])?;
    bank.expect(62, true, &[])?;
    bank.expect(200, true, &[])
}

fn longer() -> Claimed {
    let old = bank(&window("pays", "1h", ""), "customer.pays >= 1", "")?;
    let new = bank(&window("pays", "3h", ""), "customer.pays >= 1", "")?;
    let mut bank = Bank::new(&old)?;
    for minute in [0, 30, 90, 120] {
        bank.expect(minute, true, &[])?;
    }
    bank.run.turn(&new)?;
    // An hour, and the five seconds that the late are waited for, is known already.
    bank.expect(180, false, &["pays"])?;
    bank.expect(240, false, &["pays"])?;
    bank.expect(241, true, &[])
}

fn free() -> Claimed {
    let old = bank(&window("pays", "3h", ""), "customer.pays == 3", "")?;
    let short = bank(&window("pays", "1h", ""), "customer.pays == 3", "")?;
    let was = bank(
        &window("paid", "1h", "was = \"pays\"\n"),
        "customer.paid == 3",
        "",
    )?;
    let mut bank = Bank::new(&old)?;
    bank.pay(0)?;
    bank.pay(10)?;
    bank.run.turn(&short)?;
    bank.expect(20, true, &[])?;
    bank.pay(50)?;
    bank.pay(75)?;
    bank.run.turn(&was)?;
    bank.expect(82, true, &[])
}

fn explained() -> Claimed {
    let old = bank("", "event.shop == \"s\"", "")?;
    let new = bank(&window("pays_1h", "1h", ""), HOUR, "")?;
    let mut bank = Bank::new(&old)?;
    bank.pay(0)?;
    bank.run.turn(&new)?;
    bank.pay(1)?;
    let record = DecisionRecord::parse(bank.record.as_deref().ok_or("no record")?)?;
    let mut interpreter = Interpreter::new(Arc::clone(&new.book));
    let again = repeat(&new.book, &mut interpreter, &record)?;
    if again != Repeat::Same {
        return Err(format!("decided again it differs: {again:?}").into());
    }
    let why = why_not(&new.book, &mut interpreter, &record, "service.often")?;
    let WhyNot::Cold { feature, until, .. } = &why else {
        return Err(format!("{why:?}").into());
    };
    // The tick that a book is taken up behind comes a millisecond after the last.
    let warm = rules::value::time_text(BEGIN + 61 * MINUTE + 1);
    if (feature.as_str(), until.as_str()) != ("pays_1h", warm.as_str()) {
        return Err(format!("{why:?}, expected {warm}").into());
    }
    let told = engine::explain::tell::tell(&new.book, &record, rules::finding::Lang::En);
    // It is told by the customer's clock.
    let warm = warm.replace('Z', "+00:00");
    if !told.contains(&format!("pays_1h: knows its whole length from {warm}")) {
        return Err(told.into());
    }
    Ok(())
}

fn taken_cold() -> Claimed {
    let old = bank("", "event.shop == \"s\"", "")?;
    let new = bank(&window("pays_1h", "1h", ""), HOUR, "cold(\"live\");")?;
    let mut bank = Bank::new(&old)?;
    bank.pay(0)?;
    bank.run.turn(&new)?;
    let came = bank.pay(1)?;
    if (came.actions, came.shadow, came.cold.as_slice()) != (1, 0, &["pays_1h".to_owned()][..]) {
        return Err(format!("{came:?}").into());
    }
    Ok(())
}

fn first() -> Claimed {
    let mut bank = Bank::new(&bank(&window("pays_1h", "1h", ""), HOUR, "")?)?;
    bank.expect(0, true, &[])
}
