//! NDJSON: one object per line.

use libtest_mimic::Failed;
use serde_json::{Map, Value};

/// Reads every line as a JSON object; the failure names the line.
pub fn objects(text: &str) -> Result<Vec<Map<String, Value>>, Failed> {
    let mut read = Vec::new();
    for (index, line) in text.lines().enumerate() {
        match serde_json::from_str(line) {
            Ok(Value::Object(object)) => read.push(object),
            Ok(_) => return Err(format!("line {}: not an object: {line}", index + 1).into()),
            Err(error) => return Err(format!("line {}: {error}: {line}", index + 1).into()),
        }
    }
    Ok(read)
}
