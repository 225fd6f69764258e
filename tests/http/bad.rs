//! What should not come in: it is answered with a type, and the next good request is answered too.

use std::fs;
use std::io::{BufReader, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use kit::http::{Answer, ask, connect, head, read_answer};
use kit::running::{Running, complaint, withdrawal};
use kit::{Claimed, Trial, claim, claim_on_shared};
use serde_json::{Value, json};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        claim_on_shared(
            "http::every_json_case_is_answered_with_a_type",
            every_json_case,
        ),
        claim_on_shared(
            "http::every_naughty_string_is_answered_with_a_type",
            naughty_strings,
        ),
        claim("http::what_is_too_large_is_told", too_large),
        claim("http::what_is_not_there_is_told", not_there),
        claim("http::a_slow_body_is_ended", slow_body),
        claim("http::idle_connections_keep_nobody_out", idle_connections),
        claim(
            "http::fraud_is_decided_while_others_are_turned_away",
            fraud_goes_first,
        ),
        claim(
            "http::what_is_too_much_is_turned_away_with_a_time_to_come_back",
            too_much,
        ),
    ]
}

/// Every form a body may say it has.
const FORMS: [&str; 4] = [
    "application/json",
    "application/x-ndjson",
    "application/cloudevents+json",
    "application/cloudevents-batch+json",
];
const POSTS: [&str; 3] = ["/v1/events", "/v1/decide", "/v1/outcomes"];

/// A typed answer: taken, or a problem that names itself; never the server's own failure.
fn typed(answer: &Answer, about: &str) -> Claimed {
    let body = answer.json()?;
    let taken = matches!(answer.status, 200 | 202 | 207);
    let problem = matches!(answer.status, 400 | 409 | 413 | 415 | 431);
    let told = body
        .get("code")
        .and_then(Value::as_str)
        .is_some_and(|code| !code.is_empty());
    if taken || (problem && told) {
        return Ok(());
    }
    Err(format!("{about}: {}: {}", answer.status, answer.body).into())
}

static NEXT: AtomicUsize = AtomicUsize::new(0);

fn good_follows(service: &Running) -> Claimed {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let event = complaint(&format!("good-{number}"), "C1");
    service.post("/v1/events", &event)?.expect(200)?;
    Ok(())
}

fn every_json_case(shared: &Path) -> Claimed {
    let service = Running::start("")?;
    let mut seen = 0;
    for entry in fs::read_dir(shared.join("data/badinput/json"))? {
        let path = entry?.path();
        let case = fs::read(&path)?;
        for post in POSTS {
            for form in FORMS {
                let headers = [("content-type", form)];
                let answer = ask(service.public, "POST", post, &headers, &case)?;
                typed(&answer, &format!("{post} {form} {}", path.display()))?;
            }
        }
        good_follows(&service)?;
        seen += 1;
    }
    if seen < 200 {
        return Err(format!("only {seen} cases were found").into());
    }
    Ok(())
}

fn naughty_strings(shared: &Path) -> Claimed {
    let service = Running::start("")?;
    let text = kit::read(&shared.join("data/badinput/naughty_strings.json"))?;
    let strings: Vec<String> = serde_json::from_str(&text)?;
    for string in strings {
        let mut batch = Vec::new();
        for field in [
            "/id",
            "/type",
            "/customer",
            "/time",
            "/source",
            "/data/complaint",
            "/data/severity",
        ] {
            let mut event = complaint("naughty", "C2");
            if let Some(place) = event.pointer_mut(field) {
                *place = Value::String(string.clone());
            }
            batch.push(event);
        }
        let answer = service.post("/v1/events", &Value::Array(batch.clone()))?;
        typed(&answer, &string)?;
        let results = answer
            .json()?
            .get("results")
            .and_then(Value::as_array)
            .map(Vec::len);
        if results != Some(batch.len()) {
            return Err(format!("{string:?}: {}", answer.body).into());
        }
        let outcome = json!({"id": string, "action_id": string, "outcome": string, "time": string});
        typed(&service.post("/v1/outcomes", &outcome)?, &string)?;
        let path = encoded(&string);
        for asked in [
            format!("/v1/decisions/{path}"),
            format!("/v1/stream?kinds={path}"),
        ] {
            let answer = service.get(&asked)?;
            if !matches!(answer.status, 400 | 404) {
                return Err(format!("{asked}: {}: {}", answer.status, answer.body).into());
            }
        }
    }
    good_follows(&service)
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn too_large() -> Claimed {
    let service = Running::start("[limits]\nbody = \"64KiB\"\nbatch = 3\ndepth = 4\n")?;
    let long = vec![b' '; 200 * 1024];
    let json = [("content-type", "application/json")];
    let post = |path: &str, body: &[u8]| ask(service.public, "POST", path, &json, body);
    post("/v1/events", &long)?.expect_problem(413, "BODY_TOO_LARGE")?;
    post("/v1/events", b"[1,2,3,4]")?.expect_problem(413, "BATCH_TOO_LARGE")?;
    let deep = post("/v1/events", b"[[[[[[1]]]]]]")?.expect(207)?.json()?;
    if deep.pointer("/results/0/code") != Some(&json!("TOO_DEEP")) {
        return Err(deep.to_string().into());
    }
    let gzip = [
        ("content-type", "application/json"),
        ("content-encoding", "gzip"),
    ];
    ask(service.public, "POST", "/v1/events", &gzip, b"x")?
        .expect_problem(415, "UNSUPPORTED_TYPE")?;
    let xml = [("content-type", "text/xml")];
    ask(service.public, "POST", "/v1/events", &xml, b"<a/>")?
        .expect_problem(415, "UNSUPPORTED_TYPE")?;
    let wide = "x".repeat(100 * 1024);
    let answer = ask(
        service.public,
        "POST",
        "/v1/events",
        &[("x-wide", &wide)],
        b"{}",
    )?;
    if answer.status != 431 {
        return Err(format!("a head of 100 KiB: {}", answer.status).into());
    }
    good_follows(&service)
}

fn not_there() -> Claimed {
    let service = Running::start("")?;
    service
        .get("/v1/nothing")?
        .expect_problem(404, "NOT_FOUND")?;
    service
        .get("/v1/events")?
        .expect_problem(405, "METHOD_NOT_ALLOWED")?;
    service
        .get("/v1/status")?
        .expect_problem(404, "NOT_FOUND")?;
    service
        .admin("/v1/events")?
        .expect_problem(404, "NOT_FOUND")?;
    service
        .get("/v1/stream?kind=service")?
        .expect_problem(400, "BAD_PARAMETER")?;
    service
        .get("/v1/decisions/%ff")?
        .expect_problem(400, "BAD_REQUEST")?;
    service
        .post("/v1/events?ack=perhaps", &json!({}))?
        .expect_problem(400, "BAD_PARAMETER")?;
    let headers = [
        ("content-type", "application/json"),
        ("request-timeout-ms", "soon"),
    ];
    ask(service.public, "POST", "/v1/decide", &headers, b"{}")?
        .expect_problem(400, "BAD_PARAMETER")?;
    let foreign = [("sec-fetch-site", "cross-site")];
    ask(service.admin, "POST", "/v1/drain", &foreign, b"")?.expect_problem(403, "FORBIDDEN")?;
    good_follows(&service)
}

fn slow_body() -> Claimed {
    let service = Running::start("")?;
    let mut socket = connect(service.public)?;
    let kind = [("content-type", "application/json")];
    socket.write_all(head("POST", "/v1/events", &kind, Some(1_000)).as_bytes())?;
    socket.write_all(b"{\"id\":")?;
    good_follows(&service)?;
    let answer = read_answer(&mut BufReader::new(socket))?;
    answer.expect_problem(408, "TOO_SLOW")?;
    good_follows(&service)
}

/// As many as are allowed unless said otherwise, and some more.
const IDLE: usize = 2_200;

fn idle_connections() -> Claimed {
    kit::allow_files();
    let service = Running::start("")?;
    let mut idle = Vec::new();
    for number in 0..IDLE {
        let connected = connect(service.public);
        idle.push(connected.map_err(|e| format!("connection {number}: {e:?}"))?);
    }
    for _ in 0..10 {
        good_follows(&service)?;
    }
    let evicted = service.metric("deft_connections_evicted_total{listener=\"public\"}")?;
    if evicted < 200.0 {
        return Err(format!("{evicted} idle connections were closed").into());
    }
    Ok(())
}

fn too_much() -> Claimed {
    let service = Running::start("[[source]]\nname = \"http\"\nkind = \"http\"\nrate = 5\n")?;
    let mut turned = 0;
    for number in 0..30 {
        let answer = service.post("/v1/events", &complaint(&format!("m{number}"), "C1"))?;
        if answer.status == 429 {
            let answer = answer.expect_problem(429, "RATE_LIMITED")?;
            if !answer.headers.contains_key("retry-after") {
                return Err("no Retry-After".into());
            }
            turned += 1;
        } else {
            answer.expect(200)?;
        }
    }
    if turned == 0 {
        return Err("nothing was turned away".into());
    }
    Ok(())
}

fn fraud_goes_first() -> Claimed {
    let sections =
        "[limits]\nin_flight = 100\nreserve_fraud = \"50%\"\n[decide]\ndeadline = \"20s\"\n";
    let service = Running::start(sections)?;
    let (public, over) = (service.public, Arc::new(AtomicBool::new(false)));
    let floods: Vec<_> = (0..6)
        .map(|flood| {
            let over = Arc::clone(&over);
            thread::spawn(move || -> Result<usize, String> {
                let mut turned = 0;
                for round in 0..10_000 {
                    if over.load(Ordering::Acquire) {
                        break;
                    }
                    let id = |n: usize| format!("f{flood}-{round}-{n}");
                    let batch = (0..50).map(|n| complaint(&id(n), &format!("C{n}")));
                    let batch = Value::Array(batch.collect()).to_string();
                    let kind = [("content-type", "application/json")];
                    let answer = ask(public, "POST", "/v1/events", &kind, batch.as_bytes());
                    match answer.map_err(|failed| format!("{failed:?}"))?.status {
                        200 => {}
                        429 => turned += 1,
                        other => return Err(format!("status {other}")),
                    }
                }
                Ok(turned)
            })
        })
        .collect();
    for number in 0..40 {
        let event = withdrawal(&format!("w{number}"), &format!("W{number}"));
        let answer = service.post("/v1/decide", &event)?.expect(200)?.json()?;
        if answer.get("answered") != Some(&json!("rules")) {
            return Err(format!("{answer}").into());
        }
    }
    over.store(true, Ordering::Release);
    let mut turned = 0;
    for flood in floods {
        turned += flood.join().map_err(|_| "a flood broke down")??;
    }
    if turned == 0 {
        return Err("nobody was turned away: that was no flood".into());
    }
    good_follows(&service)?;
    match service.metric("deft_in_flight_events")? {
        0.0 => Ok(()),
        left => Err(format!("{left} events are still in flight").into()),
    }
}
