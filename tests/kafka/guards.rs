//! What keeps a node from doing harm, each shown by the harm it keeps it from.

use std::collections::BTreeSet;

use kit::kafka::{claim_with_kafka, shared};
use kit::running::Running;
use kit::{Claimed, Failed, Trial, temp_dir, write};

use super::scene::{PARTITIONS, Scene, caught_up, load, until};
use crate::oracle::Oracle;

/// The promises of this file.
pub(super) fn trials() -> Vec<Trial> {
    vec![
        claim_with_kafka("kafka::the_doctor_finds_and_makes_topics", doctor),
        claim_with_kafka(
            "kafka::a_node_goes_on_where_its_log_says_and_not_its_group",
            group,
        ),
        claim_with_kafka(
            "kafka::the_mark_in_the_transaction_keeps_actions_from_going_out_twice",
            marks,
        ),
        claim_with_kafka(
            "kafka::another_store_under_a_name_sends_nothing",
            another_store,
        ),
        claim_with_kafka("kafka::of_two_nodes_of_one_name_one_stops", one_name),
        claim_with_kafka("kafka::marks_that_were_made_anew_are_noticed", marks_anew),
        claim_with_kafka(
            "kafka::records_deleted_before_they_were_read_are_noticed",
            deleted,
        ),
        claim_with_kafka("kafka::the_checks_of_these_promises_can_fail", checks),
    ]
}

/// The words with which a node stopped by itself.
fn stopped(service: Running, says: &[&str]) -> Claimed {
    let (code, said) = service.ended()?;
    if code == Some(3) && says.iter().all(|words| said.contains(words)) {
        return Ok(());
    }
    Err(format!("exit code {code:?}, without {says:?}: {said}").into())
}

fn doctor() -> Claimed {
    let kafka = shared()?;
    let scene = Scene {
        kafka,
        id: "doctor",
        grade: "exactly_once",
        name: "deft",
        brokers: kafka.brokers(),
        is_fleet: false,
        rounds: "1s",
    };
    kafka.make(&[&scene.events()], PARTITIONS)?;
    let folder = temp_dir("doctor")?;
    let said = scene.doctor(&folder, false)?.expect_code(1)?;
    if said
        .stdout
        .matches("absent; `--create-topics` makes it")
        .count()
        != 6
    {
        return Err(said.complaint("not all six are missed"));
    }
    if !said
        .stdout
        .contains("source core: `doctor.events`, 3 partitions")
    {
        return Err(said.complaint("what the source reads is not told"));
    }
    // A node makes none by itself: it says who does.
    let service = Running::start_red(temp_dir("doctor")?, &scene.sections())?;
    stopped(
        service,
        &[
            "there is no topic `doctor.",
            "deft doctor",
            "--create-topics",
        ],
    )?;
    scene.doctor(&folder, true)?.expect_code(0)?;
    scene.doctor(&folder, false)?.expect_code(0)?;
    // One that is otherwise is told and left alone.
    kafka.unmake("doctor.marks")?;
    until("the topic is gone", || {
        Ok(scene.doctor(&folder, false)?.expect_code(1).is_ok())
    })?;
    kafka.make(&["doctor.marks"], 1)?;
    let said = scene.doctor(&folder, true)?.expect_code(1)?;
    let mend = "`cleanup.policy` is delete and must be compact: `kafka-configs.sh";
    if said.stdout.contains(mend) {
        return Ok(());
    }
    Err(said.complaint("the wrong setting is not told"))
}

/// The group's commits are moved to the beginning and to the end while the node is down: nothing is read
/// twice and nothing is passed over.
fn group() -> Claimed {
    let scene = Scene::new(shared()?, "places", "exactly_once")?;
    let mut folder = temp_dir("places")?;
    let mut written = 0;
    for moved in [0, i64::MAX, 0] {
        let service = scene.start(folder)?;
        scene
            .kafka
            .write(&scene.events(), &load("p", written..written + 150))?;
        written += 150;
        caught_up(&service, &scene, written)?;
        folder = service.killed()?;
        scene
            .kafka
            .write(&scene.events(), &load("p", written..written + 150))?;
        written += 150;
        let events = scene.events();
        let read = scene.kafka.read(&events, true)?;
        let to = |partition: i32| {
            let end = read.iter().filter(|one| one.partition == partition).count();
            i64::try_from(end).unwrap_or(0).min(moved)
        };
        // A member that was killed is one until its session ends.
        until("the group is empty", || {
            let said = (0..PARTITIONS).map(|p| scene.kafka.commit(scene.id, &events, p, to(p)));
            Ok(said.collect::<Result<Vec<()>, Failed>>().is_ok())
        })?;
    }
    let service = scene.start(folder)?;
    let settled = "deft_events_settled_total{result=\"decided\"}";
    until("the rest is read", || Ok(service.metric(settled)? >= 150.0))?;
    caught_up(&service, &scene, written)?;
    service.signal("TERM")?;
    let folder = service.left()?;
    let oracle = Oracle::of(&folder.join("data"))?;
    oracle.expect_inputs(&(0..written).map(|n| format!("p-{n}")).collect::<Vec<_>>())?;
    let lines = scene.actions(true)?.into_iter().filter_map(|one| one.value);
    oracle.expect_actions(&lines.collect::<Vec<_>>())
}

/// Actions went out and the node died before its log said so: here its folder is what it was before. The
/// mark on the brokers knows better; without it they go out again.
fn marks() -> Claimed {
    for (id, grade, is_once) in [
        ("marked", "exactly_once", true),
        ("unmarked", "at_least_once", false),
    ] {
        let scene = Scene::new(shared()?, id, grade)?;
        let nobody = scene
            .sections()
            .replace(&scene.kafka.brokers(), "127.0.0.1:9");
        let service = Running::start_red(temp_dir(id)?, &nobody)?;
        for number in 0..40 {
            let (_, event) = super::scene::nth("m", number);
            until("it is taken", || {
                Ok(service.post("/v1/events", &event)?.status == 200)
            })?;
        }
        let (folder, copy) = (service.killed()?, temp_dir(id)?);
        kit::copy_tree(&folder.join("data"), &copy.join("data"))?;
        for folder in [folder, copy] {
            let service = scene.start(folder)?;
            caught_up(&service, &scene, 0)?;
            service.killed()?;
        }
        let got = scene.actions(true)?.into_iter().filter_map(|one| one.value);
        let got: Vec<String> = got.collect();
        let once: BTreeSet<&String> = got.iter().collect();
        let expected = if is_once { once.len() } else { once.len() * 2 };
        if got.len() != expected || once.len() < 30 {
            return Err(format!(
                "{grade}: {} actions, {} different ones",
                got.len(),
                once.len()
            )
            .into());
        }
    }
    Ok(())
}

/// A copy, or an empty store, that takes a name that is in use stops before it fences the one that has it.
fn another_store() -> Claimed {
    let scene = Scene::new(shared()?, "other", "exactly_once")?;
    let service = scene.start(temp_dir("other")?)?;
    scene.kafka.write(&scene.events(), &load("o", 0..60))?;
    caught_up(&service, &scene, 60)?;
    let mut sections = scene.sections();
    sections = sections.replace("group = \"other\"", "group = \"other-2\"");
    let second = Running::start_red(temp_dir("other")?, &sections)?;
    stopped(second, &["is of another store", "another `[node] name`"])?;
    scene.kafka.write(&scene.events(), &load("o", 60..120))?;
    caught_up(&service, &scene, 120)?;
    service.signal("TERM")?;
    let folder = service.left()?;
    let lines = scene.actions(true)?.into_iter().filter_map(|one| one.value);
    Oracle::of(&folder.join("data"))?.expect_actions(&lines.collect::<Vec<_>>())
}

/// They put each other out of the group, until one gives way and says why; the other reads on.
fn one_name() -> Claimed {
    let scene = Scene::new(shared()?, "twins", "at_least_once")?;
    let mut twins = [
        Some(scene.start(temp_dir("twins")?)?),
        Some(scene.start(temp_dir("twins")?)?),
    ];
    let mut gone = None;
    until("one of them gives way", || {
        for twin in &mut twins {
            if twin.as_mut().is_some_and(|one| one.still_runs().is_err()) {
                gone = twin.take();
                return Ok(true);
            }
        }
        Ok(false)
    })?;
    let says = ["under the same `[node] name`"];
    stopped(gone.ok_or("none of them")?, &says)?;
    let left = twins.into_iter().flatten().next().ok_or("none is left")?;
    scene.kafka.write(&scene.events(), &load("t", 0..60))?;
    caught_up(&left, &scene, 60)
}

fn marks_anew() -> Claimed {
    let scene = Scene::new(shared()?, "anew", "exactly_once")?;
    let service = scene.start(temp_dir("anew")?)?;
    scene.kafka.write(&scene.events(), &load("n", 0..60))?;
    caught_up(&service, &scene, 60)?;
    service.signal("TERM")?;
    let folder = service.left()?;
    scene.kafka.unmake("anew.marks")?;
    let doctor = temp_dir("doctor")?;
    until("the topic is gone", || {
        Ok(scene.doctor(&doctor, false)?.expect_code(1).is_ok())
    })?;
    scene.doctor(&doctor, true)?.expect_code(0)?;
    let service = Running::start_red(folder, &scene.sections())?;
    stopped(service, &["`anew.marks` says", "made anew"])
}

fn deleted() -> Claimed {
    let scene = Scene::new(shared()?, "deleted", "exactly_once")?;
    let service = scene.start(temp_dir("deleted")?)?;
    scene.kafka.write(&scene.events(), &load("d", 0..60))?;
    caught_up(&service, &scene, 60)?;
    let folder = service.killed()?;
    scene.kafka.write(&scene.events(), &load("d", 60..120))?;
    let read = scene.kafka.read(&scene.events(), true)?;
    let end = read.iter().filter(|one| one.partition == 0).count();
    let places = folder.join("places.json");
    let topic = scene.events();
    write(
        &places,
        format!(
            "{{\"partitions\":[{{\"topic\":\"{topic}\",\"partition\":0,\"offset\":{end}}}],\"version\":1}}"
        ),
    )?;
    let (brokers, file) = (scene.kafka.brokers(), places.display().to_string());
    let args = ["--bootstrap-server", &brokers, "--offset-json-file", &file];
    scene
        .kafka
        .tool("org.apache.kafka.tools.DeleteRecordsCommand", &args, "")?;
    let service = Running::start_red(folder, &scene.sections())?;
    stopped(
        service,
        &[
            "deleted.events/0 is read up to",
            "records were deleted before they were read",
        ],
    )
}

/// One action or event too few or too many is always minded.
fn checks() -> Claimed {
    let scene = Scene::new(shared()?, "checks", "exactly_once")?;
    let service = scene.start(temp_dir("checks")?)?;
    scene.kafka.write(&scene.events(), &load("c", 0..40))?;
    caught_up(&service, &scene, 40)?;
    service.signal("TERM")?;
    let folder = service.left()?;
    let mut oracle = Oracle::of(&folder.join("data"))?;
    let lines: Vec<String> = scene
        .actions(true)?
        .into_iter()
        .filter_map(|one| one.value)
        .collect();
    let ids: Vec<String> = (0..40).map(|n| format!("c-{n}")).collect();
    oracle.expect_actions(&lines)?;
    oracle.expect_inputs(&ids)?;
    let mut twice = lines.clone();
    twice.extend(lines.first().cloned());
    let mut changed = lines.clone();
    if let Some(first) = changed.first_mut() {
        *first = first.replace("\"attempt\":1", "\"attempt\":2");
    }
    let fewer = lines.get(1..).unwrap_or_default();
    let minded = [twice.as_slice(), changed.as_slice(), fewer, &[]];
    if minded
        .iter()
        .any(|lines| oracle.expect_actions(lines).is_ok())
    {
        return Err("actions that are wrong are taken for right".into());
    }
    if oracle
        .expect_inputs(ids.get(1..).unwrap_or_default())
        .is_ok()
        || oracle
            .expect_inputs(&[ids.clone(), ids.clone()].concat())
            .is_ok()
    {
        return Err("events that are wrong are taken for right".into());
    }
    oracle.inputs.insert("c-0".to_owned(), 2);
    if oracle.expect_inputs(&ids).is_ok() {
        return Err("an event twice is taken for once".into());
    }
    Ok(())
}
