//! Looking a store over without changing it: what is in it, and whether all of it is sound.

use super::error::Error;
use super::files::{Files, Open};
use super::frame::Frame;
use super::header::Kind;
use super::names::Names;
use super::section::Section;
use super::segment::Segment;
use super::snapshot::{Part, Snapshot};
use super::store::{Store, StoreId};
use super::view::{DOES_NOT_FOLLOW, Found, NO_NAMES, Torn, find};
use super::walk::{Step, Tail, Walk};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is in a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    /// What tells it from all others.
    pub id: Option<StoreId>,
    /// The version of the tz database it was last written with.
    pub tz: String,
    /// Segments.
    pub segments: usize,
    /// Bytes of their files.
    pub bytes: u64,
    /// Bytes of their frames.
    pub used: u64,
    /// The first number that is still there.
    pub first_seq: u64,
    /// The last durable number; below `first_seq` when there is none.
    pub last_seq: u64,
    /// Batches.
    pub frames: u64,
    /// Inputs that are still told; 0 when not everything was read.
    pub inputs: u64,
    /// Items that were erased; 0 when not everything was read.
    pub erased: u64,
    /// Names defined.
    pub names: usize,
    /// Snapshots that are whole, by part and number.
    pub snapshots: Vec<SnapshotFile>,
    /// Remains of a write that was never durable: opening the store wipes them.
    pub torn: Option<Torn>,
    /// It was closed in good order.
    pub closed: bool,
}

/// A snapshot of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotFile {
    /// Whose state.
    pub part: Part,
    /// Up to where.
    pub seq: u64,
    /// Bytes of its slices.
    pub bytes: u64,
}

/// Something that is not sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub path: PathBuf,
    /// What is wrong, as a sentence.
    pub what: String,
}

/// What is in a store, and what of it is not sound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// What is in it.
    pub overview: Overview,
    /// What is not sound; empty when all is well.
    pub problems: Vec<Problem>,
}

/// What is in a store: reads the last segment, the heads of all other frames, and the snapshots.
///
/// # Errors
/// When the folder cannot be read.
pub fn info(files: &Arc<dyn Files>, dir: &Path) -> Result<Overview, Error> {
    Ok(survey(files, dir, u64::MAX)?.overview)
}

/// Reads everything: every checksum, the order of all numbers, free space, snapshots against the log.
/// Nobody may be writing.
///
/// # Errors
/// When the folder cannot be read.
pub fn verify(files: &Arc<dyn Files>, dir: &Path) -> Result<Verified, Error> {
    survey(files, dir, 0)
}

/// Only the last segment's batches are read, and those behind `passed`.
fn survey(files: &Arc<dyn Files>, dir: &Path, passed: u64) -> Result<Verified, Error> {
    let found = find(&**files, dir)?;
    let mut survey = Survey {
        passed,
        ..Survey::default()
    };
    for (index, (path, named)) in found.segments.iter().enumerate() {
        let last = index + 1 == found.segments.len();
        match Segment::open(&**files, path, *named, Open::Read) {
            Ok((segment, file)) => {
                let walk = Walk::new(&segment, file);
                survey.segment(&segment, walk, last)?;
            }
            Err(error) => survey.problem(path, error)?,
        }
    }
    survey.snapshots(files, dir, &found)?;
    survey.done.overview.names = survey.names.count();
    Ok(survey.done)
}

#[derive(Default)]
struct Survey {
    passed: u64,
    done: Verified,
    names: Names,
    /// What the next segment must begin with.
    carried: Option<(u32, u64)>,
}

impl Survey {
    /// Notes what is wrong with a file; a file that cannot be read at all ends the survey.
    fn problem(&mut self, path: &Path, error: Error) -> Result<(), Error> {
        if matches!(error, Error::Io { .. }) {
            return Err(error);
        }
        let path = path.to_owned();
        let what = error.to_string();
        self.done.problems.push(Problem { path, what });
        Ok(())
    }

    fn damaged(&mut self, path: &Path, at: u64, what: &'static str) {
        let what = Error::damaged(path, at, what).to_string();
        let path = path.to_owned();
        self.done.problems.push(Problem { path, what });
    }

    fn segment(&mut self, segment: &Segment, mut walk: Walk, last: bool) -> Result<(), Error> {
        let (path, header) = (&segment.path, &segment.header);
        let overview = &mut self.done.overview;
        overview.segments += 1;
        overview.bytes += header.length;
        overview.tz.clone_from(&header.tz);
        if overview.segments == 1 {
            overview.first_seq = header.first_seq;
        }
        let foreign = *overview.id.get_or_insert(header.id) != header.id;
        if foreign {
            self.damaged(path, 0, "it is of another store");
        }
        let follows = (header.previous, header.first_seq);
        if self.carried.is_some_and(|carried| carried != follows) {
            self.damaged(path, 0, DOES_NOT_FOLLOW);
        }
        let start = walk.at;
        let bad = loop {
            let at = walk.at;
            let passed = if last { 0 } else { self.passed };
            match walk.next(passed)? {
                Step::Frame(frame) => self.frame(path, at, &frame),
                Step::Passed => {
                    self.done.overview.frames += 1;
                    self.done.overview.closed = false;
                }
                Step::End => break "there is something behind the last frame",
                Step::Bad(what) => break what,
            }
        };
        self.done.overview.used += walk.at - start;
        self.done.overview.last_seq = walk.next_seq - 1;
        self.carried = Some((walk.previous, walk.next_seq));
        if walk.at == start {
            self.damaged(path, start, NO_NAMES);
            return Ok(());
        }
        match walk.tail()? {
            Tail::Clean => {}
            Tail::Torn { until } if last => {
                self.done.overview.torn = Some(Torn {
                    path: path.clone(),
                    at: walk.at,
                    bytes: until - walk.at,
                });
            }
            Tail::Torn { .. } | Tail::Damaged => self.damaged(path, walk.at, bad),
        }
        Ok(())
    }

    fn frame(&mut self, path: &Path, at: u64, frame: &Frame) {
        let overview = &mut self.done.overview;
        let kind = frame.header().kind;
        overview.closed = kind == Kind::Closed;
        overview.frames += u64::from(kind == Kind::Batch);
        for section in Section::ALL.iter().filter(|_| self.passed == 0) {
            let (told, erased): (Vec<_>, Vec<_>) = frame
                .items(*section)
                .partition(|item| item.payload.is_some());
            overview.erased += erased.len() as u64;
            if *section == Section::Inputs {
                overview.inputs += told.len() as u64;
            }
        }
        if !frame.definitions().all(|one| self.names.take(&one)) {
            self.damaged(path, at, "a name has two ids");
        }
        if frame.half_erased() {
            self.damaged(path, at, "an erasure was interrupted: ask for it again");
        }
    }

    fn snapshots(
        &mut self,
        files: &Arc<dyn Files>,
        dir: &Path,
        found: &Found,
    ) -> Result<(), Error> {
        let Some(id) = self.done.overview.id else {
            let path = dir.to_owned();
            let what = "no store: there is no log in it";
            if found.segments.is_empty() {
                return Err(Error::Unfit { path, what });
            }
            return Ok(());
        };
        let store = Store {
            files: Arc::clone(files),
            dir: dir.to_owned(),
            id,
        };
        let end = self.done.overview.last_seq;
        for (_, _, path) in store.snapshots_by_name()? {
            match Snapshot::check(&store, &path) {
                Ok(Snapshot { seq, .. }) if seq > end => {
                    let at = path.clone();
                    self.problem(&at, Error::Ahead { path, seq, end })?;
                }
                Ok(Snapshot {
                    part, seq, bytes, ..
                }) => {
                    let one = SnapshotFile { part, seq, bytes };
                    self.done.overview.snapshots.push(one);
                }
                Err(error) => self.problem(&path, error)?,
            }
        }
        self.done
            .overview
            .snapshots
            .sort_by_key(|one| (one.part, one.seq));
        Ok(())
    }
}
