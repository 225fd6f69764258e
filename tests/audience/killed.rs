//! A running node that is killed while it tells a round.

use super::{files, home, warning};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use engine::log::{Disk, Files, Log, Options, Section, StoreId};
use kit::http::ask;
use kit::running::{Running, now};
use kit::{Claimed, Failed, lay, temp_dir};
use serde_json::Value;

const SECTIONS: &str = "data = \"data\"\n[store]\nsegment = \"16MiB\"\nlow_disk = \"1MiB\"\n\
                        resume = \"1MiB\"\nsnapshot = { every = \"1s\", keep = 2 }\n[stop]\ndrain = \"10s\"";
/// Customers of the city.
const MANY: usize = 900;
/// Looks until all were told, a tenth of a second apart.
const LOOKS_MAX: usize = 600;
/// So many in a row must see no round.
const SILENT: usize = 30;

/// Whatever dies, each customer is told once, and nobody before their turn.
pub(super) fn each_is_told_once() -> Claimed {
    let mut folder = temp_dir("audience")?;
    for (path, text) in files("100/s") {
        lay(&folder.join("project").join(path), text)?;
    }
    let service = Running::start_in(folder, SECTIONS)?;
    let began = i64::try_from(now())?;
    let mut lines: Vec<String> = (0..MANY)
        .map(|who| home(who, "SH", began - 1_000))
        .collect();
    lines.push(warning("SH", "red", began));
    let kind = [("content-type", "application/x-ndjson")];
    ask(
        service.public,
        "POST",
        "/v1/events",
        &kind,
        lines.join("\n").as_bytes(),
    )?
    .expect(200)?;
    thread::sleep(Duration::from_millis(700));
    folder = service.killed()?;
    let mut known = told(&folder.join("data"))?.len();
    let mut deaths = usize::from(known > 0);
    // It dies while it tells, right behind its start, and while snapshots are taken.
    for (alive, dead) in [
        (900, 300),
        (150, 10),
        (1_300, 1_200),
        (60, 10),
        (1_100, 500),
    ] {
        let service = Running::start_in(folder, SECTIONS)?;
        thread::sleep(Duration::from_millis(alive));
        folder = service.killed()?;
        let count = told(&folder.join("data"))?.len();
        deaths += usize::from(count > known && count < MANY);
        known = count;
        thread::sleep(Duration::from_millis(dead));
    }
    let service = Running::start_in(folder, SECTIONS)?;
    // What runs is told now and then, and not at once behind a start.
    let (mut looks, mut silent) = (0, 0);
    while silent < SILENT {
        let is_over = service.metric("deft_audience_rounds")? == 0.0;
        silent = if is_over { silent + 1 } else { 0 };
        looks += 1;
        if looks > LOOKS_MAX {
            return Err("the round does not end".into());
        }
        thread::sleep(Duration::from_millis(100));
    }
    service.signal("TERM")?;
    let folder = service.left()?;
    let told = told(&folder.join("data"))?;
    let early = told.values().flatten().filter(|at| **at < began).count();
    let once = told.values().filter(|times| times.len() == 1).count();
    if once != MANY || told.len() != MANY || early > 0 || deaths < 3 {
        return Err(format!(
            "{} of {MANY} were told, {once} of them once, {early} early, by {deaths} deaths",
            told.len()
        )
        .into());
    }
    Ok(())
}

/// By customer: when they were told, as the log has it, ms.
fn told(data: &Path) -> Result<BTreeMap<String, Vec<i64>>, Failed> {
    let files: Arc<dyn Files> = Arc::new(Disk);
    let (log, _) = Log::open(files, data, &Options::new(StoreId([0; 16]), ""))?;
    let view = log.view();
    let mut told: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for frame in view.frames_since(view.first_seq().saturating_sub(1))? {
        for item in frame?.items(Section::Actions) {
            let payload = item.payload.unwrap_or_default();
            let mark = b"{\"specversion\"";
            let from = payload.windows(mark.len()).position(|word| word == mark);
            let json = payload.get(from.ok_or("no action")?..).unwrap_or_default();
            let action: Value = serde_json::from_slice(json)?;
            let text = |path: &str| {
                let text = action.pointer(path).and_then(Value::as_str);
                text.unwrap_or_default().to_owned()
            };
            let at = text("/data/event_time").parse::<jiff::Timestamp>()?;
            let times = told.entry(text("/data/customer")).or_default();
            times.push(at.as_millisecond());
        }
    }
    Ok(told)
}
