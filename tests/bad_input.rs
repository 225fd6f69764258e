//! Whatever stands on a line: it is answered, nothing panics, and the next good event is decided.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use kit::{Claimed, Failed, Replayed, Table, Trial, claim, claim_on_shared, replay};
use serde_json::{Map, Value, json};

/// Every member of a card purchase, as a path into the event.
const FIELDS: [&str; 12] = [
    "/id",
    "/type",
    "/customer",
    "/time",
    "/source",
    "/data/terminal",
    "/data/amount",
    "/data/category",
    "/data/merchant",
    "/data/lat",
    "/data/lon",
    "/data/is_fraud",
];

/// JSON values that hardly any field is meant to hold; the last are numbers out of every range.
const ODD_VALUES: [&str; 16] = [
    "null",
    "true",
    "false",
    "0",
    "-1",
    "-0",
    "0.001",
    "[]",
    "{}",
    "[[[[[[[[]]]]]]]]",
    "{\"a\":{\"b\":1}}",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "9223372036854775808",
    "1e400",
    "-1e-400",
];

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        claim_on_shared(
            "bad_input::every_json_case_is_answered",
            every_json_case_is_answered,
        ),
        claim(
            "bad_input::a_missing_member_is_answered",
            a_missing_member_is_answered,
        ),
        claim(
            "bad_input::a_reject_is_told_on_stderr_too",
            a_reject_is_told_on_stderr_too,
        ),
        claim(
            "bad_input::a_time_long_past_moves_nobody",
            a_time_long_past_moves_nobody,
        ),
        claim(
            "bad_input::a_time_that_is_none_moves_nobody",
            a_time_that_is_none_moves_nobody,
        ),
        claim(
            "bad_input::a_time_far_ahead_moves_nobody",
            a_time_far_ahead_moves_nobody,
        ),
    ];
    for field in FIELDS {
        trials.push(claim_on_shared(
            format!(
                "bad_input::every_naughty_string_in{}_is_answered",
                field.replace('/', "_")
            ),
            move |shared| naughty_strings(shared, field),
        ));
        trials.push(claim(
            format!(
                "bad_input::every_odd_value_in{}_is_answered",
                field.replace('/', "_")
            ),
            move || odd_values(field),
        ));
    }
    trials
}

/// A line that is, or may be, no event.
struct Probe {
    /// The id it has if it is an event after all.
    id: String,
    text: String,
}

fn every_json_case_is_answered(shared: &Path) -> Claimed {
    let mut seen = 0;
    for entry in fs::read_dir(shared.join("data/badinput/json"))? {
        let path = entry?.path();
        json_case(&fs::read(&path)?)
            .map_err(|failed| format!("{}: {}", path.display(), failed.message().unwrap_or("")))?;
        seen += 1;
    }
    if seen < 200 {
        return Err(format!("only {seen} cases were found").into());
    }
    Ok(())
}

fn json_case(case: &[u8]) -> Claimed {
    let mut bytes = format!("{}\n", good(0)).into_bytes();
    bytes.extend_from_slice(case);
    bytes.extend_from_slice(format!("\n{}\n", good(1)).as_bytes());
    let run = run(&bytes)?;
    // None of the cases is an event, so every line that holds anything is a reject.
    let blank = |line: &[u8]| line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r'));
    let lines = (2_u64..).zip(case.split(|&byte| byte == b'\n'));
    let expected: BTreeSet<u64> = lines
        .filter(|(_, line)| !blank(line))
        .map(|(line, _)| line)
        .collect();
    let rejected = rejected_lines(&run)?;
    if rejected != expected {
        return Err(format!("lines {rejected:?} were rejected, expected {expected:?}").into());
    }
    let ids: Vec<String> = Table::parse(&run.features)?
        .ids()
        .map(str::to_owned)
        .collect();
    if ids == ["good-0", "good-1"] {
        Ok(())
    } else {
        Err(format!("decided were {ids:?}").into())
    }
}

fn naughty_strings(shared: &Path, field: &str) -> Claimed {
    let text = kit::read(&shared.join("data/badinput/naughty_strings.json"))?;
    // A set: the same id twice would be a duplicate, which is another promise.
    let strings: BTreeSet<String> = serde_json::from_str::<Vec<String>>(&text)?
        .into_iter()
        .collect();
    if strings.len() < 200 {
        return Err(format!("only {} naughty strings were found", strings.len()).into());
    }
    let probe = |(index, string): (usize, String)| {
        let mut event = purchase(&format!("probe-{index}"), index * 2);
        *event.pointer_mut(field)? = Value::String(string);
        let id = event.get("id")?.as_str()?.to_owned();
        Some(Probe {
            id,
            text: event.to_string(),
        })
    };
    answered(strings.into_iter().enumerate().filter_map(probe).collect())
}

fn odd_values(field: &str) -> Claimed {
    let probe = |(index, value): (usize, &str)| {
        let id = format!("probe-{index}");
        let mut event = purchase(&id, index * 2);
        // Put in as text: a `Value` could not hold all of these.
        *event.pointer_mut(field)? = Value::String("HERE".to_owned());
        Some(Probe {
            id,
            text: event.to_string().replace("\"HERE\"", value),
        })
    };
    answered(
        ODD_VALUES
            .into_iter()
            .enumerate()
            .filter_map(probe)
            .collect(),
    )
}

fn a_missing_member_is_answered() -> Claimed {
    let without = |(index, field): (usize, &str)| {
        let id = format!("probe-{index}");
        let mut event = purchase(&id, index * 2);
        let (parent, member) = field.rsplit_once('/')?;
        event.pointer_mut(parent)?.as_object_mut()?.remove(member);
        Some(Probe {
            id,
            text: event.to_string(),
        })
    };
    answered(FIELDS.into_iter().enumerate().filter_map(without).collect())
}

fn a_reject_is_told_on_stderr_too() -> Claimed {
    let bytes = format!("{}\n{{\"id\":\n{}\n", good(0), good(1));
    let code = match run(bytes.as_bytes())?
        .rejects
        .first()
        .and_then(|reject| reject.get("code"))
    {
        Some(Value::String(code)) => code.clone(),
        other => return Err(format!("the code is {other:?}").into()),
    };
    let folder = kit::temp_dir("told")?;
    let events = folder.join("events.ndjson");
    kit::write(&events, bytes)?;
    let asked = kit::Deft::new(["replay"])
        .arg(events)
        .arg("--project")
        .arg(project());
    let said = asked.run()?.expect_code(0)?;
    let told = said
        .stderr
        .lines()
        .any(|line| line.contains(&code) && line.contains('2'));
    if told {
        Ok(())
    } else {
        Err(said.complaint(&format!("`{code}` on line 2 is not told on stderr")))
    }
}

/// These times, each on a line among good events that are more than they, change nothing about the
/// good ones.
fn moves_nobody(times: &[&str]) -> Claimed {
    let events = |times: &[&str]| {
        let mut lines: Vec<String> = (0..3).map(|second| good(second).to_string()).collect();
        for (index, time) in times.iter().enumerate() {
            let mut event = purchase(&format!("wild-{index}"), 2);
            if let Some(place) = event.pointer_mut("/time") {
                *place = json!(time);
            }
            lines.push(event.to_string());
        }
        lines.extend((3..8).map(|second| good(second).to_string()));
        run((lines.join("\n") + "\n").as_bytes())
    };
    let (calm, wild) = (events(&[])?, events(times)?);
    if wild.features != calm.features {
        let (wild, calm) = (wild.features, calm.features);
        return Err(format!("with wild times\n{wild}\nwithout\n{calm}").into());
    }
    if rejected_lines(&wild)?.len() != times.len() {
        return Err(format!("not every wild time was rejected: {:?}", wild.rejects).into());
    }
    Ok(())
}

fn a_time_long_past_moves_nobody() -> Claimed {
    moves_nobody(&[
        "0001-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        "2018-11-01T00:00:00Z",
    ])
}

fn a_time_that_is_none_moves_nobody() -> Claimed {
    moves_nobody(&[
        "2019-02-30T00:00:00Z",
        "2019-01-01T25:00:00Z",
        "2019-01-01",
        "2019-01-01T00:00:01",
    ])
}

fn a_time_far_ahead_moves_nobody() -> Claimed {
    moves_nobody(&["9999-12-31T23:59:59Z"])
}

/// Every probe is rejected or decided, one of the two; every good event between them is decided.
fn answered(probes: Vec<Probe>) -> Claimed {
    if probes.is_empty() {
        return Err("there is nothing to probe with".into());
    }
    let mut text = String::new();
    for (index, probe) in probes.iter().enumerate() {
        text.push_str(&format!("{}\n{}\n", probe.text, good(index * 2 + 1)));
    }
    let run = run(text.as_bytes())?;
    let rejected = rejected_lines(&run)?;
    let table = Table::parse(&run.features)?;
    let decided: BTreeSet<&str> = table.ids().collect();
    for (index, (line, probe)) in (1_u64..).step_by(2).zip(&probes).enumerate() {
        let good = format!("good-{}", index * 2 + 1);
        if !decided.contains(&*good) {
            return Err(
                format!("`{good}` was not decided, it stands after: {}", probe.text).into(),
            );
        }
        match (rejected.contains(&line), decided.contains(&*probe.id)) {
            (true, false) | (false, true) => {}
            (true, true) => return Err(format!("both rejected and decided: {}", probe.text).into()),
            (false, false) => {
                return Err(format!("neither rejected nor decided: {}", probe.text).into());
            }
        }
    }
    let answers = rejected.len() + table.rows.len();
    if answers != probes.len() * 2 {
        return Err(format!("{answers} answers to {} lines", probes.len() * 2).into());
    }
    Ok(())
}

/// The lines that were rejected, each once and with a typed answer.
fn rejected_lines(run: &Replayed) -> Result<BTreeSet<u64>, Failed> {
    let mut lines = BTreeSet::new();
    for reject in &run.rejects {
        let line = reject.get("line").and_then(Value::as_u64).unwrap_or(0);
        if line == 0 || !is_code(reject, "code") || !is_cause(reject, "cause") {
            return Err(format!("not a typed answer: {reject:?}").into());
        }
        if !lines.insert(line) {
            return Err(format!("line {line} was rejected twice").into());
        }
    }
    Ok(lines)
}

fn is_code(reject: &Map<String, Value>, member: &str) -> bool {
    let code = reject.get(member).and_then(Value::as_str).unwrap_or("");
    !code.is_empty()
        && code
            .chars()
            .all(|char| char.is_ascii_uppercase() || matches!(char, '_' | '0'..='9'))
}

/// A cause is a sentence for an operator: it never shows the name of a Rust type.
fn is_cause(reject: &Map<String, Value>, member: &str) -> bool {
    let cause = reject.get(member).and_then(Value::as_str).unwrap_or("");
    !cause.is_empty()
        && !["serde", "i64", "f64", "Utf8Error"]
            .iter()
            .any(|word| cause.contains(word))
}

fn run(bytes: &[u8]) -> Result<Replayed, Failed> {
    let folder = kit::temp_dir("bad-input")?;
    let events = folder.join("events.ndjson");
    kit::write(&events, bytes)?;
    replay(&events, &project(), &[])
}

fn project() -> PathBuf {
    kit::root().join("tests/projects/sparkov")
}

fn good(second: usize) -> Value {
    purchase(&format!("good-{second}"), second)
}

/// A card purchase so many seconds into 2019.
fn purchase(id: &str, second: usize) -> Value {
    let (minute, second) = (second / 60, second % 60);
    json!({
        "id": id,
        "type": "transaction.card_purchase",
        "customer": "c1",
        "time": format!("2019-01-01T{:02}:{:02}:{second:02}Z", minute / 60, minute % 60),
        "source": "sparkov",
        "data": {
            "terminal": "t1", "amount": 8.88, "category": "travel", "merchant": "m1",
            "lat": 42.0, "lon": -83.0, "is_fraud": false,
        },
    })
}
