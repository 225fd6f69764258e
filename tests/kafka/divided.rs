//! Customers divided among two fleets: each decides about its own, whoever an event is given to, and hears
//! what the other's customers did with cards and terminals.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::log::{Disk, View};
use kit::http::ask;
use kit::kafka::{Sent, claim_with_kafka};
use kit::running::{Running, complaint, event, now};
use kit::{Claimed, Deft, Failed, Trial, deft, lay, read, root, temp_dir, write};
use serde_json::{Value, json};

use super::scene::until;
use super::two::{Two, mixed, payment};
use crate::audience;
use crate::oracle::{Oracle, text};

/// The promises of this file.
pub(super) fn trials() -> Vec<Trial> {
    vec![
        claim_with_kafka(
            "divided::each_decides_about_its_own_and_hears_of_the_others",
            each_its_own,
        ),
        claim_with_kafka("divided::an_exported_log_comes_to_the_same", exported),
        claim_with_kafka("divided::a_bank_acts_as_the_logs_of_both_say", bank),
        claim_with_kafka(
            "divided::whoever_asks_the_wrong_one_is_told_the_way",
            the_way,
        ),
        claim_with_kafka(
            "divided::what_belongs_to_no_customer_comes_to_those_of_every_division",
            storm,
        ),
        claim_with_kafka("divided::topics_of_other_numbers_are_refused", refused),
    ]
}

fn each_its_own() -> Claimed {
    let two = Two::new("divided")?;
    let first = two.start(0, temp_dir("divided-0")?)?;
    let second = two.start(1, temp_dir("divided-1")?)?;
    let (sent, mut owners) = mixed(&two, 200);
    let (half, rest) = sent.split_at(110);
    two.scene.kafka.write(&two.scene.events(), half)?;
    // One is killed with all of that on its way, and comes again.
    let folder = second.killed()?;
    two.scene.kafka.write(&two.scene.events(), rest)?;
    let nodes = [first, two.start(1, folder)?];
    two.caught_up(&nodes)?;
    // Ten cards at the terminal in five minutes: half of them were never seen here.
    let last = two.customer(1, 999);
    let paid = nodes[1].post("/v1/decide?ack=received", &payment("last", &last));
    let decided = paid?.expect(200)?.body;
    if !decided.contains("TERMINAL_BURST") {
        return Err(format!("the burst is not known: {decided}").into());
    }
    owners.insert("last".to_owned(), 1);
    two.caught_up(&nodes)?;
    // Of a terminal that one has blocked, the other says nothing for an hour: from the next tick on.
    let mut tries = 0..20;
    until("the cool-down is known to the other", || {
        let id = format!("after-{}", tries.next().unwrap_or(99));
        let customer = two.customer(0, 999);
        owners.insert(id.clone(), 0);
        let paid = nodes[0].post("/v1/decide?ack=received", &payment(&id, &customer));
        Ok(paid?.expect(200)?.body.contains("SUPPRESSED_COOLDOWN"))
    })?;
    two.caught_up(&nodes)?;
    let mut moved = 0.0;
    let mut actions = BTreeMap::new();
    let mut counts: BTreeMap<(String, u16), usize> = BTreeMap::new();
    for (node, division) in nodes.into_iter().zip(two.divisions) {
        moved += node.metric("deft_source_moved_total{source=\"core\"}")?;
        node.signal("TERM")?;
        let folder = node.left()?;
        let data = folder.join("data");
        let oracle = Oracle::of_division(&[&data], Some(division))?;
        oracle.expect_state()?;
        for (id, count) in &oracle.inputs {
            *counts.entry((id.clone(), division.number())).or_default() += count;
        }
        actions.extend(oracle.actions);
    }
    if moved < 1.0 {
        return Err("nobody moved a record".into());
    }
    in_its_owners_log(&owners, &counts)?;
    let lines = two
        .scene
        .actions(true)?
        .into_iter()
        .filter_map(|one| one.value);
    let mut out: Vec<String> = lines.collect();
    let mut expected: Vec<String> = actions.into_values().collect();
    out.sort();
    expected.sort();
    if out != expected {
        return Err(format!("{} actions are out of {}", out.len(), expected.len()).into());
    }
    Ok(())
}

/// Each event is in its owner's log once, and in the other's only where that counts it.
pub(super) fn in_its_owners_log(
    owners: &BTreeMap<String, u16>,
    counts: &BTreeMap<(String, u16), usize>,
) -> Claimed {
    for (id, owner) in owners {
        let of = |number: u16| counts.get(&(id.clone(), number)).copied().unwrap_or(0);
        let (own, other) = (of(*owner), of(1 - *owner));
        // Terminals count payments; nobody counts anything else by what others have.
        let told = usize::from(id.starts_with('p') || id == "last" || id.starts_with("after"));
        if (own, other) != (1, told) {
            return Err(format!("{id}: {own} times where it belongs, {other} times told").into());
        }
    }
    Ok(())
}

/// What a division was told is in its log: `deft replay` needs neither Kafka nor the other one.
fn exported() -> Claimed {
    let two = Two::new("exported")?;
    let nodes = [
        two.start(0, temp_dir("exported-0")?)?,
        two.start(1, temp_dir("exported-1")?)?,
    ];
    let (sent, _) = mixed(&two, 140);
    two.scene.kafka.write(&two.scene.events(), &sent)?;
    two.caught_up(&nodes)?;
    // The eighth card at the terminal; here there were three or four.
    let [_, second] = &nodes;
    let last = payment("last", &two.customer(1, 999));
    second.post("/v1/events", &last)?.expect(200)?;
    two.caught_up(&nodes)?;
    let mut replayed = Vec::new();
    for (node, division) in nodes.into_iter().zip(two.divisions) {
        node.signal("TERM")?;
        let folder = node.left()?;
        let data = folder.join("data").into_os_string();
        let told = deft(["log".into(), "export".into(), data])?.expect_code(0)?;
        let (events, actions) = (folder.join("events.ndjson"), folder.join("actions.ndjson"));
        write(&events, &told.stdout)?;
        let project = root().join("rules/retail-bank");
        let run = Deft::new(["replay", "--project"]).arg(project).arg(&events);
        let run = run.arg("--division").arg(division.to_string());
        run.arg("--actions").arg(&actions).run()?.expect_code(0)?;
        replayed.extend(read(&actions)?.lines().map(str::to_owned));
    }
    let lines = two.scene.actions(true)?.into_iter();
    let mut out: Vec<String> = lines.filter_map(|one| one.value).collect();
    out.sort();
    replayed.sort();
    if out != replayed {
        return Err(format!("{} actions are out, {} replayed", out.len(), replayed.len()).into());
    }
    let burst = out.iter().any(|line| line.contains("TERMINAL_BURST"));
    burst
        .then_some(())
        .ok_or_else(|| "nobody saw the burst".into())
}

/// `deft gen --to kafka://…`, two divisions, and every action that either log comes to is on its topic once.
fn bank() -> Claimed {
    const EVENTS: usize = 8_000;
    let two = Two::new("banks")?;
    let nodes = [
        two.start(0, temp_dir("banks-0")?)?,
        two.start(1, temp_dir("banks-1")?)?,
    ];
    let to = format!(
        "kafka://{}/{}",
        two.scene.kafka.brokers(),
        two.scene.events()
    );
    let events = EVENTS.to_string();
    let args = ["gen", "--customers", "400", "--start", "now", "--seed", "5"];
    let told = deft(args.into_iter().chain(["--events", &events, "--to", &to]))?;
    told.expect_code(0)?;
    two.caught_up(&nodes)?;
    let (mut heard, mut inputs, mut expected) = (0, 0, Vec::new());
    for (node, division) in nodes.into_iter().zip(two.divisions) {
        println!("division {division}: {}", staleness(&node)?);
        node.signal("TERM")?;
        let folder = node.left()?;
        let oracle = Oracle::of_division(&[&folder.join("data")], Some(division))?;
        oracle.expect_state()?;
        heard += oracle.inputs.values().sum::<usize>();
        inputs += oracle.own;
        expected.extend(oracle.actions.into_values());
    }
    heard -= inputs;
    // A live door turns away what is a week old when it arrives, and what is not yet.
    let old = two.scene.kafka.read(&two.scene.topic("quarantine"), true)?;
    if inputs + old.len() != EVENTS || inputs < EVENTS / 8 || heard < 100 {
        let old = old.len();
        return Err(
            format!("{inputs} taken, {heard} heard and {old} turned away of {EVENTS}").into(),
        );
    }
    let lines = two.scene.actions(true)?.into_iter();
    let mut out: Vec<String> = lines.filter_map(|one| one.value).collect();
    out.sort();
    expected.sort();
    if out != expected || out.len() < 3 {
        return Err(format!("{} actions are out of {}", out.len(), expected.len()).into());
    }
    Ok(())
}

/// How old it was what the other division told.
fn staleness(node: &Running) -> Result<String, Failed> {
    let text = node.admin("/metrics")?.expect(200)?.body;
    let bucket = |line: &str| -> Option<String> {
        let line = line.strip_prefix("deft_fleet_told_seconds_bucket{le=\"")?;
        let (bound, count) = line.split_once("\"} ")?;
        Some(format!("{count} ≤ {bound} s"))
    };
    let buckets: Vec<String> = text.lines().filter_map(bucket).collect();
    Ok(format!("told by the other: {}", buckets.join(", ")))
}

fn the_way() -> Claimed {
    let two = Two::new("way")?;
    let first = two.start(0, temp_dir("way-0")?)?;
    let foreign = complaint("w-1", &two.customer(1, 0));
    // Nobody leads the other one yet.
    let asked = first.post("/v1/events", &foreign)?.expect(503)?;
    if !asked.body.contains("division 1") || !asked.headers.contains_key("retry-after") {
        return Err(format!("{asked:?}").into());
    }
    let second = two.start(1, temp_dir("way-1")?)?;
    until("the way is known", || {
        Ok(first.post("/v1/events", &foreign)?.status == 307)
    })?;
    for path in ["/v1/events?ack=durable", "/v1/decide"] {
        let sent = first.post(path, &foreign)?.expect(307)?;
        let to = format!("http://{}{path}", second.public);
        if sent.headers.get("location") != Some(&to) || !sent.body.contains("NOT_OWNER") {
            return Err(format!("{sent:?} is not the way to {to}").into());
        }
    }
    // Of several, each is answered for itself.
    let own = complaint("w-2", &two.customer(0, 0));
    let several = first
        .post("/v1/events", &json!([own, foreign]))?
        .expect(207)?;
    let several = several.json()?;
    let result = |at: usize, member: &str| text(&several, &format!("/results/{at}/{member}"));
    let (settled, code) = (result(0, "result"), result(1, "code"));
    let to = result(1, "location");
    if (settled.as_str(), code.as_str()) != ("settled", "NOT_OWNER")
        || to != format!("http://{}", second.public)
    {
        return Err(several.to_string().into());
    }
    // Nothing of it was taken here, and nothing is known here of its customer.
    let customer = format!("/v1/customers/{}", two.customer(1, 0));
    let unknown = first.admin(&customer)?.expect(404)?;
    if !unknown.body.contains("division 1") {
        return Err(unknown.body.into());
    }
    second.post("/v1/events", &foreign)?.expect(200)?;
    second.admin(&customer)?.expect(200)?;
    forged(&two, &first)
}

/// Whoever may write to the topic that divisions tell each other by decides about nobody, and what deft says to
/// itself is taken from nobody else.
fn forged(two: &Two<'_>, first: &Running) -> Claimed {
    let customer = two.customer(0, 7);
    let held = json!({ "block": true, "why": "x", "by": "y" });
    let foreign = event("h-1", "outcome.held", &two.customer(1, 7), &held);
    let all = [complaint("f-1", &customer), foreign].map(|event| Sent {
        partition: Some(1),
        ..Sent::new("x", event.to_string())
    });
    two.scene.kafka.write(&two.scene.topic("told"), &all)?;
    let rejected = |reason: &str| {
        let name = "deft_events_rejected_total{source=\"deft.told\",reason=";
        first.metric(&format!("{name}\"{reason}\"}}"))
    };
    until("both are refused", || {
        Ok(rejected("OUT_OF_RANGE")? == 1.0 && rejected("UNKNOWN_TYPE")? == 1.0)
    })?;
    first
        .admin(&format!("/v1/customers/{customer}"))?
        .expect(404)?;
    let left = json!({ "rule": "fraud.terminal_burst" });
    let left = event("l-1", "outcome.elsewhere", &customer, &left);
    first.post("/v1/events", &left)?.expect(400)?;
    Ok(())
}

fn storm() -> Claimed {
    let two = Two::new("storm")?;
    let start = |number: usize| -> Result<Running, Failed> {
        let folder = temp_dir("storm")?;
        for (path, text) in audience::files("500/s") {
            lay(&folder.join("project").join(path), text)?;
        }
        two.start(number, folder)
    };
    let nodes = [start(0)?, start(1)?];
    let at = i64::try_from(now())?;
    let homes: Vec<Sent> = (0..40)
        .map(|who| audience::home(who, "SH", at - 1_000))
        .map(|line| Ok(Sent::new(&customer_of(&line)?, line)))
        .collect::<Result<_, Failed>>()?;
    two.scene.kafka.write(&two.scene.events(), &homes)?;
    two.caught_up(&nodes)?;
    let kind = [("content-type", "application/json")];
    let warning = audience::warning("SH", "red", at);
    ask(
        nodes[0].public,
        "POST",
        "/v1/events",
        &kind,
        warning.as_bytes(),
    )?
    .expect(200)?;
    let told = || -> Result<BTreeMap<String, usize>, Failed> {
        let mut told = BTreeMap::new();
        for one in two.scene.actions(true)? {
            *told.entry(one.key.unwrap_or_default()).or_default() += 1;
        }
        Ok(told)
    };
    until("everybody is warned", || Ok(told()?.len() == homes.len()))?;
    two.caught_up(&nodes)?;
    if told()?.values().any(|times| *times != 1) {
        return Err(format!("once each: {:?}", told()?).into());
    }
    // Whoever heard of it does not tell it again.
    for (number, node) in nodes.into_iter().enumerate() {
        node.signal("TERM")?;
        let folder = node.left()?;
        let view = View::open(Arc::new(Disk), &folder.join("data"))?;
        let mut storms = 0;
        for frame in view.frames_since(0)? {
            for input in frame?.inputs() {
                let event: Value = serde_json::from_slice(input.payload.unwrap_or_default())?;
                storms += usize::from(text(&event, "/type") == "context.weather");
            }
        }
        if storms != 1 {
            return Err(format!("division {number} has the storm {storms} times").into());
        }
    }
    Ok(())
}

fn customer_of(line: &str) -> Result<String, Failed> {
    Ok(text(&serde_json::from_str(line)?, "/customer"))
}

fn refused() -> Claimed {
    let two = Two::new("uneven")?;
    two.scene.kafka.make(&["uneven.odd"], 3)?;
    let sections = two.sections(two.divisions[0]);
    let odd = sections.replace("\"uneven.events\"", "\"uneven.odd\"");
    let node = Running::start_red(temp_dir("uneven")?, &odd)?;
    let (code, said) = node.ended()?;
    if code == Some(3) && said.contains("3 partitions") && said.contains("multiple of 2") {
        return Ok(());
    }
    Err(format!("{code:?}: {said}").into())
}
