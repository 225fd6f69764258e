//! Another book takes over while something is live: what means the same goes on, the rest begins empty.

use std::sync::Arc;

use engine::engine::Ready;
use engine::engine::{Engine, Settings};
use engine::plan::Plan;
use engine::shard::{Record, Show};
use kit::{Failed, Trial, claim};
use rules::book::Book;
use rules::project::Project;

use super::run::{BASE, Came, Event, note};

pub(super) fn trials() -> Vec<Trial> {
    let rows: [(&str, &str, &str, &[&str]); 10] = [
        (
            "another_title_and_bound_go_on",
            SEQUENCE,
            "title = \"t\"\nkeep = 3\nafter = \"each\"\nwithin = \"1m\"\nsteps = [ { name = \"a\", on = \"channel.a\" }, { name = \"b\", on = \"channel.b\" } ]",
            &["a b"],
        ),
        (
            "another_limit_begins_empty",
            SEQUENCE,
            "within = \"2m\"\nsteps = [ { name = \"a\", on = \"channel.a\" }, { name = \"b\", on = \"channel.b\" } ]",
            &[],
        ),
        (
            "another_condition_begins_empty",
            SEQUENCE,
            "within = \"1m\"\nsteps = [ { name = \"a\", on = \"channel.a\" }, { name = \"b\", on = \"channel.b\", where = \"(event.v ?? 0) >= 0\" } ]",
            &[],
        ),
        (
            "one_more_step_begins_empty",
            SEQUENCE,
            "within = \"1m\"\nsteps = [ { name = \"a\", on = \"channel.a\" }, { name = \"b\", on = \"channel.b\" }, { name = \"c\", on = \"channel.c\" } ]",
            &[],
        ),
        (
            "a_deadline_goes_on",
            ABSENCE,
            "title = \"t\"\nabsent = { on = \"channel.c\", within = \"30ms\" }\nsteps = [ { name = \"a\", on = \"channel.a\" } ]",
            &["a @30"],
        ),
        (
            "a_deadline_of_another_length_is_forgotten",
            ABSENCE,
            "absent = { on = \"channel.c\", within = \"31ms\" }\nsteps = [ { name = \"a\", on = \"channel.a\" } ]",
            &[],
        ),
        ("a_renamed_pattern_goes_on", SEQUENCE, RENAMED, &["a b"]),
        (
            "a_deadline_goes_on_under_another_name",
            ABSENCE,
            RENAMED_ABSENCE,
            &["a @30"],
        ),
        ("a_field_less_is_no_matter", SEQUENCE, LESS, &["a b"]),
        ("a_field_more_begins_empty", SEQUENCE, MORE, &[]),
    ];
    let trial = |(name, before, behind, wanted)| {
        claim(format!("patterns::passage::{name}"), move || {
            let got = turned(before, behind)?;
            let wanted: Vec<String> = (wanted as &[&str])
                .iter()
                .map(|s| (*s).to_owned())
                .collect();
            if got == wanted {
                return Ok(());
            }
            Err(format!("wanted {wanted:?}, got {got:?}").into())
        })
    };
    rows.into_iter().map(trial).collect()
}

const SEQUENCE: &str = "within = \"1m\"\nsteps = [ { name = \"a\", on = \"channel.a\" }, { name = \"b\", on = \"channel.b\" } ]";
const ABSENCE: &str = "absent = { on = \"channel.c\", within = \"30ms\" }\nsteps = [ { name = \"a\", on = \"channel.a\" } ]";
const RENAMED: &str = "NAME=y\nwas = \"x\"\nwithin = \"1m\"\nsteps = [ { name = \"a\", on = \"channel.a\" }, { name = \"b\", on = \"channel.b\" } ]";
const RENAMED_ABSENCE: &str = "NAME=y\nwas = \"x\"\nabsent = { on = \"channel.c\", within = \"30ms\" }\nsteps = [ { name = \"a\", on = \"channel.a\" } ]";
const LESS: &str = "FIELDS=\nwithin = \"1m\"\nsteps = [ { name = \"a\", on = \"channel.a\" }, { name = \"b\", on = \"channel.b\" } ]";
const MORE: &str = "FIELDS=v = \"int?\", w = \"int?\"\nwithin = \"1m\"\nsteps = [ { name = \"a\", on = \"channel.a\" }, { name = \"b\", on = \"channel.b\" } ]";

/// The book of a pattern: called `x` unless a line says otherwise, over events with a field `v` unless
/// a line says otherwise.
fn book(pattern: &str) -> Result<Arc<Book>, Failed> {
    let line = |word: &str| pattern.lines().find_map(|line| line.strip_prefix(word));
    let (name, fields) = (
        line("NAME=").unwrap_or("x"),
        line("FIELDS=").unwrap_or("v = \"int?\""),
    );
    let plain = pattern
        .lines()
        .filter(|l| !l.starts_with("NAME=") && !l.starts_with("FIELDS="));
    let plain: Vec<&str> = plain.collect();
    let pattern = format!(
        "[pattern.{name}]\nkey = \"customer\"\n{}\n",
        plain.join("\n")
    );
    let mut events = "[time]\nzone = \"UTC\"\nlateness = \"20ms\"\n".to_owned();
    for letter in ["a", "b", "c"] {
        events.push_str(&format!(
            "[event.\"channel.{letter}\"]\ndata = {{ {fields} }}\n"
        ));
    }
    let files = [
        ("catalog/events.toml", events.as_str()),
        ("catalog/patterns.toml", pattern.as_str()),
    ];
    let (book, findings) = rules::compile::compile(&Project::from_files(files));
    book.map(Arc::new)
        .ok_or_else(|| format!("{pattern}\ndoes not compile: {findings:?}").into())
}

fn record(id: &str, time: i64) -> Record {
    let event = Event {
        customer: "c".to_owned(),
        id: id.to_owned(),
        time,
        v: None,
    };
    Record {
        line: 1,
        bytes: event.line().into_bytes(),
    }
}

/// Something begins under one book, and another takes over.
fn turned(before: &str, behind: &str) -> Result<Vec<String>, Failed> {
    let (first, second) = (book(before)?, book(behind)?);
    let settings = Settings {
        show: Show {
            derived: true,
            ..Show::default()
        },
        ..Settings::default()
    };
    let mut engine = Engine::new(Arc::clone(&first), &settings)?;
    let mut came = Came::default();
    note(&first, engine.push(vec![record("a", 0)])?, &mut came)?;
    note(&first, engine.finish()?, &mut came)?;
    let plan = Arc::new(Plan::build(&second, true)?);
    engine.exchange(&second, &plan, Ready::default(), BASE + 3)?;
    note(&second, engine.push(vec![record("b", 5)])?, &mut came)?;
    note(&second, engine.finish()?, &mut came)?;
    note(&second, engine.drain()?, &mut came)?;
    let words = |told: &super::run::Told| match told.waited {
        true => format!("{} @{}", told.what, told.at),
        false => told.what.clone(),
    };
    Ok(came.told.iter().map(words).collect())
}
