//! What was given to the log, kept apart from it, and what must be found again.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use engine::key::KeyGroup;
use engine::log::{
    Batch, Error, Files, Frame, Log, NameKind, Options, Part, Recovery, Section, StoreId, verify,
};

/// The folder of every store here.
pub(crate) fn dir() -> &'static Path {
    Path::new("store")
}

/// Why a store is not what it should be.
#[derive(Debug)]
pub(crate) enum Wrong {
    /// The disk failed meanwhile: nothing is said yet.
    Disk(String),
    /// It is not what it was given.
    Told(String),
}

impl From<Error> for Wrong {
    fn from(error: Error) -> Self {
        match error {
            Error::Io { .. } => Self::Disk(error.to_string()),
            error => Self::Told(error.to_string()),
        }
    }
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Disk(what) | Self::Told(what)) = self;
        f.write_str(what)
    }
}

/// All a batch was given, in words.
type Told = Vec<String>;

/// What was given to the log.
#[derive(Clone, Default)]
pub(crate) struct Truth {
    /// By first number: the last number, and all it was given.
    batches: BTreeMap<u64, (u64, Told)>,
    /// The last number said to be durable.
    pub(crate) durable: u64,
    /// The number each part's newest finished snapshot stands at.
    finished: BTreeMap<Part, u64>,
    /// Names with the ids they had when they became durable.
    names: BTreeMap<String, u32>,
    /// Names that wait for their batch to be durable.
    named: Vec<(u64, String, u32)>,
}

/// How stores are made here: small segments, so that a short run turns many.
pub(crate) fn options() -> Options {
    let mut options = Options::new(StoreId(*b"a store of tests"), "2025b");
    options.segment_bytes = 4096;
    options
}

pub(crate) fn open(files: &Arc<dyn Files>) -> Result<(Log, Recovery), Error> {
    Log::open(Arc::clone(files), dir(), &options())
}

/// The state of a part at a number, in slices. What a snapshot must give back.
pub(crate) fn slices(part: Part, seq: u64) -> Vec<Vec<u8>> {
    let slice = |n: u64| format!("{part} at {seq}, slice {n};").into_bytes();
    (0..=seq % 3).map(slice).collect()
}

impl Truth {
    /// Remembers a batch that the log took.
    pub(crate) fn took(&mut self, batch: &Batch, told: Told) {
        self.batches
            .insert(batch.first_seq(), (batch.last_seq(), told));
    }

    /// Remembers a name that the next batch will tell.
    pub(crate) fn named(&mut self, next_seq: u64, name: &str, id: u32) {
        self.named.push((next_seq, name.to_owned(), id));
    }

    /// The log said that all up to there is durable.
    pub(crate) fn committed(&mut self, durable: u64) {
        self.durable = durable;
        let (done, open) = self.named.drain(..).partition(|(seq, ..)| *seq <= durable);
        self.named = open;
        let done: Vec<(u64, String, u32)> = done;
        self.names
            .extend(done.into_iter().map(|(_, name, id)| (name, id)));
    }

    /// A snapshot was finished.
    pub(crate) fn finished(&mut self, part: Part, seq: u64) {
        self.finished.insert(part, seq);
    }

    /// Any older snapshot will do.
    pub(crate) fn forget_snapshots(&mut self) {
        self.finished.clear();
    }

    /// Compares an opened store with what it was given. What was durable is all there, in order; of
    /// what was not, whole batches or nothing. From then on, what is there is the truth.
    pub(crate) fn check(&mut self, log: &Log, recovery: &Recovery) -> Result<(), Wrong> {
        let end = log.durable();
        if end < self.durable {
            return Err(Wrong::Told(format!(
                "{} was durable, the log ends at {end}",
                self.durable
            )));
        }
        self.check_frames(log)?;
        self.batches.retain(|first, _| *first <= end);
        self.check_snapshots(recovery)?;
        for (name, id) in &self.names {
            let found = log.names().id(NameKind::Tag, name);
            if found != Some(*id) {
                return Err(Wrong::Told(format!(
                    "`{name}` had id {id} and has {found:?}"
                )));
            }
        }
        self.named.clear();
        self.durable = end;
        Ok(())
    }

    fn check_frames(&self, log: &Log) -> Result<(), Wrong> {
        let view = log.view();
        let mut next = view.first_seq();
        let mut read = BTreeMap::new();
        for frame in view.frames_since(next - 1)? {
            let frame = frame?;
            let first = frame.first_seq();
            let offsets = frame.offsets().map(|(s, o)| (s.to_owned(), o.to_vec()));
            read.extend(offsets);
            if first != next {
                return Err(Wrong::Told(format!(
                    "a batch from {first} where {next} is next"
                )));
            }
            let told = (frame.last_seq(), told(&frame));
            if self.batches.get(&first) != Some(&told) {
                return Err(Wrong::Told(format!(
                    "the batch from {first} is not what was given"
                )));
            }
            next = frame.last_seq() + 1;
        }
        // What stood still since before the oldest segment is known from the segments' heads.
        if next > 1 {
            read.entry("topic-1".to_owned())
                .or_insert(1u64.to_le_bytes().to_vec());
        }
        let known = log.offsets().all();
        let known: BTreeMap<_, _> = known.map(|(s, o)| (s.to_owned(), o.to_vec())).collect();
        if known != read {
            return Err(Wrong::Told(format!("read to {read:?}, known is {known:?}")));
        }
        if next != log.durable() + 1 {
            return Err(Wrong::Told(format!(
                "the log ends at {} and was read to {next}",
                log.durable()
            )));
        }
        Ok(())
    }

    fn check_snapshots(&self, recovery: &Recovery) -> Result<(), Wrong> {
        if let Some(damaged) = recovery.damaged.first() {
            return Err(Wrong::Told(damaged.to_string()));
        }
        for (part, finished) in &self.finished {
            let found = recovery
                .snapshots
                .iter()
                .find(|found| found.part() == *part);
            let seq = found.map_or(0, |found| found.seq());
            if seq < *finished {
                return Err(Wrong::Told(format!(
                    "the snapshot of {part} at {finished} is gone, {seq} is there"
                )));
            }
        }
        for snapshot in &recovery.snapshots {
            let read = snapshot
                .slices()
                .and_then(|found| found.collect::<Result<Vec<_>, _>>());
            if read? != slices(snapshot.part(), snapshot.seq()) {
                return Err(Wrong::Told(format!(
                    "the snapshot of {} differs",
                    snapshot.part()
                )));
            }
        }
        Ok(())
    }
}

/// All a frame tells, in words.
fn told(frame: &Frame) -> Told {
    let mut told = vec![frame.door().to_string()];
    for section in Section::ALL {
        for item in frame.items(section) {
            told.push(format!(
                "{section:?} {} {:?} {:?}",
                item.seq, item.group, item.payload
            ));
        }
    }
    for (source, offset) in frame.offsets() {
        told.push(format!("{source} {offset:?}"));
    }
    told
}

/// A batch and all it tells, in words. Other lives give the same number other words.
pub(crate) fn batch(first: u64, inputs: u64, life: u64) -> (Batch, Told) {
    let last = first + inputs - 1;
    let mut batch = Batch::new(first, last, (first * 10).cast_signed());
    let mut lists: [Vec<String>; 9] = Default::default();
    let mut note = |section: Section, seq: u64, group: Option<KeyGroup>, bytes: &[u8]| {
        let place = Section::ALL.iter().position(|one| *one == section);
        if let Some(list) = place.and_then(|place| lists.get_mut(place)) {
            list.push(format!("{section:?} {seq} {group:?} {:?}", Some(bytes)));
        }
    };
    for seq in first..=last {
        let group = KeyGroup(u16::try_from(seq % 64).unwrap_or(0));
        let long = usize::try_from(seq * 37 % 230).unwrap_or(0);
        let input = format!(
            "{{\"life\":{life},\"seq\":{seq},\"x\":\"{}\"}}",
            "x".repeat(long)
        );
        let some = (seq % 5 > 0).then_some(group);
        batch.input(seq, some, input.as_bytes());
        note(Section::Inputs, seq, some, input.as_bytes());
        let change = vec![u8::try_from(seq % 251).unwrap_or(0); long / 3];
        batch.change(seq, group, &change);
        note(Section::Changes, seq, Some(group), &change);
        if seq % 3 == 0 {
            batch.decision(seq, some, |out| out.extend(b"decided"));
            note(Section::Decisions, seq, some, b"decided");
            batch.action(seq, some, |out| out.extend(b"act"));
            note(Section::Actions, seq, some, b"act");
        }
        if seq % 7 == 0 {
            batch.shared(seq, b"");
            note(Section::Shared, seq, None, b"");
            batch.command(seq, b"pause");
            note(Section::Commands, seq, None, b"pause");
        }
        if seq % 11 == 0 {
            batch.reject(seq, |out| out.extend(b"no event"));
            note(Section::Rejects, seq, None, b"no event");
            batch.moved(seq, b"elsewhere");
            note(Section::Moved, seq, None, b"elsewhere");
            batch.told(seq, b"");
            note(Section::Told, seq, None, b"");
            batch.told(seq, b"left");
            note(Section::Told, seq, None, b"left");
        }
    }
    let mut told = vec![(first * 10).to_string()];
    told.extend(lists.into_iter().flatten());
    // One source is read with every batch, the other stands still while segments turn.
    let mut offset = |source: &str| {
        batch.offset(source, &first.to_le_bytes());
        told.push(format!("{source} {:?}", first.to_le_bytes()));
    };
    offset("topic-0");
    if first == 1 {
        offset("topic-1");
    }
    (batch, told)
}

/// Nothing in a store is unsound.
pub(crate) fn sound(files: &Arc<dyn Files>) -> Result<(), String> {
    let verified = verify(files, dir()).map_err(|error| error.to_string())?;
    match verified.problems.first() {
        Some(problem) => Err(problem.what.clone()),
        None => Ok(()),
    }
}
