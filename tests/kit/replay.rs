//! One offline run: events in, features, rejects and the state hash out.

use std::ffi::OsString;
use std::path::Path;

use libtest_mimic::Failed;
use serde_json::{Map, Value};

use crate::child::{Deft, Said};
use crate::ndjson::objects;
use crate::place::{read, temp_dir};

/// What a replay left behind.
#[derive(Debug)]
pub struct Replayed {
    /// The CSV of features, one row per decided event.
    pub features: String,
    /// One object per line that is no event: `line`, `code`, `cause`.
    pub rejects: Vec<Map<String, Value>>,
    /// What was printed.
    pub said: Said,
}

/// The state hash that a replay printed: 64 hex digits.
pub fn state_hash(said: &Said) -> Result<String, Failed> {
    let line = said
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("state_hash "));
    let hash = line.unwrap_or("").trim();
    if hash.len() == 64 && hash.chars().all(|char| char.is_ascii_hexdigit()) {
        Ok(hash.to_owned())
    } else {
        Err(said.complaint("no line `state_hash` with 64 hex digits on stdout"))
    }
}

/// Replays a file of events against a project, with these further arguments, to exit code 0.
pub fn replay(events: &Path, project: &Path, further: &[&str]) -> Result<Replayed, Failed> {
    let out = temp_dir("replay")?;
    let (features, rejects) = (out.join("features.csv"), out.join("rejects.ndjson"));
    let args: [OsString; 8] = [
        "replay".into(),
        events.into(),
        "--project".into(),
        project.into(),
        "--features".into(),
        (&features).into(),
        "--rejects".into(),
        (&rejects).into(),
    ];
    let mut run = Deft::new(args);
    for &arg in further {
        run = run.arg(arg);
    }
    let said = run.run()?.expect_code(0)?;
    Ok(Replayed {
        features: read(&features)?,
        rejects: objects(&read(&rejects)?)?,
        said,
    })
}
