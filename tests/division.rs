//! Customers divided among several engines: each decides about its own and hears of the others', and all of
//! them together decide as one would.

use engine::division::Division;
use kit::{Claimed, Deft, Failed, Trial, claim};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The rule whose cool-down is of terminals.
const COOLS: &str = "fraud.terminal_burst";

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        claim("division::the_sample_day_is_decided_as_by_one", || {
            as_by_one(&kit::root().join("tests/samples/day.ndjson"), &[2, 4, 64])
        }),
        claim("division::a_made_bank_is_decided_as_by_one", made_bank),
        claim(
            "division::without_the_others_events_entities_count_too_little",
            alone,
        ),
    ]
}

/// What a replay leaves, by its lines in some order of their own.
struct Left {
    parts: [(&'static str, Vec<String>); 3],
}

impl Left {
    fn of(events: &Path, division: Option<&str>) -> Result<Self, Failed> {
        let out = kit::temp_dir("division")?;
        let names = ["features", "decisions", "actions"];
        let project = kit::root().join("rules/retail-bank");
        let mut run = Deft::new(["replay", "--project"]).arg(project).arg(events);
        for name in names {
            run = run.arg(format!("--{name}")).arg(out.join(name));
        }
        if let Some(division) = division {
            run = run.arg("--division").arg(division);
        }
        run.run()?.expect_code(0)?;
        let read = |name| -> Result<(&'static str, Vec<String>), Failed> {
            let text = kit::read(&out.join(name))?;
            // Features have a line with their names.
            let head = usize::from(name == "features");
            Ok((name, text.lines().skip(head).map(str::to_owned).collect()))
        };
        let [a, b, c] = names.map(read);
        Ok(Self {
            parts: [a?, b?, c?],
        })
    }

    /// What several leave together.
    fn together(all: impl IntoIterator<Item = Self>) -> Self {
        let mut sum: Option<Self> = None;
        for left in all {
            match &mut sum {
                None => sum = Some(left),
                Some(sum) => {
                    for ((_, sum), (_, more)) in sum.parts.iter_mut().zip(left.parts) {
                        sum.extend(more);
                    }
                }
            }
        }
        sum.unwrap_or(Self {
            parts: [
                ("features", vec![]),
                ("decisions", vec![]),
                ("actions", vec![]),
            ],
        })
    }

    /// Who met the rule that cools down: here nobody tells the others that a terminal cools down, and a fleet's
    /// divisions hear of it later than one would.
    fn cooled(&self) -> BTreeSet<String> {
        let lines = self.parts.iter().flat_map(|(_, lines)| lines);
        let met = lines.filter(|line| line.contains(COOLS));
        met.filter_map(|line| customer(line)).collect()
    }

    /// The first line that only one of the two has.
    fn parting(&self, other: &Self) -> Option<String> {
        let mut cooled = self.cooled();
        cooled.extend(other.cooled());
        let mut parts = self.parts.iter().zip(&other.parts);
        parts.find_map(|((name, ours), (_, theirs))| {
            let mut counts: BTreeMap<&str, i32> = BTreeMap::new();
            let is_told = |line: &&String| {
                // A row of features is of an event; what an entity counts is the same for all.
                *name == "features" || customer(line).is_none_or(|one| !cooled.contains(&one))
            };
            for line in ours.iter().filter(is_told) {
                *counts.entry(line).or_default() += 1;
            }
            for line in theirs.iter().filter(is_told) {
                *counts.entry(line).or_default() -= 1;
            }
            let (line, count) = counts.into_iter().find(|(_, count)| *count != 0)?;
            Some(format!("{name}: {count:+} of {line}"))
        })
    }
}

/// Whom a decision or an action is about.
fn customer(line: &str) -> Option<String> {
    let object: Value = serde_json::from_str(line).ok()?;
    let paths = ["/customer", "/data/customer"];
    let found = paths.iter().find_map(|path| object.pointer(path)?.as_str());
    found.map(str::to_owned)
}

fn divided(events: &Path, of: u16) -> Result<Left, Failed> {
    let all: Result<Vec<Left>, Failed> = (0..of)
        .filter_map(|number| Division::new(number, of))
        .map(|division| Left::of(events, Some(&division.to_string())))
        .collect();
    Ok(Left::together(all?))
}

fn as_by_one(events: &Path, counts: &[u16]) -> Claimed {
    let whole = Left::together([Left::of(events, None)?]);
    for (name, lines) in &whole.parts {
        if lines.len() < 5 {
            return Err(format!("hardly any {name}: nothing is shown").into());
        }
    }
    for of in counts {
        if let Some(parting) = divided(events, *of)?.parting(&whole) {
            return Err(format!("{of} divisions: {parting}").into());
        }
    }
    Ok(())
}

fn bank() -> Result<(kit::TempDir, PathBuf), Failed> {
    let folder = kit::temp_dir("divided-bank")?;
    let file = folder.join("bank.ndjson");
    let said = kit::deft(["gen", "--customers", "300", "--days", "6", "--seed", "11"])?;
    kit::write(&file, &said.expect_code(0)?.stdout)?;
    Ok((folder, file))
}

fn made_bank() -> Claimed {
    let (_folder, file) = bank()?;
    as_by_one(&file, &[2])
}

/// The promise above would not hold for whoever does not hear of the others' events.
fn alone() -> Claimed {
    let (folder, file) = bank()?;
    let whole = Left::together([Left::of(&file, None)?]);
    let text = kit::read(&file)?;
    let mut parts = Vec::new();
    for division in [0, 1].into_iter().filter_map(|n| Division::new(n, 2)) {
        let own = |line: &&str| {
            let event: Option<Value> = serde_json::from_str(line).ok();
            let customer = event
                .as_ref()
                .and_then(|e| e.pointer("/customer")?.as_str());
            customer.is_none_or(|customer| division.owns(customer))
        };
        let own: Vec<&str> = text.lines().filter(own).collect();
        let file = folder.join(&format!("{}.ndjson", division.number()));
        kit::write(&file, own.join("\n"))?;
        parts.push(Left::of(&file, Some(&division.to_string()))?);
    }
    match Left::together(parts).parting(&whole) {
        Some(_) => Ok(()),
        None => Err("nobody's cards or terminals met those of others".into()),
    }
}
