//! What befalls the nodes of a fleet, and its brokers, under load: whichever of them goes, nothing is lost and
//! nothing is out twice.

use std::thread;
use std::time::Duration;

use kit::kafka::{Cluster, Kafka, claim_with_kafka, shared};
use kit::running::Running;
use kit::{Claimed, Failed, Seed, Trial, temp_dir};

use super::faults::{FROZEN, KILLS, asked, judge, written_meanwhile};
use super::fleet::{becomes, leads, node, stands_by};
use super::scene::{Scene, caught_up};
use crate::oracle::Oracle;

/// How long nodes come and go in the tests, s; `DEFT_KAFKA_CHURN` asks for more.
const CHURN: u64 = 20;
/// Brokers that lead no more, for every round of [`KILLS`].
const DEPOSED: usize = 3;
/// Fewer events for each of these are no load.
const LOADED: usize = 50;
/// Between two of them.
const EVERY: Duration = Duration::from_secs(5);

/// The promises of this file.
pub(super) fn trials() -> Vec<Trial> {
    vec![
        claim_with_kafka(
            "fleet::nothing_is_lost_and_nothing_twice_whichever_node_dies",
            faults,
        ),
        claim_with_kafka("fleet::nodes_come_and_go_and_nothing_is_lost", churn),
        claim_with_kafka(
            "fleet::leaders_of_partitions_change_and_nothing_is_lost",
            deposed,
        ),
    ]
}

/// What happens to the node that leads.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// It is killed.
    Killed,
    /// It is silent for longer than its session, and finds another in its place.
    Frozen,
    /// It is told to end.
    Told,
    /// The one that stands by is told to end.
    OtherTold,
    /// It is killed together with the one that stands by.
    BothKilled,
    /// The one that stands by is killed.
    OtherKilled,
    /// The broker is killed.
    BrokerKilled,
}

/// Two nodes, the one that leads first.
struct Pair([Named; 2]);

impl Pair {
    /// The one that leads first, once one does. One that was put out is started again, as whoever runs
    /// a node does it.
    fn sorted(self, scene: &Scene<'_>) -> Result<Self, Failed> {
        let Self([mut a, mut b]) = self;
        for _ in 0..600 {
            [a, b] = [revived(a, scene)?, revived(b, scene)?];
            if is_leading(&a.1) {
                return Ok(Self([a, b]));
            }
            if is_leading(&b.1) {
                return Ok(Self([b, a]));
            }
            thread::sleep(Duration::from_millis(100));
        }
        Err(format!("none leads: {} · {}", a.1.said(), b.1.said()).into())
    }

    fn suffers(self, scene: &Scene<'_>, fate: Fate) -> Result<Self, Failed> {
        let Self([(name, first), (other, second)]) = self;
        let again = |name, folder| -> Result<_, Failed> { Ok((name, node(scene, name, folder)?)) };
        let pair = match fate {
            Fate::Killed => {
                let folder = first.killed()?;
                becomes(&second, "the other leads", leads)?;
                [(other, second), again(name, folder)?]
            }
            Fate::Frozen => {
                first.signal("STOP")?;
                thread::sleep(FROZEN);
                becomes(&second, "the other leads", leads)?;
                first.signal("CONT")?;
                let folder = first.put_out()?;
                // It wanted to send what it had open: that puts out nobody.
                if !is_leading(&second) {
                    return Err(format!("the other leads no more: {}", second.said()).into());
                }
                [(other, second), again(name, folder)?]
            }
            Fate::Told => {
                becomes(&second, "the other stands by", stands_by)?;
                first.signal("TERM")?;
                let folder = first.left()?;
                becomes(&second, "the other leads", leads)?;
                [(other, second), again(name, folder)?]
            }
            Fate::BothKilled => {
                let folders = [first.killed()?, second.killed()?];
                let [one, two] = folders;
                [again(name, one)?, again(other, two)?]
            }
            Fate::OtherTold => {
                second.signal("TERM")?;
                let folder = second.left()?;
                [(name, first), again(other, folder)?]
            }
            Fate::OtherKilled => {
                let folder = second.killed()?;
                [(name, first), again(other, folder)?]
            }
            Fate::BrokerKilled => {
                scene.kafka.kill()?;
                scene.kafka.begin()?;
                [(name, first), (other, second)]
            }
        };
        Self(pair).sorted(scene)
    }
}

type Named = (&'static str, Running);

fn is_leading(node: &Running) -> bool {
    leads(node).is_ok_and(|leads| leads)
}

fn revived((name, mut one): Named, scene: &Scene<'_>) -> Result<Named, Failed> {
    if one.still_runs().is_ok() {
        return Ok((name, one));
    }
    Ok((name, node(scene, name, one.put_out()?)?))
}

fn faults() -> Claimed {
    let kafka = Kafka::start()?;
    let scene = Scene::of_fleet(&kafka, "fleet")?;
    let mut seed = Seed::new(37);
    let mut plan = Vec::new();
    for _ in 0..asked().div_ceil(KILLS) {
        let mut round = [
            Fate::Killed,
            Fate::Killed,
            Fate::Told,
            Fate::Frozen,
            Fate::BothKilled,
            Fate::OtherKilled,
            Fate::BrokerKilled,
        ];
        seed.shuffle(&mut round);
        plan.extend(round);
    }
    under_load(&scene, &plan, |pair, fate| {
        thread::sleep(Duration::from_millis(u64::try_from(150 + seed.below(700))?));
        pair.suffers(&scene, *fate)
    })
}

/// Without rounds of snapshots the changelog lets go of nothing: a node that was away goes on with the copy it has,
/// and its log tells all from the first event on.
fn whole_logs(scene: Scene<'_>) -> Scene<'_> {
    Scene {
        rounds: "1h",
        ..scene
    }
}

/// Nodes come and go as fast as they may in a rolling upgrade that never ends.
fn churn() -> Claimed {
    let scene = whole_logs(Scene::of_fleet(shared()?, "churn")?);
    let asked = std::env::var("DEFT_KAFKA_CHURN").ok();
    let seconds: u64 = asked.map_or(Ok(CHURN), |text| text.parse())?;
    let each = [Fate::Told, Fate::OtherTold];
    let count = usize::try_from(seconds / EVERY.as_secs())?;
    let plan: Vec<Fate> = each.into_iter().cycle().take(count).collect();
    under_load(&scene, &plan, |pair, fate| {
        thread::sleep(EVERY);
        pair.suffers(&scene, *fate)
    })
}

/// Of three brokers those that lead the changelog, the marks, groups and transactions are others, one after the
/// other.
fn deposed() -> Claimed {
    let cluster = Cluster::start()?;
    let scene = whole_logs(Scene::of_fleet(cluster.any()?, "deposed")?);
    let topics = [
        scene.topic("changelog"),
        "__transaction_state".to_owned(),
        "__consumer_offsets".to_owned(),
        scene.topic("marks"),
        scene.events(),
    ];
    let count = asked().div_ceil(KILLS) * DEPOSED;
    let each = topics.iter().cycle().zip([true, false].into_iter().cycle());
    let plan: Vec<(&String, bool)> = each.take(count).collect();
    under_load(&scene, &plan, |pair, (topic, gently)| {
        cluster.depose(topic, 0, *gently)?;
        pair.sorted(&scene)
    })
}

/// These befall two nodes under load; then all must be as if nothing had.
fn under_load<F: std::fmt::Debug>(
    scene: &Scene<'_>,
    plan: &[F],
    mut befall: impl FnMut(Pair, &F) -> Result<Pair, Failed>,
) -> Claimed {
    let ((first, second), written) = written_meanwhile(scene, |written| {
        let nodes = ["a", "b"].map(|name| -> Result<_, Failed> {
            Ok((name, node(scene, name, temp_dir("fleet")?)?))
        });
        let [a, b] = nodes;
        let mut pair = Pair([a?, b?]).sorted(scene)?;
        for (at, fate) in plan.iter().enumerate() {
            pair = befall(pair, fate).map_err(|failed| {
                format!("fate {at}, {fate:?}: {}", failed.message().unwrap_or(""))
            })?;
        }
        let Pair([(_, first), (_, second)]) = pair;
        caught_up(&first, scene, written()?)?;
        becomes(&second, "the other stands by", stands_by)?;
        second.signal("TERM")?;
        let second = second.left()?;
        first.signal("TERM")?;
        Ok((first.left()?, second))
    })?;
    judge(scene, &first, written, LOADED * plan.len())?;
    let copy = Oracle::of(&second.join("data"))?;
    copy.expect_state()?;
    if copy.inputs.len() != written {
        return Err(format!("the copy has {} inputs of {written}", copy.inputs.len()).into());
    }
    Ok(())
}
