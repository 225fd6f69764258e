//! Everything dies in turn under load: the node is killed, and frozen for longer than its session, the
//! broker goes down and is killed, and of three brokers those that lead. Nothing is lost, nothing is out twice, and the state is that of a run
//! that nothing interrupted.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use kit::kafka::{Cluster, Cut, Kafka, Proxied, Request, claim_with_kafka};
use kit::running::Running;
use kit::{Claimed, Failed, Seed, TempDir, Trial, temp_dir};

use super::scene::{Scene, caught_up, load, until};
use crate::oracle::Oracle;

/// How often the node is killed in the tests; `DEFT_KAFKA_KILLS` asks for more, and for as many more of
/// the others.
pub(super) const KILLS: usize = 6;
/// Longer than the session of six seconds.
pub(super) const FROZEN: Duration = Duration::from_millis(6_500);
/// Fewer events for each fault are no load …
const LOADED: usize = 50;
/// … and for each cut, of which there are several in a second.
const LOADED_CUT: usize = 20;
/// Events written at once, and between them.
const WRITTEN: usize = 20;
const PAUSE: Duration = Duration::from_millis(40);

/// The promises of this file.
pub(super) fn trials() -> Vec<Trial> {
    vec![
        claim_with_kafka(
            "kafka::nothing_is_lost_and_nothing_twice_whatever_dies",
            faults,
        ),
        claim_with_kafka("kafka::leaders_change_and_nothing_is_lost", leaders),
        claim_with_kafka(
            "kafka::connections_are_cut_at_each_step_and_nothing_is_lost",
            cuts,
        ),
        claim_with_kafka("kafka::a_node_waits_for_brokers_that_are_away", away),
    ]
}

/// What happens to whom.
#[derive(Clone, Copy, Debug)]
enum Fault {
    Killed,
    Frozen,
    BrokerDown,
    BrokerKilled,
}

/// How often the node is to be killed.
pub(super) fn asked() -> usize {
    let asked = std::env::var("DEFT_KAFKA_KILLS")
        .ok()
        .and_then(|n| n.parse().ok());
    asked.unwrap_or(KILLS)
}

fn plan(seed: &mut Seed) -> Vec<Fault> {
    let mut plan = Vec::new();
    for _ in 0..asked().div_ceil(KILLS) {
        let mut round = vec![Fault::Killed; KILLS];
        round.extend([
            Fault::Frozen,
            Fault::Frozen,
            Fault::BrokerDown,
            Fault::BrokerKilled,
        ]);
        seed.shuffle(&mut round);
        plan.extend(round);
    }
    plan
}

fn faults() -> Claimed {
    let kafka = Kafka::start()?;
    let scene = Scene::new(&kafka, "faults", "exactly_once")?;
    let mut seed = Seed::new(23);
    let plan = plan(&mut seed);
    under_load(&scene, &mut seed, (&plan, LOADED), |service, fault| {
        befall(service, &scene, *fault)
    })
}

/// Leaders of partitions, of the marks, of groups and of transactions go away: others lead in their place.
fn leaders() -> Claimed {
    let cluster = Cluster::start()?;
    let scene = Scene::new(cluster.any()?, "leaders", "exactly_once")?;
    let (events, marks) = (scene.events(), scene.topic("marks"));
    let (groups, state) = (
        "__consumer_offsets".to_owned(),
        "__transaction_state".to_owned(),
    );
    let mut plan = Vec::new();
    for round in 0..asked().div_ceil(KILLS) {
        plan.push((&events, 0, round % 2 == 0));
        plan.push((&state, i32::try_from(round % 4)?, round % 2 == 1));
        plan.push((&groups, i32::try_from(round % 4)?, round % 2 == 0));
        plan.push((&marks, 0, round % 2 == 1));
    }
    under_load(
        &scene,
        &mut Seed::new(29),
        (&plan, LOADED),
        |service, (topic, partition, gently)| {
            cluster.depose(topic, *partition, *gently)?;
            Ok(service)
        },
    )
}

/// The connection breaks off at each kind of request, before the broker has it and behind it.
fn cuts() -> Claimed {
    let way = Proxied::start()?;
    let scene = Scene::by_way_of(&way.kafka, way.brokers.clone(), "cuts", "exactly_once")?;
    let requests = [
        Request::InitProducerId,
        Request::AddPartitionsToTxn,
        Request::Produce,
        Request::EndTxn,
        Request::Fetch,
        Request::OffsetCommit,
        Request::Heartbeat,
    ];
    let mut plan = Vec::new();
    for _ in 0..asked().div_ceil(KILLS) {
        for request in requests {
            plan.extend([(request, Cut::Before), (request, Cut::Behind)]);
        }
    }
    under_load(
        &scene,
        &mut Seed::new(31),
        (&plan, LOADED_CUT),
        |service, &(request, cut)| {
            way.cut(request, cut);
            // A producer begins once in a life.
            let service = if request == Request::InitProducerId {
                scene.start(service.killed()?)?
            } else {
                service
            };
            until("the connection is cut", || Ok(way.is_cut()))?;
            Ok(service)
        },
    )
}

/// Events are written all the time while these befall a node; then all must be as if nothing had.
fn under_load<F: std::fmt::Debug>(
    scene: &Scene<'_>,
    seed: &mut Seed,
    (plan, loaded): (&[F], usize),
    befall: impl Fn(Running, &F) -> Result<Running, Failed>,
) -> Claimed {
    let (folder, written) = written_meanwhile(scene, |written| {
        let service = suffer(scene, seed, plan, befall)?;
        caught_up(&service, scene, written()?)?;
        service.signal("TERM")?;
        service.left()
    })?;
    judge(scene, &folder, written, loaded * plan.len())
}

/// Events are written until somebody asks how many; gives what came of it, and that number.
pub(super) fn written_meanwhile<R>(
    scene: &Scene<'_>,
    work: impl FnOnce(&dyn Fn() -> Result<usize, Failed>) -> Result<R, Failed>,
) -> Result<(R, usize), Failed> {
    let (over, written) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (ended, end) = std::sync::mpsc::sync_channel::<Claimed>(1);
    let done = thread::scope(|scope| {
        scope.spawn(|| {
            let write = || -> Claimed {
                while !over.load(Ordering::Acquire) {
                    let from = written.load(Ordering::Acquire);
                    // It waits for a broker that is away, and writes nothing twice meanwhile.
                    scene
                        .kafka
                        .write(&scene.events(), &load("f", from..from + WRITTEN))?;
                    written.store(from + WRITTEN, Ordering::Release);
                    thread::sleep(PAUSE);
                }
                Ok(())
            };
            let _ = ended.send(write());
        });
        let all = || -> Result<usize, Failed> {
            over.store(true, Ordering::Release);
            end.recv().map_err(|_| "the writer broke down")??;
            Ok(written.load(Ordering::Acquire))
        };
        let done = work(&all);
        over.store(true, Ordering::Release);
        done
    });
    Ok((done?, written.load(Ordering::Acquire)))
}

/// A node to which everything happens; gives the one that is left.
fn suffer<F: std::fmt::Debug>(
    scene: &Scene<'_>,
    seed: &mut Seed,
    plan: &[F],
    befall: impl Fn(Running, &F) -> Result<Running, Failed>,
) -> Result<Running, Failed> {
    let mut service = scene.start(temp_dir("faults")?)?;
    for (at, fault) in plan.iter().enumerate() {
        thread::sleep(Duration::from_millis(u64::try_from(150 + seed.below(700))?));
        service = befall(service, fault).map_err(|failed| {
            format!("fault {at}, {fault:?}: {}", failed.message().unwrap_or(""))
        })?;
        service.still_runs()?;
    }
    Ok(service)
}

fn befall(service: Running, scene: &Scene<'_>, fault: Fault) -> Result<Running, Failed> {
    match fault {
        Fault::Killed => scene.start(service.killed()?),
        Fault::Frozen => {
            service.signal("STOP")?;
            thread::sleep(FROZEN);
            service.signal("CONT")?;
            let settled = "deft_events_settled_total{result=\"decided\"}";
            let before = service.metric(settled)?;
            until("it reads on", || Ok(service.metric(settled)? > before))?;
            Ok(service)
        }
        Fault::BrokerDown => {
            scene.kafka.end()?;
            scene.kafka.begin()?;
            Ok(service)
        }
        Fault::BrokerKilled => {
            scene.kafka.kill()?;
            scene.kafka.begin()?;
            Ok(service)
        }
    }
}

pub(super) fn judge(scene: &Scene<'_>, folder: &TempDir, written: usize, least: usize) -> Claimed {
    let oracle = Oracle::of(&folder.join("data"))?;
    oracle.expect_inputs(&(0..written).map(|n| format!("f-{n}")).collect::<Vec<_>>())?;
    let lines = scene.actions(true)?.into_iter().filter_map(|one| one.value);
    let lines: Vec<String> = lines.collect();
    oracle.expect_actions(&lines)?;
    let all = scene.actions(false)?.len();
    println!(
        "{written} events, {} actions once each under read_committed; {all} were written, the others in transactions \
         that never ended",
        lines.len()
    );
    if written < least {
        return Err(format!("hardly any load: {written} events").into());
    }
    Ok(())
}

/// Without brokers the node is there for those who push, says why it is not ready, and reads as soon as
/// it can.
fn away() -> Claimed {
    let kafka = Kafka::start()?;
    let scene = Scene::new(&kafka, "away", "exactly_once")?;
    scene.kafka.write(&scene.events(), &load("w", 0..50))?;
    kafka.end()?;
    let service = Running::start_red(temp_dir("away")?, &scene.sections())?;
    until("it says that it has not joined", || {
        let ready = service.admin("/readyz")?;
        Ok(ready.status == 503
            && ready.json()?.pointer("/checks/sources_joined") == Some(&"no".into()))
    })?;
    service.admin("/livez")?.expect(200)?;
    let (_, event) = super::scene::nth("pushed", 0);
    service.post("/v1/events", &event)?.expect(200)?;
    kafka.begin()?;
    caught_up(&service, &scene, 50)?;
    until(
        "it is ready",
        || Ok(service.admin("/readyz")?.status == 200),
    )?;
    until("what was pushed is out", || {
        Ok(!scene.actions(true)?.is_empty())
    })?;
    service.signal("TERM")?;
    let folder = service.left()?;
    let oracle = Oracle::of(&folder.join("data"))?;
    let lines = scene.actions(true)?.into_iter().filter_map(|one| one.value);
    oracle.expect_actions(&lines.collect::<Vec<_>>())
}
