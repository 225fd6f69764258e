//! A node between topics of its own.

use std::fmt::Write as _;
use std::thread;
use std::time::Duration;

use kit::kafka::{Kafka, Sent};
use kit::running::{Running, complaint, withdrawal};
use kit::{Claimed, Failed, TempDir, deft, temp_dir, write};
use serde_json::Value;

/// Looks until something must have happened, a tenth of a second apart.
const LOOKS_MAX: u32 = 600;
/// Partitions of the topic of events.
pub(super) const PARTITIONS: i32 = 3;

/// A node's surroundings: topics that begin with one word.
pub(super) struct Scene<'k> {
    pub(super) kafka: &'k Kafka,
    pub(super) id: &'static str,
    pub(super) grade: &'static str,
    pub(super) name: &'static str,
    /// Whom the node asks.
    pub(super) brokers: String,
    /// Nodes are of one fleet.
    pub(super) is_fleet: bool,
    /// How often snapshots are taken.
    pub(super) rounds: &'static str,
}

impl<'k> Scene<'k> {
    /// Topics for this word, made by `deft doctor` and by hand.
    pub(super) fn new(
        kafka: &'k Kafka,
        id: &'static str,
        grade: &'static str,
    ) -> Result<Self, Failed> {
        Self::by_way_of(kafka, kafka.brokers(), id, grade)
    }

    /// The same where the node asks others for the broker.
    pub(super) fn by_way_of(
        kafka: &'k Kafka,
        brokers: String,
        id: &'static str,
        grade: &'static str,
    ) -> Result<Self, Failed> {
        Self {
            kafka,
            id,
            grade,
            name: "deft",
            brokers,
            is_fleet: false,
            rounds: "1s",
        }
        .made()
    }

    /// The same for several nodes of which one leads.
    pub(super) fn of_fleet(kafka: &'k Kafka, id: &'static str) -> Result<Self, Failed> {
        Self::fleet(kafka, id).made()
    }

    /// The same before there are topics.
    pub(super) fn fleet(kafka: &'k Kafka, id: &'static str) -> Self {
        Self {
            kafka,
            id,
            grade: "exactly_once",
            name: "deft",
            brokers: kafka.brokers(),
            is_fleet: true,
            rounds: "1s",
        }
    }

    fn made(self) -> Result<Self, Failed> {
        self.make_events(PARTITIONS)?;
        let folder = temp_dir("doctor")?;
        self.doctor(&folder, true)?.expect_code(0)?;
        Ok(self)
    }

    /// The topic that whoever writes events makes.
    pub(super) fn make_events(&self, partitions: i32) -> Claimed {
        self.kafka.make(&[&self.events()], partitions)?;
        // A broker that has just begun tells of it a moment later.
        until("the topic of events is known", || {
            Ok(self.kafka.leader(&self.events(), 0)?.is_some())
        })
    }

    /// What `deft doctor` says.
    pub(super) fn doctor(&self, folder: &TempDir, make: bool) -> Result<kit::Said, Failed> {
        let file = folder.join("doctor.toml");
        write(&file, format!("[node]\n{}", self.sections()))?;
        let mut args: Vec<std::ffi::OsString> =
            vec!["doctor".into(), "-c".into(), file.into_os_string()];
        if make {
            args.extend(["--create-topics", "--partitions", "3"].map(Into::into));
            args.extend(["--copies".into(), self.kafka.copies().to_string().into()]);
        }
        deft(args)
    }

    pub(super) fn events(&self) -> String {
        format!("{}.events", self.id)
    }

    pub(super) fn topic(&self, name: &str) -> String {
        format!("{}.{name}", self.id)
    }

    /// The configuration, `[node]` first.
    pub(super) fn sections(&self) -> String {
        let (id, brokers, grade, name) = (self.id, &self.brokers, self.grade, self.name);
        let rounds = self.rounds;
        let mut text = format!(
            "data = \"data\"\nname = \"{name}\"\n[store]\nsegment = \"16MiB\"\nlow_disk = \"1MiB\"\nresume = \"1MiB\"\n\
             snapshot = {{ every = \"{rounds}\", keep = 2 }}\n[stop]\ndrain = \"10s\"\n"
        );
        let _ = write!(
            text,
            "[[source]]\nname = \"core\"\nkind = \"kafka\"\nbrokers = \"{brokers}\"\ntopics = [\"{id}.events\"]\n\
             group = \"{id}\"\nstart = \"earliest\"\nsession = \"6s\"\n\
             [[sink]]\nname = \"{id}\"\nkind = \"kafka\"\nbrokers = \"{brokers}\"\ntopic = \"{id}.actions.{{kind}}\"\n\
             marks = \"{id}.marks\"\nquarantine = \"{id}.quarantine\"\ngrade = \"{grade}\"\ntransaction = \"5s\"\n"
        );
        if self.is_fleet {
            let _ = write!(
                text,
                "[fleet]\nname = \"{id}\"\nchangelog = \"{id}.changelog\"\nsession = \"6s\"\n"
            );
        }
        text
    }

    pub(super) fn start(&self, folder: TempDir) -> Result<Running, Failed> {
        Running::start_in(folder, &self.sections())
    }

    /// Every action that is on its topic: partition, key and line of each.
    pub(super) fn actions(&self, committed: bool) -> Result<Vec<kit::kafka::Got>, Failed> {
        let mut all = Vec::new();
        for kind in ["next-best-offer", "fraud-block", "retention", "service"] {
            all.extend(
                self.kafka
                    .read(&self.topic(&format!("actions.{kind}")), committed)?,
            );
        }
        Ok(all)
    }
}

/// Waits until a thing holds.
pub(super) fn until(what: &str, mut holds: impl FnMut() -> Result<bool, Failed>) -> Claimed {
    for _ in 0..LOOKS_MAX {
        if holds()? {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(100));
    }
    Err(format!("it never came to this: {what}").into())
}

/// Waits until everything that was written is read, decided and out.
pub(super) fn caught_up(service: &Running, scene: &Scene<'_>, written: usize) -> Claimed {
    let sum = || -> Result<i64, Failed> {
        let next = |p| scene.kafka.committed(scene.id, &scene.events(), p);
        (0..PARTITIONS).map(|p| Ok(next(p)?.max(0))).sum()
    };
    let wanted = i64::try_from(written)?;
    until("all is read and durable", || Ok(sum()? >= wanted))?;
    let lag = format!("deft_outbox_lag{{sink=\"{}\"}}", scene.id);
    until("all is out", || Ok(service.metric(&lag)? == 0.0))
}

/// The nth event of a load: a complaint has one action, every third withdrawal of a customer in ten
/// minutes blocks a card; each of these is part of a trace.
pub(super) fn nth(id: &str, number: usize) -> (String, Value) {
    let customer = format!("C{}", number * 7 % 23);
    let id = format!("{id}-{number}");
    let event = if number % 4 == 3 {
        let mut event = withdrawal(&id, &customer);
        if let Some(members) = event.as_object_mut() {
            let trace = format!("00-{:032x}-{:016x}-01", number + 1, number + 1);
            members.insert("traceparent".to_owned(), trace.into());
        }
        event
    } else {
        complaint(&id, &customer)
    };
    (customer, event)
}

/// A stretch of the load as records.
pub(super) fn load(id: &str, numbers: std::ops::Range<usize>) -> Vec<Sent> {
    let sent = |number| {
        let (customer, event) = nth(id, number);
        Sent::new(&customer, event.to_string())
    };
    numbers.map(sent).collect()
}
