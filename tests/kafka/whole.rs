//! The whole way: events of a topic in, actions on topics out, read back by Kafka's own client.

use kit::kafka::{Sent, claim_with_kafka, shared};
use kit::{Claimed, Trial, deft, temp_dir, write};
use serde_json::Value;

use super::scene::{Scene, caught_up, load};
use crate::oracle::{Oracle, text};

/// The promises of this file.
pub(super) fn trials() -> Vec<Trial> {
    vec![
        claim_with_kafka("kafka::a_bank_in_topics_acts_as_its_log_says", bank),
        claim_with_kafka(
            "kafka::actions_are_those_of_a_replay_of_the_exported_log",
            replayed,
        ),
        claim_with_kafka("kafka::keys_lie_where_the_java_client_puts_them", java_keys),
        claim_with_kafka("kafka::at_least_once_sends_everything", at_least_once),
    ]
}

/// Kafka's own consumer on this topic, from its beginning.
fn console(scene: &Scene<'_>, topic: &str, count: usize) -> Result<Vec<String>, kit::Failed> {
    let (brokers, count) = (scene.kafka.brokers(), count.to_string());
    let args = [
        "--bootstrap-server",
        &brokers,
        "--topic",
        topic,
        "--from-beginning",
        "--isolation-level",
        "read_committed",
        "--max-messages",
        &count,
        "--timeout-ms",
        "20000",
    ];
    let said = scene
        .kafka
        .tool("org.apache.kafka.tools.consumer.ConsoleConsumer", &args, "")?;
    Ok(said.lines().map(str::to_owned).collect())
}

/// `deft gen --to kafka://…`, `deft run`, and every action where it should be.
fn bank() -> Claimed {
    let scene = Scene::new(shared()?, "bank", "exactly_once")?;
    let service = scene.start(temp_dir("bank")?)?;
    let to = format!("kafka://{}/{}", scene.kafka.brokers(), scene.events());
    let said = deft([
        "gen",
        "--customers",
        "600",
        "--events",
        "12000",
        "--start",
        "now",
        "--seed",
        "7",
        "--to",
        &to,
    ])?
    .expect_code(0)?;
    if !said.stderr.starts_with("12000 events") {
        return Err(said.complaint("not all are told"));
    }
    caught_up(&service, &scene, 12_000)?;
    service.signal("TERM")?;
    let folder = service.left()?;
    let oracle = Oracle::of(&folder.join("data"))?;
    let [recorded, run] = &oracle.hashes;
    if recorded != run {
        return Err(format!("recorded {recorded}, run anew {run}").into());
    }
    // A live door turns away what is a week old when it arrives, and what is not yet.
    let old = scene.kafka.read(&scene.topic("quarantine"), true)?;
    let is_old = |one: &kit::kafka::Got| {
        one.headers.get("deft_reason").map(String::as_str) == Some("TIME_OUT_OF_BOUNDS")
    };
    let taken = oracle.inputs.len();
    if taken + old.len() != 12_000 || taken < 2_000 || !old.iter().all(is_old) {
        return Err(format!("{taken} taken and {} turned away of 12000", old.len()).into());
    }
    let got = scene.actions(true)?;
    let lines: Vec<String> = got.iter().filter_map(|one| one.value.clone()).collect();
    oracle.expect_actions(&lines)?;
    if lines.len() < 3 {
        return Err(format!("hardly any action: {}", lines.len()).into());
    }
    for one in &got {
        let action: Value = serde_json::from_str(one.value.as_deref().unwrap_or_default())?;
        let header = |name: &str| one.headers.get(name).cloned().unwrap_or_default();
        let fits = one.key == Some(text(&action, "/data/customer"))
            && header("ce_id") == text(&action, "/id")
            && header("ce_type") == text(&action, "/type")
            && header("ce_source") == text(&action, "/source")
            && header("ce_time") == text(&action, "/time")
            && header("decision_id") == text(&action, "/data/decision_id")
            && header("content-type").starts_with("application/cloudevents+json");
        if !fits {
            return Err(format!("the headers do not fit: {one:?}").into());
        }
    }
    Ok(())
}

/// Nothing that is known of Kafka is needed to come to the same actions.
fn replayed() -> Claimed {
    let scene = Scene::new(shared()?, "replayed", "exactly_once")?;
    scene.kafka.write(&scene.events(), &load("r", 0..400))?;
    let service = scene.start(temp_dir("replayed")?)?;
    caught_up(&service, &scene, 400)?;
    service.signal("TERM")?;
    let folder = service.left()?;
    let data = folder.join("data").into_os_string();
    let exported = deft(["log".into(), "export".into(), data])?.expect_code(0)?;
    let (events, file) = (folder.join("events.ndjson"), folder.join("actions.ndjson"));
    write(&events, &exported.stdout)?;
    let project = kit::root().join("rules/retail-bank");
    deft([
        "replay".into(),
        events.into_os_string(),
        "--project".into(),
        project.into_os_string(),
        "--actions".into(),
        file.clone().into_os_string(),
    ])?
    .expect_code(0)?;
    let mut expected: Vec<String> = kit::read(&file)?.lines().map(str::to_owned).collect();
    let mut got = Vec::new();
    for kind in ["service", "fraud-block"] {
        let topic = scene.topic(&format!("actions.{kind}"));
        let count = expected
            .iter()
            .filter(|line| line.contains(&format!("\"kind\":\"{kind}\"")))
            .count();
        got.extend(console(&scene, &topic, count)?);
    }
    expected.sort();
    got.sort();
    if expected.len() < 300 || expected != got {
        return Err(format!("{} by replay, {} on topics", expected.len(), got.len()).into());
    }
    traced(&scene)
}

/// An action says which trace its event is part of, in it and beside it.
fn traced(scene: &Scene<'_>) -> Claimed {
    let mut count = 0;
    for one in scene.actions(true)? {
        let action: Value = serde_json::from_str(one.value.as_deref().unwrap_or_default())?;
        let said = action.get("traceparent").and_then(Value::as_str);
        let is_blocked = text(&action, "/data/kind") == "fraud-block";
        let headers = ["traceparent", "ce_traceparent"].map(|name| one.headers.get(name));
        let fits = headers
            .into_iter()
            .all(|header| header.map(String::as_str) == said);
        if !fits || said.is_some() != is_blocked {
            return Err(format!("the trace does not fit: {one:?}").into());
        }
        count += usize::from(is_blocked);
    }
    if count == 0 {
        return Err("no action has a trace".into());
    }
    Ok(())
}

/// The same keys by Kafka's own producer and by ours come to lie on the same partitions.
fn java_keys() -> Claimed {
    let kafka = shared()?;
    kafka.make(&["keys.java", "keys.ours"], 7)?;
    let keys: Vec<String> = (0..300)
        .map(|n| match n % 4 {
            0 => format!("C{n}"),
            1 => format!("顾客{n}"),
            2 => format!("{}", n * 7_919),
            _ => "x".repeat(n),
        })
        .collect();
    let lines: Vec<String> = keys.iter().map(|key| format!("{key}\t1\n")).collect();
    let brokers = kafka.brokers();
    let args = [
        "--bootstrap-server",
        &brokers,
        "--topic",
        "keys.java",
        "--property",
        "parse.key=true",
    ];
    kafka.tool(
        "org.apache.kafka.tools.ConsoleProducer",
        &args,
        &lines.concat(),
    )?;
    // The way of `deft gen`, and so of every action: `connectors` sends it.
    let to = format!("kafka://{brokers}/keys.ours");
    let cluster = connectors::kafka::settings::Cluster {
        brokers,
        ..Default::default()
    };
    let timing = connectors::kafka::settings::Timing::of(std::time::Duration::from_secs(20));
    let settings = connectors::kafka::settings::Settings::producer(&cluster, "keys", timing);
    let producer = connectors::kafka::producer::Producer::open(&settings, timing.transaction)?;
    for key in &keys {
        let out = connectors::kafka::producer::Out {
            topic: "keys.ours".to_owned(),
            key: Some(key.as_bytes().to_vec()),
            value: Some(b"1".to_vec()),
            ..Default::default()
        };
        producer.put(&out)?;
    }
    producer.drain()?;
    let places = |topic: &str| -> Result<Vec<(Option<String>, i32)>, kit::Failed> {
        let got = kafka.read(topic, true)?.into_iter();
        let mut all: Vec<_> = got.map(|one| (one.key, one.partition)).collect();
        all.sort();
        Ok(all)
    };
    let (java, ours) = (places("keys.java")?, places("keys.ours")?);
    let by_hand =
        |key: &str| i32::try_from((engine::key::murmur2(key.as_bytes()) & 0x7fff_ffff) % 7);
    let said = ours
        .iter()
        .all(|(key, partition)| by_hand(key.as_deref().unwrap_or_default()) == Ok(*partition));
    if java.len() == keys.len() && java == ours && said {
        return Ok(());
    }
    Err(format!("{to}: {java:?}\n{ours:?}").into())
}

/// Without transactions nothing is lost either; the ids say what came twice.
fn at_least_once() -> Claimed {
    let scene = Scene::new(shared()?, "atleast", "at_least_once")?;
    let mut folder = temp_dir("atleast")?;
    let mut written = 0;
    for _ in 0..3 {
        let service = scene.start(folder)?;
        let more: Vec<Sent> = load("a", written..written + 200);
        scene.kafka.write(&scene.events(), &more)?;
        written += 200;
        caught_up(&service, &scene, written - 100)?;
        folder = service.killed()?;
    }
    let service = scene.start(folder)?;
    caught_up(&service, &scene, written)?;
    service.signal("TERM")?;
    let folder = service.left()?;
    let before = scene.actions(true)?.len();
    // A node that went down in good order sends nothing again.
    let service = scene.start(folder)?;
    scene
        .kafka
        .write(&scene.events(), &load("a", written..written + 1))?;
    caught_up(&service, &scene, written + 1)?;
    service.signal("TERM")?;
    let folder = service.left()?;
    let oracle = Oracle::of(&folder.join("data"))?;
    let got = scene.actions(true)?;
    if got.len() != before + 1 {
        return Err(format!("{before} actions, and {} after one more event", got.len()).into());
    }
    let lines = got.into_iter().filter_map(|one| one.value);
    let once: std::collections::BTreeSet<String> = lines.collect();
    oracle.expect_actions(&once.into_iter().collect::<Vec<_>>())?;
    let ids = (0..=written).map(|n| format!("a-{n}"));
    oracle.expect_inputs(&ids.collect::<Vec<_>>())
}
