//! The decisions that can be asked for: the committed ones, to a bound of age and bytes. One thread
//! writes, every request reads.

use super::answer::Settlement;
use dashmap::{DashMap, DashSet};
use rules::value::Text;
use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of decisions held in memory.
const BYTES_MAX: usize = 256 * 1024 * 1024;
/// Decisions of a customer that can be asked for by its name.
const LAST_MAX: usize = 20;
/// What a decision takes beside its record and its actions, roughly.
const BYTES_EACH: usize = 512;

/// The decisions that can be asked for.
pub(crate) struct Decisions {
    by_id: DashMap<Text, Arc<Settlement>>,
    /// Actions, and the decision of each.
    by_action: DashMap<Text, Text>,
    /// Actions that were pulled back.
    withdrawn: DashSet<Text>,
    /// The last decisions of each customer, by the time of their events.
    by_customer: DashMap<Text, BTreeSet<(i64, Text)>>,
    order: Mutex<VecDeque<(i64, Text)>>,
    bytes: AtomicUsize,
    /// How long they are kept, ms.
    age: i64,
    /// No event newer than this has had its decision forgotten, ms.
    forgotten: AtomicI64,
}

impl Decisions {
    pub(crate) fn new(age: i64) -> Self {
        Self {
            by_id: DashMap::new(),
            by_action: DashMap::new(),
            withdrawn: DashSet::new(),
            by_customer: DashMap::new(),
            order: Mutex::new(VecDeque::new()),
            bytes: AtomicUsize::new(0),
            age,
            forgotten: AtomicI64::new(i64::MIN),
        }
    }

    /// Keeps a decision under its id; forgets what is too old or too much.
    pub(crate) fn put(&self, id: &Text, settlement: &Arc<Settlement>, now: i64) {
        for sent in &settlement.actions {
            self.by_action.insert(sent.id.clone(), id.clone());
        }
        self.bytes.fetch_add(size(settlement), Ordering::Relaxed);
        match self.by_id.insert(id.clone(), Arc::clone(settlement)) {
            Some(old) => drop(self.bytes.fetch_sub(size(&old), Ordering::Relaxed)),
            None => self.note(id, settlement),
        }
        let mut order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        order.push_back((now, id.clone()));
        while let Some((at, id)) = order.front() {
            let full = self.bytes.load(Ordering::Relaxed) > BYTES_MAX;
            if !full && *at > now.saturating_sub(self.age) {
                break;
            }
            self.forget(id);
            order.pop_front();
        }
    }

    /// Keeps a decision that is older than all there are. False when there is no room for it.
    pub(crate) fn put_older(&self, id: &Text, settlement: &Arc<Settlement>, at: i64) -> bool {
        let bytes = size(settlement);
        if self.bytes.load(Ordering::Relaxed).saturating_add(bytes) > BYTES_MAX {
            return false;
        }
        // The newer one of an id stands.
        if self.by_id.contains_key(id) {
            return true;
        }
        for sent in &settlement.actions {
            self.by_action.insert(sent.id.clone(), id.clone());
        }
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.by_id.insert(id.clone(), Arc::clone(settlement));
        self.note(id, settlement);
        let mut order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        order.push_front((at, id.clone()));
        true
    }

    /// Decisions about events up to this time are elsewhere, if there were any, ms.
    pub(crate) fn begin_behind(&self, time: i64) {
        self.forgotten.fetch_max(time, Ordering::AcqRel);
    }

    fn note(&self, id: &Text, settlement: &Settlement) {
        let customer = settlement.customer.clone();
        let mut last = self.by_customer.entry(customer).or_default();
        last.insert((settlement.time, id.clone()));
        if last.len() > LAST_MAX {
            last.pop_first();
        }
    }

    /// The last decisions of a customer, the newest first.
    pub(crate) fn last_of(&self, customer: &Text) -> Vec<Text> {
        let last = self.by_customer.get(customer);
        let ids = last.iter().flat_map(|last| last.iter().rev());
        ids.map(|(_, id)| id.clone()).collect()
    }

    fn forget(&self, id: &Text) {
        let Some((_, old)) = self.by_id.remove(id) else {
            return;
        };
        self.bytes.fetch_sub(size(&old), Ordering::Relaxed);
        self.forgotten.fetch_max(old.time, Ordering::AcqRel);
        self.by_customer.remove_if_mut(&old.customer, |_, last| {
            last.remove(&(old.time, id.clone()));
            last.is_empty()
        });
        for sent in &old.actions {
            self.by_action.remove(&sent.id);
            self.withdrawn.remove(&sent.id);
        }
    }

    /// The decision of this id, or the one this action is of.
    pub(crate) fn get(&self, id: &str) -> Option<(Text, Arc<Settlement>)> {
        let id = Text::from(id);
        if let Some(found) = self.by_id.get(&id) {
            return Some((id.clone(), Arc::clone(found.value())));
        }
        let decision = self.by_action.get(&id)?.value().clone();
        let found = self.by_id.get(&decision)?;
        let settlement = Arc::clone(found.value());
        drop(found);
        Some((decision, settlement))
    }

    /// Remembers that an action was pulled back, as long as its decision is kept; nothing of one whose
    /// decision is not.
    pub(crate) fn withdraw(&self, action: &Text) {
        if self.by_action.contains_key(action) {
            self.withdrawn.insert(action.clone());
        }
    }

    /// The same while decisions are still on their way back from the log.
    pub(crate) fn withdraw_ahead(&self, action: Text) {
        self.withdrawn.insert(action);
    }

    /// All decisions are back: what was pulled back of others is of no use.
    pub(crate) fn are_back(&self) {
        self.withdrawn
            .retain(|action| self.by_action.contains_key(action));
    }

    /// True when the action was pulled back.
    pub(crate) fn is_withdrawn(&self, action: &Text) -> bool {
        self.withdrawn.contains(action)
    }

    /// True when the decision of an event of this time may have been forgotten.
    pub(crate) fn may_have_forgotten(&self, time: i64) -> bool {
        time <= self.forgotten.load(Ordering::Acquire)
    }

    /// Bytes they take, roughly.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// How many are kept.
    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }
}

fn size(settlement: &Settlement) -> usize {
    let actions: usize = settlement.actions.iter().map(|a| a.json.len()).sum();
    BYTES_EACH + actions + settlement.record.as_ref().map_or(0, String::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settlement(time: i64) -> Arc<Settlement> {
        Arc::new(Settlement {
            time,
            ..Settlement::default()
        })
    }

    #[test]
    fn the_last_decisions_of_a_customer_are_known_as_long_as_they_are_kept() {
        let of = |time: i64| {
            Arc::new(Settlement {
                time,
                customer: "C".into(),
                ..Settlement::default()
            })
        };
        let decisions = Decisions::new(1_000);
        for at in 0..30 {
            decisions.put(&format!("d-{at:02}").into(), &of(at), at);
        }
        let last = decisions.last_of(&"C".into());
        assert_eq!(last.len(), LAST_MAX);
        assert_eq!(last.first().unwrap(), "d-29");
        decisions.put(&"d-99".into(), &of(99), 5_000);
        assert_eq!(decisions.last_of(&"C".into()), ["d-99"]);
        assert!(decisions.last_of(&"D".into()).is_empty());
    }

    #[test]
    fn a_decision_is_found_until_it_is_too_old_and_then_is_known_to_be_forgotten() {
        let decisions = Decisions::new(1_000);
        decisions.put(&"d-1".into(), &settlement(5), 0);
        decisions.put(&"d-2".into(), &settlement(7), 900);
        assert!(decisions.get("d-1").is_some() && !decisions.may_have_forgotten(5));
        decisions.put(&"d-3".into(), &settlement(9), 1_500);
        assert!(decisions.get("d-1").is_none() && decisions.get("d-2").is_some());
        assert!(decisions.may_have_forgotten(5) && !decisions.may_have_forgotten(6));
        assert_eq!(decisions.len(), 2);
    }

    #[test]
    fn older_decisions_are_put_back_behind_newer_ones_and_forgotten_before_them() {
        let decisions = Decisions::new(1_000);
        decisions.put(&"d-2".into(), &settlement(7), 900);
        assert!(decisions.put_older(&"d-1".into(), &settlement(5), 0));
        assert!(decisions.put_older(&"d-2".into(), &settlement(6), 0));
        assert_eq!(decisions.get("d-2").unwrap().1.time, 7);
        decisions.put(&"d-3".into(), &settlement(9), 1_500);
        assert!(decisions.get("d-1").is_none() && decisions.get("d-2").is_some());
        decisions.begin_behind(6);
        assert!(decisions.may_have_forgotten(6) && !decisions.may_have_forgotten(7));
    }
}
