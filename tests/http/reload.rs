//! Rules live: a book is taken up whole between two batches, or nothing is changed and it says why.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use kit::http::{Answer, ask};
use kit::running::{Running, complaint};
use kit::{Claimed, Failed, Trial, claim, copy_tree, root, temp_dir, write};
use serde_json::{Value, json};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        claim("http::a_reload_while_events_flow_loses_none", under_load),
        claim("http::a_wrong_project_changes_nothing_and_is_told", wrong),
        claim("http::a_signal_reads_the_rules_anew", signal),
    ]
}

pub(super) const RULE: &str = "project/rules/service/complaint_callback.rhai";
pub(super) const SECTIONS: &str = "data = \"data\"\n[decide]\ndeadline = \"20s\"\n";

pub(super) fn start(sections: &str) -> Result<Running, Failed> {
    let folder = temp_dir("reload")?;
    copy_tree(&root().join("rules/retail-bank"), &folder.join("project"))?;
    Running::start_in(folder, sections)
}

/// Writes something else into a file of the project.
pub(super) fn change(service: &Running, file: &str, from: &str, to: &str) -> Claimed {
    let path = service.folder.join(file);
    let text = fs::read_to_string(&path)?;
    if !text.contains(from) {
        return Err(format!("{file} has no `{from}`").into());
    }
    write(&path, text.replace(from, to))
}

pub(super) fn reload(service: &Running, query: &str) -> Result<Answer, Failed> {
    let path = format!("/v1/rules/reload{query}");
    ask(service.admin, "POST", &path, &[], b"")
}

pub(super) fn book(service: &Running) -> Result<String, Failed> {
    let status = service.admin("/v1/status")?.expect(200)?.json()?;
    let book = status.pointer("/book").and_then(Value::as_str);
    Ok(book.ok_or("the status names no book")?.to_owned())
}

/// What is decided on a complaint: how many actions, and the decision.
pub(super) fn decided(service: &Running, id: &str) -> Result<(usize, String), Failed> {
    let answer = service.post("/v1/decide", &complaint(id, "C1"))?;
    let answer = answer.expect(200)?.json()?;
    let actions = answer.pointer("/actions").and_then(Value::as_array);
    let decision = answer.pointer("/decision_id").and_then(Value::as_str);
    let decision = decision.ok_or("no decision")?.to_owned();
    Ok((actions.map_or(0, Vec::len), decision))
}

pub(super) fn same<T: PartialEq + std::fmt::Debug>(got: T, expected: T) -> Claimed {
    if got == expected {
        return Ok(());
    }
    Err(format!("{got:?}, expected {expected:?}").into())
}

fn under_load() -> Claimed {
    let service = start(SECTIONS)?;
    let first = book(&service)?;
    let (count, decision) = decided(&service, "before")?;
    same(count, 1)?;
    let over = AtomicBool::new(false);
    let sent = thread::scope(|scope| -> Result<u64, Failed> {
        let load = scope.spawn(|| -> Result<u64, Failed> {
            let mut sent = 0;
            while !over.load(Ordering::Acquire) {
                let event = complaint(&format!("e{sent}"), &format!("C{}", sent % 7));
                let answer = service.post("/v1/events", &event)?;
                // A machine that stands still for long turns one away, whole: it is sent again.
                if answer.status == 429 {
                    continue;
                }
                let answer = answer.expect(200)?.json()?;
                same(answer.get("result"), Some(&json!("settled")))?;
                sent += 1;
            }
            Ok(sent)
        });
        let both = [
            ("[\"medium\", \"high\"]", "[\"low\"]"),
            ("[\"low\"]", "[\"medium\", \"high\"]"),
        ];
        let mut went = Ok(());
        for (from, to) in both.into_iter().cycle().take(5) {
            thread::sleep(Duration::from_millis(30));
            went = change(&service, RULE, from, to)
                .and_then(|()| reload(&service, "")?.expect(200).map(|_| ()));
            if went.is_err() {
                break;
            }
        }
        over.store(true, Ordering::Release);
        let sent = load.join().map_err(|_| "the load ended in a panic")??;
        went.map(|()| sent)
    })?;
    if sent < 10 || book(&service)? == first {
        return Err(format!("{sent} events, and {first} is in force").into());
    }
    same(decided(&service, "after")?.0, 0)?;
    let settled = service.metric("deft_events_settled_total{result=\"decided\"}")?;
    same(format!("{settled}"), format!("{}", sent + 2))?;
    // What the former book decided is explained by the former book.
    let path = format!("/v1/decisions/{decision}/explain");
    let why = service.get(&path)?.expect(200)?.json()?;
    same(why.get("repeats"), Some(&json!(true)))?;
    // The state is that of the book that was taken up.
    let now = book(&service)?;
    let service = Running::start_in(service.killed()?, SECTIONS)?;
    same(book(&service)?, now)?;
    same(decided(&service, "again")?.0, 0)
}

/// A reload is refused with these words, for a trial it is told, and nothing is changed.
fn refused(service: &Running, words: &str) -> Claimed {
    let before = book(service)?;
    let problem = reload(service, "")?.expect_problem(409, "RULES_REFUSED")?;
    let detail = problem.json()?;
    let told = detail.pointer("/detail").and_then(Value::as_str);
    if !told.is_some_and(|told| told.contains(words) && told.contains(&before)) {
        return Err(format!("`{words}` is not told: {detail}").into());
    }
    let trial = reload(service, "?dry_run=1")?.expect(200)?.json()?;
    same(trial.pointer("/why").and_then(Value::as_str), told)?;
    same(book(service)?, before)
}

fn wrong() -> Claimed {
    let service = start("[decide]\ndeadline = \"20s\"\n[rules]\nproof = true\n")?;
    change(&service, RULE, "event.severity", "event.severty")?;
    refused(
        &service,
        "an error: rules/service/complaint_callback.rhai:7:11: there is no `event.severty`",
    )?;
    let trial = reload(&service, "?dry_run=1")?.expect(200)?.json()?;
    same(trial.pointer("/findings/errors"), Some(&json!(1)))?;
    change(&service, RULE, "event.severty", "event.severity")?;
    change(&service, RULE, "[\"medium\", \"high\"]", "[\"low\"]")?;
    refused(
        &service,
        "a case fails: rules/service/complaint_callback.cases.toml:4 `a complaint of weight",
    )?;
    // Of the proof it tells what fails, and nothing that holds.
    let trial = reload(&service, "?dry_run=1")?.expect(200)?.json()?;
    let rules = trial
        .pointer("/cases/rules")
        .and_then(Value::as_array)
        .map_or(0, Vec::len);
    same((rules, trial.pointer("/cases/why_not")), (1, None))?;
    change(&service, RULE, "[\"low\"]", "[\"medium\", \"high\"]")?;
    same(decided(&service, "one")?.0, 1)
}

fn signal() -> Claimed {
    let service = start(SECTIONS)?;
    let first = book(&service)?;
    change(&service, RULE, "[\"medium\", \"high\"]", "[\"low\"]")?;
    service.signal("HUP")?;
    for _ in 0..1_000 {
        if book(&service)? != first {
            return same(decided(&service, "one")?.0, 0);
        }
        thread::sleep(Duration::from_millis(5));
    }
    Err(format!("{first} stays in force: {}", service.said()).into())
}
