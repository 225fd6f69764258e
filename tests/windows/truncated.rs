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
    vec![claim(
        "windows::a_window_that_is_cut_says_so_in_the_record",
        said,
    )]
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

fn book() -> Result<Arc<Book>, Failed> {
    super::compiled(&Project::from_files([
        ("catalog/entities.toml", "[entity.till]\n"),
        (
            "catalog/events.toml",
            "[event.\"transaction.payment\".data]\nshop = \"text\"\npoints = \"int\"\ntill = \"ref:till\"\n",
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
        let again = repeat(&book, &mut Interpreter::new(Arc::clone(&book)), &record)?;
        if again != Repeat::Same {
            return Err(format!("event {n}: {again:?}").into());
        }
        let told = tell(&book, &record, Lang::En);
        if told.contains("(truncated)") == expected.is_empty() {
            return Err(told.into());
        }
    }
    Ok(())
}
