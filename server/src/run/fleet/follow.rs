//! Making a copy, and keeping it while no engine runs on it yet.

use super::super::store;
use super::post::Role;
use super::seen::Place;
use super::spread;
use super::standby::{Heard, Standby};
use crate::config::Config;
use anyhow::{Context as _, bail};
use connectors::kafka::candidate::Candidate;
use connectors::kafka::settings::Settings;
use engine::log::{Disk, Footing, Log};
use std::sync::Arc;

impl Standby {
    /// Brings the copy to where the changelog ends. Comes back when there is one that can be restored from,
    /// or when this node leads and begins with what it has, which may be nothing.
    pub(crate) fn catch_up(&mut self, config: &Config) -> anyhow::Result<()> {
        let mut log = match self.post.role {
            Role::Builds => None,
            Role::Follows | Role::Leads | Role::Alone => Some(self.open(config, None)?),
        };
        loop {
            match self.hear(log.as_mut())? {
                Heard::Begin(frame) => {
                    // What comes before the first footing is nothing to begin with, but for the first batch
                    // there ever was.
                    if frame.first_seq() == 1 {
                        let mut made = self.open(config, None)?;
                        made.adopt(&frame)?;
                        log = Some(made);
                    }
                }
                Heard::Footing(footing) => log = Some(self.open(config, Some(footing))?),
                Heard::Astray => {
                    drop(log.take());
                    self.begin_anew()?;
                }
                Heard::Batch(_) | Heard::Nothing => {}
                Heard::End if log.as_ref().is_some_and(|log| self.is_true(log)) => break,
                // What it has counts when it leads, or when another does.
                Heard::End => self.stand()?,
                Heard::Lead if self.can_lead(log.as_ref()) => break,
                Heard::Lead => bail!(
                    "the changelog `{}` holds no whole state, and whoever led before is gone: start the node that led",
                    self.fleet.changelog
                ),
            }
        }
        let Some(mut log) = log else { return Ok(()) };
        log.commit()?;
        log.close()?;
        if matches!(self.post.role, Role::Builds | Role::Follows) {
            self.post.role = Role::Follows;
            self.write_down()?;
        }
        Ok(())
    }

    /// Whether the copy holds nothing that the changelog does not: one that led may have more, and whether
    /// that counts is known when the next one leads.
    fn is_true(&mut self, log: &Log) -> bool {
        if self.post.role == Role::Leads && log.durable() <= self.post.seq {
            self.post.role = Role::Follows;
        }
        matches!(self.post.role, Role::Builds | Role::Follows) && self.can_lead(Some(log))
    }

    /// A state can be made of it: one that begins later than with the first batch needs all parts; none at
    /// all will do where nothing was ever committed.
    fn can_lead(&self, log: Option<&Log>) -> bool {
        let Some(log) = log else {
            return self.post.seq == 0;
        };
        let is_made = self.post.role != Role::Builds;
        is_made || log.view().first_seq() == 1 || self.parts.are_whole()
    }

    fn open(&self, config: &Config, footing: Option<Footing>) -> anyhow::Result<Log> {
        let mut options = store::options(config)?;
        options.footing = footing;
        if let Some(id) = self.id {
            options.id = id;
        }
        let (log, _) = Log::open(Arc::new(Disk), &self.dir, &options)
            .with_context(|| format!("cannot open the store `{}`", self.dir.display()))?;
        Ok(log)
    }

    /// Stands for the lead from now on.
    pub(super) fn stand(&mut self) -> anyhow::Result<()> {
        if self.candidate.is_some() {
            return Ok(());
        }
        let name = &self.fleet.name;
        let client = format!("deft-{name}-{}", self.node);
        let client = spread::client(client, self.fleet.machine());
        let group = format!("deft-fleet-{name}");
        let settings = Settings::candidate(&self.sink.cluster, &client, &group, self.fleet.session);
        let joined = Candidate::join(&settings, &self.fleet.changelog);
        self.candidate = Some(joined.map_err(anyhow::Error::msg)?);
        Ok(())
    }

    /// The copy is in memory, and kept there from here on; it asks the group to be taken in.
    ///
    /// # Errors
    /// The client refuses.
    pub(crate) fn begin_following(&mut self) -> anyhow::Result<()> {
        // That the end is reached may have been heard before.
        self.reader.again().map_err(anyhow::Error::msg)?;
        self.at_end = false;
        self.stand()?;
        if self.fence.is_none() {
            self.ready = self.producer().ok();
        }
        self.follows = true;
        Ok(())
    }

    /// Whoever leads may go: this node would have the lead.
    pub(super) fn stands_by(&mut self) {
        self.follows = false;
        let behind = self.left();
        self.seen.note(|state| {
            if state.place != Place::Leads {
                state.place = Place::Standby;
            }
            // It may have begun long before the end.
            state.behind = behind.unwrap_or(state.behind);
        });
    }
}
