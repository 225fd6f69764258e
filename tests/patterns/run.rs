//! A pattern and some events through the real engine, and what it told.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::door::OrderBy;
use engine::engine::{Engine, Output, Settings};
use engine::outcome::What;
use engine::shard::{Record, Show};
use kit::Failed;
use rules::book::Book;
use rules::catalogue::pattern::{Pattern, Word};
use rules::project::Project;
use rules::value::Value;

/// The instant from which the times of events count, ms.
pub(super) const BASE: i64 = 1_772_416_800_000;

/// An event of the little language that the cases are written in: its type is one letter.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) customer: String,
    /// `a1`: the type is its first letter.
    pub(super) id: String,
    /// From [`BASE`], ms.
    pub(super) time: i64,
    /// Its field `v`, where it has one.
    pub(super) v: Option<i64>,
}

impl Event {
    pub(super) fn kind(&self) -> &str {
        self.id.get(..1).unwrap_or("a")
    }

    /// The type as the catalogue calls it.
    fn ty(&self) -> String {
        match self.kind() {
            "p" => "transaction.p".to_owned(),
            "u" => "profile.u".to_owned(),
            other => format!("channel.{other}"),
        }
    }

    pub(super) fn line(&self) -> String {
        let mut data = serde_json::Map::new();
        if let Some(v) = self.v {
            data.insert("v".to_owned(), v.into());
        }
        serde_json::json!({
            "id": format!("{}/{}", self.customer, self.id), "type": self.ty(), "customer": self.customer,
            "time": BASE + self.time, "source": "made", "data": data,
        })
        .to_string()
    }
}

/// How it is run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    pub(super) lateness: i64,
    pub(super) shards: usize,
    pub(super) batch: usize,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            lateness: 0,
            shards: 1,
            batch: 50,
        }
    }
}

/// A match that was told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Told {
    pub(super) customer: String,
    /// `a1 b2`, in the order of the steps; a repeated step is `b1..b3*3`.
    pub(super) what: String,
    /// From [`BASE`], ms: when it was told.
    pub(super) at: i64,
    /// How far it came, where it was left unfinished.
    pub(super) reached: Option<String>,
    /// A deadline told it.
    pub(super) waited: bool,
}

/// What came of a run.
#[derive(Default)]
pub(super) struct Came {
    pub(super) told: Vec<Told>,
    /// The ids of what was told.
    pub(super) ids: Vec<String>,
    pub(super) hash: String,
    /// Events that were late and taken.
    pub(super) late: u64,
    /// Instances that found no room.
    pub(super) truncated: u64,
    /// Late events that a pattern could not put at their place.
    pub(super) too_late: u64,
    /// Deadlines that a late event would have prevented.
    pub(super) late_for_timer: u64,
    /// By step, how many got there.
    pub(super) reached: Vec<u64>,
}

impl Came {
    pub(super) fn of(&self, customer: &str) -> Vec<Told> {
        let own = self.told.iter().filter(|told| told.customer == customer);
        own.cloned().collect()
    }
}

/// The book of one pattern called `x`.
pub(super) fn book(pattern: &str, lateness: i64) -> Result<Arc<Book>, Failed> {
    let mut events =
        format!("[time]\nzone = \"UTC\"\nlateness = \"{lateness}ms\"\nmax_past = \"400d\"\n");
    for letter in ('a'..='t').filter(|letter| *letter != 'p') {
        events.push_str(&format!(
            "[event.\"channel.{letter}\".data]\nv = \"int?\"\n"
        ));
    }
    events.push_str(
        "[event.\"transaction.p\".data]\nv = \"int\"\n[event.\"profile.u\".data]\nv = \"int?\"\n",
    );
    let pattern = format!("[pattern.x]\nkey = \"customer\"\n{pattern}");
    let files = [
        ("catalog/events.toml", events.as_str()),
        ("catalog/patterns.toml", pattern.as_str()),
    ];
    let (book, findings) = rules::compile::compile(&Project::from_files(files));
    book.map(Arc::new)
        .ok_or_else(|| format!("{pattern}\ndoes not compile: {findings:?}").into())
}

pub(super) fn run(pattern: &str, events: &[Event], setting: Setting) -> Result<Came, Failed> {
    let book = book(pattern, setting.lateness)?;
    let settings = Settings {
        shards: setting.shards,
        batch: setting.batch,
        order: OrderBy::Arrival,
        inline: 0,
        division: None,
        show: Show {
            derived: true,
            ..Show::default()
        },
    };
    let mut engine = Engine::new(Arc::clone(&book), &settings)?;
    let records = (1..).zip(events).map(|(line, event)| Record {
        line,
        bytes: event.line().into_bytes(),
    });
    let mut came = Came::default();
    note(&book, engine.push(records.collect())?, &mut came)?;
    note(&book, engine.finish()?, &mut came)?;
    came.hash = engine.state_hash()?.to_string();
    note(&book, engine.drain()?, &mut came)?;
    if let Some(counts) = engine.tally()?.patterns.first() {
        came.truncated = counts.truncated;
        came.too_late = counts.late;
        came.late_for_timer = counts.late_for_timer;
        came.reached.clone_from(&counts.reached);
    }
    Ok(came)
}

pub(super) fn note(book: &Book, output: Output, came: &mut Came) -> Result<(), Failed> {
    if let Some(refused) = output.refused.first() {
        return Err(format!("refused: {refused:?}").into());
    }
    let pattern = book.catalogue.patterns.first().ok_or("no pattern")?;
    for outcome in output.outcomes {
        let What::Settled(settled) = outcome.what else {
            return Err(format!("{}: {:?}", outcome.event_id, outcome.what).into());
        };
        came.late += u64::from(settled.late);
        for event in settled.derived {
            let reached = (Some(event.kind) == pattern.timed_out).then(|| {
                let word = event.fields.last().map(Value::to_json);
                word.and_then(|word| Some(word.as_str()?.to_owned()))
            });
            came.ids.push(event.id.to_string());
            came.told.push(Told {
                customer: event.customer.to_string(),
                what: words(pattern, &event.fields),
                at: event.time - BASE,
                reached: reached.flatten(),
                waited: outcome.line.is_none(),
            });
        }
    }
    Ok(())
}

/// The ids of the events that the steps took.
fn words(pattern: &Pattern, fields: &[Value]) -> String {
    let mut words = Vec::new();
    for (at, step) in (0u16..).zip(&pattern.steps) {
        let mut found: BTreeMap<(bool, Word), String> = BTreeMap::new();
        for (member, value) in pattern.members.iter().zip(fields) {
            if member.step != at || value.is_missing() {
                continue;
            }
            let text = match value {
                Value::Text(text) => text.rsplit('/').next().unwrap_or("").to_owned(),
                Value::Int(n) => n.to_string(),
                _ => String::new(),
            };
            found.insert((member.first, member.word.clone()), text);
        }
        let Some(id) = found.get(&(false, Word::Id)) else {
            continue;
        };
        words.push(if step.times.repeats() {
            let first = found.get(&(true, Word::Id)).map_or("", String::as_str);
            let count = found.get(&(false, Word::Count)).map_or("", String::as_str);
            format!("{first}..{id}*{count}")
        } else {
            id.clone()
        });
    }
    words.join(" ")
}
