//! The HTTP surface: every endpoint does what its document says, and whatever comes in is answered.

mod access;
mod backup;
mod bad;
mod change;
mod customers;
mod outside;
mod reload;
mod switches;
mod walk;

use kit::Trial;

/// The promises of this folder.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = walk::trials();
    trials.extend(bad::trials());
    trials.extend(customers::trials());
    trials.extend(access::trials());
    trials.extend(outside::trials());
    trials.extend(switches::trials());
    trials.extend(reload::trials());
    trials.extend(change::trials());
    trials.extend(backup::trials());
    trials
}
