//! The outbox: what of the log is out on its topics. There is no second copy of anything: whoever
//! delivers reads the log behind the commit, and the log says how far that came.

use crossbeam::channel::{Receiver, Sender, bounded};
use engine::log::bytes::{Cursor, put_varint};
use engine::log::{Batch, Offsets, Part, View};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Between two looks of those who wait whether anybody still does.
const LOOK: Duration = Duration::from_millis(100);

/// How far actions are out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Out {
    /// All up to this number is out, or had nothing to send.
    pub(crate) seq: u64,
    /// The mark that a transaction of ours has left on its topic; 0: none yet.
    pub(crate) sealed: u64,
}

/// What of the log is out.
pub(crate) struct Outbox {
    sink: String,
    out: Mutex<Out>,
    /// Told when more is out, or when it is waited for no longer.
    more: Condvar,
    /// Nobody waits any more.
    released: AtomicBool,
    /// What the log says; `None`: nothing yet.
    told: Mutex<Option<Out>>,
    /// What can be read; `None` until the store is open.
    view: Mutex<Option<View>>,
    /// Door time of the oldest batch that waits to be sent, ms; 0: none does.
    oldest: AtomicU64,
    wake: Sender<()>,
    woken: Receiver<()>,
    /// A round of snapshots has begun, and its footing is not out.
    round: AtomicBool,
    /// Snapshots that were written and are not out: of each part the newest, at its number.
    parts: Mutex<BTreeMap<Part, u64>>,
}

fn get<T: Clone>(place: &Mutex<T>) -> T {
    place.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn set<T>(place: &Mutex<T>, value: T) {
    *place.lock().unwrap_or_else(PoisonError::into_inner) = value;
}

impl Outbox {
    /// The outbox of a sink.
    pub(crate) fn new(sink: &str) -> Self {
        let (wake, woken) = bounded(1);
        Self {
            sink: sink.to_owned(),
            out: Mutex::default(),
            more: Condvar::new(),
            released: AtomicBool::new(false),
            told: Mutex::default(),
            view: Mutex::default(),
            oldest: AtomicU64::new(0),
            wake,
            woken,
            round: AtomicBool::new(false),
            parts: Mutex::default(),
        }
    }

    /// Goes on where the log says. A sink of which it says nothing sends what comes from now on.
    pub(crate) fn recover(&self, offsets: &Offsets, view: View) {
        let told = offsets.get(&self.sink).and_then(read);
        let begin = Out {
            seq: view.durable(),
            sealed: 0,
        };
        set(&self.out, told.unwrap_or(begin));
        set(&self.told, told);
        set(&self.view, Some(view));
    }

    /// How far all is out.
    pub(crate) fn out(&self) -> Out {
        get(&self.out)
    }

    /// All is out so far.
    pub(crate) fn set_out(&self, out: Out) {
        set(&self.out, out);
        self.more.notify_all();
    }

    /// Waits until all up to this number is out; false when it is not, and is waited for no longer.
    pub(crate) fn wait(&self, seq: u64) -> bool {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        while out.seq < seq {
            if self.released.load(Ordering::Acquire) {
                return false;
            }
            let waited = self.more.wait_timeout(out, LOOK);
            out = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// What is not out yet is waited for no longer.
    pub(crate) fn release(&self) {
        self.released.store(true, Ordering::Release);
        self.more.notify_all();
    }

    /// What can be read now.
    pub(crate) fn view(&self) -> Option<View> {
        get(&self.view)
    }

    /// Numbers that are durable and not out.
    pub(crate) fn lag(&self) -> u64 {
        let durable = self.view().map_or(0, |view| view.durable());
        durable.saturating_sub(self.out().seq)
    }

    /// More is durable: whoever delivers is woken.
    pub(crate) fn show(&self, view: View) {
        set(&self.view, Some(view));
        // One that is not asleep sees it anyway.
        let _ = self.wake.try_send(());
    }

    /// Something has come, when this can be received.
    pub(crate) fn woken(&self) -> &Receiver<()> {
        &self.woken
    }

    /// The log does not say yet how far all is out.
    pub(crate) fn is_untold(&self) -> bool {
        get(&self.told) != Some(self.out())
    }

    /// Says in a batch how far all is out, where that is news.
    pub(crate) fn tell(&self, batch: &mut Batch) {
        let out = self.out();
        if get(&self.told) == Some(out) {
            return;
        }
        let mut bytes = Vec::new();
        put_varint(out.seq, &mut bytes);
        put_varint(out.sealed, &mut bytes);
        batch.offset(&self.sink, &bytes);
        set(&self.told, Some(out));
    }

    /// A round of snapshots begins: told before the batch is shown that it begins with.
    pub(crate) fn begin_round(&self) {
        self.round.store(true, Ordering::Release);
    }

    /// Whether a round has begun since this was asked.
    pub(crate) fn take_round(&self) -> bool {
        self.round.swap(false, Ordering::AcqRel)
    }

    /// A snapshot of a part was written.
    pub(crate) fn wrote(&self, part: Part, seq: u64) {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.insert(part, seq);
        drop(parts);
        let _ = self.wake.try_send(());
    }

    /// One of those that were written, of a number up to this one.
    pub(crate) fn written(&self, seq: u64) -> Option<(Part, u64)> {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let found = parts.iter().find(|(_, at)| **at <= seq);
        let part = *found?.0;
        parts.remove_entry(&part)
    }

    /// What waits since when, ms; 0: nothing does.
    pub(crate) fn oldest(&self) -> u64 {
        self.oldest.load(Ordering::Acquire)
    }

    /// Something waits since this door time, ms; 0: nothing does.
    pub(crate) fn set_oldest(&self, door: i64) {
        let door = u64::try_from(door).unwrap_or(0);
        self.oldest.store(door, Ordering::Release);
    }
}

fn read(bytes: &[u8]) -> Option<Out> {
    let mut cursor = Cursor::new(bytes);
    Some(Out {
        seq: cursor.varint()?,
        sealed: cursor.varint()?,
    })
}
