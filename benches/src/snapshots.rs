//! Snapshots in slices: how long events wait for one, while events go on.

use crate::capture::records;
use crate::clock;
use crate::live::spread::{Spread, micros};
use crate::traffic::Traffic;
use crate::workload::SEED;
use crate::{catalogue, workload};
use engine::engine::{Engine, Settings};
use engine::key::KeyGroup;
use engine::limits::{KEY_GROUPS, SLICE_ENTRIES};
use engine::shard::Show;
use rules::project::Project;
use std::sync::Arc;

/// Events between two slices: one micro-batch of a live node under load.
const BETWEEN: usize = 64;

/// What one round of snapshots took.
#[derive(Debug)]
pub struct Round {
    /// How long each slice took.
    pub slices: Spread,
    /// The same in CPU time of all threads.
    pub cpu: Spread,
    /// Entries of all slices.
    pub entries: usize,
    /// The longest time that a key group takes in one go.
    pub group: Spread,
}

/// Fills an engine with the week of so many customers, and takes a snapshot of it while more events come.
///
/// # Errors
/// The engine cannot run: said as text.
pub fn round(customers: u64) -> Result<Round, String> {
    let book = workload::book_of(&Project::from_files(catalogue::files()))?;
    let settings = Settings {
        show: Show {
            journal: true,
            ..Show::default()
        },
        ..Settings::default()
    };
    let told = |error: engine::crew::Fault| error.to_string();
    let mut engine = Engine::new(Arc::new(book), &settings).map_err(|e| e.to_string())?;
    let mut traffic = Traffic::new(SEED, customers);
    let mut left = usize::try_from(traffic.before()).unwrap_or(0);
    while left > 0 {
        let some = left.min(settings.batch);
        engine.push(records(&traffic.take(some))).map_err(told)?;
        left -= some;
    }
    let (mut slices, mut cpu, mut groups, mut entries) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for group in (0..KEY_GROUPS).map(KeyGroup) {
        engine.gather(group).map_err(told)?;
        let mut more = true;
        while more {
            engine.push(records(&traffic.take(BETWEEN))).map_err(told)?;
            let (moment, used) = (clock::moment(), clock::process_ns());
            let slice = engine.slice(SLICE_ENTRIES).map_err(told)?;
            slices.push(micros(moment.elapsed()));
            let used = clock::process_ns().saturating_sub(used) / 1_000;
            cpu.push(u32::try_from(used).unwrap_or(u32::MAX));
            more = slice.as_ref().is_some_and(|slice| slice.more);
            entries += slice.map_or(0, |slice| slice.entries.len());
        }
        let moment = clock::moment();
        engine.whole(Some(group)).map_err(told)?;
        groups.push(micros(moment.elapsed()));
    }
    Ok(Round {
        slices: Spread::of(slices),
        cpu: Spread::of(cpu),
        entries,
        group: Spread::of(groups),
    })
}
