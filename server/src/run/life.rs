//! What a node begins with: an empty engine, or the one its store brings back.

use super::clock;
use super::commit::Views;
use super::fleet::{Lead, Seen, Standby};
use super::progress::Progress;
use super::store::{self, Astray, Keeper};
use crate::config::Config;
use engine::engine::{Engine, Settings};
use engine::log::{Era, Offsets};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// What a node begins with.
pub(super) struct Life {
    pub(super) engine: Engine,
    pub(super) born: i64,
    /// Of the stream.
    pub(super) number: i64,
    /// Where a decision is once it is answered.
    pub(super) committed: &'static str,
    pub(super) keeper: Option<Keeper>,
    /// How far sources were read.
    pub(super) offsets: Offsets,
    /// What it leads a fleet with.
    pub(super) lead: Option<Lead>,
}

/// Opens the store, where there is one, and goes on where it ends.
pub(super) fn begin_life(
    config: &Config,
    settings: &Settings,
    views: &Views,
    progress: &Progress,
    fleet: &Arc<Seen>,
) -> anyhow::Result<Life> {
    let born = clock::wall();
    let Some(dir) = &config.node.data else {
        let book = views.shelf.book();
        views.shelf.begin(Era {
            seq: 0,
            at: born,
            book: book.hash.to_string(),
            by: "start".to_owned(),
        });
        return Ok(Life {
            engine: Engine::new(book, settings)?,
            born,
            number: born,
            committed: "memory",
            keeper: None,
            offsets: Offsets::default(),
            lead: None,
        });
    };
    let found = store::Views {
        shelf: &views.shelf,
        decisions: &views.decisions,
        ring: &views.ring,
        progress,
        meters: &views.meters,
    };
    let (found, standby) = loop {
        let mut standby = Standby::join(config, fleet)?;
        if let Some(standby) = &mut standby {
            standby.catch_up(config)?;
        }
        match store::open(dir, config, settings, &found, standby.as_mut()) {
            Ok(found) => break (found, standby),
            Err(error) if error.is::<Astray>() => tracing::warn!(%error),
            Err(error) => return Err(error),
        }
    };
    let mut keeper = found.keeper;
    if standby.as_ref().is_some_and(Standby::was_alone) {
        // Those that follow begin with its state as it is now.
        views.board.snapshot.store(true, Ordering::Release);
        if let Some(outbox) = &views.outbox {
            outbox.begin_round();
        }
    }
    let lead = standby.map(|standby| standby.announce(&keeper.view()));
    let lead = lead.transpose()?;
    if let Some(outbox) = &views.outbox {
        outbox.recover(&found.offsets, keeper.view());
        keeper.deliver(outbox);
    }
    let (durable, changes) = (found.durable, found.changes);
    tracing::info!(durable, changes, "restored");
    Ok(Life {
        engine: found.engine,
        born,
        number: found.life,
        committed: "durable",
        keeper: Some(keeper),
        offsets: found.offsets,
        lead,
    })
}
