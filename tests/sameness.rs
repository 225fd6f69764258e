//! The same log gives the same bytes: features, decisions, actions and the state, whatever the shards and batches.

use kit::{Claimed, Deft, Failed, Trial, claim};

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        claim(
            "sameness::the_sample_day_decides_and_acts",
            the_sample_day_decides_and_acts,
        ),
        claim(
            "sameness::shards_batches_and_runs_change_no_byte",
            no_byte_changes,
        ),
        claim(
            "sameness::the_interpreter_and_native_code_decide_alike",
            the_interpreter_decides_alike,
        ),
    ]
}

/// All that a replay leaves.
#[derive(PartialEq)]
struct Left {
    state_hash: String,
    features: String,
    decisions: String,
    actions: String,
}

fn the_sample_day_decides_and_acts() -> Claimed {
    let left = sample_day("1", "64")?;
    for (name, text) in [("decisions", &left.decisions), ("actions", &left.actions)] {
        if kit::objects(text)?.is_empty() {
            return Err(format!(
                "the sample day leaves no {name}: nothing is shown by comparing them"
            )
            .into());
        }
    }
    Ok(())
}

/// Conditions run natively; `--interpret` lets the interpreter run them all.
fn the_interpreter_decides_alike() -> Claimed {
    for project in ["rules/retail-bank", "tests/projects/language"] {
        let native = day(project, &[])?;
        let interpreted = day(project, &["--interpret"])?;
        if let Some((name, parting)) = interpreted.parting(&native) {
            return Err(format!("{project}: {name} differs, first {parting}").into());
        }
    }
    Ok(())
}

fn no_byte_changes() -> Claimed {
    let first = sample_day("1", "64")?;
    for shards in ["1", "2", "3", "4", "5", "6", "7", "8"] {
        for batch in ["1", "64", "1024"] {
            let left = sample_day(shards, batch)?;
            if let Some((name, parting)) = left.parting(&first) {
                let what =
                    format!("{shards} shards, batches of {batch}: {name} changed, first {parting}");
                return Err(what.into());
            }
        }
    }
    Ok(())
}

impl Left {
    /// The first part that differs, and its first line that does.
    fn parting(&self, before: &Self) -> Option<(&'static str, String)> {
        let parts = [
            ("the state hash", &self.state_hash, &before.state_hash),
            ("the features", &self.features, &before.features),
            ("the decisions", &self.decisions, &before.decisions),
            ("the actions", &self.actions, &before.actions),
        ];
        let (name, now, before) = parts.into_iter().find(|(_, now, before)| now != before)?;
        let mut lines = now.lines().zip(before.lines());
        let parting = lines.find(|(now, before)| now != before);
        Some((name, format!("{parting:?}")))
    }
}

fn sample_day(shards: &str, batch: &str) -> Result<Left, Failed> {
    day("rules/retail-bank", &["--shards", shards, "--batch", batch])
}

fn day(project: &str, more: &[&str]) -> Result<Left, Failed> {
    let out = kit::temp_dir("sameness")?;
    let files =
        ["features", "decisions", "actions"].map(|name| (format!("--{name}"), out.join(name)));
    let mut run = Deft::new(["replay", "tests/samples/day.ndjson", "--project", project]);
    run = run.arg("--state-hash");
    for word in more {
        run = run.arg(word);
    }
    for (flag, path) in &files {
        run = run.arg(flag).arg(path);
    }
    let said = run.run()?.expect_code(0)?;
    let [features, decisions, actions] = files.map(|(_, path)| kit::read(&path));
    Ok(Left {
        state_hash: kit::state_hash(&said)?,
        features: features?,
        decisions: decisions?,
        actions: actions?,
    })
}
