//! A running node comes up with what it was told, and goes down without losing anything.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use kit::http::{Stream, ask, connect, head};
use kit::running::{Running, complaint};
use kit::{Claimed, Failed, TempDir, Trial, claim, deft, temp_dir, write};
use serde_json::Value;

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        claim(
            "run::without_tokens_only_loopback_may_listen",
            only_loopback,
        ),
        claim("run::a_configuration_is_checked_with_its_places", checked),
        claim("run::a_project_that_is_wrong_does_not_run", wrong_project),
        claim("run::a_drain_under_load_loses_nothing", drain_under_load),
        claim("run::an_operator_may_drain", operator_drains),
        claim("run::a_second_signal_ends_at_once", second_signal),
    ]
}

const SECTIONS: &str = "data = \"data\"\n[store]\nsegment = \"16MiB\"\nlow_disk = \"1MiB\"\n\
                        resume = \"1MiB\"\n[stop]\ndrain = \"10s\"";

fn project() -> String {
    let project = kit::root().join("rules/retail-bank");
    format!(
        "[node]\nproject = {}\n",
        Value::from(project.display().to_string())
    )
}

fn only_loopback() -> Claimed {
    let folder = temp_dir("open")?;
    let file = folder.join("deft.toml");
    write(
        &file,
        format!("{}[listen]\npublic = \"0.0.0.0:0\"\n", project()),
    )?;
    let said = deft(["run".into(), "-c".into(), file.into_os_string()])?.expect_code(3)?;
    if said.stderr.contains("D007") && said.stderr.contains("nobody asks for a token") {
        return Ok(());
    }
    Err(said.complaint("the open door is not told"))
}

fn checked() -> Claimed {
    let folder = temp_dir("checked")?;
    let file = folder.join("deft.toml");
    let check = || deft(["check".into(), "-c".into(), file.clone().into_os_string()]);
    write(&file, format!("{}[limits]\nbatch = 7\n", project()))?;
    check()?.expect_code(0)?;
    write(&file, format!("{}[limits]\nbath = 7\n", project()))?;
    let said = check()?.expect_code(1)?;
    if said.stdout.contains("deft.toml:4:1") && said.stdout.contains("`batch`") {
        return Ok(());
    }
    Err(said.complaint("the unknown key is not told with its place and the nearest"))
}

fn wrong_project() -> Claimed {
    let refused = kit::root().join("tests/projects/refused");
    deft(["run".into(), "--project".into(), refused.into_os_string()])?.expect_code(3)?;
    Ok(())
}

/// Drains in the tests; `DEFT_DRAINS` asks for more.
const DRAINS: usize = 2;

fn drain_under_load() -> Claimed {
    let rounds = std::env::var("DEFT_DRAINS").ok();
    let rounds = rounds.and_then(|n| n.parse().ok()).unwrap_or(DRAINS);
    let mut folder = temp_dir("drain")?;
    for round in 0..rounds {
        folder = one_drain(folder, round).map_err(|failed| {
            let what = failed.message().unwrap_or_default();
            format!("drain {round}: {what}")
        })?;
    }
    Ok(())
}

/// A life that ends by SIGTERM under load; each is another life of one store.
fn one_drain(folder: TempDir, round: usize) -> Result<TempDir, Failed> {
    let service = Running::start_in(folder, SECTIONS)?;
    let mut stream = Stream::open(service.public, "/v1/stream", &[])?
        .map_err(|answer| Failed::from(format!("{answer:?}")))?;
    let public = service.public;
    let over = Arc::new(AtomicBool::new(false));
    let senders: Vec<_> = (0..4)
        .map(|sender| {
            let over = Arc::clone(&over);
            thread::spawn(move || -> Result<BTreeSet<String>, String> {
                let mut taken = BTreeSet::new();
                for number in 0..100_000 {
                    if over.load(Ordering::Acquire) {
                        break;
                    }
                    let id = format!("d{round}-{sender}-{number}");
                    let body = complaint(&id, &format!("C{}", number % 7)).to_string();
                    let kind = [("content-type", "application/json")];
                    match ask(public, "POST", "/v1/events", &kind, body.as_bytes()) {
                        Ok(answer) if answer.status == 200 => {
                            taken.insert(id);
                        }
                        // Turned away, or the door is closed: not taken, and so told.
                        Ok(answer) if answer.status == 503 => {}
                        Ok(answer) => return Err(format!("{}: {}", answer.status, answer.body)),
                        Err(_) => break,
                    }
                }
                Ok(taken)
            })
        })
        .collect();
    thread::sleep(Duration::from_millis(700));
    service.signal("TERM")?;
    let mut told = Vec::new();
    while let Some(line) = stream.next_told()? {
        if line.event == "bye" {
            break;
        }
        let action: Value = serde_json::from_str(&line.data)?;
        let event = action.pointer("/data/event_id").and_then(Value::as_str);
        told.push(event.unwrap_or("").to_owned());
    }
    drop(stream);
    over.store(true, Ordering::Release);
    let mut taken = BTreeSet::new();
    for sender in senders {
        let sent = sender.join().map_err(|_| "a sender broke down")?;
        taken.extend(sent.map_err(Failed::from)?);
    }
    // Exit code 0: within `[stop] drain`, and nothing was left unanswered.
    let folder = service.left()?;
    let once: BTreeSet<&String> = told.iter().collect();
    if once.len() != told.len() {
        return Err("an action was told twice".into());
    }
    if let Some(lost) = taken.iter().find(|id| !once.contains(id)) {
        return Err(format!("`{lost}` was answered, and its action never left").into());
    }
    if taken.len() < 20 {
        return Err(format!("hardly any load: {} events", taken.len()).into());
    }
    Ok(folder)
}

fn operator_drains() -> Claimed {
    let service = Running::start("")?;
    ask(service.admin, "POST", "/v1/drain", &[], b"")?.expect(202)?;
    let (code, said) = service.ended()?;
    if code == Some(0) {
        return Ok(());
    }
    Err(format!("exit code {code:?}: {said}").into())
}

fn second_signal() -> Claimed {
    let service = Running::start("[stop]\ndrain = \"1m\"\n")?;
    // A body that never ends keeps the first from ending.
    let mut socket = connect(service.public)?;
    let kind = [("content-type", "application/json")];
    socket.write_all(head("POST", "/v1/events", &kind, Some(1_000)).as_bytes())?;
    thread::sleep(Duration::from_millis(200));
    service.signal("TERM")?;
    thread::sleep(Duration::from_millis(500));
    let ready = service.admin("/readyz")?;
    if ready.status != 503 {
        return Err(format!("still ready: {}", ready.body).into());
    }
    let late = service.post("/v1/events", &complaint("late", "C1"))?;
    late.expect_problem(503, "DRAINING")?;
    service.signal("TERM")?;
    let (code, said) = service.ended()?;
    if code == Some(3) && said.contains("told twice") {
        return Ok(());
    }
    Err(format!("exit code {code:?}: {said}").into())
}
