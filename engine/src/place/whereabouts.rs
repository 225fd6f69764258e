//! What is kept of where a customer is: recent fixes, fences entered, hours at haunts.

use super::Fix;
use super::haunts::{self, Hours};
use crate::change::Change;
use crate::window::track::Order;
use rules::catalogue::Catalogue;
use rules::value::Text;
use std::collections::BTreeMap;

/// Fixes kept while a late event may still come before them. The oldest go first.
const FIXES_MAX: usize = 1_024;

/// A fence entered or left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// At this fix.
    pub order: Order,
    /// Entered, or left.
    pub inside: bool,
}

/// What is kept of where a customer is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Whereabouts {
    /// By order, as far back as a late event may come.
    fixes: Vec<Fix>,
    /// By fence: turns as far back, and the one before. Entered and left alternate.
    turns: BTreeMap<Text, Vec<Turn>>,
    /// By feature.
    hours: BTreeMap<Text, Hours>,
}

impl Whereabouts {
    /// Nothing known.
    pub const NOTHING: Self = Self {
        fixes: Vec::new(),
        turns: BTreeMap::new(),
        hours: BTreeMap::new(),
    };

    /// True when nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fixes.is_empty() && self.turns.is_empty() && self.hours.is_empty()
    }

    /// The fixes behind this order.
    #[must_use]
    pub fn after(&self, order: Order) -> &[Fix] {
        let from = self.fixes.partition_point(|fix| fix.order <= order);
        self.fixes.get(from..).unwrap_or(&[])
    }

    /// The turns of a fence that are kept.
    #[must_use]
    pub fn turns(&self, fence: &str) -> &[Turn] {
        self.turns.get(fence).map_or(&[], Vec::as_slice)
    }

    /// Fences with turns.
    pub fn known(&self) -> impl Iterator<Item = &Text> {
        self.turns.keys()
    }

    /// Since when the customer is within a fence, as of this order.
    #[must_use]
    pub fn inside(&self, fence: &str, order: Order) -> Option<Order> {
        last_of(self.turns(fence), |turn| turn.order <= order)
    }

    /// Hours of a haunt.
    #[must_use]
    pub fn hours(&self, feature: &str) -> Option<&Hours> {
        self.hours.get(feature)
    }

    /// Writes a change; one that is not of places is none of its business.
    pub fn apply(&mut self, change: Change) {
        match change {
            Change::Located(fix) => {
                let at = self.fixes.partition_point(|kept| kept.order <= fix.order);
                self.fixes.insert(at, fix);
            }
            Change::FenceTurned { fence, from, turns } => {
                let kept = self.turns.entry(fence).or_default();
                kept.retain(|turn| turn.order < from);
                kept.extend(turns);
            }
            Change::HauntSeen {
                feature,
                hour,
                cell,
            } => self.hours.entry(feature).or_default().see(hour, cell),
            _ => {}
        }
    }

    /// Lets go of what no event can reach any more: `newest` is the customer's newest event, `lateness`
    /// how late one may come.
    pub fn trim(&mut self, catalogue: &Catalogue, newest: i64, lateness: i64) {
        let floor = newest.saturating_sub(lateness);
        let old = self.fixes.partition_point(|fix| fix.order.time < floor);
        let much = self.fixes.len().saturating_sub(FIXES_MAX);
        self.fixes.drain(..old.max(much));
        self.turns.retain(|fence, turns| {
            if catalogue.fence_named(fence).is_none() {
                return false;
            }
            let old = turns.partition_point(|turn| turn.order.time < floor);
            turns.drain(..old.saturating_sub(1));
            turns.len() > 1
                || turns
                    .iter()
                    .any(|turn| turn.inside || turn.order.time >= floor)
        });
        self.hours.retain(|feature, hours| {
            let Some((feature, _)) = haunts::named(catalogue, feature) else {
                return false;
            };
            hours.trim(haunts::floor(floor, feature.over));
            !hours.is_empty()
        });
    }

    /// Keeps what goes on under another book: fences and haunts by name.
    pub fn keep(&mut self, fence: impl Fn(&str) -> bool, haunt: impl Fn(&str) -> Option<Text>) {
        self.turns.retain(|name, _| fence(name));
        let hours = std::mem::take(&mut self.hours).into_iter();
        self.hours = hours
            .filter_map(|(name, hours)| Some((haunt(&name)?, hours)))
            .collect();
    }

    /// Changes that make it of nothing.
    pub fn changes(&self, push: &mut impl FnMut(Change)) {
        self.fixes
            .iter()
            .for_each(|fix| push(Change::Located(*fix)));
        for (fence, turns) in &self.turns {
            push(Change::FenceTurned {
                fence: fence.clone(),
                from: BEGINNING,
                turns: turns.clone(),
            });
        }
        for (feature, hours) in &self.hours {
            for (hour, cell) in hours.iter() {
                push(Change::HauntSeen {
                    feature: feature.clone(),
                    hour,
                    cell,
                });
            }
        }
    }

    /// What is live at `now`, for the state hash: kind, name, value.
    pub fn items(
        &self,
        catalogue: &Catalogue,
        now: i64,
        item: &mut impl FnMut(&'static str, &str, &[u8]),
    ) {
        for (fence, turns) in &self.turns {
            if let Some(since) = last_of(turns, |_| true) {
                item("fence", fence, &since.time.to_be_bytes());
            }
        }
        for (name, hours) in &self.hours {
            let Some((feature, _)) = haunts::named(catalogue, name) else {
                continue;
            };
            let floor = haunts::floor(now, feature.over);
            for (hour, cell) in hours.iter().filter(|(hour, _)| *hour > floor) {
                let bytes = [hour.to_be_bytes(), cell.number().to_be_bytes()].concat();
                item("haunt", name, &bytes);
            }
        }
    }
}

/// Before everything.
pub const BEGINNING: Order = Order {
    time: i64::MIN,
    seq: 0,
};

/// The last turn that counts, if it entered.
pub(super) fn last_of(turns: &[Turn], counts: impl Fn(&Turn) -> bool) -> Option<Order> {
    let last = turns.iter().rev().find(|turn| counts(turn))?;
    last.inside.then_some(last.order)
}
