//! A running node is killed shortly before, at and shortly behind the deadlines of its timers, and comes
//! back before or behind them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use engine::ids;
use kit::http::{Stream, ask};
use kit::running::{Running, event, now};
use kit::{Claimed, Failed, TempDir, lay, temp_dir};
use serde_json::{Value, json};

const SECTIONS: &str = "data = \"data\"\n[store]\nsegment = \"16MiB\"\nlow_disk = \"1MiB\"\n\
                        resume = \"1MiB\"\nsnapshot = { every = \"1s\", keep = 2 }\n[stop]\ndrain = \"10s\"";
/// Fewer timers show nothing.
const LEAST: usize = 12;
const DAY: u64 = 86_400_000;

/// What the stream told.
#[derive(Default)]
struct Told {
    /// By event: when first seen, the ids of actions, and when it was due.
    events: BTreeMap<String, (u64, BTreeSet<String>, String)>,
    /// The last id of the stream.
    last: Option<String>,
}

pub(super) fn around_the_deadline() -> Claimed {
    let folder = temp_dir("timers")?;
    for (path, text) in super::files("at = \"00:00\"\nspread = \"1d\"", "3s") {
        let text = text.replace("Asia/Shanghai", "UTC");
        lay(&folder.join("project").join(path), text)?;
    }
    let told = Arc::new(Mutex::new(Told::default()));
    // A turn is one of a day: none of them may lie behind midnight.
    let left = DAY - now() % DAY;
    if left < 20_000 {
        thread::sleep(Duration::from_millis(left + 1_000));
    }
    let service = Running::start_in(folder, SECTIONS)?;
    let reader = follow(&service, &told)?;
    say_hello(&service, &told)?;
    // Looked for before the clock is read: hashing takes its time.
    let turns = turns();
    let from = now();
    let customers = set(&service, &turns, from)?;
    let mut folder = service.killed()?;
    reader.join().map_err(|_| "a reader broke down")?;
    // Deadlines pass while it lives, while it is dead, and while it dies.
    for (alive, dead) in [
        (300, 900),
        (700, 100),
        (1_100, 1_500),
        (400, 100),
        (1_500, 300),
    ] {
        let service = Running::start_in(folder, SECTIONS)?;
        let reader = follow(&service, &told)?;
        thread::sleep(Duration::from_millis(alive));
        folder = service.killed()?;
        reader.join().map_err(|_| "a reader broke down")?;
        thread::sleep(Duration::from_millis(dead));
    }
    let left = (from + 14_000).saturating_sub(now());
    thread::sleep(Duration::from_millis(left));
    last_life(folder, &told, customers + 1)
}

/// One action, so that the stream has a place to go on from.
fn say_hello(service: &Running, told: &Arc<Mutex<Told>>) -> Claimed {
    let hello = event("hello", "channel.hello", "h", &json!({}));
    service.post("/v1/events", &hello)?.expect(200)?;
    for _ in 0..2_000 {
        let seen = told
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .last
            .is_some();
        if seen {
            break;
        }
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// Customers with their turns within the day, ms.
fn turns() -> Vec<(u64, String)> {
    let all = (0..300_000).map(|n| format!("c{n}"));
    all.map(|id| (ids::number(&["spread", "due", &id]) % DAY, id))
        .collect()
}

/// Sets a dated timer and a reminder for each of some customers; how many timers.
fn set(service: &Running, turns: &[(u64, String)], from: u64) -> Result<usize, Failed> {
    let midnight = from - from % DAY;
    let day = rules::value::Day(i32::try_from(from / DAY)?);
    let day = day.to_civil().ok_or("no day")?.to_string();
    let mut timers = 0;
    for (turn, customer) in turns {
        // It must still be ahead when the event is taken.
        if !(now() + 1_500..from + 12_000).contains(&(midnight + turn)) {
            continue;
        }
        let data = json!({ "day": day });
        let dated = event(&format!("d{timers}"), "profile.day", customer, &data);
        let reminded = format!("r{timers}");
        let asked = event(
            &format!("a{timers}"),
            "channel.asked",
            &reminded,
            &json!({}),
        );
        for one in [dated, asked] {
            service.post("/v1/events", &one)?.expect(200)?;
            timers += 1;
        }
    }
    Ok(timers)
}

/// Notes what the stream tells from its beginning, until it breaks off.
fn follow(service: &Running, told: &Arc<Mutex<Told>>) -> Result<thread::JoinHandle<()>, Failed> {
    let last = told
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .last
        .clone();
    let from: Vec<(&str, &str)> = last
        .iter()
        .map(|id| ("last-event-id", id.as_str()))
        .collect();
    let mut stream = Stream::open(service.public, "/v1/stream", &from)?
        .map_err(|answer| Failed::from(format!("the stream is not taken up: {answer:?}")))?;
    let told = Arc::clone(told);
    Ok(thread::spawn(move || {
        while let Ok(Some(line)) = stream.next_told() {
            let Ok(action) = serde_json::from_str::<Value>(&line.data) else {
                continue;
            };
            let text = |path: &str| {
                let text = action.pointer(path).and_then(Value::as_str);
                text.unwrap_or_default().to_owned()
            };
            let (id, event, time) = (
                text("/data/action_id"),
                text("/data/event_id"),
                text("/data/event_time"),
            );
            if id.is_empty() {
                continue;
            }
            let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
            told.last = Some(line.id);
            let one = told.events.entry(event);
            let one = one.or_insert_with(|| (now(), BTreeSet::new(), time));
            one.1.insert(id);
        }
    }))
}

fn last_life(folder: TempDir, told: &Arc<Mutex<Told>>, wanted: usize) -> Claimed {
    let service = Running::start_in(folder, SECTIONS)?;
    let reader = follow(&service, told)?;
    for _ in 0..2_000 {
        let seen = told
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .events
            .len();
        let answer = ask(service.admin, "GET", "/metrics", &[], b"")?
            .expect(200)?
            .body;
        if seen >= wanted && answer.contains("deft_timers_pending 0") {
            break;
        }
        thread::sleep(Duration::from_millis(5));
    }
    service.killed()?;
    reader.join().map_err(|_| "a reader broke down")?;
    let told = &told.lock().unwrap_or_else(PoisonError::into_inner).events;
    let (fired, actions) = (
        told.len(),
        told.values().map(|one| one.1.len()).sum::<usize>(),
    );
    if fired != wanted || actions != wanted || wanted < LEAST {
        return Err(format!("{wanted} timers, {fired} fired, {actions} actions").into());
    }
    for (event, (seen, _, time)) in told.iter() {
        let due = time.parse::<jiff::Timestamp>()?.as_millisecond();
        if i64::try_from(*seen)? < due {
            return Err(format!("`{event}` was due {time} and was seen at {seen}").into());
        }
    }
    Ok(())
}
