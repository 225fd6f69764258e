//! Rounds over all shards: the turns that a tick has brought are shared out among the key groups, in their
//! order. So a round goes at its rate whatever the shards, and each customer's turn has an instant.

use super::Engine;
use crate::change::SharedChange;
use crate::crew::{Done, Fault};
use crate::limits::TOLD_PER_TICK_MAX;
use crate::round::{Demand, Grant, Running, Standing};
use crate::shard::Work;
use std::sync::Arc;

impl Engine {
    /// A tick opens at `door` ms: what is pending becomes visible, and the turns since the last tick are
    /// given out.
    pub(super) fn open(
        &mut self,
        door: i64,
        publish: &Arc<Vec<SharedChange>>,
    ) -> Result<Vec<Grant>, Fault> {
        let done = self.crew.run(|| Work::Open(door, Arc::clone(publish)))?;
        let grants = grants(done, self.ticked, door);
        self.ticked = door;
        Ok(grants)
    }

    /// Events of no customer that are being told.
    ///
    /// # Errors
    /// As [`Engine::push`].
    pub fn rounds(&mut self) -> Result<Vec<Standing>, Fault> {
        if self.plan.audience_tags.is_empty() {
            return Ok(Vec::new());
        }
        self.expect(1);
        Ok(self.crew.run(|| Work::Rounds)?.rounds)
    }

    /// The door time of the tick that has something to do next, ms: for timers, of those that rules have
    /// set alone where `reminders` says so, and for what is pending.
    pub(super) fn next_due(&mut self, reminders: bool) -> Result<Option<i64>, Fault> {
        let work = || match reminders {
            true => Work::NextReminder,
            false => Work::NextTimer,
        };
        let due = self.crew.run(work)?.next_timer;
        let said = self.pending.iter().any(SharedChange::is_waited_for);
        Ok(due.into_iter().chain(said.then_some(i64::MIN)).min())
    }
}

fn grants(done: Done, ticked: i64, door: i64) -> Vec<Grant> {
    let mut demands = done.demands;
    demands.sort_by(|a, b| (&a.key, a.group).cmp(&(&b.key, b.group)));
    let mut grants = Vec::new();
    let mut moving = Vec::new();
    for running in &done.running {
        let first = demands.partition_point(|demand| demand.key < running.key);
        let behind = demands.partition_point(|demand| demand.key <= running.key);
        let own = demands.get(first..behind).unwrap_or(&[]);
        match (running.halted, own.is_empty()) {
            (true, _) if !running.stale => {}
            (false, false) => {
                let since = running.since.map_or(i64::MIN, |since| since.max(ticked));
                moving.push(Due::of(running, own, (since, door)));
            }
            _ => grants.push(Grant::End {
                key: running.key.clone(),
                seq: running.seq,
            }),
        }
    }
    // Those that want least come first: what they leave of their shares is for the others (max-min fairness).
    moving.sort_by_key(|due: &Due<'_>| due.wanted);
    let mut left = TOLD_PER_TICK_MAX;
    let mut rounds = moving.len() as u64;
    for due in moving {
        let share = due.wanted.min(left / rounds);
        due.give(share, &mut grants);
        left -= share;
        rounds -= 1;
    }
    grants
}

/// A round whose turns have come.
struct Due<'d> {
    running: &'d Running,
    demands: &'d [Demand],
    /// The first of them.
    turn: u64,
    /// How many can be used: as many as have come, if so many wait.
    wanted: u64,
}

impl<'d> Due<'d> {
    /// What has come in (`since`, `door`].
    fn of(running: &'d Running, demands: &'d [Demand], (since, door): (i64, i64)) -> Self {
        let turn = running.rate.turns(running.start, since);
        let come = running.rate.turns(running.start, door).saturating_sub(turn);
        let waiting = demands
            .iter()
            .fold(0, |sum: u64, demand| sum.saturating_add(demand.waiting));
        Self {
            running,
            demands,
            turn,
            wanted: come.min(waiting),
        }
    }

    /// Gives so many to the groups where somebody waits, in their order.
    fn give(&self, count: u64, grants: &mut Vec<Grant>) {
        let (mut turn, mut open) = (self.turn, count);
        for demand in self.demands {
            let count = demand.waiting.min(open);
            if count == 0 {
                break;
            }
            grants.push(Grant::Turns {
                key: self.running.key.clone(),
                group: demand.group,
                turn,
                count,
            });
            turn += count;
            open -= count;
        }
    }
}

#[cfg(test)]
mod tests;
