//! The log keeps what it said it keeps: through failing calls, lost power, torn writes and flipped bits.

mod controls;
mod copies;
mod erasure;
mod faults;
mod flips;
mod hand;
mod life;
mod store;
mod truth;

use kit::Trial;

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = store::trials();
    trials.extend(copies::trials());
    trials.extend(erasure::trials());
    trials.extend(faults::trials());
    trials.extend(flips::trials());
    trials.extend(controls::trials());
    trials
}
