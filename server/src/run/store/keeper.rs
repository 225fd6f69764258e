//! The keeper: writes groups of batches to the log, and says when the disk has no room.

use super::super::answer::Answers;
use super::super::commit::{Applied, Given};
use super::super::library::Library;
use super::super::outbox::Outbox;
use super::super::rounds::Way;
use super::super::shelf::Edition;
use super::ledger::{Keeping, Spoken, put_stream};
use super::snapshots::Snapshots;
use super::told::Told;
use crate::config::Config;
use engine::engine::Output;
use engine::journal::Entry;
use engine::key::KeyGroup;
use engine::log::codec::{Kinds, Logged as _};
use engine::log::{Batch, Era, Error, Log, View};
use engine::place::coarse;
use rules::book::Book;
use rules::value::Text;
use std::sync::Arc;
use std::time::Duration;

/// A slice of a part of the state for a snapshot. With the last one, all of the part's slices are its state
/// as it was after the batch it comes with.
pub(crate) struct Part {
    pub(crate) of: engine::log::Part,
    pub(crate) entries: Vec<Entry>,
    /// By what they are written: known once the batch is committed.
    pub(crate) kinds: Option<Arc<Kinds>>,
    /// It is the first of its part.
    pub(crate) begins: bool,
    /// It is the last.
    pub(crate) ends: bool,
    /// Held as long as the slice is on its way.
    pub(crate) way: Arc<Way>,
}

impl Part {
    /// It is the first of its round: what all share comes first, and in one slice.
    fn begins_round(&self) -> bool {
        self.begins && self.of == engine::log::Part::Shared
    }
}

/// Bytes of changes that lie together; one customer's step is far below.
const CHUNK: usize = 1 << 20;
/// Door time between two marks of how far back the log reaches, ms.
const MARK_MS: i64 = 60_000;

/// The owner of the log.
pub(crate) struct Keeper {
    log: Log,
    /// The book in force behind the last batch.
    book: Arc<Book>,
    kinds: Arc<Kinds>,
    library: Library,
    snapshots: Option<Snapshots>,
    /// What other divisions are told, where there are any.
    told: Option<Told>,
    batch: Batch,
    /// Door time and first number, now and then: what `[keep]` still asks for.
    marks: Vec<(i64, u64)>,
    keep: i64,
    low_disk: u64,
    resume: u64,
    closed: bool,
    /// Bytes written since the last snapshot began.
    written: u64,
    /// What of the log is out, where somebody delivers it.
    outbox: Option<Arc<Outbox>>,
}

impl Keeper {
    pub(crate) fn new(
        log: Log,
        (edition, kinds): (&Edition, Kinds),
        library: Library,
        config: &Config,
        marks: &[(i64, u64)],
    ) -> Self {
        let ms = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        let kinds = Arc::new(kinds);
        let divided = config.division();
        let snapshots = Snapshots::start(log.store().clone(), config.store.snapshot_keep);
        let mut keeper = Self {
            snapshots,
            log,
            told: divided.map(|division| Told::of(&edition.book, &edition.plan, division)),
            book: Arc::clone(&edition.book),
            kinds,
            library,
            batch: Batch::default(),
            marks: Vec::new(),
            keep: ms(config.keep.decisions.max(config.keep.stream)),
            low_disk: config.store.low_disk,
            resume: config.store.resume,
            closed: false,
            written: 0,
            outbox: None,
        };
        marks
            .iter()
            .for_each(|(door, seq)| keeper.mark(*door, *seq));
        keeper
    }

    /// The log says from now on how far its actions are out, and keeps those that are not.
    pub(crate) fn deliver(&mut self, outbox: &Arc<Outbox>) {
        self.outbox = Some(Arc::clone(outbox));
    }

    /// The durable part, to read while this goes on.
    pub(crate) fn view(&self) -> View {
        self.log.view()
    }

    /// Makes a group of batches durable: all or none. `first` is the number in the stream of the
    /// group's first action; gives the one behind its last.
    pub(crate) fn commit(
        &mut self,
        group: &mut [(Applied, Answers)],
        mut first: u64,
    ) -> Result<u64, String> {
        let told = |error: Error| error.to_string();
        for (applied, answers) in group.iter_mut() {
            let next = self.log.next_seq();
            if applied.stand.seq >= next {
                self.batch.begin(next, applied.stand.seq, applied.door);
                self.fill(applied, answers, first)?;
                if let Some((edition, turn)) = applied.given.as_ref().and_then(Given::turn) {
                    self.turn(edition, turn);
                }
                self.written += self.batch.bytes();
                self.log.append(&self.batch).map_err(told)?;
                self.mark(applied.door, next);
            }
            if let Some(part) = &mut applied.part {
                if let (Some(outbox), true) = (&part.way.outbox, part.begins_round()) {
                    outbox.begin_round();
                }
                part.kinds = Some(Arc::clone(&self.kinds));
            }
            let sent = answers.settled.iter().map(|s| s.spoken().count() as u64);
            first += sent.sum::<u64>();
        }
        self.log.commit().map_err(told)?;
        Ok(first)
    }

    /// What follows is of another book. The log says so in the same batch in which it was taken up.
    fn turn(&mut self, edition: &Edition, turn: &Era) {
        self.log.begin_era(turn, &edition.book.catalogue);
        let kinds = Kinds::of_book(&mut self.log, &edition.book, &edition.plan);
        self.kinds = Arc::new(kinds);
        if let Some(told) = &mut self.told {
            *told = told.taken_up(&edition.book, &edition.plan);
        }
        self.book = Arc::clone(&edition.book);
        let first = self.log.view().first_seq();
        self.library.prune(&self.log.names().eras(), first);
    }

    fn mark(&mut self, door: i64, seq: u64) {
        if self
            .marks
            .last()
            .is_none_or(|(last, _)| door - last >= MARK_MS)
        {
            self.marks.push((door, seq));
        }
    }

    fn fill(
        &mut self,
        applied: &Applied,
        answers: &Answers,
        mut number: u64,
    ) -> Result<(), String> {
        let (last, before) = (applied.stand.seq, number);
        self.inputs(&applied.output, &applied.records);
        if let Some(given) = &applied.given {
            self.batch.command(last, given.line.as_bytes());
        }
        super::pulled::write(&mut self.batch, applied, answers, &self.book.catalogue);
        if let Some(told) = &self.told {
            told.write(&mut self.batch, applied);
        }
        if let Some(outbox) = &self.outbox {
            outbox.tell(&mut self.batch);
        }
        self.changes(&applied.output.entries, last)?;
        for settlement in &answers.settled {
            let group = Some(KeyGroup::of(&settlement.customer));
            if let Some(id) = &settlement.decision {
                let kept = Keeping::of(id, settlement, number);
                self.batch.decision(last, group, |out| kept.write(out));
            }
            for sent in settlement.spoken() {
                let spoken = Spoken {
                    number,
                    kind: sent.kind,
                    json: Arc::clone(&sent.json),
                };
                self.batch.action(last, group, |out| spoken.write(out));
                number += 1;
            }
        }
        if number > before {
            put_stream(&mut self.batch, number - 1);
        }
        for (id, settlement) in applied.asked(answers) {
            let group = Some(KeyGroup::of(&settlement.customer));
            let kept = Keeping::of(id, &settlement, number);
            self.batch.decision(last, group, |out| kept.write(out));
        }
        Ok(())
    }

    fn inputs(&mut self, output: &Output, records: &[Vec<u8>]) {
        let mut inputs: Vec<(u64, &Text, u64)> = output
            .outcomes
            .iter()
            .filter_map(|o| Some((o.place.seq, &o.place.key, o.line?)))
            .collect();
        inputs.sort_unstable_by_key(|(seq, ..)| *seq);
        for (seq, customer, line) in inputs {
            let at = usize::try_from(line).ok().and_then(|n| n.checked_sub(1));
            if let Some(record) = at.and_then(|at| records.get(at)) {
                let blurred = coarse::record(record, &self.book.catalogue);
                let kept = blurred.as_ref().unwrap_or(record);
                self.batch.input(seq, Some(KeyGroup::of(customer)), kept);
            }
        }
    }

    /// Changes of one group that follow each other lie together.
    fn changes(&mut self, entries: &[Entry], seq: u64) -> Result<(), String> {
        let mut bytes = Vec::new();
        let mut of: Option<Option<KeyGroup>> = None;
        for entry in entries {
            let group = entry.group(&self.book);
            if of.is_some_and(|of| of != group) || bytes.len() >= CHUNK {
                put(&mut self.batch, of.flatten(), seq, &mut bytes);
            }
            of = Some(group);
            entry
                .encode(&self.kinds, &mut bytes)
                .map_err(|error| format!("a change cannot be written: {error}"))?;
        }
        put(&mut self.batch, of.flatten(), seq, &mut bytes);
        Ok(())
    }

    /// Takes a slice of the state on its way to a snapshot.
    pub(crate) fn snapshot(&mut self, part: Part, seq: u64) {
        if part.begins {
            self.written = 0;
        }
        if let Some(snapshots) = &self.snapshots {
            snapshots.take(part, seq, self.log.durable());
        }
    }

    /// Bytes written since the last snapshot began.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// Lets go of what neither a recovery nor `[keep]` asks for.
    pub(crate) fn trim(&mut self, now: i64) -> Result<(), String> {
        let oldest = now.saturating_sub(self.keep);
        let behind = self.marks.partition_point(|(door, _)| *door <= oldest);
        let from = behind.checked_sub(1).and_then(|at| self.marks.get(at));
        let Some((_, mut seq)) = from.copied() else {
            return Ok(());
        };
        self.marks.drain(..behind.saturating_sub(1));
        if let Some(outbox) = &self.outbox {
            seq = seq.min(outbox.out().seq.saturating_add(1));
        }
        self.log.trim(seq).map_err(|error| error.to_string())?;
        Ok(())
    }

    /// Whether a batch would find room; asked before one is accepted. Once there is none, it takes as
    /// much as `[store] resume` before intake opens again.
    pub(crate) fn has_room(&mut self) -> Result<bool, String> {
        match self.log.reserve(0) {
            Ok(()) => {}
            Err(error) if error.is_full() => {
                self.closed = true;
                return Ok(false);
            }
            Err(error) => return Err(error.to_string()),
        }
        let room = self.log.room().map_err(|error| error.to_string())?;
        let least = if self.closed {
            self.resume
        } else {
            self.low_disk
        };
        self.closed = room.disk < least;
        Ok(!self.closed)
    }

    /// Says in the log that nothing is missing at its end.
    pub(crate) fn close(self) -> Result<(), String> {
        drop(self.snapshots);
        self.log.close().map_err(|error| error.to_string())?;
        Ok(())
    }
}

fn put(batch: &mut Batch, group: Option<KeyGroup>, seq: u64, bytes: &mut Vec<u8>) {
    if bytes.is_empty() {
        return;
    }
    match group {
        Some(group) => batch.change(seq, group, bytes),
        None => batch.shared(seq, bytes),
    }
    bytes.clear();
}
