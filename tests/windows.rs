//! Windows are exact: every feature of every event equals a rescan of all events, whatever the order
//! of arrival, the shards and the batches.

mod clock;
mod made;
mod reference;
mod run;
mod spans;
mod takes;
mod truncated;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use engine::door::OrderBy;
use kit::{Claimed, Failed, Trial, claim};
use made::{Disorder, Made};
use reference::{Reference, Word};
use rules::book::Book;
use rules::catalogue::feature::Key;
use rules::project::Project;
use run::{Run, run};

const SHARDS: [usize; 5] = [1, 2, 3, 5, 8];
/// So many events in the smallest batches: those pay for every barrier.
const FEW: usize = 1_000;

/// Events at every edge, and in every disorder at once.
const WILD: Disorder = Disorder {
    late: true,
    too_late: true,
    clocks: true,
    mismatches: true,
};
/// Nothing is too late for anybody: the order of arrival may leave no trace.
const MILD: Disorder = Disorder {
    late: true,
    too_late: false,
    clocks: false,
    mismatches: false,
};

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        claim(
            "windows::the_made_stream_holds_what_it_promises",
            the_made_stream_holds_what_it_promises,
        ),
        claim("windows::every_feature_equals_a_rescan_on_arrival", || {
            every_feature_equals_a_rescan(OrderBy::Arrival)
        }),
        claim(
            "windows::every_feature_equals_a_rescan_in_order_of_event_time",
            || every_feature_equals_a_rescan(OrderBy::EventTime),
        ),
        claim(
            "windows::shards_and_batches_change_nothing_on_arrival",
            || shards_and_batches_change_nothing(OrderBy::Arrival),
        ),
        claim(
            "windows::shards_and_batches_change_nothing_in_order_of_event_time",
            || shards_and_batches_change_nothing(OrderBy::EventTime),
        ),
        claim(
            "windows::the_order_of_arrival_leaves_no_trace",
            the_order_of_arrival_leaves_no_trace,
        ),
        claim(
            "windows::silent_entities_are_let_go_and_nobody_notices",
            silent_entities_are_let_go_and_nobody_notices,
        ),
    ];
    trials.extend(spans::trials());
    trials.extend(truncated::trials());
    trials
}

pub(crate) use spans::lines as lines_of_spans;

/// A made stream as lines, for others.
pub(crate) fn made_lines(seed: u64) -> Result<String, Failed> {
    let made = Made::new(seed, WILD, &*book()?);
    Ok(made.arrived.iter().map(|e| e.line() + "\n").collect())
}

fn book() -> Result<Arc<Book>, Failed> {
    compiled(&Project::read(&kit::root().join("tests/projects/windows"))?)
}

fn compiled(project: &Project) -> Result<Arc<Book>, Failed> {
    let (book, findings) = rules::compile::compile(project);
    book.map(Arc::new)
        .ok_or_else(|| format!("the project does not compile: {findings:?}").into())
}

fn the_made_stream_holds_what_it_promises() -> Claimed {
    let book = book()?;
    let made = Made::new(1, WILD, &book);
    let words = Reference::new(&book).words(&made.arrived);
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    for (word, _) in &words {
        *counted.entry(word.name()).or_default() += 1;
    }
    let share = |name: &str| counted.get(name).copied().unwrap_or(0) * 1_000 / words.len();
    let edges = edges(&book, &made);
    let equal_times = made.arrived.len()
        - made
            .arrived
            .iter()
            .map(|e| e.time)
            .collect::<BTreeSet<_>>()
            .len();
    let least = [
        ("events", made.arrived.len(), 5_000),
        ("‰ taken", share("taken"), 800),
        ("‰ duplicates", share("duplicate"), 30),
        ("‰ mismatches", share("mismatch"), 3),
        ("‰ too late", share("too late"), 5),
        ("‰ late", made.late_share(), 30),
        ("‰ at w − 1 ms, w or w + 1 ms", edges.any, 200),
        ("‰ at w − 1 ms", edges.before, 50),
        ("‰ at w", edges.at, 50),
        ("‰ at w + 1 ms", edges.after, 50),
        ("equal times", equal_times, 500),
    ];
    match least.iter().find(|(_, is, at_least)| is < at_least) {
        None => Ok(()),
        Some((what, is, at_least)) => {
            Err(format!("{what}: {is}, promised were {at_least}; all: {least:?}").into())
        }
    }
}

/// How many of a thousand events stand at an edge of some window of theirs.
struct Edges {
    before: usize,
    at: usize,
    after: usize,
    any: usize,
}

fn edges(book: &Book, made: &Made) -> Edges {
    let mut times: BTreeSet<(String, i64)> = BTreeSet::new();
    let keys = |e: &made::Event| {
        let mut keys = vec![(Key::Customer, e.customer.clone())];
        for (name, id) in &e.refs {
            if let Some(kind) = book.catalogue.entity_named(name) {
                keys.push((Key::Entity(kind), format!("{name}:{id}")));
                keys.push((Key::Pair(kind), format!("{}+{name}:{id}", e.customer)));
            }
        }
        keys
    };
    let (mut before, mut at, mut after, mut any) = (0, 0, 0, 0);
    let mut sorted = made.arrived.clone();
    sorted.sort_by_key(|e| e.time);
    for event in &sorted {
        let keys = keys(event);
        let stands = |shift: i64| {
            book.catalogue.features.iter().any(|feature| {
                let then = event.time - feature.over - feature.delay - shift;
                let own = keys.iter().filter(|(key, _)| *key == feature.key);
                own.into_iter()
                    .any(|(_, key)| times.contains(&(key.clone(), then)))
            })
        };
        let [b, a, f] = [-1, 0, 1].map(stands);
        before += usize::from(b);
        at += usize::from(a);
        after += usize::from(f);
        any += usize::from(b || a || f);
        times.extend(keys.into_iter().map(|(_, key)| (key, event.time)));
    }
    let of = |n: usize| n * 1_000 / sorted.len().max(1);
    Edges {
        before: of(before),
        at: of(at),
        after: of(after),
        any: of(any),
    }
}

fn every_feature_equals_a_rescan(order: OrderBy) -> Claimed {
    let book = book()?;
    for seed in 1..=2 {
        let made = Made::new(seed, WILD, &book);
        equals_a_rescan(&book, &made, order, seed)?;
    }
    Ok(())
}

/// Every feature of every event, by the engine and by its definition. Gives how many were compared.
fn equals_a_rescan(
    book: &Arc<Book>,
    made: &Made,
    order: OrderBy,
    seed: u64,
) -> Result<usize, Failed> {
    let features = run::columns(book);
    let decided = match order {
        OrderBy::Arrival => made.arrived.clone(),
        OrderBy::EventTime => reference::by_event_time(&made.arrived, made.lateness),
    };
    let expected = Reference::new(book).words(&decided);
    let got = run(book, &made.arrived, order, 3, 256)?;
    if got.words.len() != expected.len() {
        let (got, expected) = (got.words.len(), expected.len());
        return Err(format!("{got} answers, expected {expected}").into());
    }
    let mut compared = 0;
    for (at, ((id, got), (word, row))) in got.words.iter().zip(&expected).enumerate() {
        let event = decided.get(at).ok_or("an answer to nothing")?;
        if *id != event.id || got.0 != *word {
            return Err(format!("seed {seed}, {event:?}: {got:?}, expected {word:?}").into());
        }
        for (feature, (got, expected)) in features.iter().zip(got.1.iter().zip(row)) {
            if !takes::same(feature, got, expected) {
                let name = &feature.name;
                let what = format!("`{name}` is {got:?}, expected {expected:?}");
                return Err(format!("seed {seed}, place {at}, {event:?}: {what}").into());
            }
            compared += 1;
        }
        if *word == Word::Taken && row.len() != features.len() {
            return Err(format!("{} columns, expected {}", row.len(), features.len()).into());
        }
    }
    Ok(compared)
}

fn shards_and_batches_change_nothing(order: OrderBy) -> Claimed {
    let book = book()?;
    let made = Made::new(3, WILD, &book);
    whoever_works(&book, &made, order)
}

fn whoever_works(book: &Arc<Book>, made: &Made, order: OrderBy) -> Claimed {
    let few = made.arrived.get(..FEW).ok_or("the stream is too short")?;
    for (events, batches) in [(few, &[1, 7][..]), (&made.arrived, &[256, 1024])] {
        let first = run(book, events, order, 1, 256)?;
        for shards in SHARDS {
            for batch in batches.iter().copied() {
                let now = run(book, events, order, shards, batch)?;
                same(&now, &first)
                    .map_err(|what| format!("{shards} shards, batch {batch}: {what}"))?;
            }
        }
    }
    Ok(())
}

fn same(now: &Run, first: &Run) -> Result<(), String> {
    if now.hash != first.hash {
        return Err(format!("state hash {}, first {}", now.hash, first.hash));
    }
    let mut both = now.words.iter().zip(&first.words);
    match both.find(|(now, first)| now != first) {
        None if now.words.len() == first.words.len() => Ok(()),
        None => Err(format!("{} answers", now.words.len())),
        Some((now, first)) => Err(format!("{now:?}, first {first:?}")),
    }
}

fn the_order_of_arrival_leaves_no_trace() -> Claimed {
    let book = book()?;
    let made = Made::new(4, MILD, &book);
    let mut sorted = made.arrived.clone();
    sorted.sort_by_key(|e| e.time);
    if sorted == made.arrived {
        return Err("nothing came in disorder: nothing is shown".into());
    }
    let came = run(&book, &made.arrived, OrderBy::Arrival, 2, 64)?;
    let in_order = run(&book, &sorted, OrderBy::Arrival, 2, 64)?;
    let held = run(&book, &made.arrived, OrderBy::EventTime, 2, 64)?;
    if came.words.iter().any(|(_, word)| word.0 == Word::TooLate) {
        return Err("something was too late: nothing is shown".into());
    }
    // Repeats stand elsewhere, so what was taken is compared.
    let taken = |run: &Run| {
        let taken = run.words.iter().filter(|(_, word)| word.0 == Word::Taken);
        let rows = taken.map(|(id, word)| (id.clone(), format!("{:?}", word.1)));
        rows.collect::<BTreeMap<String, String>>()
    };
    if taken(&held) != taken(&in_order) || held.hash != in_order.hash {
        return Err("held back until sorted is not the same as sorted".into());
    }
    if came.hash != in_order.hash {
        return Err(format!("state hash {}, sorted {}", came.hash, in_order.hash).into());
    }
    Ok(())
}

/// Cards, terminals and payees of one twenty minutes each: those of the first hour are silent in the third.
fn silent_entities_are_let_go_and_nobody_notices() -> Claimed {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for name in ["events", "entities", "features"] {
        let path = format!("catalog/{name}.toml");
        let text = std::fs::read_to_string(kit::root().join("tests/projects/windows").join(&path))?;
        let text = text
            .replace("max_past   = \"7d\"", "max_past   = \"15m\"")
            .replace("idle = \"2h\"", "idle = \"1h\"");
        files.insert(path, text.into_bytes());
    }
    let book = compiled(&Project::from_files(files))?;
    let mut made = Made::new(5, MILD, &book);
    let mut entities: BTreeSet<String> = BTreeSet::new();
    for event in &mut made.arrived {
        let third = event.time / 1_200_000;
        for (kind, id) in &mut event.refs {
            *id = format!("{id}-{third}");
            entities.insert(format!("{kind}:{id}"));
        }
    }
    let expected = Reference::new(&book).words(&made.arrived);
    let got = run(&book, &made.arrived, OrderBy::Arrival, 1, 64)?;
    for (((id, got), (word, row)), event) in got.words.iter().zip(&expected).zip(&made.arrived) {
        if *id != event.id || got.0 != *word || (*word == Word::Taken && got.1 != *row) {
            return Err(format!("{event:?}: {got:?}, expected {word:?} {row:?}").into());
        }
    }
    // Kept: what spoke within an hour and a quarter, a sweep's hour, and nothing before.
    if got.entities * 10 > entities.len() as u64 * 9 || got.entities == 0 {
        return Err(format!("{} of {} are kept", got.entities, entities.len()).into());
    }
    for (shards, batch) in [(2, 64), (5, 7), (1, 1024)] {
        let again = run(&book, &made.arrived, OrderBy::Arrival, shards, batch)?;
        same(&again, &got)?;
        if again.entities != got.entities {
            return Err(format!("{shards} shards keep {} entities", again.entities).into());
        }
    }
    Ok(())
}
