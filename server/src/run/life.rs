//! What a node begins with: an empty engine, or the one its store brings back.

use super::clock;
use super::commit::Views;
use super::progress::Progress;
use super::store::{self, Keeper};
use crate::config::Config;
use engine::engine::{Engine, Settings};
use engine::log::{Era, Offsets};

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
}

/// Opens the store, where there is one, and goes on where it ends.
pub(super) fn begin_life(
    config: &Config,
    settings: &Settings,
    views: &Views,
    progress: &Progress,
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
        });
    };
    let found = store::Views {
        shelf: &views.shelf,
        decisions: &views.decisions,
        ring: &views.ring,
        progress,
    };
    let found = store::open(dir, config, settings, &found)?;
    let mut keeper = found.keeper;
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
    })
}
