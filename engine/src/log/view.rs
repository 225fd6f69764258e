//! What of a store is durable, for who reads: apart from who writes, and at one instant.

use super::error::Error;
use super::files::{Files, Open};
use super::frame::Frame;
use super::header::Kind as FrameKind;
use super::names::Names;
use super::offsets::Offsets;
use super::segment::{SEGMENT_HEADER, Segment};
use super::snapshot::{Part, Slices, Snapshot};
use super::store::{Kind, Store, StoreId, kind_of};
use super::walk::{Step, Tail, Walk};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Remains of a write that was never durable, at the end of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Torn {
    /// The file.
    pub path: PathBuf,
    /// Where they begin.
    pub at: u64,
    /// How many bytes.
    pub bytes: u64,
}

/// The durable part of a store at one instant. Holds no file open; cheap to clone.
#[derive(Clone, Debug)]
pub struct View {
    pub(crate) store: Store,
    /// Oldest first; at least one.
    pub(crate) segments: Vec<Segment>,
    /// Where the last segment ends.
    pub(crate) end_at: u64,
    /// The last durable number.
    pub(crate) end_seq: u64,
}

/// The files of a folder.
pub(crate) struct Found {
    /// By name, which is by number.
    pub(crate) segments: Vec<(PathBuf, u64)>,
    pub(crate) snapshots: usize,
    pub(crate) unfinished: Vec<PathBuf>,
}

pub(crate) fn find(files: &dyn Files, dir: &Path) -> Result<Found, Error> {
    let mut found = Found {
        segments: Vec::new(),
        snapshots: 0,
        unfinished: Vec::new(),
    };
    for path in files.list(dir).map_err(Error::io("list", dir))? {
        match kind_of(&path) {
            Kind::Segment(named) => found.segments.push((path, named)),
            Kind::Snapshot => found.snapshots += 1,
            Kind::Unfinished => found.unfinished.push(path),
            Kind::Other => {}
        }
    }
    Ok(found)
}

/// Opens the segments of a folder. They are of one store.
pub(crate) fn segments(files: &dyn Files, found: &Found) -> Result<Vec<Segment>, Error> {
    let mut all: Vec<Segment> = Vec::with_capacity(found.segments.len());
    for (path, named) in &found.segments {
        let (segment, _) = Segment::open(files, path, *named, Open::Read)?;
        if let Some(first) = all.first()
            && first.header.id != segment.header.id
        {
            return Err(Error::Foreign {
                path: path.clone(),
                what: "it is of another store",
            });
        }
        all.push(segment);
    }
    Ok(all)
}

/// How a segment ends.
pub(crate) struct Ending {
    pub(crate) at: u64,
    /// Where the write of its last frame began.
    pub(crate) base: u64,
    pub(crate) previous: u32,
    pub(crate) next_seq: u64,
    pub(crate) names: Names,
    pub(crate) offsets: Offsets,
    pub(crate) torn: Option<Torn>,
    pub(crate) closed: bool,
}

impl Ending {
    /// Reads the last segment of a store from front to back.
    pub(crate) fn of(files: &dyn Files, segment: &Segment) -> Result<Self, Error> {
        let path = &segment.path;
        let file = files
            .open(path, Open::Read)
            .map_err(Error::io("open", path))?;
        let mut walk = Walk::new(segment, file);
        let (mut names, mut base, mut closed) = (Names::default(), walk.at, false);
        let mut offsets = Offsets::default();
        let bad = loop {
            let at = walk.at;
            match walk.next(0)? {
                Step::Frame(frame) => {
                    let known = frame.definitions().all(|one| names.take(&one));
                    if !known {
                        return Err(Error::damaged(path, at, "a name has two ids"));
                    }
                    frame
                        .offsets()
                        .for_each(|(source, offset)| offsets.put(source, offset));
                    base = u64::from(frame.header().base);
                    closed = frame.header().kind == FrameKind::Closed;
                }
                Step::Passed => {}
                Step::End => break "there is something behind the last frame",
                Step::Bad(what) => break what,
            }
        };
        if walk.at == SEGMENT_HEADER as u64 {
            return Err(Error::damaged(path, walk.at, NO_NAMES));
        }
        let torn = match walk.tail()? {
            Tail::Clean => None,
            Tail::Torn { until } => Some(Torn {
                path: path.clone(),
                at: walk.at,
                bytes: until - walk.at,
            }),
            Tail::Damaged => return Err(Error::damaged(path, walk.at, bad)),
        };
        Ok(Self {
            at: walk.at,
            base,
            previous: walk.previous,
            next_seq: walk.next_seq,
            names,
            offsets,
            torn,
            closed,
        })
    }
}

impl View {
    /// Looks at a store that nobody writes to. Changes nothing.
    ///
    /// # Errors
    /// When it is no store, or damaged.
    pub fn open(files: Arc<dyn Files>, dir: &Path) -> Result<Self, Error> {
        let found = find(&*files, dir)?;
        let segments = segments(&*files, &found)?;
        let Some(last) = segments.last() else {
            return Err(Error::Unfit {
                path: dir.to_owned(),
                what: "no store: there is no log in it",
            });
        };
        let ending = Ending::of(&*files, last)?;
        let store = Store {
            files,
            dir: dir.to_owned(),
            id: last.header.id,
        };
        Ok(Self {
            store,
            segments,
            end_at: ending.at,
            end_seq: ending.next_seq - 1,
        })
    }

    /// All names ever defined.
    ///
    /// # Errors
    /// When the last segment cannot be read.
    pub fn names(&self) -> Result<Names, Error> {
        let Some(last) = self.segments.last() else {
            return Ok(Names::default());
        };
        Ok(Ending::of(&*self.store.files, last)?.names)
    }

    /// Where it lies.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The last durable number; 0 when there is none.
    #[must_use]
    pub fn durable(&self) -> u64 {
        self.end_seq
    }

    /// The first number that is still there, or will be the first.
    #[must_use]
    pub fn first_seq(&self) -> u64 {
        self.segments
            .first()
            .map_or(1, |first| first.header.first_seq)
    }

    /// The first number of each segment, oldest first.
    #[must_use]
    pub fn starts(&self) -> Vec<u64> {
        let segments = self.segments.iter();
        segments.map(|segment| segment.header.first_seq).collect()
    }

    /// Bytes of the log from the segment on that begins with `start`.
    #[must_use]
    pub fn bytes_from(&self, start: u64) -> u64 {
        let behind = self
            .segments
            .partition_point(|segment| segment.header.first_seq < start);
        let mut segments = self.segments.get(behind..).unwrap_or_default().iter();
        let last = segments.next_back().map_or(0, |_| self.end_at);
        last + segments.map(|segment| segment.header.length).sum::<u64>()
    }

    /// What tells its store from all others.
    #[must_use]
    pub fn id(&self) -> StoreId {
        self.store.id
    }

    /// The batches that hold anything behind `seq`, in order. Reads one at a time.
    ///
    /// # Errors
    /// When what follows `seq` was removed.
    pub fn frames_since(&self, seq: u64) -> Result<Frames, Error> {
        let (asked, first) = (seq + 1, self.first_seq());
        if asked < first {
            return Err(Error::Trimmed { asked, first });
        }
        let behind = self
            .segments
            .partition_point(|segment| segment.header.first_seq <= asked);
        Ok(Frames {
            view: self.clone(),
            segment: behind.saturating_sub(1),
            walk: None,
            after: seq,
            carried: None,
            done: false,
        })
    }

    /// The newest whole snapshot of each part, and the damaged ones that were passed over.
    ///
    /// # Errors
    /// When a snapshot is ahead of the log, of another store or format, or a part is left without the
    /// snapshot it needs.
    pub fn snapshots(&self) -> Result<(Vec<Snapshot>, Vec<Error>), Error> {
        let mut by_part: BTreeMap<String, Vec<(u64, PathBuf)>> = BTreeMap::new();
        for (stem, seq, path) in self.store.snapshots_by_name()? {
            if seq > self.end_seq && Slices::are_ours(&self.store, &path)? {
                let end = self.end_seq;
                return Err(Error::Ahead { path, seq, end });
            }
            by_part.entry(stem).or_default().push((seq, path));
        }
        let (mut whole, mut damaged) = (Vec::new(), Vec::new());
        for mut candidates in by_part.into_values() {
            candidates.sort();
            for (_, path) in candidates.iter().rev() {
                match Snapshot::check(&self.store, path) {
                    Ok(snapshot) => {
                        whole.push(snapshot);
                        break;
                    }
                    Err(error @ Error::Damaged { .. }) => damaged.push(error),
                    Err(error) => return Err(error),
                }
            }
        }
        let first = self.first_seq();
        for part in Part::all() {
            let from = whole.iter().find(|snapshot| snapshot.part == part);
            if from.map_or(0, |snapshot| snapshot.seq) + 1 < first {
                return Err(Error::Uncovered { part, first });
            }
        }
        Ok((whole, damaged))
    }
}

/// Batches in order, read one at a time.
pub struct Frames {
    view: View,
    segment: usize,
    walk: Option<Walk>,
    after: u64,
    /// What the next segment must begin with: the checksum before it, and its first number.
    carried: Option<(u32, u64)>,
    done: bool,
}

impl Frames {
    /// Goes on in a later view of the same store: what was durable by then comes as well.
    ///
    /// # Errors
    /// The segment it stands in was removed.
    pub fn follow(&mut self, view: View) -> Result<(), Error> {
        let here = self.view.segments.get(self.segment);
        let start = here.map_or(1, |segment| segment.header.first_seq);
        let found = view
            .segments
            .iter()
            .position(|segment| segment.header.first_seq == start);
        self.segment = found.ok_or(Error::Trimmed {
            asked: self.after + 1,
            first: view.first_seq(),
        })?;
        if let (Some(walk), Some(segment)) = (&mut self.walk, view.segments.get(self.segment)) {
            walk.until(segment.header.length);
        }
        self.view = view;
        self.done = false;
        Ok(())
    }

    fn step(&mut self) -> Result<Option<Frame>, Error> {
        loop {
            let Some(segment) = self.view.segments.get(self.segment) else {
                return Ok(None);
            };
            let last = self.segment + 1 == self.view.segments.len();
            let mut walk = match self.walk.take() {
                Some(walk) => walk,
                None => enter(&self.view, segment, self.carried)?,
            };
            if last {
                if walk.at >= self.view.end_at {
                    self.walk = Some(walk);
                    return Ok(None);
                }
                // What is written behind meanwhile is read when it is durable.
                walk.until(self.view.end_at);
            }
            let at = walk.at;
            match walk.next(self.after)? {
                Step::Frame(frame) => {
                    self.walk = Some(walk);
                    if frame.header().kind == FrameKind::Batch && frame.last_seq() > self.after {
                        return Ok(Some(frame));
                    }
                }
                Step::Passed => self.walk = Some(walk),
                Step::End if last => {
                    return Err(Error::damaged(&segment.path, at, "the log ends too soon"));
                }
                Step::End => {
                    self.carried = Some((walk.previous, walk.next_seq));
                    self.segment += 1;
                }
                Step::Bad(what) => return Err(Error::damaged(&segment.path, at, what)),
            }
        }
    }
}

/// Begins to walk a segment; it must follow the one before.
pub(crate) fn enter(
    view: &View,
    segment: &Segment,
    carried: Option<(u32, u64)>,
) -> Result<Walk, Error> {
    let header = &segment.header;
    if carried.is_some_and(|carried| carried != (header.previous, header.first_seq)) {
        return Err(Error::damaged(&segment.path, 0, DOES_NOT_FOLLOW));
    }
    let tried = Error::io("open", &segment.path);
    let file = view.store.files.open(&segment.path, Open::Read);
    Ok(Walk::new(segment, file.map_err(tried)?))
}

/// They were durable before the segment had its name.
pub(crate) const NO_NAMES: &str = "a segment does not begin with its names";
pub(crate) const DOES_NOT_FOLLOW: &str = "a segment does not follow the one before it";

impl Iterator for Frames {
    type Item = Result<Frame, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let step = self.step().transpose();
        self.done = !matches!(step, Some(Ok(_)));
        step
    }
}
