//! Two fleets of one node each, among which customers are divided, and what happens to them.

use std::collections::BTreeMap;

use engine::division::Division;
use kit::kafka::{Sent, shared};
use kit::running::{Running, event};
use kit::{Claimed, Failed, TempDir, deft, temp_dir, write};
use serde_json::{Value, json};

use super::scene::{Scene, nth, until};
use crate::oracle::text;

/// Partitions of the topic of events: a multiple of two.
const PARTITIONS: i32 = 4;

/// Two fleets of one node each.
pub(super) struct Two<'k> {
    pub(super) scene: Scene<'k>,
    pub(super) divisions: [Division; 2],
}

impl Two<'_> {
    pub(super) fn new(id: &'static str) -> Result<Self, Failed> {
        let kafka = shared()?;
        let scene = Scene::fleet(kafka, id);
        scene.make_events(PARTITIONS)?;
        let divisions = [0, 1].map(|number| Division::new(number, 2));
        let [Some(a), Some(b)] = divisions else {
            return Err("no divisions".into());
        };
        let two = Self {
            scene,
            divisions: [a, b],
        };
        for division in two.divisions {
            let folder = temp_dir("divided-doctor")?;
            let file = folder.join("doctor.toml");
            write(&file, format!("[node]\n{}", two.sections(division)))?;
            let copies = kafka.copies().to_string();
            let mut args: Vec<std::ffi::OsString> = vec!["doctor".into(), "-c".into()];
            args.push(file.into_os_string());
            args.extend(
                ["--create-topics", "--partitions", "3", "--copies", &copies].map(Into::into),
            );
            deft(args)?.expect_code(0)?;
        }
        Ok(two)
    }

    pub(super) fn sections(&self, division: Division) -> String {
        let id = self.scene.id;
        let own = format!("name = \"{id}-{}\"", division.number());
        let more = format!(
            "division = \"{division}\"\ninbox = \"{id}.inbox\"\ntold = \"{id}.told\"\nleaders = \"{id}.leaders\"\n\
             orders = \"{id}.orders\"\n"
        );
        let sections = self.scene.sections();
        format!("{}{more}", sections.replacen("name = \"deft\"", &own, 1))
    }

    pub(super) fn start(&self, number: usize, folder: TempDir) -> Result<Running, Failed> {
        let division = self.divisions.get(number).ok_or("no division")?;
        Running::start_in(folder, &self.sections(*division))
    }

    /// A customer of a division, the nth of them.
    pub(super) fn customer(&self, number: u16, nth: usize) -> String {
        let [first, _] = self.divisions;
        let mut all = (0..).map(|n| format!("D{n}"));
        all.by_ref()
            .filter(|customer| first.number_of(customer) == number)
            .nth(nth)
            .unwrap_or_default()
    }

    /// A group has come to the end of what can be read of some partitions.
    fn is_read(&self, group: &str, topic: &str, of: impl Fn(i32) -> bool) -> Result<bool, Failed> {
        let mut ends: BTreeMap<i32, i64> = BTreeMap::new();
        for one in self.scene.kafka.read(topic, true)? {
            ends.insert(one.partition, one.offset);
        }
        for (partition, last) in ends.into_iter().filter(|(partition, _)| of(*partition)) {
            if self.scene.kafka.committed(group, topic, partition)? <= last {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// All is read, decided and out, and what one had for the other has come.
    pub(super) fn caught_up(&self, nodes: &[Running; 2]) -> Claimed {
        let id = self.scene.id;
        let lag = format!("deft_outbox_lag{{sink=\"{id}\"}}");
        until("all is read, moved, told and out", || {
            let mut done = self.is_read(id, &self.scene.events(), |_| true)?;
            for (number, node) in (0..).zip(nodes) {
                let group = format!("{id}.{number}");
                done = done
                    && node.metric(&lag)? == 0.0
                    && self.is_read(&group, &self.scene.topic("inbox"), |p| p == number)?
                    && self.is_read(&group, &self.scene.topic("told"), |p| p != number)?;
            }
            Ok(done)
        })
    }
}

/// A card payment at the one terminal.
pub(super) fn payment(id: &str, customer: &str) -> Value {
    let data = json!({
        "amount": "10.00", "card": format!("K{customer}"), "terminal": "T1", "category": "other", "declined": true,
    });
    event(id, "transaction.card_payment", customer, &data)
}

/// Complaints and withdrawals of both, every fifth under somebody else's key; payments at one terminal.
/// Gives the records, and whose each event is.
pub(super) fn mixed(two: &Two<'_>, count: usize) -> (Vec<Sent>, BTreeMap<String, u16>) {
    let [first, _] = two.divisions;
    let mut owners = BTreeMap::new();
    let mut sent = Vec::new();
    let mut send = |event: &Value, key: &str| {
        let owner = first.number_of(&text(event, "/customer"));
        owners.insert(text(event, "/id"), owner);
        sent.push(Sent::new(key, event.to_string()));
    };
    for number in 0..count {
        let (customer, event) = nth("d", number);
        if number % 5 == 4 {
            send(&event, &two.customer(u16::from(number % 2 > 0), 3));
        } else {
            send(&event, &customer);
        }
        if number % 20 == 19 {
            let customer = two.customer(u16::from(number / 20 % 2 > 0), number);
            send(&payment(&format!("p-{number}"), &customer), &customer);
        }
    }
    (sent, owners)
}
