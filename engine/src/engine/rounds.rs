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
            (false, false) => moving.push((running, own)),
            _ => grants.push(Grant::End {
                key: running.key.clone(),
                seq: running.seq,
            }),
        }
    }
    let mut left = TOLD_PER_TICK_MAX;
    let mut rounds = moving.len() as u64;
    for (running, own) in moving {
        // What the first leave of their shares is for the others.
        let share = left / rounds;
        let since = running.since.map_or(i64::MIN, |since| since.max(ticked));
        left -= turns(running, own, (since, door), share, &mut grants);
        rounds -= 1;
    }
    grants
}

/// Turns of a round in (`since`, `door`], `most` of them, to the groups where somebody waits; gives how many.
fn turns(
    running: &Running,
    demands: &[Demand],
    (since, door): (i64, i64),
    most: u64,
    grants: &mut Vec<Grant>,
) -> u64 {
    let Running {
        key, start, rate, ..
    } = running;
    let mut turn = rate.turns(*start, since);
    let all = rate.turns(*start, door).saturating_sub(turn);
    let given = all.min(most);
    let mut open = given;
    for demand in demands {
        let count = demand.waiting.min(open);
        if count == 0 {
            break;
        }
        grants.push(Grant::Turns {
            key: key.clone(),
            group: demand.group,
            turn,
            count,
        });
        turn += count;
        open -= count;
    }
    given - open
}

#[cfg(test)]
mod tests;
