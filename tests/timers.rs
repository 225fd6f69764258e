//! Timers: reminders and dated timers fire once, never early and never not at all, whatever dies and
//! whatever the clock does; a storm of them lets live events through.

mod killed;
mod late;
pub(crate) mod once;
mod storm;

use std::sync::Arc;

use engine::engine::{Engine, Settings};
use engine::shard::{Record, Show};
use kit::{Failed, Trial, claim};
use rules::book::Book;
use rules::project::Project;
use serde_json::{Value, json};

/// The promises of this folder.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        claim(
            "timers::each_fires_once_whatever_dies_and_whatever_the_clock_does",
            once::each_fires_once,
        ),
        claim(
            "timers::a_node_killed_around_the_deadline_misses_none_and_doubles_none",
            killed::around_the_deadline,
        ),
        claim(
            "timers::a_storm_drains_and_lets_live_events_through",
            storm::drains,
        ),
        claim("timers::lateness_is_of_the_source", late::is_of_the_source),
        claim(
            "timers::a_wild_stamp_moves_nobody",
            late::a_wild_stamp_moves_nobody,
        ),
        claim(
            "timers::jumps_of_the_clock_change_nothing",
            late::jumps_change_nothing,
        ),
    ]
}

const EVENTS: &str = "[time]\nzone = \"Asia/Shanghai\"\nlateness = \"0s\"\nmax_past = \"7d\"\n\
    [event.\"profile.day\".data]\nday = \"date?\"\ntz = \"text?\"\n\
    [event.\"channel.asked\".data]\nwhat = \"text?\"\n\
    [event.\"channel.hello\".data]\nwhat = \"text?\"\n";
const TAGS: &str = "[tag.day]\ntype = \"date?\"\nset = { on = \"profile.day\", from = \"event.day\" }\n\
    [tag.tz]\ntype = \"text?\"\nset = { on = \"profile.day\", from = \"event.tz\" }\n";
const REMIND: &str = "on(\"channel.asked\");\nclass(\"profile\");\ntitle(\"a\", \"a\");\n\
    fn when(event, customer) { true }\n\
    fn always(event, customer) { remind(\"later\", \"AFTER\"); }\n";
const SERVE: &str = "on(\"timer.later\", \"timer.due\", \"channel.hello\");\nclass(\"service\");\npriority(500);\n\
    title(\"a\", \"a\");\nfn when(event, customer) { true }\n\
    fn then(event, customer) { serve(\"call\").to(\"desk\").reason(\"DUE\") }\n";

/// A project with a dated timer `due` and a reminder `later`; every firing makes one action.
fn files(dated: &str, after: &str) -> Vec<(&'static str, String)> {
    vec![
        ("catalog/events.toml", EVENTS.to_owned()),
        ("catalog/tags.toml", TAGS.to_owned()),
        (
            "catalog/timers.toml",
            format!("[timer.due]\ndate = \"customer.day\"\n{dated}\n"),
        ),
        (
            "catalog/offers.toml",
            "[offer.call]\nkind = \"serve\"\npurpose = \"service\"\nexpires = \"1d\"\n".to_owned(),
        ),
        ("catalog/channels.toml", "[team.desk]\n".to_owned()),
        (
            "catalog/reasons.toml",
            "[reason.DUE]\nen = \"a\"\nzh = \"a\"\n".to_owned(),
        ),
        ("rules/service/remind.rhai", REMIND.replace("AFTER", after)),
        ("rules/service/serve.rhai", SERVE.to_owned()),
    ]
}

fn book(dated: &str, after: &str) -> Result<Arc<Book>, Failed> {
    compiled(files(dated, after))
}

fn compiled(files: Vec<(&'static str, String)>) -> Result<Arc<Book>, Failed> {
    let (book, findings) = rules::compile::compile(&Project::from_files(files));
    let book = book.ok_or_else(|| {
        let told: Vec<String> = findings.iter().map(|f| f.cause.en.clone()).collect();
        format!("the project does not compile: {told:?}")
    })?;
    Ok(Arc::new(book))
}

pub(crate) fn engine(book: &Arc<Book>, shards: usize, journal: bool) -> Result<Engine, Failed> {
    let settings = Settings {
        shards,
        show: Show {
            journal,
            ..Show::default()
        },
        ..Settings::default()
    };
    Ok(Engine::new(Arc::clone(book), &settings)?)
}

fn record(kind: &str, customer: &str, id: &str, time: i64, data: &Value) -> Record {
    let event = json!({
        "id": id, "type": kind, "customer": customer, "time": time, "source": "t", "data": data,
    });
    Record {
        line: 1,
        bytes: event.to_string().into_bytes(),
    }
}

/// How many timers: a number of the environment, or a small one.
fn timers(name: &str, few: usize) -> usize {
    let asked = std::env::var(name).ok().and_then(|n| n.parse().ok());
    asked.unwrap_or(few)
}
