//! A window that does not tell all there is says so in the record of what it decided, and the record is
//! decided again to the same bytes.

use engine::decision::record::DecisionRecord;
use engine::engine::{Engine, Settings};
use engine::explain::repeat::{Repeat, repeat};
use engine::explain::tell::tell;
use engine::outcome::What;
use engine::shard::{Record, Show};
use kit::{Claimed, Failed, Trial, claim};
use rules::book::Book;
use rules::finding::Lang;
use rules::interpreter::Interpreter;
use rules::project::Project;
use serde_json::json;
use std::sync::Arc;

/// The promises of this file.
pub(super) fn trials() -> Vec<Trial> {
    vec![
        claim("windows::a_window_that_is_cut_says_so_in_the_record", said),
        claim(
            "windows::a_window_that_a_late_event_changed_says_so_in_the_record",
            corrected,
        ),
    ]
}

const FEATURES: &str = "[stream.payments]\non = \"transaction.payment\"\n\
    [feature.shops]\nstream = \"payments\"\nkey = \"customer\"\ntake = \"distinct\"\nof = \"shop\"\n\
    over = \"1d\"\nmax = 2\n\
    [feature.high]\nstream = \"payments\"\nkey = \"customer\"\ntake = \"quantile\"\nq = 0.9\nof = \"points\"\n\
    over = \"1d\"\nmax = 3\ndefault = 0\n\
    [feature.customers]\nstream = \"payments\"\nkey = \"till\"\ntake = \"distinct\"\nof = \"shop\"\n\
    over = \"1d\"\nmax = 3\n";

const RULE: &str = "on(\"transaction.payment\");\nclass(\"service\");\ntitle(\"a\", \"b\");\n\
    fn when(event, customer) { customer.shops >= 1 && customer.high >= 0 && event.till.customers >= 0 }\n\
    fn then(event, customer) { serve(\"call\").reason(\"OFTEN\") }\n";

/// Rules may ask whether a window is all there is.
const UNSURE: &str = "on(\"transaction.payment\");\nclass(\"profile\");\ntitle(\"a\", \"b\");\n\
    fn when(event, customer) {\n\
    customer.shops_truncated && (customer.high_truncated || event.till.customers_truncated)\n}\n\
    fn always(event, customer) { remind(\"look\", \"1h\"); }\n";

const CUT: [&str; 3] = ["customer.high", "customer.shops", "event.till.customers"];

fn book() -> Result<Arc<Book>, Failed> {
    super::compiled(&Project::from_files([
        ("catalog/entities.toml", "[entity.till]\n"),
        (
            "catalog/events.toml",
            "[time]\nlateness = \"5s\"\n[event.\"transaction.payment\".data]\nshop = \"text\"\npoints = \"int\"\ntill = \"ref:till\"\n",
        ),
        ("catalog/features.toml", FEATURES),
        (
            "catalog/offers.toml",
            "[offer.call]\nkind = \"serve\"\npurpose = \"service\"\nchannels = [\"app\"]\n",
        ),
        ("catalog/channels.toml", "[channel.app]\n"),
        (
            "catalog/reasons.toml",
            "[reason.OFTEN]\nen = \"a\"\nzh = \"b\"\n",
        ),
        ("rules/service/often.rhai", RULE),
        ("rules/service/unsure.rhai", UNSURE),
    ]))
}

fn said() -> Claimed {
    let book = book()?;
    let settings = Settings {
        show: Show {
            records: true,
            ..Show::default()
        },
        ..Settings::default()
    };
    let mut engine = Engine::new(Arc::clone(&book), &settings)?;
    let expected: [&[&str]; 5] = [
        &[],
        &[],
        &["customer.shops"],
        &["customer.high", "customer.shops", "event.till.customers"],
        &["customer.high", "customer.shops", "event.till.customers"],
    ];
    for (n, expected) in (0i64..).zip(expected) {
        let event = json!({
            "id": format!("e{n}"), "type": "transaction.payment", "customer": "C1",
            "time": 1_772_413_200_000 + n * 1_000, "source": "made",
            "data": { "shop": format!("s{n}"), "points": n, "till": "T1" },
        });
        let record = Record {
            line: 1,
            bytes: event.to_string().into_bytes(),
        };
        let pushed = engine.push(vec![record])?;
        let rest = engine.finish()?;
        let outcomes = pushed.outcomes.into_iter().chain(rest.outcomes);
        let told = outcomes.filter_map(|outcome| match outcome.what {
            What::Settled(settled) => settled.record,
            _ => None,
        });
        let line = told.last().ok_or("no record")?;
        let record = DecisionRecord::parse(&line)?;
        if record.truncated_windows != expected {
            return Err(format!("event {n}: {:?}", record.truncated_windows).into());
        }
        for path in CUT {
            let fact = format!("\"{path}_truncated\":{}", expected.contains(&path));
            if !line.contains(&fact) {
                return Err(format!("event {n}: no {fact} in {line}").into());
            }
        }
        let reminded = !record.marks.is_empty();
        if reminded != (expected.len() > 1) {
            return Err(format!("event {n}: {:?}", record.marks).into());
        }
        explained(&book, &record, "(truncated)", !expected.is_empty())?;
    }
    Ok(())
}

/// Behind a late payment the windows that hold it say so, and those that it has left do not.
fn corrected() -> Claimed {
    let book = book()?;
    let settings = Settings {
        show: Show {
            records: true,
            ..Show::default()
        },
        ..Settings::default()
    };
    let mut engine = Engine::new(Arc::clone(&book), &settings)?;
    let both = ["customer.high", "customer.shops"];
    let day = 86_400_000;
    let cases: [(i64, &[&str]); 6] = [
        (0, &[]),
        (4_000, &[]),
        // It comes late; of what came before it none did.
        (2_000, &[]),
        (5_000, &both),
        (2_000 + day - 1, &both),
        (2_000 + day, &[]),
    ];
    for (n, (after, expected)) in (0i64..).zip(cases) {
        let event = json!({
            "id": format!("e{n}"), "type": "transaction.payment", "customer": "C1",
            "time": 1_772_413_200_000 + after, "source": "made",
            "data": { "shop": "s", "points": n, "till": "T1" },
        });
        let record = Record {
            line: 1,
            bytes: event.to_string().into_bytes(),
        };
        let outcomes = engine
            .push_live(vec![record], 1_772_413_200_000 + after.max(5_000))?
            .outcomes;
        let told = outcomes
            .into_iter()
            .filter_map(|outcome| match outcome.what {
                What::Settled(settled) => settled.record,
                _ => None,
            });
        let line = told.last().ok_or("no record")?;
        let record = DecisionRecord::parse(&line)?;
        if record.corrected_windows != expected || record.event.late != (n == 2) {
            return Err(format!("event {n}: {:?}", record.corrected_windows).into());
        }
        explained(
            &book,
            &record,
            "(corrected by a late event)",
            !expected.is_empty(),
        )?;
    }
    Ok(())
}

/// The record is decided again as it was, and its explanation has the word where it must.
fn explained(book: &Arc<Book>, record: &DecisionRecord, word: &str, expected: bool) -> Claimed {
    let again = repeat(book, &mut Interpreter::new(Arc::clone(book)), record)?;
    if again != Repeat::Same {
        return Err(format!("{}: {again:?}", record.event.id).into());
    }
    let told = tell(book, record, Lang::En);
    if told.contains(word) == expected {
        return Ok(());
    }
    Err(told.into())
}
