//! A storm of timers: very many of them due at one second, drained tick by tick, with a live event
//! between two ticks.

use crate::clock;
use engine::engine::{Engine, Settings};
use engine::outcome::What;
use engine::shard::Record;
use rules::book::Book;
use rules::project::Project;
use std::sync::Arc;

/// 2026-03-02, 08:00 in Shanghai, ms.
const EIGHT: i64 = 1_772_409_600_000;
const HOUR: i64 = 3_600_000;
/// Records of a batch while timers are set.
const BATCH: usize = 4_096;
/// Live events before the storm, to compare with.
const QUIET: usize = 2_000;

const FILES: [(&str, &str); 6] = [
    (
        "catalog/events.toml",
        "[time]\nzone = \"Asia/Shanghai\"\nlateness = \"0s\"\n\
         [event.\"profile.day\".data]\nday = \"date\"\n\
         [event.\"channel.asked\".data]\nwhat = \"int\"\n",
    ),
    (
        "catalog/tags.toml",
        "[tag.day]\ntype = \"date?\"\nset = { on = \"profile.day\", from = \"event.day\" }\n",
    ),
    (
        "catalog/offers.toml",
        "[offer.call]\nkind = \"serve\"\npurpose = \"service\"\nexpires = \"1d\"\n",
    ),
    ("catalog/channels.toml", "[team.desk]\n"),
    (
        "catalog/reasons.toml",
        "[reason.DUE]\nen = \"a\"\nzh = \"a\"\n",
    ),
    (
        "rules/service/asked.rhai",
        "on(\"channel.asked\");\nclass(\"service\");\npriority(400);\ntitle(\"a\", \"a\");\n\
         fn when(event, customer) { event.what > 5 }\n\
         fn then(event, customer) { serve(\"call\").to(\"desk\").reason(\"DUE\") }\n",
    ),
];

const TIMERS: [(&str, &str); 2] = [
    (
        "catalog/timers.toml",
        "[timer.due]\ndate = \"customer.day\"\nat = \"09:00\"\n",
    ),
    (
        "rules/service/due.rhai",
        "on(\"timer.due\");\nclass(\"service\");\npriority(500);\ntitle(\"a\", \"a\");\n\
         fn when(event, customer) { true }\n\
         fn then(event, customer) { serve(\"call\").to(\"desk\").reason(\"DUE\") }\n",
    ),
];

/// What a storm cost.
#[derive(Clone, Debug, Default)]
pub struct Storm {
    /// Timers that fired.
    pub fired: usize,
    /// CPU time of each tick, all threads, ns.
    pub ticks: Vec<u64>,
    /// CPU time of each live event between two ticks, ns.
    pub live: Vec<u64>,
    /// The same before the storm.
    pub quiet: Vec<u64>,
}

/// A book with a dated timer, or the same without one.
///
/// # Errors
/// The project does not compile.
pub fn book(timed: bool) -> Result<Arc<Book>, String> {
    let more = if timed { &TIMERS[..] } else { &[] };
    let files = FILES.iter().chain(more).copied();
    let (book, findings) = rules::compile::compile(&Project::from_files(files));
    let book = book.ok_or_else(|| format!("{findings:?}"))?;
    Ok(Arc::new(book))
}

/// An engine in which so many customers have a date.
///
/// # Errors
/// A shard stopped.
pub fn filled(book: &Arc<Book>, customers: usize) -> Result<Engine, String> {
    let mut engine =
        Engine::new(Arc::clone(book), &Settings::default()).map_err(|e| e.to_string())?;
    for from in (0..customers).step_by(BATCH) {
        let some = (from..customers.min(from + BATCH)).map(|n| {
            record(
                &format!("c{n}"),
                "profile.day",
                EIGHT,
                "{\"day\":\"2026-03-02\"}",
            )
        });
        let came = engine.push_live(some.collect(), EIGHT).map_err(told)?;
        if let Some(refused) = came.refused.first() {
            return Err(format!("{refused:?}"));
        }
    }
    Ok(engine)
}

/// Drains an engine whose timers are due, with a live event behind each tick.
///
/// # Errors
/// A shard stopped.
pub fn drain(mut engine: Engine) -> Result<Storm, String> {
    let mut storm = Storm::default();
    let mut now = EIGHT;
    for n in 0..QUIET {
        now += 1;
        storm.quiet.push(live(&mut engine, "q", n, now)?);
    }
    now = EIGHT + HOUR;
    loop {
        let began = clock::process_ns();
        let Some(came) = engine.tick_live(now).map_err(told)? else {
            return Ok(storm);
        };
        storm.ticks.push(clock::process_ns() - began);
        let fired = came.outcomes.iter().filter(|o| o.line.is_none());
        storm.fired += fired.count();
        let n = storm.ticks.len();
        storm.live.push(live(&mut engine, "s", n, now)?);
        now += 100;
    }
}

/// One live event of a customer without timers.
fn live(engine: &mut Engine, whose: &str, n: usize, now: i64) -> Result<u64, String> {
    let data = format!("{{\"what\":{}}}", n % 5);
    let event = record(&format!("{whose}{n}"), "channel.asked", now, &data);
    let began = clock::process_ns();
    let came = engine.push_live(vec![event], now).map_err(told)?;
    let took = clock::process_ns() - began;
    match came.outcomes.as_slice() {
        [one] if matches!(one.what, What::Settled(_)) => Ok(took),
        other => Err(format!("a live event was not decided alone: {other:?}")),
    }
}

fn record(customer: &str, kind: &str, time: i64, data: &str) -> Record {
    let bytes = format!(
        "{{\"id\":\"{customer}-{time}\",\"type\":\"{kind}\",\"customer\":\"{customer}\",\
         \"time\":{time},\"source\":\"b\",\"data\":{data}}}"
    );
    Record {
        line: 1,
        bytes: bytes.into_bytes(),
    }
}

fn told(fault: engine::crew::Fault) -> String {
    fault.to_string()
}
