//! A node is killed at any moment under load, again and again. What it had answered as durable is there
//! and was decided once; nothing is told twice with two contents; its state is that of a run that
//! nothing interrupted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use kit::http::{Answer, Stream, ask};
use kit::running::{Running, complaint, withdrawal};
use kit::{Claimed, Failed, Seed, TempDir, Trial, claim, temp_dir};
use serde_json::Value;

use crate::oracle::Oracle;

/// Rounds in the tests; `DEFT_KILLS` asks for more.
const ROUNDS: usize = 20;
/// Senders at once.
const SENDERS: usize = 4;

const SECTIONS: &str = "data = \"data\"\n[store]\nsegment = \"16MiB\"\nlow_disk = \"1MiB\"\n\
                        resume = \"1MiB\"\nsnapshot = { every = \"1s\", keep = 2 }\n[stop]\ndrain = \"10s\"";

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        claim("crash::what_was_answered_as_durable_survives_kills", kills),
        claim("crash::a_restart_goes_on_where_it_was", goes_on),
        claim("crash::a_store_has_one_writer", one_writer),
        claim("crash::without_room_on_disk_nothing_is_taken", without_room),
    ]
}

/// What senders and readers saw of all lives.
#[derive(Default)]
struct Seen {
    /// Events answered as durable, with what was sent.
    acked: BTreeMap<String, Value>,
    /// Events sent and never answered.
    open: BTreeMap<String, Value>,
    /// Actions by id, with what they said.
    told: BTreeMap<String, String>,
    /// Actions by the event they are for.
    by_event: BTreeMap<String, BTreeSet<String>>,
    /// The last id of the stream.
    last: Option<String>,
}

type Shared = Arc<Mutex<Seen>>;

fn lock(seen: &Shared) -> std::sync::MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

fn kills() -> Claimed {
    let rounds = std::env::var("DEFT_KILLS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(ROUNDS);
    let mut seed = Seed::new(11);
    let seen = Shared::default();
    let mut folder = temp_dir("crash")?;
    let mut read = 0;
    for round in 0..rounds {
        let pause = u64::try_from(20 + seed.below(380))?;
        folder = one_life(folder, round, Duration::from_millis(pause), &seen)
            .map_err(|e| words(&format!("round {round}"), &e))?;
        read = lock(&seen).acked.len();
    }
    let folder = last_life(folder, &seen)?;
    if read < rounds * 5 {
        return Err(format!("hardly any load: {read} events in {rounds} rounds").into());
    }
    Oracle::of(&folder.join("data"))?.expect_state()
}

fn words(place: &str, failed: &Failed) -> Failed {
    format!("{place}: {}", failed.message().unwrap_or("no words")).into()
}

/// Starts, looks after what came before, takes load, and is killed.
fn one_life(
    folder: TempDir,
    round: usize,
    pause: Duration,
    seen: &Shared,
) -> Result<TempDir, Failed> {
    let service = Running::start_in(folder, SECTIONS)?;
    let over = Arc::new(AtomicBool::new(false));
    let reader = reader(&service, seen)?;
    settled_once(&service, seen)?;
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let (seen, over) = (Arc::clone(seen), Arc::clone(&over));
            let public = service.public;
            thread::spawn(move || {
                for number in 0..100_000 {
                    if over.load(Ordering::Acquire) {
                        return;
                    }
                    let id = format!("k{round}-{sender}-{number}");
                    let customer = format!("C{}", (number * 7 + sender) % 23);
                    let event = if number % 4 == 3 {
                        withdrawal(&id, &customer)
                    } else {
                        complaint(&id, &customer)
                    };
                    lock(&seen).open.insert(id.clone(), event.clone());
                    let kind = [("content-type", "application/json")];
                    let body = event.to_string();
                    let Ok(answer) = ask(public, "POST", "/v1/events", &kind, body.as_bytes())
                    else {
                        return;
                    };
                    if answer.status == 200 && answer.body.contains("\"durable\"") {
                        let mut seen = lock(&seen);
                        seen.open.remove(&id);
                        seen.acked.insert(id, event);
                    }
                }
            })
        })
        .collect();
    thread::sleep(pause);
    let folder = service.killed()?;
    over.store(true, Ordering::Release);
    for sender in senders {
        sender.join().map_err(|_| "a sender broke down")?;
    }
    reader.join().map_err(|_| "a reader broke down")??;
    Ok(folder)
}

/// Follows the stream from where the last life broke off, until it breaks off again.
fn reader(
    service: &Running,
    seen: &Shared,
) -> Result<thread::JoinHandle<Result<(), String>>, Failed> {
    let last = lock(seen).last.clone();
    let headers: Vec<(&str, &str)> = last
        .iter()
        .map(|id| ("last-event-id", id.as_str()))
        .collect();
    let mut stream = Stream::open(service.public, "/v1/stream", &headers)?
        .map_err(|answer| Failed::from(format!("the stream is not taken up: {answer:?}")))?;
    let seen = Arc::clone(seen);
    Ok(thread::spawn(move || {
        while let Ok(Some(line)) = stream.next_told() {
            if line.event == "bye" {
                break;
            }
            if line.event == "gone" {
                return Err(format!("the stream lost its place: {}", line.data));
            }
            let action: Value = serde_json::from_str(&line.data).map_err(|e| e.to_string())?;
            let text = |path: &str| {
                let text = action.pointer(path).and_then(Value::as_str);
                text.unwrap_or_default().to_owned()
            };
            let (id, event) = (text("/data/action_id"), text("/data/event_id"));
            let mut seen = lock(&seen);
            seen.last = Some(line.id);
            if let Some(old) = seen.told.insert(id.clone(), line.data.clone()) {
                return Err(format!("told twice: {old} and {}", line.data));
            }
            seen.by_event.entry(event).or_default().insert(id);
        }
        Ok(())
    }))
}

/// Sends an event until it is not turned away: a machine that is busy with other things may keep one waiting.
fn taken(service: &Running, event: &Value) -> Result<Answer, Failed> {
    for _ in 0..50 {
        let answer = service.post("/v1/events", event)?;
        if answer.status != 429 {
            return answer.expect(200);
        }
        thread::sleep(Duration::from_millis(50));
    }
    Err("an event is turned away again and again".into())
}

/// What was answered is a duplicate now; what was not is taken once, or was.
fn settled_once(service: &Running, seen: &Shared) -> Claimed {
    let (acked, open) = {
        let seen = lock(seen);
        let some = seen.acked.iter().rev().take(200);
        let acked: Vec<(String, Value)> = some.map(|(k, v)| (k.clone(), v.clone())).collect();
        (acked, seen.open.clone())
    };
    for (id, event) in acked {
        let answer = taken(service, &event)?.json()?;
        if answer.pointer("/result").and_then(Value::as_str) != Some("duplicate") {
            return Err(format!("`{id}` was answered, and is not known: {answer}").into());
        }
    }
    for (id, event) in open {
        taken(service, &event)?;
        let mut seen = lock(seen);
        seen.open.remove(&id);
        seen.acked.insert(id, event);
    }
    Ok(())
}

/// Every event that was answered is known, every complaint has its one action; then it goes down as it
/// should.
fn last_life(folder: TempDir, seen: &Shared) -> Result<TempDir, Failed> {
    let service = Running::start_in(folder, SECTIONS)?;
    let reader = reader(&service, seen)?;
    settled_once(&service, seen)?;
    for (id, event) in lock(seen).acked.clone() {
        let answer = taken(&service, &event)?.json()?;
        if answer.pointer("/result").and_then(Value::as_str) != Some("duplicate") {
            return Err(format!("`{id}` was answered, and is not known: {answer}").into());
        }
    }
    service.signal("TERM")?;
    let folder = service.left()?;
    reader.join().map_err(|_| "a reader broke down")??;
    let seen = lock(seen);
    for (id, event) in &seen.acked {
        let wanted = event.pointer("/type").and_then(Value::as_str) == Some("channel.complaint");
        let told = seen.by_event.get(id).map_or(0, BTreeSet::len);
        if wanted && told != 1 {
            return Err(
                format!("`{id}` was answered, and its action was told {told} times").into(),
            );
        }
    }
    Ok(folder)
}

/// Windows, caps and decisions are as they were; a decision that was asked for is repeated to the byte.
fn goes_on() -> Claimed {
    let service = Running::start_in(temp_dir("goes-on")?, SECTIONS)?;
    for n in 0..2 {
        let event = withdrawal(&format!("w{n}"), "C1");
        service.post("/v1/events", &event)?.expect(200)?;
    }
    let third = withdrawal("w2", "C2");
    let asked = service.post("/v1/decide", &third)?.expect(200)?.json()?;
    service.signal("TERM")?;
    let folder = service.left()?;
    let service = Running::start_in(folder, SECTIONS)?;
    let again = service.post("/v1/decide", &third)?.expect(200)?.json()?;
    if again.pointer("/repeat") != Some(&Value::Bool(true))
        || again.pointer("/decision_id") != asked.pointer("/decision_id")
    {
        return Err(format!("{asked}, and after a restart {again}").into());
    }
    // The third within ten minutes: the two before it are remembered.
    let blocked = service.post("/v1/decide", &withdrawal("w3", "C1"))?;
    let blocked = blocked.expect(200)?.body;
    if !blocked.contains("block") {
        return Err(format!("the window is forgotten: {blocked}").into());
    }
    Ok(())
}

fn one_writer() -> Claimed {
    let service = Running::start_in(temp_dir("claimed")?, SECTIONS)?;
    let folder = service.folder.path().to_owned();
    let second = kit::deft([
        "run".into(),
        "-c".into(),
        folder.join("deft.toml").into_os_string(),
    ])?
    .expect_code(3)?;
    if second.stderr.contains("in use") || second.stderr.contains("another process") {
        return Ok(());
    }
    Err(second.complaint("the second writer is not told why"))
}

/// More is asked for than any disk has: intake is closed with a word, and the process is well.
fn without_room() -> Claimed {
    let sections = "data = \"data\"\n[store]\nsegment = \"16MiB\"\nlow_disk = \"900000GiB\"\n\
                    resume = \"900000GiB\"\n";
    let service = Running::start_red(temp_dir("full")?, sections)?;
    let turned_away = || -> Result<bool, Failed> {
        let answer = service.post("/v1/events", &complaint("f1", "C1"))?;
        Ok(answer.expect_problem(507, "NO_ROOM").is_ok())
    };
    let mut looks = 0;
    while !turned_away()? {
        looks += 1;
        if looks > 400 {
            return Err("intake stays open".into());
        }
        thread::sleep(Duration::from_millis(5));
    }
    service.admin("/livez")?.expect(200)?;
    let ready = service.admin("/readyz")?.expect(503)?.json()?;
    if ready
        .pointer("/checks/room_on_disk")
        .and_then(Value::as_str)
        == Some("no")
    {
        return Ok(());
    }
    Err(format!("the check is not named: {ready}").into())
}
