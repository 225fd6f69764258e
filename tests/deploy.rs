//! What stands beside the program to run it by.

use std::collections::BTreeSet;

use kit::{Claimed, Trial, claim, read, root};
use serde_json::Value;

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![claim(
        "deploy::the_dashboard_asks_for_metrics_that_there_are",
        dashboard,
    )]
}

/// The names of metrics in a text.
fn metrics(text: &str) -> BTreeSet<&str> {
    let is_part = |byte: char| byte.is_ascii_alphanumeric() || byte == '_';
    let words = text.split(|byte: char| !is_part(byte));
    words.filter(|word| word.starts_with("deft_")).collect()
}

fn dashboard() -> Claimed {
    let help = read(&root().join("server/src/run/meters/help.rs"))?;
    let known = metrics(&help);
    let board = read(&root().join("deploy/grafana/dashboards/fleet.json"))?;
    let board: Value = serde_json::from_str(&board)?;
    let panels = board.get("panels").and_then(Value::as_array);
    let mut asked = 0;
    for panel in panels.ok_or("no panels")? {
        let expr = panel.pointer("/targets/0/expr").and_then(Value::as_str);
        for name in metrics(expr.ok_or("a panel asks for nothing")?) {
            if !known.contains(name.trim_end_matches("_bucket")) {
                return Err(format!("nobody counts `{name}`").into());
            }
            asked += 1;
        }
    }
    if asked < 10 {
        return Err(format!("it asks for {asked} metrics").into());
    }
    Ok(())
}
