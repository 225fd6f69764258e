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
    let mut left = TOLD_PER_TICK_MAX;
    let mut grants = Vec::new();
    for running in done.running.iter().filter(|running| !running.halted) {
        let own: Vec<&Demand> = demands.iter().filter(|d| d.key == running.key).collect();
        if own.is_empty() {
            grants.push(Grant::End {
                key: running.key.clone(),
                seq: running.seq,
            });
        } else {
            turns(
                running,
                &own,
                (
                    running.since.map_or(i64::MIN, |since| since.max(ticked)),
                    door,
                ),
                &mut left,
                &mut grants,
            );
        }
    }
    grants
}

/// Turns of a round in (`since`, `door`], to the groups where somebody waits.
fn turns(
    running: &Running,
    demands: &[&Demand],
    (since, door): (i64, i64),
    left: &mut u64,
    grants: &mut Vec<Grant>,
) {
    let Running {
        key, start, rate, ..
    } = running;
    let mut turn = rate.turns(*start, since);
    let all = rate.turns(*start, door).saturating_sub(turn);
    let mut open = all.min(*left);
    for demand in demands {
        let count = demand.waiting.min(open);
        if count == 0 {
            return;
        }
        grants.push(Grant::Turns {
            key: key.clone(),
            group: demand.group,
            turn,
            count,
        });
        turn += count;
        open -= count;
        *left -= count;
    }
}

#[cfg(test)]
mod tests;
