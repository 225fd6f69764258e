//! A walk through every endpoint, with events that are as they should be.

use std::collections::BTreeSet;

use kit::http::{Stream, Told, ask};
use kit::running::{Running, complaint, event, now, withdrawal};
use kit::{Claimed, Failed, Trial, claim};
use serde_json::{Value, json};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        claim("http::an_event_is_taken_in_every_form", every_form),
        claim(
            "http::every_item_of_a_batch_is_answered_for_itself",
            every_item,
        ),
        claim(
            "http::decide_answers_and_repeats_itself_to_the_byte",
            decide_repeats,
        ),
        claim(
            "http::decide_that_is_late_answers_the_declared_fallback",
            decide_is_late,
        ),
        claim(
            "http::a_decision_is_read_and_explained_from_its_record",
            explained,
        ),
        claim(
            "http::outcomes_are_taken_once_and_unknown_actions_told",
            outcomes,
        ),
        claim(
            "http::a_stream_that_broke_off_goes_on_without_loss_or_repeat",
            stream_resumes,
        ),
        claim("http::the_operator_sees_what_runs", operator),
        claim("http::metrics_keep_their_manners", metrics),
    ]
}

/// The text at a path of a JSON value.
fn text<'v>(value: &'v Value, path: &str) -> Result<&'v str, Failed> {
    let found = value.pointer(path).and_then(Value::as_str);
    found.ok_or_else(|| format!("no text at {path}: {value}").into())
}

/// The value with this text at this path.
fn with(value: &Value, path: &str, text: &str) -> Value {
    let mut value = value.clone();
    let (parent, member) = path.rsplit_once('/').unwrap_or(("", path));
    if let Some(members) = value.pointer_mut(parent).and_then(Value::as_object_mut) {
        members.insert(member.to_owned(), text.into());
    }
    value
}

fn same<T: PartialEq + std::fmt::Debug>(got: T, expected: T) -> Claimed {
    if got == expected {
        return Ok(());
    }
    Err(format!("{got:?}, expected {expected:?}").into())
}

fn every_form() -> Claimed {
    let service = Running::start("")?;
    let alone = service
        .post("/v1/events", &complaint("one", "C1"))?
        .expect(200)?
        .json()?;
    same(text(&alone, "/result")?, "settled")?;
    let array = json!([complaint("two", "C1"), complaint("three", "C2")]);
    let lines = format!(
        "{}\n\n{}\n",
        complaint("four", "C1"),
        complaint("five", "C2")
    );
    let cloud = with(&complaint("six", "ignored"), "/specversion", "1.0");
    let mut cloud = with(&cloud, "/partitionkey", "C1");
    if let Some(members) = cloud.as_object_mut() {
        members.remove("customer");
    }
    let second = with(&cloud, "/id", "seven");
    let batch = json!([second]);
    for (kind, body, count) in [
        ("application/json", array.to_string(), 2),
        ("application/x-ndjson", lines, 2),
        ("application/cloudevents+json", cloud.to_string(), 0),
        ("application/cloudevents-batch+json", batch.to_string(), 1),
    ] {
        let sent = [("content-type", kind)];
        let answer = ask(service.public, "POST", "/v1/events", &sent, body.as_bytes())?;
        let answer = answer.expect(200)?.json()?;
        let results = answer.get("results").and_then(Value::as_array);
        same(results.map_or(0, Vec::len), count)?;
        if answer.to_string().contains("rejected") || answer.to_string().contains("duplicate") {
            return Err(format!("{kind}: {answer}").into());
        }
    }
    let binary = [
        ("content-type", "application/json"),
        ("ce-specversion", "1.0"),
        ("ce-id", "eight"),
        ("ce-type", "channel.complaint"),
        ("ce-source", "test"),
        ("ce-customer", "C1"),
        ("ce-time", "not yet"),
    ];
    let body = br#"{"severity":"high","complaint":"x"}"#;
    // A header is a text, and a text is a time only as RFC 3339 has it.
    ask(service.public, "POST", "/v1/events", &binary, body)?
        .expect_problem(400, "EVENT_REJECTED")?;
    let when = rfc3339(i64::try_from(now())?);
    let mut binary = binary.to_vec();
    binary.pop();
    binary.push(("ce-time", &when));
    ask(service.public, "POST", "/v1/events", &binary, body)?.expect(200)?;
    same(
        service.metric("deft_events_settled_total{result=\"decided\"}")?,
        8.0,
    )
}

/// The calendar of an instant in UTC, by days since 1970 (Hinnant, `civil_from_days`).
fn rfc3339(ms: i64) -> String {
    let (days, rest) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000) / 1_000);
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

fn every_item() -> Claimed {
    let service = Running::start("")?;
    let good = complaint("good", "C1");
    let other = with(&good, "/data/complaint", "another");
    let unknown = event("u", "channel.nothing", "C1", &json!({}));
    let batch = json!([good, good, other, unknown, 7, {"id": "x"}]);
    let answer = service.post("/v1/events", &batch)?.expect(207)?.json()?;
    let results = answer
        .get("results")
        .and_then(Value::as_array)
        .ok_or("no results")?;
    let told: Vec<(&str, &str)> = results
        .iter()
        .map(|r| {
            let word = |name: &str| r.get(name).and_then(Value::as_str).unwrap_or("");
            (word("result"), word("code"))
        })
        .collect();
    same(
        told,
        vec![
            ("settled", ""),
            ("duplicate", "DUPLICATE_EVENT"),
            ("rejected", "DUPLICATE_MISMATCH"),
            ("rejected", "UNKNOWN_TYPE"),
            ("rejected", "MALFORMED"),
            ("rejected", "MISSING_MEMBER"),
        ],
    )?;
    let early = service
        .post("/v1/events?ack=received", &complaint("early", "C1"))?
        .expect(202)?
        .json()?;
    same(text(&early, "/durability")?, "pending")
}

/// Three withdrawals; the third is decided.
fn third(service: &Running, customer: &str) -> Result<Value, Failed> {
    for number in 1..3 {
        let event = withdrawal(&format!("w{number}-{customer}"), customer);
        service.post("/v1/events", &event)?.expect(200)?;
    }
    Ok(withdrawal(&format!("w3-{customer}"), customer))
}

fn decide_repeats() -> Claimed {
    let service = Running::start("[decide]\ndeadline = \"20s\"\n")?;
    let calm = withdrawal("calm", "C9");
    let calm = service.post("/v1/decide", &calm)?.expect(200)?.json()?;
    same(text(&calm, "/verdict")?, "allow")?;
    let event = third(&service, "C1")?;
    let first = service.post("/v1/decide", &event)?.expect(200)?.json()?;
    same(
        (text(&first, "/answered")?, text(&first, "/verdict")?),
        ("rules", "block"),
    )?;
    same(first.get("repeat"), Some(&json!(false)))?;
    let again = service.post("/v1/decide", &event)?.expect(200)?.json()?;
    same(again.get("repeat"), Some(&json!(true)))?;
    same(again.get("actions"), first.get("actions"))?;
    same(again.get("decision_id"), first.get("decision_id"))?;
    // It came by another way first: the recorded decision is the answer all the same.
    let other = third(&service, "C2")?;
    service.post("/v1/events", &other)?.expect(200)?;
    let asked = service.post("/v1/decide", &other)?.expect(200)?.json()?;
    same(
        (text(&asked, "/verdict")?, asked.get("repeat")),
        ("block", Some(&json!(true))),
    )?;
    let forged = with(&event, "/data/amount", "601.00");
    service
        .post("/v1/decide", &forged)?
        .expect_problem(409, "DUPLICATE_MISMATCH")?;
    let none = service.post("/v1/decide?channel=sms&top=0", &complaint("k", "C3"))?;
    let none = none.expect(200)?.json()?;
    same(none.pointer("/actions"), Some(&json!([])))?;
    service
        .post("/v1/decide?channel=smoke", &calm)?
        .expect_problem(404, "NOT_FOUND")?;
    service
        .post("/v1/decide", &json!([event]))?
        .expect_problem(400, "BAD_REQUEST")?;
    Ok(())
}

fn decide_is_late() -> Claimed {
    let service =
        Running::start("[decide]\nlate = { fraud = \"hold\", commercial = \"nothing\" }\n")?;
    let body = withdrawal("late", "C1").to_string();
    let headers = [
        ("content-type", "application/json"),
        ("request-timeout-ms", "0"),
    ];
    let answer = ask(
        service.public,
        "POST",
        "/v1/decide",
        &headers,
        body.as_bytes(),
    )?;
    let answer = answer.expect(200)?.json()?;
    let told = (
        text(&answer, "/answered")?,
        text(&answer, "/why")?,
        text(&answer, "/verdict")?,
    );
    same(told, ("fallback", "DEADLINE", "hold"))?;
    same(
        service.metric("deft_decision_deadline_missed_total{default=\"hold\"}")?,
        1.0,
    )?;
    // The event was decided once all the same.
    let decision = text(&answer, "/decision_id")?.to_owned();
    let path = format!("/v1/decisions/{decision}");
    let shown = (0..400).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(5));
        service.get(&path).is_ok_and(|answer| answer.status == 200)
    });
    same(shown, true)?;
    let comes_later = complaint("sale", "C1").to_string();
    let answer = ask(
        service.public,
        "POST",
        "/v1/decide",
        &headers,
        comes_later.as_bytes(),
    )?;
    same(
        answer.expect(200)?.json()?.pointer("/verdict"),
        Some(&Value::Null),
    )
}

fn explained() -> Claimed {
    let service = Running::start("[decide]\ndeadline = \"20s\"\n")?;
    let event = third(&service, "C1")?;
    let answer = service.post("/v1/decide", &event)?.expect(200)?.json()?;
    let decision = text(&answer, "/decision_id")?.to_owned();
    let action = text(&answer, "/actions/0/id")?.to_owned();
    let shown = service
        .get(&format!("/v1/decisions/{decision}"))?
        .expect(200)?
        .json()?;
    same(text(&shown, "/record/decision_id")?, &decision)?;
    same(shown.get("actions"), answer.get("actions"))?;
    let by_action = service
        .get(&format!("/v1/decisions/{action}"))?
        .expect(200)?
        .json()?;
    same(by_action, shown)?;
    let why = service
        .get(&format!("/v1/decisions/{decision}/explain"))?
        .expect(200)?
        .json()?;
    same(why.get("repeats"), Some(&json!(true)))?;
    if !text(&why, "/text")?.contains("WITHDRAWAL_BURST") {
        return Err(format!("{why}").into());
    }
    let path = format!("/v1/decisions/{decision}/explain?why_not=fraud.unusual_amount&lang=zh");
    let why_not = service.get(&path)?.expect(200)?.json()?;
    if !text(&why_not, "/text")?.contains("fraud.unusual_amount") {
        return Err(format!("{why_not}").into());
    }
    let nobody = format!("/v1/decisions/{decision}/explain?why_not=fraud.nobody");
    service.get(&nobody)?.expect_problem(404, "NOT_FOUND")?;
    service
        .get("/v1/decisions/d-none")?
        .expect_problem(404, "NOT_FOUND")?;
    Ok(())
}

fn outcomes() -> Claimed {
    let service = Running::start("[decide]\ndeadline = \"20s\"\n")?;
    let answer = service
        .post("/v1/decide", &complaint("c1", "C1"))?
        .expect(200)?
        .json()?;
    let action = text(&answer, "/actions/0/id")?.to_owned();
    let outcome = |id: &str, action: &str, word: &str| json!({ "id": id, "action_id": action, "outcome": word, "time": now(), "detail": {"code": "ok"} });
    let delivered = outcome("o-1", &action, "delivered");
    let batch = json!([
        delivered,
        delivered,
        outcome("o-2", "a-none", "delivered"),
        outcome("o-3", &action, "delifered"),
        outcome("o-4", &action, "accepted"),
        {"id": "o-5", "action_id": action, "outcome": "shown", "time": now(), "chanel": "app"},
    ]);
    let answer = service.post("/v1/outcomes", &batch)?.expect(207)?.json()?;
    let results = answer
        .get("results")
        .and_then(Value::as_array)
        .ok_or("no results")?;
    let told: Vec<(&str, &str)> = results
        .iter()
        .map(|r| {
            let word = |name: &str| r.get(name).and_then(Value::as_str).unwrap_or("");
            (word("result"), word("code"))
        })
        .collect();
    same(
        told,
        vec![
            ("settled", ""),
            ("duplicate", "DUPLICATE_EVENT"),
            ("rejected", "NOT_FOUND"),
            ("rejected", "OUT_OF_RANGE"),
            ("settled", ""),
            ("rejected", "MALFORMED"),
        ],
    )?;
    let alone = |outcome: &Value| service.post("/v1/outcomes", outcome);
    alone(&outcome("o-7", &action, "shown"))?.expect(200)?;
    let other = alone(&outcome("o-7", &action, "clicked"))?;
    other.expect_problem(409, "DUPLICATE_MISMATCH")?;
    alone(&outcome("o-8", "a-none", "shown"))?.expect_problem(404, "NOT_FOUND")?;
    alone(&json!({}))?.expect_problem(400, "EVENT_REJECTED")?;
    let lines = format!("{}\n", outcome("o-6", &action, "clicked"));
    let kind = [("content-type", "application/x-ndjson")];
    ask(
        service.public,
        "POST",
        "/v1/outcomes",
        &kind,
        lines.as_bytes(),
    )?
    .expect(200)?;
    same(
        service.metric("deft_outcomes_total{outcome=\"delivered\"}")?,
        2.0,
    )
}

fn take(stream: &mut Stream, count: usize) -> Result<Vec<Told>, Failed> {
    let next = |_| {
        stream
            .next_told()?
            .ok_or_else(|| Failed::from("the stream ended"))
    };
    (0..count).map(next).collect()
}

fn stream_resumes() -> Claimed {
    let service = Running::start("")?;
    let open = |headers: &[(&str, &str)]| {
        Stream::open(service.public, "/v1/stream?kinds=service", headers)?
            .map_err(|answer| Failed::from(format!("{answer:?}")))
    };
    let mut whole = open(&[])?;
    let mut first = open(&[])?;
    let mut fraud = Stream::open(service.public, "/v1/stream?kinds=fraud-block", &[])?
        .map_err(|answer| Failed::from(format!("{answer:?}")))?;
    let send = |from: usize, to: usize| -> Claimed {
        for n in from..to {
            service
                .post(
                    "/v1/events",
                    &complaint(&format!("s{n}"), &format!("C{}", n % 3)),
                )?
                .expect(200)?;
        }
        Ok(())
    };
    send(0, 10)?;
    let seen = take(&mut first, 4)?;
    drop(first);
    send(10, 20)?;
    let last = seen.last().map(|told| told.id.clone()).unwrap_or_default();
    let mut second = open(&[("last-event-id", &last)])?;
    let rest = take(&mut second, 16)?;
    let all: Vec<String> = seen.into_iter().chain(rest).map(|told| told.data).collect();
    let expected: Vec<String> = take(&mut whole, 20)?
        .into_iter()
        .map(|told| told.data)
        .collect();
    same(&all, &expected)?;
    let ids: BTreeSet<&String> = all.iter().collect();
    same(ids.len(), 20)?;
    // Another kind has none of these, and its own comes through.
    let third = third(&service, "C7")?;
    service.post("/v1/events", &third)?.expect(200)?;
    same(
        take(&mut fraud, 1)?.first().map(|told| told.event.clone()),
        Some("fraud-block".to_owned()),
    )?;
    for (id, status) in [("1.5", 410), ("nonsense", 400)] {
        match Stream::open(service.public, "/v1/stream", &[("last-event-id", id)])? {
            Err(answer) => answer.expect(status).map(|_| ())?,
            Ok(_) => return Err(format!("`{id}` was taken").into()),
        }
    }
    Ok(())
}

fn operator() -> Claimed {
    let service = Running::start("")?;
    service
        .post("/v1/events", &complaint("e", "C1"))?
        .expect(200)?;
    let status = service.admin("/v1/status")?.expect(200)?.json()?;
    same(
        (text(&status, "/verdict")?, status.get("last_seq")),
        ("ready", Some(&json!(1))),
    )?;
    let config = service.admin("/v1/config")?.expect(200)?.json()?;
    same(config.pointer("/limits/batch"), Some(&json!(1000)))?;
    let shards = service.admin("/v1/shards")?.expect(200)?.json()?;
    let groups = |at: usize| shards.pointer(&format!("/shards/{at}/key_groups")).cloned();
    let owned: usize = (0..2)
        .filter_map(|at| Some(groups(at)?.as_array()?.len()))
        .sum();
    same(owned, 64)?;
    let rules = service.admin("/v1/rules")?.expect(200)?.json()?;
    same(
        rules.get("rules").and_then(Value::as_array).map(Vec::len),
        Some(18),
    )?;
    let post = |path: &str| ask(service.admin, "POST", path, &[], b"");
    let trial = post("/v1/rules/reload?dry_run=1")?.expect(200)?.json()?;
    same(trial.get("book"), trial.get("in_force"))?;
    post("/v1/rules/reload?dry_run=2")?.expect_problem(400, "BAD_PARAMETER")?;
    let level = |body: &[u8]| ask(service.admin, "PUT", "/v1/log-level", &[], body);
    level(b"{\"level\":\"debug\"}")?.expect(200)?;
    level(b"{\"level\":\"loud\"}")?.expect_problem(400, "MALFORMED")?;
    level(b"{\"level\":\"info\",\"x\":1}")?.expect_problem(400, "MALFORMED")?;
    for path in ["/livez", "/startupz", "/readyz"] {
        service.admin(path)?.expect(200)?;
    }
    let said = service.said();
    if said.contains("complaint") || !said.contains("curl") {
        return Err(format!("it said: {said}").into());
    }
    Ok(())
}

fn metrics() -> Claimed {
    let service = Running::start("")?;
    service
        .post("/v1/events", &complaint("secret-event", "secret-customer"))?
        .expect(200)?;
    let text = service.admin("/metrics")?.expect(200)?.body;
    if text.contains("secret") {
        return Err("an event or a customer stands in a label".into());
    }
    let mut helped = BTreeSet::new();
    let mut series = 0;
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(help) = line.strip_prefix("# HELP ") {
            helped.insert(help.split(' ').next().unwrap_or(""));
            continue;
        }
        if line.starts_with('#') {
            continue;
        }
        series += 1;
        let name = line.split(['{', ' ']).next().unwrap_or("");
        let base = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|end| name.strip_suffix(end).filter(|base| helped.contains(base)))
            .unwrap_or(name);
        if !name.starts_with("deft_") || !helped.contains(base) || name.contains("_ms") {
            return Err(format!("`{name}` has no help or no manners").into());
        }
    }
    if !(100..5_000).contains(&series) {
        return Err(format!("{series} series").into());
    }
    Ok(())
}
