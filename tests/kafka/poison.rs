//! What is no event goes to quarantine with where it came from and why, and holds nobody up.

use std::collections::BTreeMap;

use kit::kafka::{Got, Sent, claim_with_kafka, shared};
use kit::running::{complaint, now};
use kit::{Claimed, Trial, deft, temp_dir};
use serde_json::{Value, json};

use super::scene::{Scene, caught_up, load, until};
use crate::oracle::Oracle;

/// The promises of this file.
pub(super) fn trials() -> Vec<Trial> {
    vec![
        claim_with_kafka("kafka::what_is_no_event_goes_to_quarantine", quarantined),
        claim_with_kafka("kafka::cloud_events_of_both_modes_are_read", modes),
        claim_with_kafka("kafka::what_is_not_committed_is_not_read", uncommitted),
    ]
}

/// The same event with another word for a member of its own.
fn with(mut event: Value, member: &str, word: impl Into<Value>) -> Value {
    if let Some(object) = event.as_object_mut() {
        object.insert(member.to_owned(), word.into());
    }
    event
}

/// Every way not to be an event, by the reason that is told.
fn wrong() -> Vec<(&'static str, Sent)> {
    let key = "the key is not trusted";
    let whole = |value: &Value| Sent::new(key, value.to_string());
    let unknown = with(complaint("w-type", "C1"), "type", "channel.unheard_of");
    let old = with(complaint("w-time", "C1"), "time", "2020-01-01T00:00:00Z");
    let mut nobody = complaint("w-customer", "C1");
    nobody
        .as_object_mut()
        .map(|object| object.remove("customer"));
    let own = with(complaint("w-own", "C1"), "type", "outcome.unanswered");
    let other = with(complaint("g-0", "C0"), "customer", "C0");
    let other = with(
        other,
        "time",
        rules::value::time_text(1_000 + i64::try_from(now()).unwrap_or(0)),
    );
    let cut = Sent {
        key: Some(key.to_owned()),
        ..Sent::default()
    };
    vec![
        ("MALFORMED", cut),
        ("MALFORMED", Sent::new(key, "{\"id\":")),
        ("MALFORMED", Sent::new(key, vec![0xff, 0xfe, 0x00])),
        (
            "MALFORMED",
            Sent::new(key, "x").header("content-type", "application/avro"),
        ),
        (
            "OUT_OF_RANGE",
            Sent::new(key, "{}").header("ce_specversion", "0.3"),
        ),
        (
            "TOO_DEEP",
            Sent::new(key, format!("{}1{}", "[".repeat(40), "]".repeat(40))),
        ),
        (
            "TOO_LARGE",
            Sent::new(key, format!("{{\"x\":\"{}\"}}", "x".repeat(700_000))),
        ),
        ("UNKNOWN_TYPE", whole(&unknown)),
        ("UNKNOWN_TYPE", whole(&own)),
        ("TIME_OUT_OF_BOUNDS", whole(&old)),
        ("MISSING_MEMBER", whole(&nobody)),
        ("BAD_ID", whole(&other)),
    ]
}

fn quarantined() -> Claimed {
    let scene = Scene::new(shared()?, "poison", "exactly_once")?;
    let service = scene.start(temp_dir("poison")?)?;
    let mut all = Vec::new();
    for (at, (_, sent)) in wrong().into_iter().enumerate() {
        let good = complaint(&format!("g-{at}"), &format!("C{at}")).to_string();
        let (mut good, mut bad) = (Sent::new("k", good), sent);
        (good.partition, bad.partition) = (Some(1), Some(1));
        all.extend([good, bad]);
    }
    let count = all.len();
    scene.kafka.write(&scene.events(), &all)?;
    caught_up(&service, &scene, count)?;
    let folder = service.killed()?;
    // What is in quarantine is there once, whatever dies.
    let service = scene.start(folder)?;
    scene
        .kafka
        .write(&scene.events(), &[Sent::new("k", "last of all")])?;
    caught_up(&service, &scene, count + 1)?;
    let got = scene.kafka.read(&scene.topic("quarantine"), true)?;
    let sent = scene.kafka.read(&scene.events(), true)?;
    let mut expected: Vec<&str> = wrong().into_iter().map(|(code, _)| code).collect();
    expected.push("MALFORMED");
    expected.sort_unstable();
    let mut codes: Vec<String> = got.iter().map(|one| header(one, "deft_reason")).collect();
    codes.sort_unstable();
    if codes != expected {
        return Err(format!("{codes:?} in quarantine").into());
    }
    as_they_came(&scene, &got, sent)?;
    let rejected =
        service.metric("deft_events_rejected_total{source=\"core\",reason=\"MALFORMED\"}")?;
    if rejected != 1.0 {
        return Err(format!("{rejected} are counted in this life").into());
    }
    service.signal("TERM")?;
    let folder = service.left()?;
    let told = deft([
        "log".into(),
        "rejects".into(),
        folder.join("data").into_os_string(),
    ])?;
    let told = kit::objects(&told.expect_code(0)?.stdout)?;
    if told.len() != got.len()
        || told
            .iter()
            .any(|one| one.get("source") != Some(&"core".into()))
    {
        return Err(format!("the log shows {} of {}", told.len(), got.len()).into());
    }
    let oracle = Oracle::of(&folder.join("data"))?;
    let ids: Vec<String> = (0..wrong().len()).map(|at| format!("g-{at}")).collect();
    for id in ids {
        if !oracle.inputs.contains_key(&id) {
            return Err(format!("`{id}` is lost among them").into());
        }
    }
    Ok(())
}

fn header(one: &Got, name: &str) -> String {
    one.headers.get(name).cloned().unwrap_or_default()
}

/// Each is what came from where it says it came from.
fn as_they_came(scene: &Scene<'_>, got: &[Got], sent: Vec<Got>) -> Claimed {
    let origin: BTreeMap<(String, String), _> = sent
        .into_iter()
        .map(|one| ((one.partition.to_string(), one.offset.to_string()), one))
        .collect();
    for one in got {
        let place = (header(one, "deft_partition"), header(one, "deft_offset"));
        let came = origin
            .get(&place)
            .ok_or_else(|| format!("nothing came from {place:?}"))?;
        let cut = header(one, "deft_reason") == "TOO_LARGE";
        let same = one.value == came.value
            || cut
                && came
                    .value
                    .as_ref()
                    .zip(one.value.as_ref())
                    .is_some_and(|(c, o)| c.starts_with(o.as_str()));
        let headers = came
            .headers
            .iter()
            .all(|(key, value)| one.headers.get(key) == Some(value));
        let told = header(one, "deft_topic") == scene.events()
            && header(one, "deft_source") == "core"
            && !header(one, "deft_cause").is_empty();
        if !(same && headers && told && one.key == came.key) {
            return Err(format!("not as it came: {one:?}").into());
        }
    }
    Ok(())
}

/// One event in three forms: plain, structured, binary. Whoever the key names, the event says whose it is.
fn modes() -> Claimed {
    let scene = Scene::new(shared()?, "modes", "exactly_once")?;
    let service = scene.start(temp_dir("modes")?)?;
    let plain = complaint("m-plain", "C1");
    let whole = with(complaint("m-whole", "C2"), "specversion", "1.0");
    let mut whole = with(whole, "subject", "customer:C2");
    whole
        .as_object_mut()
        .map(|object| object.remove("customer"));
    let parts = complaint("m-parts", "C3");
    let time = kit::running::now();
    let binary = Sent::new(
        "C9",
        json!({"severity": "high", "complaint": "m-parts"}).to_string(),
    )
    .header("ce_specversion", "1.0")
    .header("ce_id", "m-parts")
    .header("ce_source", "test")
    .header("ce_type", crate::oracle::text(&parts, "/type"))
    .header("ce_time", rules::value::time_text(i64::try_from(time)?))
    .header("ce_partitionkey", "C3")
    .header("content-type", "application/json");
    let all = [
        Sent::new("C9", plain.to_string()),
        Sent::new("C9", whole.to_string())
            .header("content-type", "application/cloudevents+json")
            .header("ce_specversion", "1.0"),
        binary,
    ];
    scene.kafka.write(&scene.events(), &all)?;
    until("three actions are out", || {
        Ok(scene.actions(true)?.len() >= 3)
    })?;
    let mut keys: Vec<Option<String>> = scene
        .actions(true)?
        .into_iter()
        .map(|one| one.key)
        .collect();
    keys.sort();
    let expected = ["C1", "C2", "C3"].map(|key| Some(key.to_owned()));
    drop(service);
    if keys == expected {
        return Ok(());
    }
    Err(format!("actions of {keys:?}").into())
}

/// Writers who write in transactions: what is open waits, what was aborted was never there.
fn uncommitted() -> Claimed {
    let scene = Scene::new(shared()?, "open", "exactly_once")?;
    let service = scene.start(temp_dir("open")?)?;
    let (kafka, events) = (scene.kafka, scene.events());
    kafka.write(&events, &load("before", 0..30))?;
    caught_up(&service, &scene, 30)?;
    let aborted = kafka.begin_writing("open-aborted", &events, &load("aborted", 0..30))?;
    let open = kafka.begin_writing("open-open", &events, &load("open", 0..30))?;
    // It lies behind what is open, on each partition.
    kafka.write(&events, &load("behind", 0..30))?;
    let unstable = "deft_source_unstable_records{source=\"core\"}";
    until("what is open is seen", || {
        Ok(service.metric(unstable)? >= 90.0)
    })?;
    let settled = "deft_events_settled_total{result=\"decided\"}";
    if service.metric(settled)? > 30.0 {
        return Err("what is open was read".into());
    }
    aborted.abort()?;
    open.commit()?;
    until("the rest is read", || Ok(service.metric(settled)? >= 90.0))?;
    until("nothing is open", || Ok(service.metric(unstable)? == 0.0))?;
    service.signal("TERM")?;
    let oracle = Oracle::of(&service.left()?.join("data"))?;
    let ids = ["before", "open", "behind"].map(|of| (0..30).map(move |n| format!("{of}-{n}")));
    oracle.expect_inputs(&ids.into_iter().flatten().collect::<Vec<_>>())
}
