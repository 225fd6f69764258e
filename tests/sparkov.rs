//! 52,495 card purchases, and the exact answer to each.

mod shuffled;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kit::{Claimed, Failed, Replayed, Table, Trial, claim_on_shared, replay};
use shuffled::{Block, ONE_HOUR, Shuffled, TEN_MINUTES, overtaken};

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = shuffled::trials();
    trials.extend([
        claim_on_shared("sparkov::every_row_is_exact", every_row_is_exact),
        claim_on_shared(
            "sparkov::shards_and_batches_change_no_byte",
            shards_and_batches_change_no_byte,
        ),
    ]);
    for block in [TEN_MINUTES, ONE_HOUR] {
        trials.push(claim_on_shared(
            format!("sparkov::shuffled_within_{block}_and_sorted_again_every_row_is_exact"),
            move |shared| event_time(shared, block),
        ));
        trials.push(claim_on_shared(
            format!(
                "sparkov::shuffled_within_{block}_and_taken_as_it_arrives_the_state_is_the_same"
            ),
            move |shared| arrival(shared, block),
        ));
    }
    trials
}

fn every_row_is_exact(shared: &Path) -> Claimed {
    let run = replay(&events(shared), &project(), &[])?;
    no_rejects(&run)?;
    equal(&run.features, &expected(shared)?)
}

fn shards_and_batches_change_no_byte(shared: &Path) -> Claimed {
    let expected = expected(shared)?;
    let mut first: Option<String> = None;
    for shards in ["1", "2", "3", "8"] {
        for batch in ["1", "64", "1024"] {
            let further = ["--shards", shards, "--batch", batch, "--state-hash"];
            let run = replay(&events(shared), &project(), &further)?;
            let of = |failed: Failed| {
                let what = failed.message().unwrap_or("").to_owned();
                Failed::from(format!("{shards} shards, batches of {batch}: {what}"))
            };
            equal(&run.features, &expected).map_err(of)?;
            let hash = kit::state_hash(&run.said).map_err(of)?;
            let reference = first.get_or_insert_with(|| hash.clone());
            if *reference != hash {
                return Err(of(
                    format!("state hash {hash}, with one shard {reference}").into()
                ));
            }
        }
    }
    Ok(())
}

fn event_time(shared: &Path, block: Block) -> Claimed {
    let shuffled = Shuffled::new(&events(shared), &project(), block)?;
    let run = replay(
        &shuffled.events,
        &shuffled.project,
        &["--order", "event_time"],
    )?;
    no_rejects(&run)?;
    let rows = equal_rows(&run.features, &expected(shared)?, |_| true)?;
    if rows == shuffled.lines.len() {
        Ok(())
    } else {
        Err(format!("{rows} rows compared").into())
    }
}

fn arrival(shared: &Path, block: Block) -> Claimed {
    let shuffled = Shuffled::new(&events(shared), &project(), block)?;
    let hashed = ["--order", "arrival", "--state-hash"];
    let sorted = replay(&events(shared), &shuffled.project, &hashed)?;
    let run = replay(&shuffled.events, &shuffled.project, &hashed)?;
    no_rejects(&run)?;
    let (hash, of_sorted) = (kit::state_hash(&run.said)?, kit::state_hash(&sorted.said)?);
    if hash != of_sorted {
        return Err(format!("state hash {hash}, of the sorted stream {of_sorted}").into());
    }
    let overtaken = overtaken(&shuffled.lines);
    let rows = equal_rows(&run.features, &expected(shared)?, |id| {
        !overtaken.contains(id)
    })?;
    // Both kinds must be there, else this has shown nothing.
    if overtaken.is_empty() || rows + overtaken.len() != shuffled.lines.len() {
        return Err(format!("{rows} rows compared, {} overtaken", overtaken.len()).into());
    }
    Ok(())
}

fn events(shared: &Path) -> PathBuf {
    shared.join("data/sparkov/events.ndjson")
}

fn expected(shared: &Path) -> Result<String, Failed> {
    kit::read(&shared.join("data/sparkov/expected_features.csv"))
}

fn project() -> PathBuf {
    kit::root().join("tests/projects/sparkov")
}

fn no_rejects(run: &Replayed) -> Claimed {
    match run.rejects.first() {
        None => Ok(()),
        Some(first) => Err(format!("{} rejects, the first {first:?}", run.rejects.len()).into()),
    }
}

fn equal(got: &str, expected: &str) -> Claimed {
    kit::first_difference(got, expected).map_or(Ok(()), |difference| Err(difference.into()))
}

/// Compares the rows of these events, whatever their order; says how many there were.
fn equal_rows(got: &str, expected: &str, counts: impl Fn(&str) -> bool) -> Result<usize, Failed> {
    let (got, expected) = (Table::parse(got)?, Table::parse(expected)?);
    if got.header != expected.header {
        return Err(format!(
            "the header is {:?}, expected {:?}",
            got.header, expected.header
        )
        .into());
    }
    if got.rows.len() != expected.rows.len() {
        return Err(format!("{} rows, expected {}", got.rows.len(), expected.rows.len()).into());
    }
    let by_id: BTreeMap<&str, &Vec<String>> = got.ids().zip(&got.rows).collect();
    let (mut compared, mut wrong) = (0, Vec::new());
    for (id, row) in expected
        .ids()
        .zip(&expected.rows)
        .filter(|(id, _)| counts(id))
    {
        compared += 1;
        match by_id.get(id) {
            Some(found) if *found == row => {}
            found => wrong.push(format!("{id}\n  got      {found:?}\n  expected {row:?}")),
        }
    }
    match wrong.first() {
        None => Ok(compared),
        Some(first) => Err(format!("{} rows differ, the first {first}", wrong.len()).into()),
    }
}
