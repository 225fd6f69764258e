//! Places: fences, speeds, distances and haunts equal a rescan of all that was seen, on traces that
//! jitter, tie and come late; coarse mode keeps no fine point.

mod coarse;
mod haunts;
mod reference;
mod traces;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use engine::door::OrderBy;
use engine::engine::{Engine, Settings};
use engine::outcome::{Settled, What};
use engine::shard::{Record, Show};
use kit::{Claimed, Failed, Seed, Trial, claim};
use reference::{History, metres};
use rules::book::Book;
use rules::catalogue::Column;
use rules::place::Point;
use rules::project::Project;
use rules::value::Value;
use traces::{START, Seen, made, off, share};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        claim("place::speeds_and_distances_equal_a_rescan", || {
            (1..=4).try_for_each(|seed| measures_equal_a_rescan(&made(seed, 1_200, true)))
        }),
        claim("place::fences_equal_a_rescan", || {
            (1..=6).try_for_each(|seed| fences_equal_a_rescan(&made(seed, 1_200, seed % 3 > 0)))
        }),
        claim(
            "place::stays_are_told_at_their_end_and_once",
            stays_are_told,
        ),
        claim("place::shards_and_batches_change_nothing", || {
            shards_change_nothing(&made(9, 1_500, true))
        }),
        claim("place::jitter_at_an_edge_enters_once", jitter_enters_once),
        claim("place::home_and_office_are_found", haunts::are_found),
        claim(
            "place::haunts_do_not_hang_on_the_order",
            haunts::in_any_order,
        ),
        claim(
            "place::coarse_mode_keeps_no_fine_point",
            coarse::keeps_no_fine_point,
        ),
        claim(
            "place::a_node_in_coarse_mode_writes_no_fine_point",
            coarse::writes_no_fine_point,
        ),
    ]
}

/// Traces as lines, for others.
pub(crate) fn lines(seed: u64) -> String {
    traces::lines(seed)
}

fn book() -> Result<Arc<Book>, Failed> {
    compiled(&Project::read(&kit::root().join("tests/projects/places"))?)
}

fn compiled(project: &Project) -> Result<Arc<Book>, Failed> {
    let (book, findings) = rules::compile::compile(project);
    book.map(Arc::new)
        .ok_or_else(|| format!("the project does not compile: {findings:?}").into())
}

/// What came of a run: by event its row and the rules that spoke, and the steps that timers made.
#[derive(Debug, Default, PartialEq)]
struct Came {
    events: BTreeMap<String, (Vec<Value>, BTreeSet<String>)>,
    timed: Vec<(String, i64, BTreeSet<String>)>,
    hash: String,
}

fn spoke(settled: &Settled) -> BTreeSet<String> {
    let decision = settled.decision.iter();
    let chosen = decision.clone().flat_map(|d| &d.chosen).map(|c| &c.rule);
    let refused = decision.flat_map(|d| &d.refused).map(|r| &r.rule);
    chosen.chain(refused).map(ToString::to_string).collect()
}

fn run(book: &Arc<Book>, events: &[Seen], shards: usize, batch: usize) -> Result<Came, Failed> {
    let show = Show {
        columns: true,
        ..Show::default()
    };
    let settings = Settings {
        inline: 0,
        division: None,
        shards,
        batch,
        order: OrderBy::Arrival,
        show,
    };
    let mut engine = Engine::new(Arc::clone(book), &settings)?;
    let records = (1..).zip(events).map(|(line, event)| Record {
        line,
        bytes: event.line().into_bytes(),
    });
    let records: Vec<Record> = records.collect();
    let mut came = Came::default();
    let mut outputs = Vec::new();
    for some in records.chunks(batch.max(64)) {
        outputs.push(engine.push(some.to_vec())?);
    }
    outputs.push(engine.finish()?);
    for output in outputs {
        if let Some(refused) = output.refused.first() {
            return Err(format!("refused: {refused:?}").into());
        }
        for outcome in output.outcomes {
            let What::Settled(settled) = outcome.what else {
                return Err(format!("not taken: {:?}", outcome.what).into());
            };
            let rules = spoke(&settled);
            if outcome.line.is_none() {
                let who = outcome.place.key.to_string();
                came.timed.push((who, outcome.place.deadline, rules));
            } else {
                came.events
                    .insert(outcome.event_id.to_string(), (settled.row, rules));
            }
        }
    }
    came.timed.sort();
    came.hash = engine.state_hash()?.to_string();
    Ok(came)
}

/// The place of a column.
fn column(book: &Book, name: &str) -> Result<usize, Failed> {
    let named = |column: &Column| match column {
        Column::Feature(at) => book
            .catalogue
            .features
            .get(usize::from(*at))
            .map(|f| &f.name),
        Column::Derived(at) => book
            .catalogue
            .derived
            .get(usize::from(*at))
            .map(|d| &d.name),
    };
    let mut columns = book.catalogue.columns.iter();
    let found = columns.position(|column| named(column).is_some_and(|n| n.as_str() == name));
    found.ok_or_else(|| format!("no column `{name}`").into())
}

/// A number, or the wrong kind of thing.
fn number(value: Option<&Value>) -> Result<Option<f64>, Failed> {
    match value {
        Some(Value::Decimal(number)) => Ok(Some(*number)),
        Some(Value::Missing) => Ok(None),
        other => Err(format!("{other:?} is no number").into()),
    }
}

fn measures_equal_a_rescan(events: &[Seen]) -> Claimed {
    let book = book()?;
    let came = run(&book, events, 1, 50)?;
    let mut history = History::default();
    let (mut moved, mut compared) = (0, 0);
    for (n, event) in events.iter().enumerate() {
        history.take(n, event);
        let (row, _) = came
            .events
            .get(&event.id)
            .ok_or("an event without a word")?;
        for (name, want) in wanted(&history, (n, event)) {
            let Some((want, slack)) = want else { continue };
            let got = number(row.get(column(&book, name)?))?;
            let same = match (got, want) {
                (Some(got), Some(want)) => (got - want).abs() <= slack,
                (got, want) => got.is_none() && want.is_none(),
            };
            compared += 1;
            moved += usize::from(want.is_some_and(|km| km > 0.5));
            if !same {
                return Err(format!("{event:?}: {name} is {got:?}, expected {want:?}").into());
            }
        }
    }
    if moved < events.len() / 2 || compared < events.len() * 3 {
        return Err(format!("{moved} moves in {compared} values show nothing").into());
    }
    Ok(())
}

/// A value with how far it may be off; `None` inside where nobody can say.
type Want = (&'static str, Option<(Option<f64>, f64)>);

fn wanted(history: &History, (n, event): (usize, &Seen)) -> Vec<Want> {
    let order = (event.time, n);
    let day = 24 * HOUR;
    let good = |e: &Seen| e.customer == event.customer && e.accuracy.is_none_or(|m| m <= 200.0);
    let speed = step(&history.newest(order, 7 * day, good));
    let speed = speed.map(|step| {
        let kmh = step.map(|(km, ms)| km * HOUR as f64 / ms.max(1_000) as f64);
        let slack = step.map_or(0.0, |(_, ms)| {
            0.002 * HOUR as f64 / ms.max(1_000) as f64 + 0.001
        });
        (kmh, slack)
    });
    let km = |step: Option<Option<(f64, i64)>>, default: Option<f64>| {
        step.map(|step| (step.map(|(km, _)| km).or(default), 0.002))
    };
    let moved = km(step(&history.newest(order, 30 * MINUTE, good)), Some(0.0));
    let paid = |e: &Seen| e.kind == "transaction.card_payment";
    let by_card = |e: &Seen| paid(e) && e.card == event.card;
    let mut all = vec![("speed_kmh", speed), ("moved_km", moved)];
    if paid(event) {
        let carded = km(step(&history.newest(order, 7 * day, by_card)), Some(0.0));
        all.push(("card_moved_km", carded));
    }
    let own = |e: &Seen| e.customer == event.customer;
    let here = history.newest(order, HOUR, |e| own(e) && paid(e));
    let phone = history.newest(order, HOUR, |e| own(e) && !paid(e));
    let pair = here.first().zip(phone.first());
    let far = pair.and_then(|(here, phone)| Some(metres(here.at?, phone.at?) / 1_000.0));
    all.push(("from_phone_km", Some((far, 0.002))));
    all
}

/// km and ms between two fixes; `None` outside where both may be wrong by just that much.
fn step(fixes: &[&Seen]) -> Option<Option<(f64, i64)>> {
    let [newer, older] = fixes else {
        return Some(None);
    };
    let (Some(to), Some(from)) = (newer.at, older.at) else {
        return Some(None);
    };
    let far = metres(from, to);
    let wrong = newer.accuracy.unwrap_or(0.0) + older.accuracy.unwrap_or(0.0);
    if (far - wrong).abs() < 2.0 && wrong > 0.0 {
        return None;
    }
    let far = if far <= wrong { 0.0 } else { far };
    Some(Some((far / 1_000.0, newer.time - older.time)))
}

fn fences_equal_a_rescan(events: &[Seen]) -> Claimed {
    let book = book()?;
    let came = run(&book, events, 1, 50)?;
    let mut history = History::default();
    let mut told = 0;
    for (n, event) in events.iter().enumerate() {
        let before: BTreeSet<_> = history.within(&event.customer, None).into_iter().collect();
        history.take(n, event);
        let after: BTreeSet<_> = history.within(&event.customer, None).into_iter().collect();
        let entered = after
            .difference(&before)
            .map(|f| format!("service.{f}_entered"));
        let left = before
            .difference(&after)
            .map(|f| format!("service.{f}_left"));
        let mut want: BTreeSet<String> = entered.chain(left).collect();
        if event.kind != "location.fix" {
            want.clear();
        }
        let (row, rules) = came
            .events
            .get(&event.id)
            .ok_or("an event without a word")?;
        let spoke = rules.iter().filter(|rule| rule.starts_with("service."));
        let got: BTreeSet<String> = spoke.cloned().collect();
        told += got.len();
        if got != want {
            return Err(format!("{event:?}: {got:?} spoke, expected {want:?}").into());
        }
        let here = history.within(&event.customer, Some((event.time, n)));
        for fence in ["airport", "mall", "campus"] {
            let got = row.get(column(&book, &format!("in_{fence}"))?);
            if got != Some(&Value::Bool(here.contains(&fence))) {
                return Err(
                    format!("{event:?}: at {fence} is {got:?}, within are {here:?}").into(),
                );
            }
        }
        // The first fence with a grade says it, and the airport is declared first.
        let good = row.get(column(&book, "in_good_district")?);
        if good != Some(&Value::Bool(here.contains(&"airport"))) {
            return Err(format!("{event:?}: the good district is {good:?}").into());
        }
    }
    if told < 50 {
        return Err(format!("{told} crossings show nothing").into());
    }
    Ok(())
}

/// In order: who is within for as long as the fence says is told of at that instant, once.
fn stays_are_told() -> Claimed {
    let told = (21..=24).map(stays_of).sum::<Result<usize, Failed>>()?;
    match told {
        0..10 => Err(format!("{told} stays show nothing").into()),
        _ => Ok(()),
    }
}

/// How many stays of a trace were told, each as it should be.
fn stays_of(seed: u64) -> Result<usize, Failed> {
    let book = book()?;
    let mut events = made(seed, 1_500, false);
    let last = events.iter().map(|e| e.time).max().unwrap_or(START);
    // Somewhere behind all stays the clock goes on.
    if let Some(event) = events.last().cloned() {
        events.push(Seen {
            id: "end".into(),
            kind: "channel.login",
            card: None,
            at: None,
            accuracy: None,
            time: last + 4 * HOUR,
            customer: "C9".into(),
            ..event
        });
    }
    let mut history = History::default();
    events
        .iter()
        .enumerate()
        .for_each(|(n, e)| history.take(n, e));
    let mut want: BTreeMap<(String, i64), BTreeSet<String>> = BTreeMap::new();
    for who in (0..4).map(|n| format!("C{n}")) {
        for (at, name, dwell) in [(0, "airport", 10 * MINUTE), (2, "campus", 30 * MINUTE)] {
            for stay in history.stays(&who, at, None) {
                let due = stay.since + dwell;
                if stay.until.is_none_or(|until| until >= due) {
                    let rules = want.entry((who.clone(), due)).or_default();
                    rules.insert(format!("service.{name}_dwelt"));
                }
            }
        }
    }
    let came = run(&book, &events, 1, 50)?;
    let mut got: BTreeMap<(String, i64), BTreeSet<String>> = BTreeMap::new();
    for (who, due, rules) in came
        .timed
        .into_iter()
        .filter(|(.., rules)| !rules.is_empty())
    {
        let known = got.entry((who, due)).or_default();
        let before = known.len();
        let added = rules.len();
        known.extend(rules);
        if known.len() != before + added {
            return Err(format!("told twice at {due}").into());
        }
    }
    if got != want {
        let first = want
            .iter()
            .find(|(key, rules)| got.get(*key) != Some(*rules));
        let more = got
            .iter()
            .find(|(key, rules)| want.get(*key) != Some(*rules));
        return Err(format!(
            "{} told, {} expected: {first:?} {more:?}",
            got.len(),
            want.len()
        )
        .into());
    }
    Ok(want.len())
}

fn shards_change_nothing(events: &[Seen]) -> Claimed {
    let book = book()?;
    let first = run(&book, events, 1, 50)?;
    for (shards, batch) in [(1, 1), (2, 7), (3, 300)] {
        let other = run(&book, events, shards, batch)?;
        if other != first {
            let mut rows = other.events.iter().zip(&first.events);
            let row = rows.find(|(got, want)| got != want);
            let mut timed = other.timed.iter().zip(&first.timed);
            let timed = timed.find(|(got, want)| got != want);
            let hashes = (&other.hash, &first.hash);
            return Err(format!(
                "{shards} shards, batches of {batch}: {row:?} {timed:?} {hashes:?}"
            )
            .into());
        }
    }
    Ok(())
}

/// A phone lies at the edge of a fence, and its fixes jump about by less than the margin.
fn jitter_enters_once() -> Claimed {
    let book = book()?;
    let edges = [
        ("airport", 39.908_993, 116.40, 70.0),
        ("mall", 39.905, 116.42, 45.0),
    ];
    for (fence, lat, lon, wide) in edges {
        let mut seed = Seed::new(5);
        let edge = Point::new(lat, lon).ok_or("an edge")?;
        let mut jump = || (share(&mut seed) - 0.5) * 2.0 * wide;
        let mut events = Vec::new();
        for n in 0..800i64 {
            events.push(Seen {
                id: format!("j{n}"),
                kind: "location.fix",
                customer: "C1".into(),
                card: None,
                time: START + n * 20_000,
                at: Some(off(edge, jump(), jump())),
                accuracy: Some(30.0),
                sides: [reference::Side::Near; 3],
            });
        }
        let came = run(&book, &events, 1, 50)?;
        let count = |what: &str| {
            let rule = format!("service.{fence}_{what}");
            let events = came.events.values().map(|(_, rules)| rules);
            events.filter(|rules| rules.contains(&rule)).count()
        };
        if (count("entered"), count("left")) != (1, 0) {
            let (entered, left) = (count("entered"), count("left"));
            return Err(format!("{fence}: entered {entered} times, left {left} times").into());
        }
    }
    Ok(())
}
