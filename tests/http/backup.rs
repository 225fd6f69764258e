//! Snapshots and backups that an operator orders: of a node that runs, and good for a node of its own.

use kit::http::{Answer, ask};
use kit::running::{Running, complaint};
use kit::{Claimed, Failed, Trial, claim, temp_dir, write};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        claim("http::a_snapshot_is_made_when_it_is_ordered", snapshot),
        claim("http::a_backup_of_a_running_node_is_a_node", backup),
        claim("http::without_a_folder_there_is_no_backup", nowhere),
    ]
}

const SECTIONS: &str = "data = \"data\"\n[store]\nsegment = \"16MiB\"\nlow_disk = \"1MiB\"\n\
                        resume = \"1MiB\"\nbackups = \"copies\"\n";

fn order(service: &Running, path: &str, body: &Value) -> Result<Answer, Failed> {
    let kind = [("content-type", "application/json")];
    let body = body.to_string();
    ask(service.admin, "POST", path, &kind, body.as_bytes())
}

/// Sends some complaints; gives the last.
fn events(service: &Running, name: &str) -> Result<Value, Failed> {
    let all = (0..300).map(|n| complaint(&format!("{name}{n}"), &format!("C{n}")));
    let all: Vec<Value> = all.collect();
    let body: String = all.iter().map(|event| format!("{event}\n")).collect();
    let kind = [("content-type", "application/x-ndjson")];
    ask(service.public, "POST", "/v1/events", &kind, body.as_bytes())?.expect(200)?;
    Ok(all.last().cloned().unwrap_or_default())
}

fn snapshots(folder: &Path) -> Result<usize, Failed> {
    let names =
        std::fs::read_dir(folder)?.filter_map(|file| file.ok()?.file_name().into_string().ok());
    Ok(names.filter(|name| name.ends_with(".snapshot")).count())
}

/// By itself the first one would come after five minutes.
fn snapshot() -> Claimed {
    let service = Running::start_in(temp_dir("snapshot")?, SECTIONS)?;
    let sent = events(&service, "a")?;
    let data = service.folder.join("data");
    if snapshots(&data)? != 0 {
        return Err("there is a snapshot already: nothing is shown".into());
    }
    ask(service.admin, "POST", "/v1/snapshot", &[], b"")?.expect(202)?;
    let mut looks = 0;
    let last = loop {
        let status = service.admin("/v1/status")?.expect(200)?.json()?;
        let last = status.pointer("/snapshot/last").cloned();
        if let Some(last) = last.filter(|last| !last.is_null()) {
            break last;
        }
        looks += 1;
        if looks > 2_000 {
            return Err(format!("it never comes to an end: {status}").into());
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let count = snapshots(&data)?;
    if count != 65 || last.pointer("/failed") != Some(&json!(0)) {
        return Err(format!("{count} parts: {last}").into());
    }
    if service.metric("deft_snapshots_total")? < 1.0
        || service.metric("deft_snapshot_slice_seconds_count")? < 65.0
    {
        return Err("it is not counted".into());
    }
    // The state comes back from it, and the node goes on.
    let folder = service.killed()?;
    let service = Running::start_in(folder, SECTIONS)?;
    is(&service, &sent, "duplicate")
}

fn is(service: &Running, event: &Value, wanted: &str) -> Claimed {
    let answer = service.post("/v1/events", event)?.expect(200)?.json()?;
    if answer.pointer("/result").and_then(Value::as_str) == Some(wanted) {
        return Ok(());
    }
    Err(format!("{event} is not `{wanted}`: {answer}").into())
}

fn backup() -> Claimed {
    let service = Running::start_in(temp_dir("backup")?, SECTIONS)?;
    let before = events(&service, "a")?;
    let told = order(&service, "/v1/backup", &json!({ "name": "first" }))?;
    let told = told.expect(200)?.json()?;
    if told.pointer("/up_to").and_then(Value::as_u64) < Some(300) {
        return Err(format!("it lacks something: {told}").into());
    }
    let behind = events(&service, "b")?;
    let again = order(&service, "/v1/backup", &json!({ "name": "first" }))?;
    again.expect_problem(409, "NAME_TAKEN")?;
    for wrong in [
        json!({ "name": "../out" }),
        json!({ "name": "" }),
        json!({ "name": 7 }),
        json!({ "name": null }),
        json!({ "to": "x" }),
    ] {
        order(&service, "/v1/backup", &wrong)?.expect_problem(400, "MALFORMED")?;
    }
    let unnamed = ask(service.admin, "POST", "/v1/backup", &[], b"")?;
    unnamed.expect(200)?;
    let copies = service.folder.join("copies");
    if std::fs::read_dir(&copies)?.count() != 2 {
        return Err("one with a name and one without are not there".into());
    }
    let other = temp_dir("from-backup")?;
    kit::deft([
        "store".into(),
        "restore".into(),
        copies.join("first").into_os_string(),
        "--to".into(),
        other.join("data").into_os_string(),
    ])?
    .expect_code(0)?;
    let second = Running::start_in(other, SECTIONS)?;
    is(&second, &before, "duplicate")?;
    is(&second, &behind, "settled")?;
    is(&service, &behind, "duplicate")
}

fn nowhere() -> Claimed {
    let service = Running::start("")?;
    order(&service, "/v1/backup", &json!({}))?.expect_problem(409, "NO_STORE")?;
    ask(service.admin, "POST", "/v1/snapshot", &[], b"")?.expect_problem(409, "NO_STORE")?;
    let kept =
        "data = \"data\"\n[store]\nsegment = \"16MiB\"\nlow_disk = \"1MiB\"\nresume = \"1MiB\"\n";
    let service = Running::start_in(temp_dir("no-copies")?, kept)?;
    order(&service, "/v1/backup", &json!({}))?.expect_problem(409, "NO_STORE")?;
    // A file stands where the folder is to be: nothing is left behind, and the node goes on.
    let stands = temp_dir("in-the-way")?;
    write(&stands.join("copies"), "")?;
    let service = Running::start_in(stands, SECTIONS)?;
    order(&service, "/v1/backup", &json!({}))?.expect_problem(500, "FAILED")?;
    events(&service, "c").map(drop)
}
