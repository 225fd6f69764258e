//! Several nodes of which one leads: what is committed is known to those that stand by, and whoever takes
//! over goes on as if nothing had happened.

use std::sync::Arc;
use std::thread;

use engine::log::{Disk, View};
use kit::http::{Stream, ask};
use kit::kafka::{Kafka, claim_with_kafka, shared};
use kit::running::{Running, complaint};
use kit::{Claimed, Failed, TempDir, Trial, copy_tree, root, temp_dir, write};
use serde_json::Value;

use super::scene::{Scene, caught_up, load, until};
use crate::oracle::Oracle;

/// The promises of this file.
pub(super) fn trials() -> Vec<Trial> {
    vec![
        claim_with_kafka("fleet::one_leads_and_the_other_takes_over", takes_over),
        claim_with_kafka("fleet::who_comes_late_begins_with_the_last_round", late),
        claim_with_kafka(
            "fleet::a_round_and_nothing_behind_it_is_enough_to_lead",
            round,
        ),
        claim_with_kafka("fleet::what_never_got_out_was_never_true", ghost),
        claim_with_kafka("fleet::a_book_that_is_taken_up_is_that_of_all", book),
        claim_with_kafka("fleet::a_node_that_was_alone_becomes_the_first", alone),
    ]
}

/// A node of a fleet, which may lead or not.
pub(super) fn node(scene: &Scene<'_>, name: &str, folder: TempDir) -> Result<Running, Failed> {
    let own = scene
        .sections()
        .replace("name = \"deft\"", &format!("name = \"{name}\""));
    Running::start_red(folder, &own)
}

pub(super) fn leads(node: &Running) -> Result<bool, Failed> {
    Ok(node.admin("/readyz")?.status == 200)
}

/// Waits until a node does this; if it never does, what it said.
pub(super) fn becomes(
    node: &Running,
    what: &str,
    is: impl Fn(&Running) -> Result<bool, Failed>,
) -> Claimed {
    until(what, || is(node)).map_err(|failed| {
        let why = failed.message().unwrap_or_default().to_owned();
        format!("{why}; the node said: {}", node.said()).into()
    })
}

/// It holds a copy in memory, and has all there is.
pub(super) fn stands_by(node: &Running) -> Result<bool, Failed> {
    let ready = node.admin("/readyz")?.json()?;
    let at = |pointer: &str| ready.pointer(pointer).cloned().unwrap_or(Value::Null);
    Ok(at("/fleet/place") == "standby" && at("/fleet/behind") == 0)
}

fn opened(node: &Running, headers: &[(&str, &str)]) -> Result<Stream, Failed> {
    let opened = Stream::open(node.public, "/v1/stream?kinds=service", headers)?;
    opened.map_err(|answer| format!("{answer:?}").into())
}

fn takes_over() -> Claimed {
    let scene = Scene::of_fleet(shared()?, "takeover")?;
    let first = node(&scene, "a", temp_dir("fleet-a")?)?;
    becomes(&first, "the first leads", leads)?;
    let second = node(&scene, "b", temp_dir("fleet-b")?)?;
    scene.kafka.write(&scene.events(), &load("f", 0..200))?;
    caught_up(&first, &scene, 200)?;
    becomes(&second, "the second stands by", stands_by)?;
    // It stands by when the group would give it the lead, and not a moment before.
    let members = scene.kafka.members("deft-fleet-takeover")?;
    if members.iter().all(|member| member != "deft-takeover-b") {
        return Err(format!("it is none of {members:?}").into());
    }
    // Who asks the wrong one is sent to the right one.
    let pushed = complaint("pushed", "C1");
    let sent = second.post("/v1/events", &pushed)?.expect(307)?;
    let to = format!("http://{}/v1/events", first.public);
    if sent.headers.get("location") != Some(&to) {
        return Err(format!("{:?} is not {to}", sent.headers.get("location")).into());
    }
    let mut stream = opened(&first, &[])?;
    first.post("/v1/events", &pushed)?.expect(200)?;
    let last = stream.next_told()?.ok_or("the stream ended")?.id;
    first.killed()?;
    becomes(&second, "the second leads", leads)?;
    second
        .post("/v1/events", &complaint("later", "C2"))?
        .expect(200)?;
    // A reader of the stream goes on at the next node where it was at the first.
    let mut stream = opened(&second, &[("last-event-id", &last)])?;
    let told = stream.next_told()?.ok_or("the stream ended")?.data;
    if !told.contains("later") {
        return Err(format!("behind {last} comes {told}").into());
    }
    scene.kafka.write(&scene.events(), &load("f", 200..400))?;
    caught_up(&second, &scene, 400)?;
    second.signal("TERM")?;
    let folder = second.left()?;
    let oracle = Oracle::of(&folder.join("data"))?;
    let mut expected: Vec<String> = (0..400).map(|n| format!("f-{n}")).collect();
    expected.extend(["pushed", "later"].map(str::to_owned));
    oracle.expect_inputs(&expected)?;
    let lines = scene.actions(true)?.into_iter().filter_map(|one| one.value);
    oracle.expect_actions(&lines.collect::<Vec<_>>())
}

/// The first goes, the second goes on with these events; then all must be as of one node.
fn goes_on(scene: &Scene<'_>, first: Running, second: Running, written: usize) -> Claimed {
    let mut stream = opened(&first, &[])?;
    first
        .post("/v1/events", &complaint("last", "C1"))?
        .expect(200)?;
    let last = stream.next_told()?.ok_or("the stream ended")?.id;
    first.signal("TERM")?;
    let first = first.left()?;
    becomes(&second, "the second leads", leads)?;
    let all = written + 200;
    scene
        .kafka
        .write(&scene.events(), &load("f", written..all))?;
    caught_up(&second, scene, all)?;
    let mut stream = opened(&second, &[("last-event-id", &last)])?;
    let next = stream.next_told()?.ok_or("the stream ended")?;
    let number = |id: &str| -> Option<u64> { id.rsplit('.').next()?.parse().ok() };
    if number(&next.id) != number(&last).map(|number| number + 1) {
        return Err(format!("behind {last} comes {}: {}", next.id, next.data).into());
    }
    let mut expected: Vec<String> = (0..all).map(|n| format!("f-{n}")).collect();
    expected.push("last".to_owned());
    is_whole(scene, &first, second, expected)
}

/// Both logs together hold these events once and the topics the actions of them, and the second began with a round.
fn is_whole(scene: &Scene<'_>, first: &TempDir, second: Running, expected: Vec<String>) -> Claimed {
    second.signal("TERM")?;
    let second = second.left()?;
    let copies = [first.join("data"), second.join("data")];
    let oracle = Oracle::of_all(&[&copies[0], &copies[1]])?;
    oracle.expect_inputs(&expected)?;
    let lines = scene.actions(true)?.into_iter().filter_map(|one| one.value);
    oracle.expect_actions(&lines.collect::<Vec<_>>())?;
    // It had nothing but what was on the changelog.
    let view = View::open(Arc::new(Disk), &copies[1])?;
    if view.first_seq() == 1 {
        return Err("its log begins with the first batch there ever was".into());
    }
    Ok(())
}

/// What two rounds of snapshots hold is let go of; who comes then begins with them.
fn late() -> Claimed {
    let scene = Scene::of_fleet(shared()?, "late")?;
    let first = node(&scene, "a", temp_dir("fleet-a")?)?;
    becomes(&first, "the first leads", leads)?;
    scene.kafka.write(&scene.events(), &load("f", 0..200))?;
    caught_up(&first, &scene, 200)?;
    lets_go(&scene)?;
    scene.kafka.write(&scene.events(), &load("f", 200..400))?;
    let second = node(&scene, "b", temp_dir("fleet-b")?)?;
    caught_up(&first, &scene, 400)?;
    becomes(&second, "the second stands by", stands_by)?;
    goes_on(&scene, first, second, 400)
}

/// All that is on the changelog is let go of, behind two rounds more.
fn lets_go(scene: &Scene<'_>) -> Claimed {
    let changelog = scene.topic("changelog");
    let (_, end) = scene.kafka.ends(&changelog, 0)?;
    until("what nobody needs is let go of", || {
        Ok(scene.kafka.ends(&changelog, 0)?.0 > end)
    })
}

/// Nothing at all has happened behind the round that it began with, and then it leads.
fn round() -> Claimed {
    let scene = Scene::of_fleet(shared()?, "round")?;
    let first = node(&scene, "a", temp_dir("fleet-a")?)?;
    becomes(&first, "the first leads", leads)?;
    first
        .post("/v1/events", &complaint("f-200", "C1"))?
        .expect(200)?;
    let changelog = scene.topic("changelog");
    let (_, end) = scene.kafka.ends(&changelog, 0)?;
    until("what nobody needs is let go of", || {
        Ok(scene.kafka.ends(&changelog, 0)?.0 >= end)
    })?;
    let second = node(&scene, "b", temp_dir("fleet-b")?)?;
    becomes(&second, "the second stands by", stands_by)?;
    let first = first.killed()?;
    becomes(&second, "the second leads", leads)?;
    scene.kafka.write(&scene.events(), &load("f", 0..200))?;
    caught_up(&second, &scene, 200)?;
    let expected = (0..=200).map(|n| format!("f-{n}")).collect();
    is_whole(&scene, &first, second, expected)
}

/// Its whole state is on the changelog before it is the only one that has it no longer.
fn alone() -> Claimed {
    let mut scene = Scene::of_fleet(shared()?, "alone")?;
    scene.is_fleet = false;
    let before = scene.sections().replace("\"deft\"", "\"alone\"");
    let first = Running::start_in(temp_dir("fleet-a")?, &before)?;
    scene.kafka.write(&scene.events(), &load("f", 0..200))?;
    caught_up(&first, &scene, 200)?;
    first.signal("TERM")?;
    let folder = first.left()?;
    scene.is_fleet = true;
    let first = node(&scene, "a", folder)?;
    becomes(&first, "the first leads", leads)?;
    let second = node(&scene, "b", temp_dir("fleet-b")?)?;
    becomes(&second, "the second stands by", stands_by)?;
    // One that has a store of its own is not led by it, and keeps it.
    scene.is_fleet = false;
    let third = Running::start_in(temp_dir("fleet-c")?, "data = \"data\"\n")?;
    third
        .post("/v1/events", &complaint("own", "C1"))?
        .expect(200)?;
    third.signal("TERM")?;
    let folder = third.left()?;
    scene.is_fleet = true;
    let third = node(&scene, "c", folder)?;
    let (code, said) = third.ended()?;
    if code != Some(3) || !said.contains("the store of a node that was alone") {
        return Err(format!("exit code {code:?}: {said}").into());
    }
    goes_on(&scene, first, second, 200)
}

/// A node has an event that no broker has, and dies; the next one leads without it. Back again, the first one
/// lets go of it.
fn ghost() -> Claimed {
    let kafka = Kafka::start()?;
    let scene = Scene::of_fleet(&kafka, "ghost")?;
    // No snapshot comes meanwhile: nothing of the changelog is let go of, and that alone makes no copy anew.
    let patient = |name: &str, folder| {
        let sections = scene.sections().replace("every = \"1s\"", "every = \"1h\"");
        let own = sections.replace("name = \"deft\"", &format!("name = \"{name}\""));
        Running::start_red(folder, &own)
    };
    let first = patient("a", temp_dir("fleet-a")?)?;
    becomes(&first, "the first leads", leads)?;
    let second = patient("b", temp_dir("fleet-b")?)?;
    scene.kafka.write(&scene.events(), &load("f", 0..100))?;
    caught_up(&first, &scene, 100)?;
    becomes(&second, "the second stands by", stands_by)?;
    kafka.kill()?;
    let answered = thread::scope(|scope| -> Result<bool, Failed> {
        let asked = scope.spawn(|| first.post("/v1/events", &complaint("ghost", "C1")));
        until("it is durable here", || {
            Ok(first.metric("deft_outbox_lag{sink=\"ghost\"}")? > 0.0)
        })?;
        first.signal("KILL")?;
        let asked = asked.join().map_err(|_| "who asked broke down")?;
        Ok(asked.is_ok_and(|answer| answer.status == 200))
    })?;
    if answered {
        return Err("it was answered though nobody else had it".into());
    }
    let folder = first.killed()?;
    kafka.begin()?;
    becomes(&second, "the second leads", leads)?;
    scene.kafka.write(&scene.events(), &load("f", 100..200))?;
    caught_up(&second, &scene, 200)?;
    let first = patient("a", folder)?;
    becomes(&first, "the first stands by", stands_by)?;
    if !first.said().contains("the copy here is let go of") {
        return Err(format!("it keeps what was never true: {}", first.said()).into());
    }
    second.signal("TERM")?;
    let second = second.left()?;
    becomes(&first, "the first leads", leads)?;
    first.signal("TERM")?;
    let first = first.left()?;
    let copies = [second.join("data"), first.join("data")];
    let oracle = Oracle::of_all(&[&copies[0], &copies[1]])?;
    oracle.expect_inputs(&(0..200).map(|n| format!("f-{n}")).collect::<Vec<_>>())?;
    let lines = scene.actions(true)?.into_iter().filter_map(|one| one.value);
    oracle.expect_actions(&lines.collect::<Vec<_>>())
}

/// The one that leads takes another book up; the other decides by it, though its own project gives the former.
fn book() -> Claimed {
    let scene = Scene::of_fleet(shared()?, "books")?;
    let folder = temp_dir("fleet-a")?;
    copy_tree(&root().join("rules/retail-bank"), &folder.join("project"))?;
    let first = node(&scene, "a", folder)?;
    becomes(&first, "the first leads", leads)?;
    let second = node(&scene, "b", temp_dir("fleet-b")?)?;
    scene.kafka.write(&scene.events(), &load("f", 0..100))?;
    caught_up(&first, &scene, 100)?;
    becomes(&second, "the second stands by", stands_by)?;
    let of = |node: &Running| -> Result<Value, Failed> {
        let status = node.admin("/v1/status")?.expect(200)?.json()?;
        Ok(status.get("book").cloned().unwrap_or_default())
    };
    let former = of(&first)?;
    let rule = first
        .folder
        .join("project/rules/service/complaint_callback.rhai");
    let text = kit::read(&rule)?;
    write(&rule, text.replace("[\"medium\", \"high\"]", "[\"low\"]"))?;
    ask(first.admin, "POST", "/v1/rules/reload", &[], b"")?.expect(200)?;
    let taken = of(&first)?;
    first
        .post("/v1/events", &complaint("first", "C1"))?
        .expect(200)?;
    first.killed()?;
    becomes(&second, "the second leads", leads)?;
    if taken == former || of(&second)? != taken {
        let second = of(&second)?;
        return Err(format!("{former}, then {taken}; the second decides by {second}").into());
    }
    // Nobody calls back for what is not low.
    let answer = second.post("/v1/decide", &complaint("second", "C2"))?;
    let answer = answer.expect(200)?.json()?;
    if answer.pointer("/actions") != Some(&Value::Array(Vec::new())) {
        return Err(format!("it decides by the former book: {answer}").into());
    }
    // The way back goes over the sources that came with the changelog.
    let back = ask(second.admin, "POST", "/v1/rules/rollback", &[], b"")?;
    back.expect(200)?;
    if of(&second)? != former {
        return Err("it did not go back".into());
    }
    Ok(())
}
