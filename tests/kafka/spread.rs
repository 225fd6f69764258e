//! Leads of divisions spread over machines: one that joins takes its share, and nothing is lost on the way.

use std::collections::BTreeMap;
use std::path::Path;
use std::thread;
use std::time::Duration;

use kit::kafka::claim_with_kafka;
use kit::running::Running;
use kit::{Claimed, Failed, TempDir, Trial, temp_dir};

use super::divided::in_its_owners_log;
use super::fleet::{becomes, leads, stands_by};
use super::scene::until;
use super::two::{Two, mixed};
use crate::oracle::Oracle;

/// The promises of this file.
pub(super) fn trials() -> Vec<Trial> {
    vec![claim_with_kafka(
        "divided::a_machine_that_joins_takes_over_its_share",
        joins,
    )]
}

/// A node of a division, on a machine.
fn node(two: &Two<'_>, number: usize, machine: &str, folder: TempDir) -> Result<Running, Failed> {
    let division = two.divisions.get(number).ok_or("no division")?;
    let id = two.scene.id;
    let (named, own) = (
        format!("\"{id}-{number}\""),
        format!("\"{id}-{number}{machine}\""),
    );
    let sections = two.sections(*division).replacen(&named, &own, 1);
    let said = format!("machine = \"{machine}\"\ndivision = ");
    Running::start_red(folder, &sections.replacen("division = ", &said, 1))
}

fn joins() -> Claimed {
    let two = Two::new("spread")?;
    let first = |number| node(&two, number, "a", temp_dir("spread-a")?);
    let old = [first(0)?, first(1)?];
    for node in &old {
        becomes(node, "the first machine leads", leads)?;
    }
    let (sent, owners) = mixed(&two, 400);
    let (before, after) = sent.split_at(200);
    two.scene.kafka.write(&two.scene.events(), before)?;
    // Both read on while one of them goes.
    let second = |number| node(&two, number, "b", temp_dir("spread-b")?);
    let new = [second(0)?, second(1)?];
    until("the machine that joined leads", || {
        Ok(leads(&new[0])? || leads(&new[1])?)
    })?;
    two.scene.kafka.write(&two.scene.events(), after)?;
    let moved = usize::from(leads(&new[1])?);
    let [old_zero, old_one] = old;
    let [new_zero, new_one] = new;
    let (leaders, gone, other) = if moved == 0 {
        ([new_zero, old_one], old_zero, new_one)
    } else {
        ([old_zero, new_one], old_one, new_zero)
    };
    let said = gone.said();
    let again = node(&two, moved, "a", gone.put_out()?)?;
    if !said.contains("handed over") {
        return Err(said.into());
    }
    becomes(&again, "what was started again stands by", stands_by)?;
    becomes(&other, "the other stands by", stands_by)?;
    two.caught_up(&leaders)?;
    // It is even now, and nothing moves any more: each has had several turns by then.
    thread::sleep(Duration::from_secs(15));
    if !leads(&leaders[0])? || !leads(&leaders[1])? || !stands_by(&again)? || !stands_by(&other)? {
        return Err("leads moved on".into());
    }
    let mut counts: BTreeMap<(String, u16), usize> = BTreeMap::new();
    // A copy may begin with a round of snapshots: what lies before that is with the one that led then.
    let folder = again.killed()?;
    let former = folder.join("data");
    drop(other);
    for (node, division) in leaders.into_iter().zip(two.divisions) {
        node.signal("TERM")?;
        let folder = node.left()?;
        let own = folder.join("data");
        let has_moved = usize::from(division.number()) == moved;
        let copies: &[&Path] = if has_moved { &[&own, &former] } else { &[&own] };
        let oracle = Oracle::of_division(copies, Some(division))?;
        oracle.expect_state()?;
        for (id, count) in &oracle.inputs {
            *counts.entry((id.clone(), division.number())).or_default() += count;
        }
    }
    in_its_owners_log(&owners, &counts)
}
