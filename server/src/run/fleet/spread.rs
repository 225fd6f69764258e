//! Spreading the leads of divisions over machines: a machine that leads two more than another on which somebody
//! stands by hands one over. Who stands by says the group, who leads the topic of leaders.

use super::super::clock;
use super::super::node::{Node, Phase};
use connectors::kafka::candidate::Candidate;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Between the turns of two divisions to hand their leads over: one after the other, so that each sees what came of
/// the one before. In the rest of its turn nobody does anything, as what is said of a lead is heard a moment later.
const TURN: Duration = Duration::from_secs(3);
const OPEN: Duration = Duration::from_secs(1);
/// How long a node leads at least before it hands the lead over.
const REST: Duration = Duration::from_secs(10);
/// How long the group is asked who is in it.
const PATIENCE: Duration = Duration::from_secs(1);

/// The name of a client that says which machine it is on.
pub(super) fn client(name: String, machine: Option<&str>) -> String {
    match machine {
        Some(machine) => format!("{name}@{machine}"),
        None => name,
    }
}

/// Looks after the spread, on behalf of a node that leads.
pub(super) struct Spread {
    began: Instant,
    looked: Option<i64>,
}

impl Spread {
    /// A node leads from now on.
    pub(super) fn begin() -> Self {
        Self {
            began: clock::moment(),
            looked: None,
        }
    }

    /// The machine that is to have this node's lead, when it is its turn and there is one.
    pub(super) fn look(&mut self, node: &Node, candidate: &Candidate) -> Option<String> {
        let divided = node.config.fleet.as_ref()?.divided.as_ref()?;
        divided.machine.as_ref()?;
        let (own, of) = (divided.division.number(), divided.division.of());
        let ms = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(1);
        let (turn, into) = (clock::wall() / ms(TURN), clock::wall() % ms(TURN));
        let is_ours = turn.rem_euclid(i64::from(of)) == i64::from(own) && into < ms(OPEN);
        let is_settled = self.began.elapsed() >= REST && node.phase() == Phase::Ready;
        if !is_ours || !is_settled || self.looked == Some(turn) {
            return None;
        }
        self.looked = Some(turn);
        let seen = node.fleet.as_ref()?;
        // Where somebody's lead is not known, there is trouble enough.
        let leads = (0..of).map(|number| Some((number, seen.leader_of(number)?.machine?)));
        let leads: BTreeMap<u16, String> = leads.collect::<Option<_>>()?;
        let there = candidate.others(PATIENCE).ok()?;
        let machines = there.iter().filter_map(|name| name.rsplit_once('@'));
        let there = machines.map(|(_, machine)| machine.to_owned()).collect();
        better(own, &leads, &there)
    }
}

/// The machine that is to have the lead of this division: of those on which somebody stands by for it, the
/// one that leads fewest, when that is two less than the one that has it.
fn better(own: u16, leads: &BTreeMap<u16, String>, there: &BTreeSet<String>) -> Option<String> {
    let count = |machine: &String| leads.values().filter(|one| *one == machine).count();
    let here = leads.get(&own)?;
    let least = there.iter().min_by_key(|machine| count(machine))?;
    (count(least) + 2 <= count(here)).then(|| least.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leads(machines: &[u8]) -> BTreeMap<u16, String> {
        let named = (0..).zip(machines);
        named
            .map(|(division, at)| (division, format!("m{at}")))
            .collect()
    }

    fn there(machines: &[u8]) -> BTreeSet<String> {
        machines.iter().map(|at| format!("m{at}")).collect()
    }

    #[test]
    fn a_lead_goes_to_the_machine_that_leads_fewest() {
        let of = |own, all: &[u8], by: &[u8]| better(own, &leads(all), &there(by));
        assert_eq!(of(0, &[1, 1], &[2]), Some("m2".to_owned()));
        assert_eq!(of(1, &[1, 2], &[1]), None);
        assert_eq!(of(0, &[1, 1], &[]), None);
        assert_eq!(of(0, &[1, 1], &[1]), None);
        assert_eq!(of(0, &[1, 1, 1, 2], &[2]), Some("m2".to_owned()));
        assert_eq!(of(0, &[1, 1, 1, 2], &[2, 3]), Some("m3".to_owned()));
        assert_eq!(of(3, &[1, 1, 1, 2], &[1, 3]), None);
        assert_eq!(of(0, &[1, 1, 2, 2], &[2]), None);
    }

    /// Whatever leads are to begin with: each in its turn, they come to lie evenly, and no lead moves twice.
    #[test]
    fn turn_by_turn_leads_come_to_lie_evenly() {
        for machines in 1..=5u8 {
            for divisions in [2u16, 4, 8, 16, 64] {
                for seed in 0..40u32 {
                    let at =
                        |n: u16| (u32::from(n) * (seed * 2 + 1) / 3 + seed) % u32::from(machines);
                    let first: Vec<u8> = (0..divisions)
                        .map(|n| u8::try_from(at(n)).unwrap())
                        .collect();
                    let mut now = leads(&first);
                    let all = there(&(0..machines).collect::<Vec<_>>());
                    let mut moved = BTreeSet::new();
                    for turn in 0..divisions * 2 {
                        let own = turn % divisions;
                        let mut others = all.clone();
                        others.remove(&now[&own]);
                        if let Some(to) = better(own, &now, &others) {
                            assert!(moved.insert(own), "{own} moved twice");
                            now.insert(own, to);
                        }
                    }
                    let counts = all
                        .iter()
                        .map(|m| now.values().filter(|one| *one == m).count());
                    let counts: Vec<usize> = counts.collect();
                    let (least, most) = (counts.iter().min(), counts.iter().max());
                    assert!(most.unwrap() - least.unwrap() <= 1, "{counts:?}");
                }
            }
        }
    }
}
