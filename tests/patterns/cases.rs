//! Cases in a language of their own: a pattern, events, and what is told.
//!
//! `== claim` begins a case. Then come lines of the pattern in TOML; `steps:` writes them shorter:
//! `a; b, times = 2` are two steps on `channel.a` and `channel.b`. `> a1@3 b@5:7` are events, each its
//! id (the type is its first letter), its time in ms and perhaps its `v`; `late 20` lets events be so
//! late, ms. `= a1 b` is a match by the ids its steps took, `= a1 @30` one told by a deadline at that
//! instant, `= a1 left a @30` one that ran out of time at step `a`; `= none`. `# …` is a remark.

use kit::{Claimed, Failed, Trial, claim};

use super::run::{Came, Event, Setting, run};

const OWN: &str = include_str!("cases.txt");
const PEERS: &str = include_str!("peers.txt");

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (whose, text) in [("peers", PEERS), ("own", OWN)] {
        for case in text.split("\n== ").filter(|case| case.contains("\n= ")) {
            let name = case.trim_start_matches("== ").lines().next().unwrap_or("");
            let name = name.trim().replace(' ', "_");
            trials.push(claim(format!("patterns::{whose}::{name}"), || hold(case)));
        }
    }
    trials.push(claim("patterns::there_are_enough_cases", || {
        let count = |text: &str| text.lines().filter(|l| l.starts_with("== ")).count();
        if count(OWN) >= 60 && count(PEERS) >= 13 {
            return Ok(());
        }
        Err(format!("{} of our own, {} of peers", count(OWN), count(PEERS)).into())
    }));
    trials
}

fn hold(case: &str) -> Claimed {
    let mut pattern = String::new();
    let mut events = Vec::new();
    let mut wanted = Vec::new();
    let mut setting = Setting::default();
    let mut counts = Vec::new();
    for line in case.lines().skip(1).map(str::trim) {
        if let Some(list) = line.strip_prefix("> ") {
            for word in list.split_whitespace() {
                events.push(event(word)?);
            }
        } else if let Some(told) = line.strip_prefix("= ") {
            wanted.extend((told != "none").then(|| told.to_owned()));
        } else if let Some(count) = line.strip_prefix("+ ") {
            counts.push(count);
        } else if let Some(lateness) = line.strip_prefix("late ") {
            setting.lateness = lateness.parse()?;
        } else if let Some(list) = line.strip_prefix("steps:") {
            pattern.push_str(&steps(list));
        } else if !line.starts_with('#') {
            pattern.push_str(line);
            pattern.push('\n');
        }
    }
    let came = run(&pattern, &events, setting)?;
    let got: Vec<String> = came.told.iter().map(words).collect();
    if got != wanted {
        return Err(format!("wanted {wanted:?}, got {got:?}\n{pattern}").into());
    }
    counts.iter().try_for_each(|count| counted(&came, count))
}

/// `+ truncated 2`, `+ reached 3 2 1`
fn counted(came: &Came, line: &str) -> Claimed {
    let (what, rest) = line.split_once(' ').ok_or("a count has a number")?;
    let wanted: Vec<u64> = rest.split(' ').map(str::parse).collect::<Result<_, _>>()?;
    let got = match what {
        "truncated" => vec![came.truncated],
        "late" => vec![came.too_late],
        "late_for_timer" => vec![came.late_for_timer],
        "reached" => came.reached.clone(),
        other => return Err(format!("no counter `{other}`").into()),
    };
    if got == wanted {
        return Ok(());
    }
    Err(format!("{what}: wanted {wanted:?}, got {got:?}").into())
}

fn words(told: &super::run::Told) -> String {
    let left = told.reached.as_ref();
    let left = left.map_or(String::new(), |step| format!(" left {step}"));
    let at = if told.waited {
        format!(" @{}", told.at)
    } else {
        String::new()
    };
    format!("{}{left}{at}", told.what)
}

/// `a1@3:7`
fn event(word: &str) -> Result<Event, Failed> {
    let (id, rest) = word
        .split_once('@')
        .ok_or_else(|| format!("`{word}` has no time"))?;
    let (time, v) = match rest.split_once(':') {
        Some((time, v)) => (time, Some(v.parse()?)),
        None => (rest, None),
    };
    Ok(Event {
        customer: "c".to_owned(),
        id: id.to_owned(),
        time: time.parse()?,
        v,
    })
}

/// `a; b, times = 2`
fn steps(list: &str) -> String {
    let mut text = "steps = [\n".to_owned();
    for step in list.split(';').map(str::trim) {
        let (name, rest) = step.split_once(',').unwrap_or((step, ""));
        let letter = name.get(..1).unwrap_or("a");
        text.push_str(&format!("  {{ name = \"{name}\""));
        if !rest.contains("on =") {
            text.push_str(&format!(", on = \"channel.{letter}\""));
        }
        if !rest.is_empty() {
            text.push(',');
            text.push_str(rest);
        }
        text.push_str(" },\n");
    }
    text.push_str("]\n");
    text
}
