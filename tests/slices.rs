//! Snapshots in slices: a key group is gathered while events go on, and what comes of it is that group as
//! it is when its last slice is taken. With what was written behind it, it is the state that nothing
//! interrupted.

use engine::decode::peek_time;
use engine::engine::{Engine, Settings};
use engine::journal::Entry;
use engine::key::KeyGroup;
use engine::limits::KEY_GROUPS;
use engine::shard::{Record, Show};
use kit::{Claimed, Failed, Seed, Trial, claim};
use rules::book::Book;
use rules::project::Project;
use std::path::Path;
use std::sync::Arc;

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        claim("slices::a_sample_day_is_the_same_again", || {
            let events = kit::read(&kit::root().join("tests/samples/day.ndjson"))?;
            sliced("rules/retail-bank", &events)
        }),
        claim("slices::windows_of_all_kinds_are_the_same_again", || {
            sliced("tests/projects/windows", &crate::windows::made_lines(7)?)
        }),
        claim("slices::rounds_on_their_way_are_the_same_again", || {
            sliced_with(&crate::audience::project("7/s"), &crate::audience::lines())
        }),
        claim("slices::what_all_share_is_the_same_again", || {
            sliced("tests/projects/language", &crate::restart::terminals())
        }),
    ]
}

/// What a snapshot of one part holds, and how many batches were journaled before it was whole.
struct Part {
    group: Option<KeyGroup>,
    entries: Vec<Entry>,
    behind: usize,
}

fn sliced(project: &str, events: &str) -> Claimed {
    let project = Project::read(&kit::root().join(Path::new(project)))?;
    sliced_with(&project, events)
}

fn sliced_with(project: &Project, events: &str) -> Claimed {
    let (book, findings) = rules::compile::compile(project);
    let book = book.ok_or_else(|| format!("the project does not compile: {findings:?}"))?;
    let lines = events.lines().take(RECORDS);
    let records = (1..).zip(lines).map(|(line, text)| Record {
        line,
        bytes: text.as_bytes().to_vec(),
    });
    let mut run = Run {
        book: Arc::new(book),
        records: records.collect(),
        among: 0,
        written: 0,
    };
    for seed in 0..4 {
        run.compare(seed)?;
    }
    let (among, written) = (run.among, run.written);
    if among < 100 || written < 5 {
        return Err(format!(
            "{among} slices among events, {written} entries of a group that was being gathered: little is shown"
        )
        .into());
    }
    Ok(())
}

struct Run {
    book: Arc<Book>,
    records: Vec<Record>,
    /// Slices that had events between them and the first of their group.
    among: usize,
    /// Entries of a group, made while it was being gathered.
    written: usize,
}

/// Records of a file that are taken.
const RECORDS: usize = 1_000;

impl Run {
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

    /// Events, questions and slices in turns; then everything again from snapshots and journal.
    fn compare(&mut self, number: u64) -> Claimed {
        let shards = if number.is_multiple_of(2) { 1 } else { 3 };
        let mut engine = self.engine(shards)?;
        let (journal, mut parts) = self.gather(&mut engine, Seed::new(number))?;
        parts.push(Part {
            group: None,
            entries: engine.whole(None)?,
            behind: journal.len(),
        });
        let expected = engine.state_hash()?;
        let mut again = self.engine(shards)?;
        for part in &parts {
            again.restore(part.entries.clone())?;
        }
        for (at, entries) in journal.iter().enumerate() {
            let unheld = entries.iter().filter(|entry| {
                let group = entry.group(&self.book);
                let held = parts.iter().find(|part| part.group == group);
                held.is_none_or(|part| at >= part.behind)
            });
            again.restore(unheld.cloned().collect())?;
        }
        again.restored(engine.stand())?;
        let found = again.state_hash()?;
        if found == expected {
            return Ok(());
        }
        Err(format!("seed {number}: state hash {found}, expected {expected}").into())
    }

    /// Takes all records, and meanwhile and behind them a snapshot of every key group; gives the entries by
    /// batch, and the snapshots.
    fn gather(
        &mut self,
        engine: &mut Engine,
        mut seed: Seed,
    ) -> Result<(Vec<Vec<Entry>>, Vec<Part>), Failed> {
        let (mut journal, mut parts) = (Vec::new(), Vec::new());
        let mut left: Vec<KeyGroup> = (0..KEY_GROUPS).map(KeyGroup).collect();
        let mut open: Option<Part> = None;
        let (mut at, mut now) = (0, i64::MIN);
        while at < self.records.len() || open.is_some() || !left.is_empty() {
            // Mostly events while something is gathered, so that some of them are of it.
            let events = if open.is_some() { 2 } else { 1 };
            if seed.below(3) < events || (open.is_none() && left.is_empty()) {
                let most = 1 + seed.below(1 + self.records.len() / 150);
                let some = self.records.iter().skip(at).take(most);
                let some: Vec<Record> = some.cloned().collect();
                at += some.len();
                let aside = seed.below(3) == 0;
                journal.push(push(engine, &some, &mut now, aside)?);
                continue;
            }
            let mut part = match open.take() {
                Some(part) => part,
                None => {
                    let group = left.swap_remove(seed.below(left.len()));
                    engine.gather(group)?;
                    Part {
                        group: Some(group),
                        entries: Vec::new(),
                        behind: journal.len(),
                    }
                }
            };
            let slice = engine.slice(1 + seed.below(2))?;
            let mut slice = slice.ok_or("nothing is gathered")?;
            part.entries.append(&mut slice.entries);
            self.among += usize::from(part.behind < journal.len());
            if slice.more {
                open = Some(part);
            } else {
                let meanwhile = journal.iter().skip(part.behind).flatten();
                let own = meanwhile.filter(|entry| entry.group(&self.book) == part.group);
                self.written += own.count();
                part.behind = journal.len();
                parts.push(part);
            }
        }
        Ok((journal, parts))
    }
}

/// Takes some records; what would be decided, when that is asked as well, is in no snapshot.
fn push(
    engine: &mut Engine,
    some: &[Record],
    now: &mut i64,
    aside: bool,
) -> Result<Vec<Entry>, Failed> {
    let times = some.iter().filter_map(|record| peek_time(&record.bytes));
    *now = times.fold(*now, i64::max);
    if let Some(next) = some.first().filter(|_| aside) {
        engine.try_live(next.clone(), *now)?;
    }
    let mut entries = engine.push_live(some.to_vec(), *now)?.entries;
    let ticked = engine.tick_live(*now)?;
    entries.extend(ticked.into_iter().flat_map(|output| output.entries));
    Ok(entries)
}
