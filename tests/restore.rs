//! A restart over a log of several segments: what was told long ago is still known.

use kit::http::{Stream, Told, ask};
use kit::running::{Running, complaint};
use kit::{Claimed, Failed, Trial, claim, temp_dir};
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;

/// The smallest segments there may be.
const SECTIONS: &str = "data = \"data\"\n[store]\nsegment = \"16MiB\"\nlow_disk = \"1MiB\"\n\
                        snapshot = { every = \"1s\", keep = 1 }\n";
/// Enough complaints for three of them.
const BATCHES: usize = 14;
const EACH: usize = 1_000;
/// Key groups, and what all share.
const PARTS: usize = 65;

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![claim(
        "restore::the_oldest_decision_and_line_are_known_after_many_segments",
        many_segments,
    )]
}

fn many_segments() -> Claimed {
    let service = Running::start_in(temp_dir("segments")?, SECTIONS)?;
    let first = first_line(&service)?;
    for batch in 0..BATCHES {
        let lines = (0..EACH).map(|n| {
            let id = format!("x{batch}-{n}");
            complaint(&id, &format!("C{n}")).to_string() + "\n"
        });
        let body: String = lines.collect();
        let kind = [("content-type", "application/x-ndjson")];
        ask(service.public, "POST", "/v1/events", &kind, body.as_bytes())?.expect(200)?;
    }
    let before = told(&service, &first)?;
    if before.len() != BATCHES * EACH + 1 {
        return Err(format!("{} lines were told", before.len()).into());
    }
    until_covered(&service)?;
    let folder = service.killed()?;
    let service = Running::start_in(folder, SECTIONS)?;
    let after = told(&service, &first)?;
    if before != after {
        let differ = before.iter().zip(&after).position(|(a, b)| a != b);
        return Err(format!("{} lines, first difference {differ:?}", after.len()).into());
    }
    for line in [before.first(), before.last()].into_iter().flatten() {
        let action: Value = serde_json::from_str(&line.data)?;
        let id = action.pointer("/data/decision_id").and_then(Value::as_str);
        let id = id.ok_or("an action without its decision")?;
        service.get(&format!("/v1/decisions/{id}"))?.expect(200)?;
    }
    Ok(())
}

/// Everything that was told from the first line on, by the stream's ids.
fn told(service: &Running, first: &str) -> Result<Vec<Told>, Failed> {
    let life = first.split('.').next().unwrap_or_default();
    let from = format!("{life}.0");
    let mut stream = Stream::open(service.public, "/v1/stream", &[("last-event-id", &from)])?
        .map_err(|answer| Failed::from(format!("{answer:?}")))?;
    let mut all = Vec::new();
    while all.len() <= BATCHES * EACH {
        let Some(line) = stream.next_told()? else {
            break;
        };
        all.push(line);
    }
    Ok(all)
}

/// The id of the very first line.
fn first_line(service: &Running) -> Result<String, Failed> {
    let mut stream = Stream::open(service.public, "/v1/stream", &[])?
        .map_err(|answer| Failed::from(format!("{answer:?}")))?;
    service
        .post("/v1/events", &complaint("first", "C1"))?
        .expect(200)?;
    let line = stream.next_told()?.ok_or("nothing was told")?;
    Ok(line.id)
}

/// Waits until every part has a snapshot behind the second segment: state is read from there on, and
/// what was told before is read for itself.
fn until_covered(service: &Running) -> Claimed {
    let number = |path: PathBuf, end: &str| -> Option<u64> {
        let name = path.file_name()?.to_str()?;
        name.strip_suffix(end)?.rsplit('-').next()?.parse().ok()
    };
    for _ in 0..1_200 {
        let files = std::fs::read_dir(service.folder.join("data"))?;
        let files: Vec<PathBuf> = files.filter_map(|f| Some(f.ok()?.path())).collect();
        let numbers = |end: &str| -> Vec<u64> {
            let mut found: Vec<u64> = files
                .iter()
                .filter_map(|path| number(path.clone(), end))
                .collect();
            found.sort_unstable();
            found
        };
        let (segments, snapshots) = (numbers(".log"), numbers(".snapshot"));
        let third = segments.get(2).copied().ok_or("too few segments")?;
        if snapshots.len() >= PARTS && snapshots.first().is_some_and(|seq| *seq > third) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err("the snapshots do not come".into())
}
