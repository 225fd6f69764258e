//! Coarse mode: fine points are in no state, no entry, no record, no action and no file.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::door::OrderBy;
use engine::engine::{Engine, Settings};
use engine::key::KeyGroup;
use engine::limits::KEY_GROUPS;
use engine::shard::{Record, Show};
use kit::running::Running;
use kit::{Claimed, Failed, TempDir};
use rules::project::Project;
use serde_json::{Value, json};

use super::compiled;
use super::traces::{Seen, made};

/// The project with points kept as cells, in a folder of its own.
fn project() -> Result<TempDir, Failed> {
    let folder = kit::temp_dir("coarse")?;
    let project = folder.join("project");
    kit::copy_tree(&kit::root().join("tests/projects/places"), &project)?;
    let events = project.join("catalog/events.toml");
    let text = kit::read(&events)?.replace("[place]\n", "[place]\ncoarse = 7\n");
    kit::write(&events, text)?;
    Ok(folder)
}

/// Degrees as they would stand in a text, and as bytes.
fn traces_of(events: &[Seen]) -> Vec<(String, [u8; 8])> {
    let points = events.iter().filter_map(|e| e.at);
    let degrees = points.flat_map(|at| [at.lat(), at.lon()]);
    degrees
        // Nine digits and more are no chance.
        .filter(|degree| degree.to_string().len() > 10)
        .map(|degree| (degree.to_string(), degree.to_le_bytes()))
        .collect()
}

pub(super) fn keeps_no_fine_point() -> Claimed {
    let folder = project()?;
    let book = compiled(&Project::read(&folder.join("project"))?)?;
    let events = made(31, 400, true);
    let settings = Settings {
        inline: 0,
        division: None,
        shards: 1,
        batch: 50,
        order: OrderBy::Arrival,
        show: Show {
            columns: true,
            records: true,
            journal: true,
            ..Show::default()
        },
    };
    let mut engine = Engine::new(Arc::clone(&book), &settings)?;
    let records = (1..).zip(&events).map(|(line, event)| Record {
        line,
        bytes: event.line().into_bytes(),
    });
    let mut all = format!("{:?}", engine.push(records.collect())?);
    all.push_str(&format!("{:?}", engine.finish()?));
    for group in (0..KEY_GROUPS).map(KeyGroup) {
        all.push_str(&format!("{:?}", engine.whole(Some(group))?));
    }
    if !all.contains("Located") || !all.contains("Appended") || !all.contains("HauntSeen") {
        return Err("nothing was kept of places: nothing is shown".into());
    }
    match traces_of(&events)
        .iter()
        .find(|(text, _)| all.contains(text.as_str()))
    {
        None => Ok(()),
        Some((text, _)) => Err(format!("{text} is kept").into()),
    }
}

pub(super) fn writes_no_fine_point() -> Claimed {
    let service = Running::start_in(project()?, "data = \"data\"\n")?;
    let events = made(32, 120, false);
    let shift =
        i64::try_from(kit::running::now())? - events.iter().map(|e| e.time).max().unwrap_or(0);
    let bodies = events.iter().map(|event| -> Result<Value, Failed> {
        let mut event: Value = serde_json::from_str(&event.line())?;
        let time = event.get("time").and_then(Value::as_i64).unwrap_or(0);
        if let Some(at) = event.get_mut("time") {
            *at = json!(time + shift);
        }
        Ok(event)
    });
    let bodies = Value::Array(bodies.collect::<Result<_, _>>()?);
    service.post("/v1/events", &bodies)?.expect(200)?;
    let left = service.killed()?;
    let (mut files, mut bytes) = (0, Vec::new());
    let mut open: Vec<PathBuf> = vec![left.join("data")];
    while let Some(at) = open.pop() {
        for entry in fs::read_dir(&at).map_err(|e| format!("{}: {e}", at.display()))? {
            let entry = entry?.path();
            if entry.is_dir() {
                open.push(entry);
            } else {
                files += 1;
                read_into(&entry, &mut bytes)?;
            }
        }
    }
    let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    if !has(b"location.fix") || !has(b"\"lat\"") {
        return Err(format!("no input in {files} files: nothing is shown").into());
    }
    let found = traces_of(&events);
    match found
        .iter()
        .take(60)
        .find(|(text, raw)| has(text.as_bytes()) || has(raw))
    {
        None => Ok(()),
        Some((text, _)) => Err(format!("{text} is in the store").into()),
    }
}

/// The file without the room that is taken ahead.
fn read_into(path: &Path, bytes: &mut Vec<u8>) -> Claimed {
    let all = fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let end = all
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |at| at + 1);
    bytes.extend(all.into_iter().take(end));
    Ok(())
}
