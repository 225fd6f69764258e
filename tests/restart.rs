//! A restart leaves no trace: state comes back from the journal of all changes, or from a snapshot and
//! the journal behind it, and what follows is decided as if nothing had happened.

use engine::change::Change;
use engine::door::OrderBy;
use engine::engine::{Engine, Output, Settings};
use engine::journal::Entry;
use engine::key::KeyGroup;
use engine::limits::KEY_GROUPS;
use engine::shard::{Record, Show};
use kit::{Claimed, Failed, Trial, claim};
use rules::book::Book;
use rules::project::Project;
use std::path::Path;
use std::sync::Arc;

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        claim(
            "restart::the_sample_day_goes_on_as_if_nothing_had_happened",
            || {
                let events = kit::read(&kit::root().join("tests/samples/day.ndjson"))?;
                goes_on("rules/retail-bank", &events, |entry| {
                    matches!(entry, Entry::Fired { .. })
                })
            },
        ),
        claim(
            "restart::windows_of_all_kinds_go_on_as_if_nothing_had_happened",
            || {
                let events = crate::windows::made_lines(7)?;
                goes_on("tests/projects/windows", &events, |entry| {
                    matches!(entry, Entry::Appended { .. })
                })
            },
        ),
        claim(
            "restart::patterns_go_on_around_their_deadlines",
            patterns_go_on,
        ),
        claim(
            "restart::fences_and_haunts_go_on_as_if_nothing_had_happened",
            fences_go_on,
        ),
        claim(
            "restart::every_take_and_whole_panes_go_on_as_if_nothing_had_happened",
            || {
                let events = crate::windows::lines_of_spans(7)?;
                goes_on("tests/projects/spans", &events, |entry| {
                    matches!(entry, Entry::Appended { .. })
                })
            },
        ),
    ];
    trials.extend(trials_of_customers());
    trials
}

/// Those of what is kept of a customer beside its windows and patterns.
fn trials_of_customers() -> Vec<Trial> {
    vec![
        claim(
            "restart::what_was_pulled_back_stays_so",
            pulled_back_stays_so,
        ),
        claim("restart::dated_timers_go_on_and_none_fires_again", || {
            goes_on("tests/projects/language", &birthdays(), |entry| {
                matches!(entry, Entry::Fired { .. })
            })
        }),
        claim("restart::segments_go_on_and_are_told_once", segments),
        claim("restart::rounds_go_on_where_they_were", || {
            let project = crate::audience::project("7/s");
            goes_on_with(&project, &crate::audience::lines(), |entry| {
                matches!(entry, Entry::Reached { .. })
            })
        }),
        claim("restart::what_all_share_goes_on_as_well", || {
            goes_on("tests/projects/language", &terminals(), |entry| {
                matches!(entry, Entry::Braked { .. })
            })
        }),
    ]
}

/// Customers who look at quotes and leave, or apply in time, or too late; and salaries that are looked
/// at. Wherever the run is cut, some wait for a deadline and some have just passed one.
fn quotes() -> String {
    let event = |n: i64| {
        let (who, round) = (n % 40, n / 40);
        let (kind, data) = match (round, who % 4) {
            (0, _) => (
                "profile.updated",
                serde_json::json!({ "tier": "gold", "age": 40, "risk_level": "R4", "app_token": format!("a{who}") }),
            ),
            (1, _) => (
                "profile.consent",
                serde_json::json!({ "purpose": "marketing", "channel": "app", "given": true }),
            ),
            (2, _) | (6, 3) => (
                "channel.quote_viewed",
                serde_json::json!({ "product": "motor", "quote": format!("Q{n}") }),
            ),
            (4, 1) => (
                "channel.application_submitted",
                serde_json::json!({ "product": "motor" }),
            ),
            (3, _) => (
                "transaction.credit",
                serde_json::json!({ "amount": "9000.00", "purpose": "salary" }),
            ),
            (8, 2) => (
                "channel.application_submitted",
                serde_json::json!({ "product": "home" }),
            ),
            _ => ("channel.balance_query", serde_json::json!({ "via": "app" })),
        };
        // Two in five come a moment late.
        let late = if n % 5 < 2 { 3_000 } else { 0 };
        let time = 1_772_413_200_000 + round * 450_000 + who * 1_000 - late;
        serde_json::json!({
            "id": format!("q{n}"), "type": kind, "customer": format!("c{who}"),
            "time": time, "source": "made", "data": data,
        })
        .to_string()
    };
    (0..400).map(|n| event(n) + "\n").collect()
}

fn patterns_go_on() -> Claimed {
    goes_on("tests/projects/language", &quotes(), |entry| {
        let change = match entry {
            Entry::Customer { change, .. } => Some(change),
            _ => None,
        };
        matches!(change, Some(Change::PatternKept(_)))
    })
}

fn fences_go_on() -> Claimed {
    let events = crate::place::lines(7);
    goes_on("tests/projects/places", &events, |entry| {
        let change = match entry {
            Entry::Customer { change, .. } => Some(change),
            _ => None,
        };
        matches!(change, Some(Change::FenceTurned { .. }))
    })
}

/// Customers who are offered to stay, and of whom every other complains before anybody has seen it.
fn regrets() -> String {
    let event = |n: i64| {
        let (who, round) = (n % 30, n / 30);
        let card = format!("CARD{who:04}");
        let (kind, data) = match round {
            0 => (
                "profile.updated",
                serde_json::json!({
                    "tier": "gold", "age": 40, "risk_level": "R3", "app_token": format!("a{who}"),
                }),
            ),
            2 => (
                "channel.card_closing",
                serde_json::json!({ "card": card, "why": "fee" }),
            ),
            4 if who % 2 == 0 => (
                "channel.complaint",
                serde_json::json!({ "severity": "low", "complaint": "x" }),
            ),
            _ => (
                "transaction.card_payment",
                serde_json::json!({
                    "amount": "4000.00", "card": card, "terminal": "T1", "category": "grocery",
                }),
            ),
        };
        serde_json::json!({
            "id": format!("r{n}"), "type": kind, "customer": format!("c{who}"),
            "time": 1_772_413_200_000 + n * 700, "source": "made", "data": data,
        })
        .to_string()
    };
    (0..270).map(|n| event(n) + "\n").collect()
}

fn segments() -> Claimed {
    goes_on("tests/projects/segments", &fortunes(), |entry| {
        let change = match entry {
            Entry::Customer { change, .. } => Some(change),
            _ => None,
        };
        matches!(change, Some(Change::SegmentSet { .. }))
    })
}

/// Customers who come to money and lose it, and pay now often and now hardly ever.
fn fortunes() -> String {
    let event = |n: i64| {
        let who = n % 23;
        let (kind, data) = match (n * 7 + who) % 5 {
            0 => (
                "profile.balances",
                serde_json::json!({ "assets": format!("{}.00", (n * 370_003) % 2_000_000) }),
            ),
            1 => ("channel.login", serde_json::json!({})),
            2 if n % 3 == 0 => (
                "profile.tier",
                serde_json::json!({
                    "tier": if n % 2 == 0 { "gold" } else { "basic" }, "sure": 0.9,
                }),
            ),
            _ => (
                "transaction.payment",
                serde_json::json!({ "amount": "5.00" }),
            ),
        };
        // Some come late, and a night lies between.
        let late = if n % 31 == 7 { 3_000 } else { 0 };
        let night = if n > 300 { 30_000_000 } else { 0 };
        serde_json::json!({
            "id": format!("f{n}"), "type": kind, "customer": format!("c{who}"),
            "time": 1_772_412_000_000 + n * 40_000 + night - late, "source": "made", "data": data,
        })
        .to_string()
    };
    (0..600).map(|n| event(n) + "\n").collect()
}

/// An hour in which many have their birthday in three days: dates are put right, zones change, and
/// profiles are sent again behind a firing.
fn birthdays() -> String {
    let event = |n: i64| {
        let who = n % 40;
        let day = if who % 5 == 4 && n > 300 { 9 } else { 5 };
        let (kind, mut data) = (
            "profile.updated",
            serde_json::json!({
                "tier": "gold", "age": 40, "risk_level": "R3", "birthday": format!("1990-03-0{day}"),
                "app_token": format!("a{who}"),
            }),
        );
        if who % 7 == 3 {
            let zones = ["Asia/Shanghai", "Asia/Tokyo", "Asia/Dhaka"];
            let zone = usize::try_from(n / 40 % 3).unwrap_or(0);
            let zone = zones.get(zone).copied().unwrap_or("UTC");
            data.as_object_mut()
                .map(|data| data.insert("tz".to_owned(), zone.into()));
        }
        serde_json::json!({
            "id": format!("b{n}"), "type": kind, "customer": format!("c{who}"),
            "time": 1_772_412_000_000 + n * 8_000, "source": "made", "data": data,
        })
        .to_string()
    };
    (0..600).map(|n| event(n) + "\n").collect()
}

/// Card payments that trip the rule on terminals, so that an entity cools down and a brake counts.
pub(crate) fn terminals() -> String {
    let payment = |n: i64| {
        let (id, time) = (format!("p{n}"), 1_772_413_200_000 + n * 700);
        let data = serde_json::json!({
            "amount": "10.00", "card": format!("k{}", n % 90), "terminal": format!("t{}", n % 3),
            "declined": n % 2 == 0,
        });
        serde_json::json!({
            "id": id, "type": "transaction.card_payment", "customer": format!("c{}", n % 90),
            "time": time, "source": "made", "data": data,
        })
        .to_string()
    };
    (0..600).map(|n| payment(n) + "\n").collect()
}

fn pulled_back_stays_so() -> Claimed {
    goes_on("rules/retail-bank", &regrets(), |entry| {
        let change = match entry {
            Entry::Customer { change, .. } => Some(change),
            _ => None,
        };
        matches!(change, Some(Change::Withdrawn { .. }))
    })
}

/// What came of some records, without the entries.
type Came = Vec<Output>;

/// An entry that some run must have, else nothing is shown.
type Wanted = fn(&Entry) -> bool;

struct Run {
    book: Arc<Book>,
    records: Vec<Record>,
    shards: usize,
    wanted: Wanted,
    /// One was met.
    met: bool,
}

fn goes_on(project: &str, events: &str, wanted: Wanted) -> Claimed {
    let project = Project::read(&kit::root().join(Path::new(project)))?;
    goes_on_with(&project, events, wanted)
}

fn goes_on_with(project: &Project, events: &str, wanted: Wanted) -> Claimed {
    let (book, findings) = rules::compile::compile(project);
    let book = book.ok_or_else(|| format!("the project does not compile: {findings:?}"))?;
    let records = (1..).zip(events.lines()).map(|(line, text)| Record {
        line,
        bytes: text.as_bytes().to_vec(),
    });
    let mut run = Run {
        book: Arc::new(book),
        records: records.collect(),
        shards: 1,
        wanted,
        met: false,
    };
    for (shards, cuts) in [(1, [1, 3, 7]), (3, [2, 5, 8])] {
        run.shards = shards;
        for ninth in cuts {
            let cut = run.records.len() * ninth / 9;
            run.compare(cut)
                .map_err(|e| format!("{shards} shards, cut at {cut}: {}", words(e)))?;
        }
    }
    if !run.met {
        return Err("the entry that this is about was not made: nothing is shown".into());
    }
    Ok(())
}

fn words(failed: Failed) -> String {
    failed.message().unwrap_or("no words").to_owned()
}

impl Run {
    fn engine(&self) -> Result<Engine, Failed> {
        let settings = Settings {
            shards: self.shards,
            batch: 50,
            order: OrderBy::Arrival,
            inline: 0,
            division: None,
            show: Show {
                records: true,
                journal: true,
                ..Show::default()
            },
        };
        Ok(Engine::new(Arc::clone(&self.book), &settings)?)
    }

    /// Pushes records; what came of them, and the entries.
    fn push(engine: &mut Engine, records: &[Record]) -> Result<(Came, Vec<Entry>), Failed> {
        let mut came = Vec::new();
        let mut entries = Vec::new();
        let mut take = |mut output: Output| {
            entries.append(&mut output.entries);
            came.push(output);
        };
        for some in records.chunks(61) {
            take(engine.push(some.to_vec())?);
        }
        take(engine.finish()?);
        Ok((came, entries))
    }

    fn compare(&mut self, cut: usize) -> Claimed {
        let (before, behind) = self
            .records
            .split_at_checked(cut)
            .ok_or("the cut is outside")?;
        let mut whole = self.engine()?;
        let (_, entries) = Self::push(&mut whole, before)?;
        self.met |= entries.iter().any(self.wanted);
        let stand = whole.stand();
        let hash = whole.state_hash()?;
        let mut snapshot = Vec::new();
        for group in (0..KEY_GROUPS).map(KeyGroup).map(Some).chain([None]) {
            snapshot.append(&mut whole.whole(group)?);
        }
        let (expected, _) = Self::push(&mut whole, behind)?;
        let last = whole.state_hash()?;
        for (name, entries) in [("journal", entries), ("snapshot", snapshot)] {
            if entries.is_empty() {
                return Err(format!("the {name} is empty: nothing is shown").into());
            }
            let mut engine = self.engine()?;
            for some in entries.chunks(1_000) {
                engine.restore(some.to_vec())?;
            }
            engine.restored(stand)?;
            let restored = engine.state_hash()?;
            if restored != hash {
                return Err(format!("{name}: state hash {restored}, expected {hash}").into());
            }
            let (came, _) = Self::push(&mut engine, behind)?;
            let mut both = came.iter().zip(&expected);
            if let Some((got, want)) = both.find(|(got, want)| got != want) {
                let mut outcomes = got.outcomes.iter().zip(&want.outcomes);
                let parting = outcomes.find(|(got, want)| got != want);
                return Err(format!("{name}: {parting:?}").into());
            }
            if engine.state_hash()? != last {
                return Err(format!("{name}: another state at the end").into());
            }
        }
        Ok(())
    }
}
