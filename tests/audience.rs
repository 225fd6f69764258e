//! Audiences: an event that belongs to no customer comes to every customer whose tag refers to the same
//! entity, once, at its turn, whatever the shards and the batches; a newer one and an operator stop it.

mod both;
mod deaths;
mod killed;
mod live;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use engine::engine::{Engine, Output, Settings};
use engine::outcome::What;
use engine::shard::{Record, Show};
use kit::{Claimed, Failed, Trial, claim};
use rules::book::Book;
use rules::project::Project;
use serde_json::{Value, json};

/// The promises of this folder.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        claim(
            "audience::each_customer_is_told_once_at_its_turn",
            each_is_told_once,
        ),
        claim(
            "audience::shards_and_batches_change_nothing",
            shards_and_batches_change_nothing,
        ),
        claim(
            "audience::a_newer_event_ends_the_round_of_the_older",
            a_newer_one_ends_it,
        ),
        claim(
            "audience::an_older_event_that_comes_later_tells_nobody",
            an_older_one_tells_nobody,
        ),
        claim(
            "audience::an_operator_halts_a_round_and_lets_it_go_on",
            live::is_halted,
        ),
        claim(
            "audience::a_wide_audience_lets_live_events_through",
            live::lets_events_through,
        ),
        claim(
            "audience::a_node_killed_during_a_round_tells_each_once",
            killed::each_is_told_once,
        ),
        claim(
            "audience::two_events_in_one_tick_do_not_turn_time_back",
            both::time_goes_on,
        ),
        claim(
            "audience::a_round_that_nobody_hears_ends",
            live::ends_unheard,
        ),
        claim(
            "audience::no_more_rounds_run_than_may",
            live::rounds_are_bounded,
        ),
        claim(
            "audience::a_tag_of_an_entity_is_seen_by_all_from_the_next_tick_on",
            live::entity_tags_are_seen,
        ),
        claim(
            "audience::each_is_told_once_whatever_dies",
            deaths::each_is_told_once,
        ),
    ]
}

/// 2026-03-02, 09:00 in Shanghai, ms.
const NINE: i64 = 1_772_413_200_000;

const EVENTS: &str = "[time]\nzone = \"Asia/Shanghai\"\nlateness = \"2s\"\nmax_past = \"7d\"\n\
    [event.\"profile.home\".data]\ncity = \"ref:city?\"\n\
    [event.\"channel.asked\".data]\nwhat = \"text?\"\n\
    [event.\"context.weather\".data]\ncity = \"ref:city\"\nalert = { type = \"symbol\", values = [\"none\", \"red\"] }\n";
const ENTITIES: &str = "[entity.city]\n\
    tags = { storm = { type = \"symbol\", values = [\"none\", \"red\"], default = \"none\", ttl = \"1h\", \
    set = { on = \"context.weather\", from = \"event.alert\" } } }\n";
const TAGS: &str =
    "[tag.home]\ntype = \"ref:city?\"\nset = { on = \"profile.home\", from = \"event.city\" }\n";
const WARN: &str = "on(\"context.weather\");\naudience(\"home\", \"RATE\");\nclass(\"service\");\npriority(500);\n\
    title(\"a\", \"a\");\nfn when(event, customer) { event.alert == \"red\" }\n\
    fn then(event, customer) { serve(\"call\").to(\"desk\").reason(\"DUE\") }\n";
const ASKED: &str = "on(\"channel.asked\");\nclass(\"service\");\npriority(400);\n\
    title(\"a\", \"a\");\nfn when(event, customer) { customer.home.storm == \"red\" }\n\
    fn then(event, customer) { serve(\"call\").to(\"desk\").reason(\"DUE\") }\n";

/// A project that warns every customer of a city of a storm.
pub(crate) fn project(rate: &str) -> Project {
    Project::from_files(files(rate))
}

pub(crate) fn files(rate: &str) -> Vec<(&'static str, String)> {
    vec![
        ("catalog/events.toml", EVENTS.to_owned()),
        ("catalog/entities.toml", ENTITIES.to_owned()),
        ("catalog/tags.toml", TAGS.to_owned()),
        (
            "catalog/offers.toml",
            "[offer.call]\nkind = \"serve\"\npurpose = \"service\"\nexpires = \"1d\"\n".to_owned(),
        ),
        ("catalog/channels.toml", "[team.desk]\n".to_owned()),
        (
            "catalog/reasons.toml",
            "[reason.DUE]\nen = \"a\"\nzh = \"a\"\n".to_owned(),
        ),
        ("rules/service/warn.rhai", WARN.replace("RATE", rate)),
        ("rules/service/asked.rhai", ASKED.to_owned()),
    ]
}

fn book(rate: &str) -> Result<Arc<Book>, Failed> {
    compiled(files(rate))
}

fn compiled(files: Vec<(&'static str, String)>) -> Result<Arc<Book>, Failed> {
    let (book, findings) = rules::compile::compile(&Project::from_files(files));
    let book = book.ok_or_else(|| {
        let told: Vec<String> = findings.iter().map(|f| f.cause.en.clone()).collect();
        format!("the project does not compile: {told:?}")
    })?;
    Ok(Arc::new(book))
}

fn engine(book: &Arc<Book>, shards: usize, batch: usize) -> Result<Engine, Failed> {
    let settings = Settings {
        shards,
        batch,
        show: Show {
            records: true,
            journal: true,
            ..Show::default()
        },
        ..Settings::default()
    };
    Ok(Engine::new(Arc::clone(book), &settings)?)
}

fn line(kind: &str, customer: Option<&str>, id: &str, time: i64, data: &Value) -> String {
    let mut event = json!({ "id": id, "type": kind, "time": time, "source": "t", "data": data });
    if let (Some(customer), Some(members)) = (customer, event.as_object_mut()) {
        members.insert("customer".to_owned(), customer.into());
    }
    event.to_string()
}

fn records(lines: &[String]) -> Vec<Record> {
    let all = (1..).zip(lines).map(|(line, text)| Record {
        line,
        bytes: text.as_bytes().to_vec(),
    });
    all.collect()
}

pub(crate) fn home(who: usize, city: &str, time: i64) -> String {
    let (customer, id) = (format!("c{who}"), format!("h{who}-{time}"));
    line(
        "profile.home",
        Some(&customer),
        &id,
        time,
        &json!({ "city": city }),
    )
}

pub(crate) fn warning(city: &str, alert: &str, time: i64) -> String {
    let id = format!("w-{city}-{time}");
    line(
        "context.weather",
        None,
        &id,
        time,
        &json!({ "city": city, "alert": alert }),
    )
}

/// Somebody asks every so often, so that the clock of a bare file goes on.
fn asks(from: i64, to: i64) -> impl Iterator<Item = String> {
    let step = 370;
    let times = (from..to).step_by(step);
    times.map(|time| {
        let who = format!("c{}", (time / 370) % 90);
        line(
            "channel.asked",
            Some(&who),
            &format!("a{time}"),
            time,
            &json!({}),
        )
    })
}

/// Customers of three cities who move about, storms that come and go, and people who ask.
pub(crate) fn lines() -> String {
    let mut all: Vec<(i64, String)> = Vec::new();
    let city = |n: usize| ["SH", "BJ", "GZ"].get(n % 3).copied().unwrap_or("SH");
    for who in 0..90 {
        let time = NINE + i64::try_from(who).unwrap_or(0) * 100;
        all.push((time, home(who, city(who), time)));
    }
    for (n, who) in (0..60).map(|n| (n, n * 7 % 90)) {
        let time = NINE + 10_050 + i64::try_from(n).unwrap_or(0) * 900;
        all.push((time, home(who, city(who + n), time)));
    }
    for n in 0..14usize {
        let time = NINE + 9_000 + i64::try_from(n).unwrap_or(0) * 4_300;
        let alert = if n % 4 == 3 { "none" } else { "red" };
        all.push((time, warning(city(n * 2), alert, time)));
    }
    let to = NINE + 75_000;
    all.extend((NINE + 9_000..to).step_by(370).zip(asks(NINE + 9_000, to)));
    all.sort();
    all.into_iter().map(|(_, line)| line + "\n").collect()
}

/// Whom it told, when, by which event; in the order told.
type Told = Vec<(String, i64, String)>;

/// What came to customers of no record of their own.
fn told(outputs: &[Output]) -> Result<Told, Failed> {
    let mut all = Vec::new();
    for outcome in outputs.iter().flat_map(|output| &output.outcomes) {
        if outcome.line.is_some() {
            continue;
        }
        let What::Settled(_) = &outcome.what else {
            return Err(format!("told and not settled: {outcome:?}").into());
        };
        let key = outcome.place.key.to_string();
        all.push((key, outcome.place.deadline, outcome.event_id.to_string()));
    }
    Ok(all)
}

fn push(engine: &mut Engine, lines: &[String]) -> Result<Vec<Output>, Failed> {
    let mut outputs = Vec::new();
    for some in records(lines).chunks(61) {
        outputs.push(engine.push(some.to_vec())?);
    }
    outputs.push(engine.finish()?);
    match outputs.iter().flat_map(|output| &output.refused).next() {
        Some(refused) => Err(format!("refused: {refused:?}").into()),
        None => Ok(outputs),
    }
}

/// Turn after turn, each of another customer who lives there, and nobody else's.
fn each_is_told_once() -> Claimed {
    let book = book("50/s")?;
    let mut lines: Vec<String> = Vec::new();
    let lives = |who: usize| if who.is_multiple_of(3) { "SH" } else { "BJ" };
    for who in 0..400 {
        lines.push(home(who, lives(who), NINE));
    }
    let start = NINE + 1_500;
    lines.push(warning("SH", "red", start));
    lines.extend((1..12).map(|n| {
        let (id, time) = (format!("x{n}"), start + n * 1_000);
        line("channel.asked", Some("nobody"), &id, time, &json!({}))
    }));
    let mut engine = engine(&book, 2, 50)?;
    let told = told(&push(&mut engine, &lines)?)?;
    let there: BTreeSet<String> = (0..400)
        .filter(|who| lives(*who) == "SH")
        .map(|who| format!("c{who}"))
        .collect();
    let who: BTreeSet<String> = told.iter().map(|(who, ..)| who.clone()).collect();
    if who != there || told.len() != there.len() {
        let (told, there) = (told.len(), there.len());
        return Err(format!("{told} were told, {there} live there").into());
    }
    let mut instants: Vec<i64> = told.iter().map(|(_, at, _)| *at).collect();
    instants.sort_unstable();
    let turns: Vec<i64> = (0..).map(|n| start + n * 20).take(there.len()).collect();
    if instants == turns {
        return Ok(());
    }
    Err(format!("the turns are {instants:?}").into())
}

fn shards_and_batches_change_nothing() -> Claimed {
    let book = book("7/s")?;
    let lines: Vec<String> = lines().lines().map(str::to_owned).collect();
    let mut first: Option<(Vec<String>, String)> = None;
    for (shards, batch) in [(1, 4_096), (1, 1), (2, 50), (3, 7), (7, 4_096)] {
        let mut engine = engine(&book, shards, batch)?;
        let outputs = push(&mut engine, &lines)?;
        if told(&outputs)?.len() < 100 {
            return Err("hardly anybody was told: nothing is shown".into());
        }
        let outcomes = outputs.iter().flat_map(|output| &output.outcomes);
        let outcomes: Vec<String> = outcomes.map(|outcome| format!("{outcome:?}")).collect();
        let hash = engine.state_hash()?.to_string();
        match &first {
            None => first = Some((outcomes, hash)),
            Some((wanted, state)) => {
                let mut both = wanted.iter().zip(&outcomes);
                if let Some(parting) = both.find(|(want, got)| want != got) {
                    return Err(format!("{shards} shards, batch {batch}: {parting:#?}").into());
                }
                if wanted.len() != outcomes.len() || *state != hash {
                    return Err(format!("{shards} shards, batch {batch}: another state").into());
                }
            }
        }
    }
    Ok(())
}

/// By event: how many it told.
fn by_event(book: &Book, told: &Told, events: &[&str]) -> BTreeMap<String, usize> {
    let of = |told: &(String, i64, String)| {
        let name = book.catalogue.audiences.first().and_then(|audience| {
            let told = book.catalogue.event(audience.told)?;
            Some(told.name.clone())
        });
        let name = name.unwrap_or_default();
        let is_it = |event: &&&str| {
            engine::ids::derived_id(&name, &told.0, &["t", event]).as_str() == told.2
        };
        events.iter().find(is_it).map(|event| (*event).to_owned())
    };
    let mut counts = BTreeMap::new();
    for event in told.iter().filter_map(of) {
        *counts.entry(event).or_default() += 1;
    }
    counts
}

fn a_newer_one_ends_it() -> Claimed {
    let book = book("10/s")?;
    let mut lines: Vec<String> = (0..100).map(|who| home(who, "SH", NINE)).collect();
    let start = NINE + 1_000;
    lines.push(warning("SH", "red", start));
    lines.extend(asks(start + 100, start + 3_000));
    lines.push(warning("SH", "none", start + 3_000));
    lines.extend(asks(start + 3_100, start + 20_000));
    let mut engine = engine(&book, 2, 50)?;
    let told = told(&push(&mut engine, &lines)?)?;
    let [older, newer] = [start, start + 3_000].map(|at| format!("w-SH-{at}"));
    let counts = by_event(&book, &told, &[&older, &newer]);
    let count = |event: &String| counts.get(event).copied().unwrap_or(0);
    // The tick behind the newer one is the first that knows of it.
    if (29..=41).contains(&count(&older)) && count(&newer) == 100 {
        return Ok(());
    }
    Err(format!("told: {counts:?}").into())
}

fn an_older_one_tells_nobody() -> Claimed {
    let book = book("100/s")?;
    let mut lines: Vec<String> = (0..20).map(|who| home(who, "SH", NINE)).collect();
    let start = NINE + 5_000;
    lines.push(warning("SH", "red", start));
    lines.push(warning("SH", "none", start - 1_000));
    lines.extend(asks(start + 100, start + 9_000));
    let mut engine = engine(&book, 1, 50)?;
    let told = told(&push(&mut engine, &lines)?)?;
    let [older, newer] = [start - 1_000, start].map(|at| format!("w-SH-{at}"));
    let counts = by_event(&book, &told, &[&older, &newer]);
    if counts == BTreeMap::from([(newer, 20)]) {
        return Ok(());
    }
    Err(format!("told: {counts:?}").into())
}
