//! The board: what others may know of the conductor.

use engine::state::Size;
use engine::state::weight::Weight;
use engine::switch::Standing;
use engine::tally::Tally;
use rules::value::Text;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Mutex, PoisonError};

/// What others may know of the conductor.
#[derive(Default)]
pub(crate) struct Board {
    /// The last number that is committed.
    pub(crate) seq: AtomicU64,
    /// What became of the rules of the book with this hash.
    pub(crate) tally: Mutex<(Text, Tally)>,
    /// Bytes of the log since the last snapshot began.
    pub(crate) written: AtomicU64,
    /// Somebody wants a snapshot now.
    pub(crate) snapshot: AtomicBool,
    /// What is known of rounds of snapshots.
    pub(crate) round: Mutex<Round>,
    pub(crate) size: Mutex<Size>,
    /// What the state weighs, as of the last turns.
    pub(crate) weight: Mutex<Weight>,
    pub(crate) standing: Mutex<Standing>,
    /// Events of no customer that are being told, as of the last two seconds.
    pub(crate) told: Mutex<Vec<engine::round::Standing>>,
}

/// What is known of rounds of snapshots in this life of the node.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Round {
    /// One is on.
    pub(crate) on: bool,
    /// The last one that came to its end.
    pub(crate) last: Option<Over>,
}

/// A round of snapshots that came to its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Over {
    /// When, ms.
    pub(crate) at: i64,
    /// How long it took, ms.
    pub(crate) took: u64,
    /// Every part holds at least what has this number or a smaller one.
    pub(crate) seq: u64,
    /// Parts that could not be written; the snapshots before them stand.
    pub(crate) failed: u64,
}

impl Board {
    /// What is known of rounds of snapshots.
    pub(crate) fn round(&self) -> Round {
        *self.round.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What does not act, as of the last order that is committed; brakes as of the last two seconds.
    pub(crate) fn standing(&self) -> Standing {
        let standing = self.standing.lock();
        standing.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Events of no customer that are being told, as of the last two seconds.
    pub(crate) fn told(&self) -> Vec<engine::round::Standing> {
        let told = self.told.lock();
        told.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What became of the rules of this book so far; nothing, while another is being taken up.
    pub(crate) fn tally(&self, book: &str) -> Tally {
        let tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        let (hash, tally) = &*tally;
        if *hash == book {
            tally.clone()
        } else {
            Tally::default()
        }
    }

    pub(crate) fn set_standing(&self, standing: Standing) {
        put(&self.standing, standing);
    }
}

pub(crate) fn put<T>(place: &Mutex<T>, value: T) {
    *place.lock().unwrap_or_else(PoisonError::into_inner) = value;
}
