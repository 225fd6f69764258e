//! A running node is killed shortly before, at and shortly behind the deadlines of its timers, and comes
//! back before or behind them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use engine::ids;
use kit::http::{Stream, ask};
use kit::running::{Running, event, now};
use kit::{Claimed, Failed, TempDir, temp_dir, write};
use serde_json::{Value, json};

const SECTIONS: &str = "data = \"data\"\n[store]\nsegment = \"16MiB\"\nlow_disk = \"1MiB\"\n\
                        resume = \"1MiB\"\nsnapshot = { every = \"1s\", keep = 2 }\n[stop]\ndrain = \"10s\"";
/// Timers of each kind.
const EACH: usize = 40;
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
        let path = folder.join("project").join(path);
        std::fs::create_dir_all(path.parent().ok_or("no folder")?)?;
        write(&path, text)?;
    }
    let told = Arc::new(Mutex::new(Told::default()));
    // A turn is one of a day: none of them may lie behind midnight.
    let left = DAY - now() % DAY;
    if left < 20_000 {
        thread::sleep(Duration::from_millis(left + 1_000));
    }
    let service = Running::start_in(folder, SECTIONS)?;
    let reader = follow(&service, &told)?;
    // One action, so that the stream has a place to go on from.
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
    let from = now();
    let customers = due_within(from + 2_500, from + 9_000);
    for (n, customer) in customers.iter().enumerate() {
        let day = i32::try_from(from / DAY)?;
        let day = rules::value::Day(day)
            .to_civil()
            .ok_or("no day")?
            .to_string();
        let dated = event(
            &format!("d{n}"),
            "profile.day",
            customer,
            &json!({ "day": day }),
        );
        let asked = event(
            &format!("a{n}"),
            "channel.asked",
            &format!("r{n}"),
            &json!({}),
        );
        for one in [dated, asked] {
            service.post("/v1/events", &one)?.expect(200)?;
        }
    }
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
    let left = (from + 10_000).saturating_sub(now());
    thread::sleep(Duration::from_millis(left));
    last_life(folder, &told, 2 * customers.len() + 1)
}

/// Customers whose turn within the day comes between these instants.
fn due_within(from: u64, to: u64) -> Vec<String> {
    let all = (0..).map(|n| format!("c{n}"));
    let midnight = from - from % DAY;
    let due = |id: &String| midnight + ids::number(&["spread", "due", id]) % DAY;
    all.take(3_000_000)
        .filter(|id| (from..to).contains(&due(id)))
        .take(EACH)
        .collect()
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
    service.signal("TERM")?;
    service.left()?;
    reader.join().map_err(|_| "a reader broke down")?;
    let told = &told.lock().unwrap_or_else(PoisonError::into_inner).events;
    let (fired, actions) = (
        told.len(),
        told.values().map(|one| one.1.len()).sum::<usize>(),
    );
    if fired != wanted || actions != wanted || wanted < EACH {
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
