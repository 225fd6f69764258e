//! What a node waits for before it can follow: brokers that answer, topics that are there.

use super::super::deliver;
use super::standby::REST;
use crate::config::fleet::Fleet;
use crate::config::kafka::Sink;
use anyhow::{Context as _, bail};
use connectors::kafka::changelog::Reader;

/// The topics that whoever leads writes to are there: known before it matters.
pub(super) fn look_over(sink: &Sink, fleet: &Fleet) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("no thread to ask from")?;
    let mut told = false;
    loop {
        match runtime.block_on(deliver::look(sink, Some(fleet))) {
            Ok(None) => return Ok(()),
            Ok(Some(what)) => bail!(what),
            Err(what) if !told => {
                told = true;
                tracing::warn!(what, "the brokers are waited for");
            }
            Err(_) => {}
        }
        std::thread::sleep(REST);
    }
}

/// Opens the changelog; brokers that do not answer yet are waited for.
pub(super) fn open(
    sink: &Sink,
    client: &str,
    topic: &str,
    from: Option<i64>,
) -> anyhow::Result<Reader> {
    let mut told = false;
    loop {
        match Reader::open(&sink.cluster, client, topic, from) {
            Ok(reader) => return Ok(reader),
            Err(what) if !told => {
                told = true;
                tracing::warn!(what, "the changelog is waited for");
            }
            Err(_) => {}
        }
        std::thread::sleep(REST);
    }
}
