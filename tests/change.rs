//! Another catalogue under live state: taken up while events flow, by a restart, or met again by a
//! recovery, state is the same and so is all that follows. A window that misses a part of its past is
//! cold, and says so, until it knows its whole length.

mod cold;
mod stories;

use engine::engine::Ready;
use engine::engine::{Engine, Output, Settings};
use engine::journal::Entry;
use engine::key::KeyGroup;
use engine::limits::KEY_GROUPS;
use engine::plan::Plan;
use engine::shard::{Record, Show};
use kit::{Claimed, Failed, Trial, claim};
use rules::book::Book;
use rules::project::Project;
use std::sync::Arc;

/// The promises of this folder.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = cold::trials();
    trials.push(claim(
        "change::fences_and_haunts_go_on_or_begin_anew_however_another_book_came",
        fences_go_on,
    ));
    trials.push(claim(
        "change::rounds_go_on_however_another_book_came",
        rounds_go_on,
    ));
    for story in stories::ALL {
        let name = format!("change::{}", story.name);
        trials.push(claim(name, move || goes_on(&story)));
    }
    trials
}

/// A book with its plan.
#[derive(Clone)]
struct Laid {
    book: Arc<Book>,
    plan: Arc<Plan>,
}

impl Laid {
    fn of(project: &Project) -> Result<Self, Failed> {
        let (book, findings) = rules::compile::compile(project);
        let book = book.ok_or_else(|| {
            let told = |f: &rules::finding::Finding| format!("{:?} {}", f.place, f.cause.en);
            let all: Vec<String> = findings.iter().map(told).collect();
            format!("the project does not compile: {all:#?}")
        })?;
        let plan = Plan::build(&book, false)?;
        Ok(Self {
            book: Arc::new(book),
            plan: Arc::new(plan),
        })
    }

    fn engine(&self, shards: usize) -> Result<Engine, Failed> {
        let settings = Settings {
            shards,
            batch: 50,
            show: Show {
                records: true,
                journal: true,
                ..Show::default()
            },
            ..Settings::default()
        };
        Ok(Engine::new(Arc::clone(&self.book), &settings)?)
    }
}

/// What a log tells of.
#[derive(Clone)]
enum Step {
    Changes(Vec<Entry>),
    Turn(Laid, i64),
}

/// An engine and its log.
struct Run {
    engine: Engine,
    log: Vec<Step>,
}

impl Run {
    fn new(laid: &Laid, shards: usize) -> Result<Self, Failed> {
        Ok(Self {
            engine: laid.engine(shards)?,
            log: Vec::new(),
        })
    }

    fn clock(&self) -> Result<i64, Failed> {
        Ok(self.engine.stand().clock.ok_or("it has no clock")?)
    }

    /// Pushes records; what came of them, without the changes.
    fn push(&mut self, records: &[Record]) -> Result<Vec<Output>, Failed> {
        let (mut came, mut changes) = (Vec::new(), Vec::new());
        let mut take = |mut output: Output| {
            changes.append(&mut output.entries);
            came.push(output);
        };
        for some in records.chunks(61) {
            take(self.engine.push(some.to_vec())?);
        }
        take(self.engine.finish()?);
        self.log.push(Step::Changes(changes));
        Ok(came)
    }

    fn turn(&mut self, laid: &Laid) -> Claimed {
        let now = self.clock()?;
        let (book, plan) = (&laid.book, &laid.plan);
        let output = self
            .engine
            .exchange(book, plan, Ready::default(), now)?
            .output;
        self.log.push(Step::Changes(output.entries));
        self.log.push(Step::Turn(laid.clone(), self.clock()?));
        Ok(())
    }

    fn whole(&mut self) -> Result<Vec<Step>, Failed> {
        let mut entries = Vec::new();
        for group in (0..KEY_GROUPS).map(KeyGroup).map(Some).chain([None]) {
            entries.append(&mut self.engine.whole(group)?);
        }
        Ok(vec![Step::Changes(entries)])
    }

    /// An engine that was told all this, and stands where this one stands.
    fn recovered(
        &self,
        laid: &Laid,
        shards: usize,
        log: impl IntoIterator<Item = Step>,
    ) -> Result<Self, Failed> {
        let mut other = Self::new(laid, shards)?;
        for step in log {
            match step {
                Step::Changes(entries) => {
                    for some in entries.chunks(1_000) {
                        other.engine.restore(some.to_vec())?;
                    }
                }
                Step::Turn(laid, at) => other.engine.carry_over(&laid.book, &laid.plan, at)?,
            }
        }
        other.engine.restored(self.engine.stand())?;
        Ok(other)
    }

    fn hash(&mut self) -> Result<String, Failed> {
        Ok(self.engine.state_hash()?.to_string())
    }
}

/// Others have the state of one, and decide the same from there on.
fn follow(one: &mut Run, others: Vec<(&str, Run)>, tail: &[Record]) -> Claimed {
    let before = one.hash()?;
    let expected = one.push(tail)?;
    let behind = one.hash()?;
    for (name, mut other) in others {
        let got = other.hash()?;
        if got != before {
            return Err(format!("{name}: state hash {got}, expected {before}").into());
        }
        let came = other.push(tail)?;
        let mut both = came.iter().zip(&expected);
        if let Some((got, want)) = both.find(|(got, want)| got.outcomes != want.outcomes) {
            let mut outcomes = got.outcomes.iter().zip(&want.outcomes);
            let parting = outcomes.find(|(got, want)| got != want);
            return Err(format!("{name}: {parting:#?}").into());
        }
        if other.hash()? != behind {
            return Err(format!("{name}: another state at the end").into());
        }
    }
    Ok(())
}

fn goes_on(story: &stories::Story) -> Claimed {
    let (old, new) = (Laid::of(&(story.old)()?)?, Laid::of(&(story.new)()?)?);
    for (name, records) in [
        ("the day", stories::day()?),
        ("transfers", stories::transfers()),
    ] {
        both_ways((&old, &new), name, &records)?;
    }
    Ok(())
}

/// Who is within a fence that stays is within; one that is drawn otherwise begins with everybody outside.
fn fences_go_on() -> Claimed {
    let old = Laid::of(&stories::places()?)?;
    let lines = crate::place::lines(7);
    let records = recorded(&lines);
    for (name, project) in stories::fences()? {
        both_ways((&old, &Laid::of(&project)?), name, &records)?;
    }
    Ok(())
}

fn recorded(lines: &str) -> Vec<Record> {
    let all = (1..).zip(lines.lines()).map(|(line, text)| Record {
        line,
        bytes: text.as_bytes().to_vec(),
    });
    all.collect()
}

/// Rounds that another book tells at another rate, and those that it does not tell any more.
fn rounds_go_on() -> Claimed {
    let old = Laid::of(&crate::audience::project("7/s"))?;
    let records = recorded(&crate::audience::lines());
    for (name, project) in stories::rounds()? {
        both_ways((&old, &Laid::of(&project)?), name, &records)?;
    }
    Ok(())
}

fn both_ways((old, new): (&Laid, &Laid), name: &str, records: &[Record]) -> Claimed {
    let part = |n: usize| -> Result<&[Record], Failed> {
        let of = |n: usize| records.len() * n / 5;
        Ok(records.get(of(n)..of(n + 1)).ok_or("no such part")?)
    };
    for (first, second) in [(old, new), (new, old)] {
        for shards in [1, 3] {
            there_and_back(first, second, shards, &part)
                .and_then(|()| reload_or_restart(first, second, shards, &part))
                .map_err(|e| {
                    let words = e.message().unwrap_or("no words").to_owned();
                    format!(
                        "{name}, {shards} shards, {} first: {words}",
                        first.book.hash
                    )
                })?;
        }
    }
    Ok(())
}

type Parts<'a> = &'a dyn Fn(usize) -> Result<&'a [Record], Failed>;

/// One book, another, and the first again: a recovery that begins with nothing, and one that begins
/// with a snapshot of the second book's time.
fn there_and_back(first: &Laid, second: &Laid, shards: usize, part: Parts<'_>) -> Claimed {
    let mut live = Run::new(first, shards)?;
    live.push(part(0)?)?;
    live.turn(second)?;
    live.push(part(1)?)?;
    let (snapshot, behind) = (live.whole()?, live.log.len());
    live.push(part(2)?)?;
    live.turn(first)?;
    live.push(part(3)?)?;
    let log = live.log.clone();
    let rest = log.get(behind..).ok_or("no rest")?.to_vec();
    let from_nothing = live.recovered(first, shards, log)?;
    let from_snapshot = live.recovered(second, shards, snapshot.into_iter().chain(rest))?;
    let others = vec![
        ("from nothing", from_nothing),
        ("from a snapshot", from_snapshot),
    ];
    follow(&mut live, others, part(4)?)
}

/// Whether a node takes the other book up as it runs, or is started with it.
fn reload_or_restart(first: &Laid, second: &Laid, shards: usize, part: Parts<'_>) -> Claimed {
    let mut reload = Run::new(first, shards)?;
    reload.push(part(0)?)?;
    let at = reload.clock()?;
    let mut log = reload.log.clone();
    log.push(Step::Turn(second.clone(), at));
    let restart = reload.recovered(first, shards, log)?;
    reload.engine.carry_over(&second.book, &second.plan, at)?;
    follow(&mut reload, vec![("restarted", restart)], part(1)?)
}
