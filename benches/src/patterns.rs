//! What patterns cost: the same events through books with none, one or several of them.

use crate::clock;
use crate::seed::Seed;
use engine::engine::{Engine, Settings};
use engine::outcome::What;
use engine::shard::{Record, Show};
use rules::book::Book;
use rules::project::Project;
use std::sync::Arc;

/// A kind of pattern that is measured: what it is, and its TOML after the name and the key.
pub const KINDS: [(&str, &str); 5] = [
    (
        "a sequence of three",
        "within = \"1h\"\nsteps = [ { name = \"a\", on = \"channel.a\" }, { name = \"b\", on = \"channel.b\" }, { name = \"c\", on = \"channel.c\" } ]\nkeep = 1\n",
    ),
    (
        "the same with a condition over a step",
        "within = \"1h\"\nsteps = [ { name = \"a\", on = \"channel.a\" }, { name = \"b\", on = \"channel.b\", where = \"event.v >= a.v\" }, { name = \"c\", on = \"channel.c\" } ]\nkeep = 1\n",
    ),
    (
        "three times within a minute, each beginning its own",
        "within = \"1m\"\nsteps = [ { name = \"a\", on = \"channel.a\", times = 3 } ]\nafter = \"each\"\n",
    ),
    (
        "an absence",
        "absent = { on = \"channel.b\", where = \"event.v == a.v\", within = \"3s\" }\nsteps = [ { name = \"a\", on = \"channel.a\" } ]\n",
    ),
    (
        "any, sixteen live",
        "within = \"1h\"\nbetween = \"any\"\nafter = \"each\"\nsteps = [ { name = \"a\", on = \"channel.a\" }, { name = \"b\", on = \"channel.b\" }, { name = \"c\", on = \"channel.c\", where = \"event.v > b.v\" } ]\n",
    ),
];

/// What a run took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// CPU time of the process per event, ns.
    pub ns_per_event: u64,
    /// Matches told.
    pub matches: u64,
}

/// A book with so many patterns of this kind; `None`: without any.
///
/// # Errors
/// It does not compile: said as text.
pub fn book(kind: Option<&str>, count: usize) -> Result<Arc<Book>, String> {
    let mut events = String::from("[time]\nzone = \"UTC\"\nlateness = \"5s\"\n");
    for letter in ["a", "b", "c", "d"] {
        events.push_str(&format!("[event.\"channel.{letter}\".data]\nv = \"int\"\n"));
    }
    let mut files = vec![("catalog/events.toml".to_owned(), events)];
    if let Some(kind) = kind {
        let one = |n: usize| format!("[pattern.p{n}]\nkey = \"customer\"\n{kind}");
        let all: String = (0..count).map(one).collect();
        files.push(("catalog/patterns.toml".to_owned(), all));
    }
    let (book, findings) = rules::compile::compile(&Project::from_files(files));
    book.map(Arc::new).ok_or_else(|| format!("{findings:?}"))
}

/// Events of some customers, a second or so apart for each.
#[must_use]
pub fn events(customers: u64, count: usize) -> Vec<Record> {
    let mut seed = Seed::new(17);
    let mut records = Vec::with_capacity(count);
    for (line, nth) in (1u64..).zip(0..count as u64) {
        let who = seed.draw() % customers;
        let kind = match seed.draw() % 4 {
            0 => "a",
            1 => "b",
            2 => "c",
            _ => "d",
        };
        let (time, v) = (
            1_772_416_800_000 + nth * 1_000 / customers.max(1),
            seed.draw() % 10,
        );
        let text = format!(
            "{{\"id\":\"e{nth}\",\"type\":\"channel.{kind}\",\"customer\":\"c{who}\",\"time\":{time},\"source\":\"s\",\"data\":{{\"v\":{v}}}}}"
        );
        records.push(Record {
            line,
            bytes: text.into_bytes(),
        });
    }
    records
}

/// Runs the events through a book.
///
/// # Errors
/// The engine cannot run, or refused an event: said as text.
pub fn cost(book: &Arc<Book>, records: &[Record]) -> Result<Cost, String> {
    let settings = Settings {
        show: Show {
            derived: true,
            ..Show::default()
        },
        ..Settings::default()
    };
    let mut engine = Engine::new(Arc::clone(book), &settings).map_err(|e| e.to_string())?;
    let (mut matches, mut cpu) = (0, 0);
    for some in records.chunks(4_096) {
        let some = some.to_vec();
        let start = clock::process_ns();
        let output = engine.push(some).map_err(|e| e.to_string())?;
        cpu += clock::process_ns().saturating_sub(start);
        if let Some(refused) = output.refused.first() {
            return Err(format!("refused: {refused:?}"));
        }
        for outcome in output.outcomes {
            if let What::Settled(settled) = outcome.what {
                matches += settled.derived.len() as u64;
            }
        }
    }
    Ok(Cost {
        ns_per_event: cpu / (records.len().max(1) as u64),
        matches,
    })
}
