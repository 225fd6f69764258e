//! Another catalogue under a running node: taken up without losing anything, gone back from, and told.

use super::reload::{RULE, SECTIONS, book, change, decided, reload, same, start};
use kit::http::{Answer, ask};
use kit::running::{Running, event, withdrawal};
use kit::{Claimed, Deft, Failed, Trial, claim};
use serde_json::{Value, json};
use std::thread;
use std::time::Duration;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        claim(
            "http::another_catalogue_is_taken_up_and_survives_a_kill",
            taken_up,
        ),
        claim(
            "http::a_restart_takes_another_catalogue_up_as_a_reload_does",
            restarted,
        ),
        claim("http::a_recovery_goes_through_the_books_in_order", in_order),
        claim("http::a_type_that_changes_is_refused_everywhere", retyped),
        claim(
            "http::a_rollback_goes_back_and_holds_over_a_restart",
            rollback,
        ),
        claim(
            "http::a_watched_project_is_taken_up_when_it_is_good",
            watched,
        ),
    ]
}

const FEATURES: &str = "project/catalog/features.toml";
const BURST: &str = "project/rules/fraud/withdrawal_burst.rhai";

fn status(service: &Running) -> Result<Value, Failed> {
    service.admin("/v1/status")?.expect(200)?.json()
}

fn at<'v>(value: &'v Value, path: &str) -> Option<&'v str> {
    value.pointer(path).and_then(Value::as_str)
}

/// How many actions follow on a withdrawal; the third within ten minutes blocks the card.
fn withdraw(service: &Running, id: &str) -> Result<usize, Failed> {
    send(service, &withdrawal(id, "C1"))
}

fn send(service: &Running, event: &Value) -> Result<usize, Failed> {
    let answer = service.post("/v1/decide", event)?.expect(200)?.json()?;
    let actions = answer.pointer("/actions").and_then(Value::as_array);
    Ok(actions.map_or(0, Vec::len))
}

/// A tag and an entity stand before all others, an event type is new, and a window reaches further: a
/// rule on complaints reads it.
fn enlarge(service: &Running) -> Claimed {
    change(
        service,
        "project/catalog/entities.toml",
        "[entity.card]",
        "[entity.branch]\n[entity.card]",
    )?;
    change(
        service,
        "project/catalog/tags.toml",
        "[tag.tier]",
        "[tag.branch]\ntype = \"ref:branch?\"\n\
         set = { on = \"channel.branch_visit\", from = \"event.branch\" }\n[tag.tier]",
    )?;
    change(
        service,
        "project/catalog/events.toml",
        "[event.\"transaction.card_payment\"]",
        "[event.\"channel.branch_visit\".data]\nbranch = \"ref:branch\"\n\
         [event.\"transaction.card_payment\"]",
    )?;
    change(
        service,
        FEATURES,
        "[feature.withdrawals_10m]",
        "[feature.withdrawals_30d]\nstream = \"withdrawals\"\nkey = \"customer\"\ntake = \"count\"\n\
         over = \"30d\"\n[feature.withdrawals_10m]",
    )?;
    let from = "event.severity in [\"medium\", \"high\"]";
    let to = "event.severity in [\"medium\", \"high\"] && customer.withdrawals_30d >= 0";
    change(service, RULE, from, to)
}

/// What has to be so behind [`enlarge`], with two withdrawals before.
fn enlarged(service: &Running, id: &str) -> Claimed {
    let told = status(service)?;
    if at(&told, "/cold/withdrawals_30d").is_none() {
        return Err(format!("the window is not told to be cold: {told}").into());
    }
    same(
        service
            .metric("deft_feature_cold{feature=\"withdrawals_30d\"}")?
            .to_string(),
        "1".to_owned(),
    )?;
    same(
        service
            .metric("deft_feature_cold{feature=\"withdrawals_10m\"}")?
            .to_string(),
        "0".to_owned(),
    )?;
    // The rule that reads it only watches; the window that was there before has kept its count.
    let (actions, decision) = decided(service, &format!("{id}-complaint"))?;
    same(actions, 0)?;
    let path = format!("/v1/decisions/{decision}/explain");
    let why = service.get(&path)?.expect(200)?.json()?;
    same(why.get("repeats"), Some(&json!(true)))?;
    if !at(&why, "/text").is_some_and(|text| text.contains("cold windows")) {
        return Err(format!("the window is not told: {why}").into());
    }
    let shown = service.admin("/v1/customers/C1")?.expect(200)?.json()?;
    let state = |window: &str| at(&shown, &format!("/features/{window}/state"));
    same(state("withdrawals_30d"), Some("cold"))?;
    same(state("withdrawals_10m"), Some("known"))?;
    let visit = event(
        &format!("{id}-visit"),
        "channel.branch_visit",
        "C1",
        &json!({ "branch": "b1" }),
    );
    let answer = service.post("/v1/events", &visit)?.expect(200)?.json()?;
    same(answer.get("result"), Some(&json!("settled")))
}

fn taken_up() -> Claimed {
    let service = start(SECTIONS)?;
    same(withdraw(&service, "w1")?, 0)?;
    same(withdraw(&service, "w2")?, 0)?;
    same(decided(&service, "warm")?.0, 1)?;
    enlarge(&service)?;
    reload(&service, "")?.expect(200)?;
    let now = book(&service)?;
    let told = status(&service)?;
    // Killed right behind the order: what was answered is so.
    let service = Running::start_in(service.killed()?, SECTIONS)?;
    same(book(&service)?, now)?;
    let again = status(&service)?;
    for path in [
        "/book_since",
        "/book_by",
        "/book_before",
        "/cold/withdrawals_30d",
    ] {
        same(at(&again, path), at(&told, path))?;
    }
    enlarged(&service, "one")?;
    let third = withdrawal("w3", "C1");
    let before = send(&service, &third)?;
    let service = Running::start_in(service.killed()?, SECTIONS)?;
    same(before > 0, true)?;
    same(send(&service, &third)?, before)?;
    enlarged(&service, "two")
}

/// Some parts of the state have a snapshot of the first book's time and some of the second's.
fn in_order() -> Claimed {
    let sections = format!("{SECTIONS}[store]\nsnapshot = {{ every = \"1s\" }}\n");
    let service = start(&sections)?;
    let customers: Vec<String> = (0..24).map(|n| format!("C{n}")).collect();
    for (n, customer) in customers.iter().enumerate() {
        for time in ["first", "second"] {
            let event = withdrawal(&format!("{time}-{n}"), customer);
            same(send(&service, &event)?, 0)?;
        }
    }
    // A part has its turn at each tenth of a second: so about half have had it.
    thread::sleep(Duration::from_secs(4));
    enlarge(&service)?;
    reload(&service, "")?.expect(200)?;
    for n in 0..20 {
        let complaint = kit::running::complaint(&format!("c-{n}"), &format!("C{n}"));
        service.post("/v1/events", &complaint)?.expect(200)?;
    }
    thread::sleep(Duration::from_secs(3));
    let service = Running::start_in(service.killed()?, &sections)?;
    for (n, customer) in customers.iter().enumerate() {
        let third = send(&service, &withdrawal(&format!("third-{n}"), customer))?;
        if third == 0 {
            return Err(format!("{customer} has lost a withdrawal").into());
        }
    }
    enlarged(&service, "one")
}

fn restarted() -> Claimed {
    let service = start(SECTIONS)?;
    same(withdraw(&service, "w1")?, 0)?;
    same(withdraw(&service, "w2")?, 0)?;
    enlarge(&service)?;
    // Somebody looks beforehand what it would be.
    let (project, data) = (service.folder.join("project"), service.folder.join("data"));
    let said = Deft::new(["check"]).arg(&project).arg("--data").arg(&data);
    let said = said.run()?.expect_code(0)?;
    if !said.stderr.contains("`withdrawals_30d` is warm from ") {
        return Err(said.complaint("the window is not told to be cold"));
    }
    // A copy of the store has what it takes to go on from.
    let (copy, other) = (service.folder.join("copy"), service.folder.join("other"));
    let backup = Deft::new(["store", "backup"])
        .arg(&data)
        .arg("--to")
        .arg(&copy);
    backup.run()?.expect_code(0)?;
    let bring = Deft::new(["store", "restore"])
        .arg(&copy)
        .arg("--to")
        .arg(&other);
    bring.run()?.expect_code(0)?;
    let folder = service.killed()?;
    std::fs::remove_dir_all(folder.join("data"))?;
    std::fs::rename(folder.join("other"), folder.join("data"))?;
    let service = Running::start_in(folder, SECTIONS)?;
    enlarged(&service, "one")?;
    same(withdraw(&service, "w3")? > 0, true)?;
    // Nothing but the start has said so, and the next one knows.
    let told = status(&service)?;
    same(at(&told, "/book_by"), Some("start"))?;
    let service = Running::start_in(service.killed()?, SECTIONS)?;
    let again = status(&service)?;
    same(at(&again, "/book_since"), at(&told, "/book_since"))?;
    enlarged(&service, "two")
}

fn retyped() -> Claimed {
    let service = start(SECTIONS)?;
    same(decided(&service, "one")?.0, 1)?;
    let tags = "project/catalog/tags.toml";
    change(
        &service,
        tags,
        "type  = \"text?\"\nset   = { on = \"profile.updated\", from = \"event.home_country\" }",
        "type  = \"int?\"",
    )?;
    change(
        &service,
        "project/rules/offers/travel_cover.rhai",
        "event.country != customer.home_country",
        "customer.home_country > 0",
    )?;
    let problem = reload(&service, "")?
        .expect_problem(409, "RULES_REFUSED")?
        .json()?;
    let cause = problem
        .pointer("/findings/findings")
        .and_then(Value::as_array);
    let causes = cause
        .into_iter()
        .flatten()
        .filter_map(|finding| at(finding, "/cause/en"));
    let words = "tag `home_country` is kept as text, and is int here";
    if !causes.into_iter().any(|cause| cause.contains(words)) {
        return Err(format!("it is not told: {problem}").into());
    }
    let folder = service.killed()?;
    let (project, data) = (folder.join("project"), folder.join("data"));
    let said = Deft::new(["check"])
        .arg(&project)
        .arg("--data")
        .arg(&data)
        .run()?;
    let said = said.expect_code(1)?;
    if !said.stdout.contains(words) {
        return Err(said.complaint("check does not tell it"));
    }
    let (sections, config) = (SECTIONS, folder.join("deft.toml"));
    let refused = Deft::new(["run", "-c"])
        .arg(&config)
        .run()?
        .expect_code(3)?;
    if !refused.stderr.contains(words) {
        return Err(refused.complaint("run does not tell it"));
    }
    // As it was, it goes on.
    let text = kit::read(&project.join("catalog/tags.toml"))?;
    let tag = "[tag.home_country]\ntitle = { en = \"Home country\", zh = \"常住国家\" }\ntype  = ";
    let text = text.replace(&format!("{tag}\"int?\""), &format!("{tag}\"text?\""));
    kit::write(&project.join("catalog/tags.toml"), text)?;
    let rule = project.join("rules/offers/travel_cover.rhai");
    let text = kit::read(&rule)?.replace(
        "customer.home_country > 0",
        "event.country != customer.home_country",
    );
    kit::write(&rule, text)?;
    let service = Running::start_in(folder, sections)?;
    same(decided(&service, "two")?.0, 1)
}

fn go_back(service: &Running) -> Result<Answer, Failed> {
    ask(service.admin, "POST", "/v1/rules/rollback", &[], b"")
}

fn rollback() -> Claimed {
    let service = start(SECTIONS)?;
    let first = book(&service)?;
    go_back(&service)?.expect_problem(409, "NOTHING_BEFORE")?;
    change(&service, RULE, "[\"medium\", \"high\"]", "[\"low\"]")?;
    change(
        &service,
        FEATURES,
        "[feature.withdrawals_10m]",
        "[feature.withdrawals_1h]\nstream = \"withdrawals\"\nkey = \"customer\"\ntake = \"count\"\nover = \"1h\"\n[feature.withdrawals_10m]",
    )?;
    reload(&service, "")?.expect(200)?;
    let second = book(&service)?;
    same(decided(&service, "one")?.0, 0)?;
    go_back(&service)?.expect(200)?;
    same(book(&service)?, first.clone())?;
    same(decided(&service, "two")?.0, 1)?;
    // The project is still the one that was left.
    let service = Running::start_in(service.killed()?, SECTIONS)?;
    same(book(&service)?, first.clone())?;
    same(decided(&service, "three")?.0, 1)?;
    // And the way back is known, though nobody of this life has taken it.
    go_back(&service)?.expect(200)?;
    same(book(&service)?, second.clone())?;
    same(decided(&service, "four")?.0, 0)?;
    go_back(&service)?.expect(200)?;
    reload(&service, "")?.expect(200)?;
    same(book(&service)?, second.clone())?;
    let service = Running::start_in(service.killed()?, SECTIONS)?;
    same(book(&service)?, second)?;
    let told = service.admin("/v1/rules")?.expect(200)?.json()?;
    same(at(&told, "/before"), Some(first.as_str()))
}

/// Waits until the status says so.
fn until(service: &Running, wanted: impl Fn(&Value) -> bool) -> Result<Value, Failed> {
    for _ in 0..3_000 {
        let told = status(service)?;
        if wanted(&told) {
            return Ok(told);
        }
        thread::sleep(Duration::from_millis(10));
    }
    Err(format!("it was never so: {}", status(service)?).into())
}

fn watched() -> Claimed {
    let service =
        start("data = \"data\"\n[decide]\ndeadline = \"20s\"\n[rules]\nreload = \"watch\"\n")?;
    let first = book(&service)?;
    change(&service, RULE, "[\"medium\", \"high\"]", "[\"low\"]")?;
    let told = until(&service, |told| at(told, "/book") != Some(first.as_str()))?;
    same(at(&told, "/book_by"), Some("watch"))?;
    same(decided(&service, "one")?.0, 0)?;
    let second = book(&service)?;
    change(
        &service,
        BURST,
        "customer.withdrawals_10m",
        "customer.withdrawls_10m",
    )?;
    let told = until(&service, |told| {
        told.pointer("/reload/last/taken") == Some(&json!(false))
    })?;
    same(at(&told, "/book"), Some(second.as_str()))?;
    if !at(&told, "/reload/last/why").is_some_and(|why| why.contains("an error")) {
        return Err(format!("why it was refused is not told: {told}").into());
    }
    same(
        service.metric("deft_reload_failed_total")?.to_string(),
        "1".to_owned(),
    )
}
