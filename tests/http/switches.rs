//! The red button: what an operator turns off does not act from the next batch on, and says so.

use kit::http::{Answer, ask};
use kit::running::{Running, complaint};
use kit::{Claimed, Failed, Trial, claim};
use serde_json::{Value, json};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        claim(
            "http::a_class_that_is_off_sends_nothing_and_stays_off_when_killed",
            red_button,
        ),
        claim("http::a_paused_rule_is_refused_until_it_is_resumed", paused),
        claim("http::a_wrong_order_is_told_and_changes_nothing", wrong),
    ]
}

const RULE: &str = "service.complaint_callback";
const SECTIONS: &str = "data = \"data\"\n[decide]\ndeadline = \"20s\"\n";

fn order(service: &Running, path: &str, body: &Value) -> Result<Answer, Failed> {
    let kind = [("content-type", "application/json")];
    ask(
        service.admin,
        "POST",
        path,
        &kind,
        body.to_string().as_bytes(),
    )
}

fn is(value: &Value, path: &str, expected: &Value) -> Claimed {
    if value.pointer(path) == Some(expected) {
        return Ok(());
    }
    Err(format!("at {path} there is not {expected}: {value}").into())
}

/// How many actions a complaint gets; one that gets none must be refused by this, and its record
/// must say so when it is decided again.
fn acts(service: &Running, id: &str, by: Option<&str>) -> Claimed {
    let answer = service.post("/v1/decide", &complaint(id, "C1"))?;
    let answer = answer.expect(200)?.json()?;
    let actions = answer.pointer("/actions").and_then(Value::as_array);
    let count = actions.map_or(0, Vec::len);
    let id = answer.pointer("/decision_id").and_then(Value::as_str);
    let path = format!("/v1/decisions/{}", id.unwrap_or("none"));
    let shown = service.get(&path)?.expect(200)?.json()?;
    match by {
        None => is(&json!({ "count": count }), "/count", &json!(1))?,
        Some(by) => {
            is(&json!({ "count": count }), "/count", &json!(0))?;
            is(&shown, "/record/refused/0/code", &json!("RULE_PAUSED"))?;
            is(&shown, "/record/refused/0/by", &json!(by))?;
        }
    }
    let why = service.get(&format!("{path}/explain"))?;
    is(&why.expect(200)?.json()?, "/repeats", &json!(true))
}

fn red_button() -> Claimed {
    let service = Running::start(SECTIONS)?;
    acts(&service, "one", None)?;
    let off = json!({ "on": false, "why": "the team is away" });
    let told = order(&service, "/v1/switches/service", &off)?.expect(200)?;
    is(&told.json()?, "/on", &json!(false))?;
    acts(&service, "two", Some("class.service"))?;
    if service.metric("deft_switch_off{class=\"service\"}")? < 1.0 {
        return Err("no metric says that the class is off".into());
    }
    let service = Running::start_in(service.killed()?, SECTIONS)?;
    let status = service.admin("/v1/status")?.expect(200)?.json()?;
    is(&status, "/switches/service/why", &json!("the team is away"))?;
    is(&status, "/switches/fraud/on", &json!(true))?;
    acts(&service, "three", Some("class.service"))?;
    let on = json!({ "on": true });
    order(&service, "/v1/switches/service", &on)?.expect(200)?;
    let off = json!({ "on": false, "why": "everything" });
    order(&service, "/v1/switches/all-actions", &off)?.expect(200)?;
    acts(&service, "four", Some("all-actions"))?;
    order(&service, "/v1/switches/all-actions", &on)?.expect(200)?;
    let service = Running::start_in(service.killed()?, SECTIONS)?;
    acts(&service, "five", None)
}

fn paused() -> Claimed {
    let service = Running::start(SECTIONS)?;
    let why = json!({ "why": "calls twice" });
    let path = |word: &str| format!("/v1/rules/{RULE}/{word}");
    let told = order(&service, &path("pause"), &why)?.expect(200)?.json()?;
    is(&told, "/by", &json!("loopback"))?;
    let by = format!("rule.{RULE}");
    acts(&service, "one", Some(&by))?;
    let rules = service.admin("/v1/rules")?.expect(200)?.json()?;
    let all = rules.pointer("/rules").and_then(Value::as_array);
    let off: Vec<&Value> = all
        .into_iter()
        .flatten()
        .filter(|rule| rule.pointer("/on") == Some(&json!(false)))
        .collect();
    is(&json!(off), "/0/id", &json!(RULE))?;
    is(&json!({ "off": off.len() }), "/off", &json!(1))?;
    let metric = format!("deft_rule_paused{{rule=\"{RULE}\"}}");
    if service.metric(&metric)? < 1.0 {
        return Err("no metric says that the rule is paused".into());
    }
    let service = Running::start_in(service.killed()?, SECTIONS)?;
    let status = service.admin("/v1/status")?.expect(200)?.json()?;
    is(&status, "/paused/0/why", &json!("calls twice"))?;
    acts(&service, "two", Some(&by))?;
    order(&service, &path("resume"), &json!({}))?.expect(200)?;
    acts(&service, "three", None)?;
    if service.metric(&metric)? > 0.0 {
        return Err("the metric stays after the rule was resumed".into());
    }
    Ok(())
}

fn wrong() -> Claimed {
    let service = Running::start(SECTIONS)?;
    let off = json!({ "on": false, "why": "x" });
    let tries = [
        ("/v1/switches/gold", &off, 404, "NOT_FOUND"),
        ("/v1/switches/profile", &off, 404, "NOT_FOUND"),
        (
            "/v1/rules/service.nobody/pause",
            &json!({ "why": "x" }),
            404,
            "NOT_FOUND",
        ),
        (
            "/v1/switches/service",
            &json!({ "on": false }),
            400,
            "BAD_REQUEST",
        ),
        (
            "/v1/switches/service",
            &json!({ "on": false, "why": " " }),
            400,
            "BAD_REQUEST",
        ),
        (
            "/v1/switches/service",
            &json!({ "why": "x" }),
            400,
            "MALFORMED",
        ),
        (
            "/v1/switches/service",
            &json!({ "on": false, "why": "x", "y": 1 }),
            400,
            "MALFORMED",
        ),
        (
            "/v1/rules/service.complaint_callback/pause",
            &json!({}),
            400,
            "BAD_REQUEST",
        ),
    ];
    for (path, body, status, code) in tries {
        order(&service, path, body)?.expect_problem(status, code)?;
    }
    let status = service.admin("/v1/status")?.expect(200)?.json()?;
    is(&status, "/paused", &json!([]))?;
    is(&status, "/switches/service", &json!({ "on": true }))?;
    acts(&service, "one", None)
}
