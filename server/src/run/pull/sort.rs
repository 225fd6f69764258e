//! Records that may be events, those that cannot be, and those that another division decides about.

use super::super::intake::{Known, heard, sound};
use super::super::owner::customer_of;
use super::super::taken::{Rejected, Taken};
use super::{Pull, clock};
use crate::config::fleet::TOLD;
use connectors::kafka::places::{Partition, Places};
use connectors::kafka::record::Pulled;
use engine::reject::Code;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The header that says when a division took what it tells, ms.
pub(crate) const DOOR: &str = "deft_door";

impl Pull {
    /// Sorts what came.
    pub(super) fn sort(&mut self, pulled: Vec<Pulled>) -> (Vec<Vec<u8>>, Taken) {
        let mut taken = Taken::of(&self.name, Places::default());
        let mut records = Vec::new();
        let is_told = &*self.name == TOLD;
        let mut kinds: BTreeMap<Option<usize>, u64> = BTreeMap::new();
        for mut one in pulled {
            let partition = Partition::new(&one.topic, one.partition);
            taken.next.put(partition, one.offset.saturating_add(1));
            self.newest = self.newest.max(one.at);
            self.hear_told(&one);
            let item = match &self.registry {
                Some(registry) => registry.event(&one),
                None => one.event(),
            };
            let read = if is_told {
                heard(&self.node, item)
            } else {
                sound(&self.node, item)
            };
            match read {
                Ok((record, known)) => {
                    *kinds.entry(known.map(|(at, _)| at)).or_default() += 1;
                    match self.owns(&record, known) {
                        Some(false) if !is_told => {
                            taken.moved.push(record);
                            continue;
                        }
                        // Nobody else decides about it, so nobody else may tell it.
                        Some(true) if is_told => {
                            let code = Code::OutOfRange.name();
                            self.node.meters.pulled_reject(&self.name, code);
                            continue;
                        }
                        _ => {}
                    }
                    if one.value.as_deref() == Some(record.as_slice()) {
                        one.value = None;
                    }
                    records.push(record);
                    taken.origins.push(one);
                }
                Err(reject) => {
                    *kinds.entry(None).or_default() += 1;
                    let code = reject.code.name();
                    self.node.meters.pulled_reject(&self.name, code);
                    let rejected = Rejected::of(&self.name, one, &reject);
                    taken.rejects.push(rejected);
                }
            }
        }
        let book = self.node.shelf.book();
        for (at, count) in kinds {
            let kind = at.and_then(|at| book.catalogue.events.get(at));
            let name = kind.map_or("unknown", |kind| kind.name.as_str());
            self.node.meters.pulled(&self.name, name, count);
        }
        self.meters.moved.increment(taken.moved.len() as u64);
        (records, taken)
    }

    /// How old it is what another division tells.
    fn hear_told(&self, one: &Pulled) {
        if &*self.name != TOLD {
            return;
        }
        let door = one.headers.iter().find(|(key, _)| key == DOOR);
        let door = door.and_then(|(_, at)| std::str::from_utf8(at).ok()?.parse::<i64>().ok());
        if let Some(door) = door {
            let age = clock::wall().saturating_sub(door).max(0);
            #[expect(clippy::cast_precision_loss, reason = "telemetry")]
            self.node.meters.told.record(age as f64 / 1_000.0);
        }
    }

    /// Whether this division decides about it; `None`: it is everybody's.
    fn owns(&self, record: &[u8], known: Known) -> Option<bool> {
        let customer = customer_of(&self.node, record, known)?;
        Some(self.node.config.division()?.owns(&customer))
    }
}

impl Taken {
    /// Nothing but how far a source has read.
    pub(super) fn of(source: &Arc<str>, next: Places) -> Self {
        Self {
            source: Arc::clone(source),
            next,
            origins: Vec::new(),
            rejects: Vec::new(),
            moved: Vec::new(),
        }
    }
}
