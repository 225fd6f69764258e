//! A customer as it stands, what would be decided, and what is pulled back, over HTTP.

use kit::http::{Stream, ask};
use kit::running::{Running, complaint, event, now, withdrawal};
use kit::{Claimed, Failed, Trial, claim};
use serde_json::{Value, json};
use std::ffi::OsString;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        claim("http::a_customer_is_shown_as_it_stands", shown),
        claim("http::a_dry_run_says_what_is_then_decided", dry_run),
        claim(
            "http::what_was_sent_is_pulled_back_and_a_restart_knows_it",
            pulled_back,
        ),
        claim("http::an_outcome_is_told_what_it_changed", changed),
        claim(
            "http::what_nobody_heard_in_time_is_pulled_back_and_replays_the_same",
            unheard,
        ),
        claim("http::an_operator_holds_a_customer_and_lets_go", held),
        claim("http::a_placement_is_filled_by_whoever_asks", placement),
    ]
}

fn text<'v>(value: &'v Value, path: &str) -> Result<&'v str, Failed> {
    let found = value.pointer(path).and_then(Value::as_str);
    found.ok_or_else(|| format!("no text at {path}: {value}").into())
}

fn set(value: &mut Value, name: &str, text: &str) {
    if let Some(members) = value.as_object_mut() {
        members.insert(name.to_owned(), text.into());
    }
}

fn same<T: PartialEq + std::fmt::Debug>(got: T, expected: T) -> Claimed {
    if got == expected {
        return Ok(());
    }
    Err(format!("{got:?}, expected {expected:?}").into())
}

/// The customer, on the admin listener.
fn customer(service: &Running, id: &str) -> Result<Value, Failed> {
    service
        .admin(&format!("/v1/customers/{id}"))?
        .expect(200)?
        .json()
}

/// Makes a customer known who uses a card a lot and has an app; gives the fee waiver for keeping it.
fn waiver(service: &Running, who: &str) -> Result<String, Failed> {
    let closing = closing(service, who)?;
    let answer = service.post("/v1/decide", &closing)?.expect(200)?.json()?;
    same(text(&answer, "/actions/0/data/offer")?, "card_fee_waiver")?;
    Ok(text(&answer, "/actions/0/id")?.to_owned())
}

/// The retail bank, with a place on the app.
fn with_banner() -> Result<Running, Failed> {
    let folder = kit::temp_dir("banner")?;
    let project = folder.join("project");
    kit::copy_tree(&kit::root().join("rules/retail-bank"), &project)?;
    let channels = project.join("catalog/channels.toml");
    let text = kit::read(&channels)?;
    let banner = "\n[channel.app.placement.home_banner]\ntop = 3\nask = true\n";
    kit::write(&channels, text + banner)?;
    Running::start_in(folder, PATIENT)
}

/// The event that the fee waiver answers; everything before it is sent.
fn closing(service: &Running, who: &str) -> Result<Value, Failed> {
    let profile = json!({
        "tier": "gold", "age": 40, "risk_level": "R3", "app_token": format!("app-{who}"),
    });
    let spend = json!({
        "amount": "4000.00", "card": format!("CARD{who}"), "terminal": "T1", "category": "grocery",
    });
    let closing = json!({ "card": format!("CARD{who}"), "why": "fee" });
    for (kind, data) in [
        ("profile.updated", &profile),
        ("transaction.card_payment", &spend),
    ] {
        let sent = event(&format!("{kind}-{who}"), kind, who, data);
        service.post("/v1/events", &sent)?.expect(200)?;
    }
    let id = format!("closing-{who}");
    Ok(event(&id, "channel.card_closing", who, &closing))
}

const PATIENT: &str = "[decide]\ndeadline = \"20s\"\n";

fn shown() -> Claimed {
    let service = Running::start(PATIENT)?;
    service
        .admin("/v1/customers/C1")?
        .expect_problem(404, "NOT_FOUND")?;
    let action = waiver(&service, "C1")?;
    service
        .post("/v1/events", &withdrawal("w1", "C1"))?
        .expect(200)?;
    let told = customer(&service, "C1")?;
    same(text(&told, "/tags/tier/value")?, "gold")?;
    same(text(&told, "/tags/tier/by")?, "profile.updated")?;
    same(
        told.pointer("/features/withdrawals_10m/value"),
        Some(&json!(1)),
    )?;
    same(text(&told, "/actions/0/action_id")?, &*action)?;
    same(text(&told, "/actions/0/state")?, "open")?;
    same(text(&told, "/cooldowns/0/rule")?, "retention.card_closing")?;
    same(text(&told, "/caps/0/name")?, "two_retentions_a_week")?;
    same(told.pointer("/holds"), Some(&json!([])))?;
    let decision = text(&told, "/decisions/0")?;
    service
        .get(&format!("/v1/decisions/{decision}"))?
        .expect(200)?;
    for number in 2..4 {
        let sent = withdrawal(&format!("w{number}"), "C1");
        service.post("/v1/events", &sent)?.expect(200)?;
    }
    let told = customer(&service, "C1")?;
    same(text(&told, "/holds/0/verdict")?, "block")?;
    same(text(&told, "/holds/0/subject")?, "card:CARDC1")?;
    same(text(&told, "/actions/1/state")?, "WITHDRAWN")?;
    // It is no endpoint of the public listener.
    service
        .get("/v1/customers/C1")?
        .expect_problem(404, "NOT_FOUND")
        .map(|_| ())
}

fn dry_run() -> Claimed {
    let service = Running::start(PATIENT)?;
    for number in 1..3 {
        let sent = withdrawal(&format!("w{number}"), "C1");
        service.post("/v1/events", &sent)?.expect(200)?;
    }
    let third = withdrawal("w3", "C1");
    let seq = |service: &Running| -> Result<Value, Failed> {
        let status = service.admin("/v1/status")?.expect(200)?.json()?;
        Ok(status.get("last_seq").cloned().unwrap_or_default())
    };
    let before = (
        seq(&service)?,
        customer(&service, "C1")?.get("caps").cloned(),
    );
    let tried = service.post("/v1/decide?dry_run=1", &third)?;
    let tried = tried.expect(200)?.json()?;
    same(
        (tried.get("dry_run"), tried.get("durability")),
        (Some(&json!(true)), Some(&json!("none"))),
    )?;
    same(text(&tried, "/verdict")?, "block")?;
    let after = (
        seq(&service)?,
        customer(&service, "C1")?.get("caps").cloned(),
    );
    same(&after, &before)?;
    let decision = text(&tried, "/decision_id")?;
    service
        .get(&format!("/v1/decisions/{decision}"))?
        .expect_problem(404, "NOT_FOUND")?;
    let real = service.post("/v1/decide", &third)?.expect(200)?.json()?;
    same(real.get("dry_run"), None)?;
    same(real.get("repeat"), Some(&json!(false)))?;
    same(real.get("actions"), tried.get("actions"))?;
    let again = service.post("/v1/decide?dry_run=1", &third)?;
    same(again.expect(200)?.json()?.get("repeat"), Some(&json!(true)))?;
    service
        .post("/v1/decide?dry_run=yes", &third)?
        .expect_problem(400, "BAD_PARAMETER")?;
    service
        .post("/v1/decide?dry_run=1", &json!({ "id": "x" }))?
        .expect_problem(400, "EVENT_REJECTED")
        .map(|_| ())
}

fn pulled_back() -> Claimed {
    let service = Running::start(&format!("data = \"data\"\n{PATIENT}"))?;
    let action = waiver(&service, "C1")?;
    let mut stream = Stream::open(service.public, "/v1/stream?kinds=retention", &[])?
        .map_err(|answer| Failed::from(format!("{answer:?}")))?;
    service
        .post("/v1/events", &complaint("angry", "C1"))?
        .expect(200)?;
    let line = stream.next_told()?.ok_or("the stream ended")?;
    let line: Value = serde_json::from_str(&line.data)?;
    same(text(&line, "/type")?, "deft.action.withdrawn")?;
    same(text(&line, "/data/withdraws")?, &*action)?;
    same(text(&line, "/data/by")?, "policy.after_complaint")?;
    let told = customer(&service, "C1")?;
    let folder = service.killed()?;
    let service = Running::start_in(folder, &format!("data = \"data\"\n{PATIENT}"))?;
    let again = customer(&service, "C1")?;
    for part in ["actions", "caps", "suppressions", "decisions", "tags"] {
        same(again.get(part), told.get(part))?;
    }
    let known = told.pointer("/actions/1/state");
    same(known, Some(&json!("WITHDRAWN")))?;
    // The line is numbered like any other: what comes next goes on behind it.
    let next = service
        .post("/v1/decide", &complaint("again", "C1"))?
        .expect(200)?
        .json()?;
    same(text(&next, "/actions/0/sequence")?, "4")
}

fn changed() -> Claimed {
    let service = Running::start(PATIENT)?;
    let action = waiver(&service, "C1")?;
    let outcome = |id: &str, action: &str, word: &str| {
        let body = json!({ "id": id, "action_id": action, "outcome": word, "time": now() });
        service.post("/v1/outcomes", &body)?.expect(200)?.json()
    };
    let shown = outcome("o1", &action, "shown")?;
    same(shown.get("confirmed"), Some(&json!(true)))?;
    same(text(&shown, "/cap")?, "two_retentions_a_week 1/2")?;
    let again = outcome("o2", &action, "shown")?;
    same(
        (again.get("confirmed"), again.get("repeated")),
        (None, Some(&json!(true))),
    )?;
    let refused = outcome("o3", &action, "refused")?;
    same(text(&refused, "/suppressed/0/name")?, "after_refusal")?;
    same(text(&refused, "/suppressed/0/scope")?, "card")?;
    for number in 1..4 {
        let sent = withdrawal(&format!("w{number}"), "C2");
        service.post("/v1/events", &sent)?.expect(200)?;
    }
    let told = customer(&service, "C2")?;
    let hold = text(&told, "/holds/0/hold")?.to_owned();
    let freed = outcome("o4", &hold, "released")?;
    same(
        (freed.get("hold_ended"), freed.get("withdrawn")),
        (Some(&json!(true)), Some(&json!(1))),
    )?;
    same(
        customer(&service, "C2")?.pointer("/holds"),
        Some(&json!([])),
    )
}

fn unheard() -> Claimed {
    let service = Running::start(&format!("data = \"data\"\n{PATIENT}"))?;
    let mut stream = Stream::open(service.public, "/v1/stream", &[])?
        .map_err(|answer| Failed::from(format!("{answer:?}")))?;
    let closing = closing(&service, "C1")?;
    let headers = [
        ("content-type", "application/json"),
        ("request-timeout-ms", "0"),
    ];
    let body = closing.to_string();
    let path = "/v1/decide?channel=app";
    let late = ask(service.public, "POST", path, &headers, body.as_bytes())?;
    let late = late.expect(200)?.json()?;
    same(text(&late, "/answered")?, "fallback")?;
    let mut lines = Vec::new();
    for _ in 0..2 {
        lines.push(stream.next_told()?.ok_or("the stream ended")?.data);
    }
    let pulled: Value = serde_json::from_str(lines.last().map_or("", String::as_str))?;
    same(text(&pulled, "/data/by")?, "decide.fallback")?;
    same(
        text(&pulled, "/data/decision_id")?,
        text(&late, "/decision_id")?,
    )?;
    // Who asks again hears the decision, and that nothing of it is left.
    let again = service.post("/v1/decide", &closing)?.expect(200)?.json()?;
    same(again.get("actions"), Some(&json!([])))?;
    same(again.pointer("/refusals/WITHDRAWN"), Some(&json!(1)))?;
    let folder = service.killed()?;
    let log = kit::deft([
        OsString::from("log"),
        "export".into(),
        folder.join("data").into(),
    ])?;
    let events = folder.join("events.ndjson");
    kit::write(&events, log.expect_code(0)?.stdout)?;
    let actions = folder.join("actions.ndjson");
    let to = actions.display().to_string();
    let project = kit::root().join("rules/retail-bank");
    kit::replay(&events, &project, &["--actions", &to])?;
    let replayed = kit::read(&actions)?;
    let replayed: Vec<&str> = replayed.lines().collect();
    same(replayed, lines.iter().map(String::as_str).collect())?;
    // After the restart as before it.
    let service = Running::start_in(folder, &format!("data = \"data\"\n{PATIENT}"))?;
    let told = service.post("/v1/decide", &closing)?.expect(200)?.json()?;
    same(told.pointer("/refusals/WITHDRAWN"), Some(&json!(1)))
}

fn placement() -> Claimed {
    let service = with_banner()?;
    let asked = closing(&service, "C1")?;
    let path = "/v1/decide?channel=app&placement=home_banner";
    let dry = service.post(&format!("{path}&dry_run=1"), &asked)?;
    let dry = dry.expect(200)?.json()?;
    let told = service.post(path, &asked)?.expect(200)?.json()?;
    same(told.get("actions"), dry.get("actions"))?;
    same(text(&told, "/actions/0/data/placement")?, "home_banner")?;
    same(text(&told, "/actions/0/data/via")?, "reply")?;
    let decision = text(&told, "/decision_id")?;
    let explained = service.get(&format!("/v1/decisions/{decision}/explain"))?;
    same(
        explained.expect(200)?.json()?.get("repeats"),
        Some(&json!(true)),
    )?;
    let again = service.post(path, &asked)?.expect(200)?.json()?;
    same(again.get("actions"), told.get("actions"))?;
    let mut forged = complaint("forged", "C1");
    set(&mut forged, "ask", "app/home_banner");
    service
        .post("/v1/events", &forged)?
        .expect_problem(400, "EVENT_REJECTED")?;
    set(&mut forged, "ask", "of somebody else");
    service.post("/v1/events", &forged)?.expect(200)?;
    let none = service.post(&format!("{path}&top=0"), &asked)?;
    same(none.expect(200)?.json()?.get("actions"), Some(&json!([])))?;
    // What is pushed is in no place, and is not shown in one either.
    let pushed = closing(&service, "C2")?;
    service.post("/v1/events", &pushed)?.expect(200)?;
    let there = service.post("/v1/decide?channel=app", &pushed)?;
    let there = there.expect(200)?.json()?;
    same(text(&there, "/actions/0/data/via")?, "push")?;
    same(
        there.pointer("/actions/0/data/placement"),
        Some(&json!(null)),
    )?;
    let there = service.post(path, &pushed)?.expect(200)?.json()?;
    same(there.get("actions"), Some(&json!([])))?;
    service
        .post("/v1/decide?placement=home_banner", &asked)?
        .expect_problem(400, "BAD_PARAMETER")?;
    service
        .post("/v1/decide?channel=sms&placement=home_banner", &asked)?
        .expect_problem(404, "NOT_FOUND")
        .map(|_| ())
}

fn held() -> Claimed {
    let sections = format!("data = \"data\"\n{PATIENT}");
    let service = Running::start(&sections)?;
    let post = |service: &Running, body: &Value| {
        let kind = [("content-type", "application/json")];
        let path = "/v1/customers/C1/holds";
        let body = body.to_string();
        ask(service.admin, "POST", path, &kind, body.as_bytes())
    };
    let order = json!({ "why": "called from the branch", "lasts": "2h" });
    post(&service, &order)?.expect_problem(404, "NOT_FOUND")?;
    let action = waiver(&service, "C1")?;
    post(&service, &json!({}))?.expect_problem(400, "MALFORMED")?;
    post(&service, &json!({ "why": "" }))?.expect_problem(400, "BAD_REQUEST")?;
    let forged = json!({ "block": true, "why": "w", "by": "nobody" });
    let forged = event("forged", "outcome.held", "C1", &forged);
    service
        .post("/v1/events", &forged)?
        .expect_problem(400, "EVENT_REJECTED")?;
    let told = post(&service, &order)?.expect(200)?.json()?;
    same(told.get("withdrawn"), Some(&json!(1)))?;
    let hold = text(&told, "/hold")?.to_owned();
    let service = Running::start_in(service.killed()?, &sections)?;
    let stands = customer(&service, "C1")?;
    same(text(&stands, "/holds/0/hold")?, &*hold)?;
    same(text(&stands, "/holds/0/rule")?, "operator.loopback")?;
    same(text(&stands, "/actions/0/action_id")?, &*action)?;
    same(text(&stands, "/actions/0/state")?, "WITHDRAWN")?;
    let path = format!("/v1/customers/C1/holds/{hold}");
    let end = |query: &str| {
        let path = format!("{path}{query}");
        ask(service.admin, "DELETE", &path, &[], b"")
    };
    end("")?.expect_problem(400, "BAD_REQUEST")?;
    let ended = end("?why=all+is+well")?.expect(200)?.json()?;
    same(ended.get("hold_ended"), Some(&json!(true)))?;
    let stands = customer(&service, "C1")?;
    same(stands.pointer("/holds"), Some(&json!([])))?;
    end("?why=again")?
        .expect_problem(404, "NOT_FOUND")
        .map(|_| ())
}
