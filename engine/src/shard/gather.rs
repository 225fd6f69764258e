//! Gathering the state of a key group for a snapshot, slice by slice between batches.
//!
//! A customer, or a row of a long window, is taken as it is when its turn comes, and what is written to it
//! from then on is taken as well, in order. So at the end everything is as it is *then*, at the number of the
//! last slice: no turn takes long, nothing is copied before it is written to, and nobody waits.

use super::Shard;
use super::restore::{whole_customer, whole_rounds};
use crate::journal::{Entry, Owner};
use crate::key::KeyGroup;
use crate::plan::Plan;
use crate::state::Group;
use crate::state::keyed::Walk;
use crate::state::tracks::Tracks;
use crate::window::track::Order;
use rules::book::Book;
use rules::catalogue::feature::Key;
use rules::value::{EntityKey, Text};

/// How far the gathering of a key group has come.
#[derive(Debug)]
pub(super) struct Gathering {
    group: KeyGroup,
    begun: bool,
    customers: Walk<Text>,
    entities: Walk<EntityKey>,
    /// Whose windows are being taken.
    open: Option<Windows>,
    /// Written since the last slice to what was taken before.
    since: Vec<Entry>,
}

/// How far the windows of one key have come.
#[derive(Debug)]
struct Windows {
    owner: Owner,
    /// The track, by place in the plan, and the last row of it that was taken.
    track: usize,
    after: Option<Order>,
}

impl Windows {
    fn of(owner: Owner) -> Self {
        Self {
            owner,
            track: 0,
            after: None,
        }
    }

    /// Takes rows until there are `most` entries; true when all were taken. Rows of one event stay together.
    fn take(&mut self, plan: &Plan, group: &Group, most: usize, entries: &mut Vec<Entry>) -> bool {
        let found: Option<(Key, &Tracks)> = match &self.owner {
            Owner::Customer(id) | Owner::Pair(id, _) => {
                let customer = group.customers.get(id.as_str());
                customer.map(|customer| (Key::Customer, &customer.windows))
            }
            Owner::Entity(key) => {
                let tracks = group.entities.get(key);
                tracks.map(|tracks| (Key::Entity(key.kind), tracks))
            }
        };
        let Some((key, tracks)) = found else {
            return true;
        };
        while let Some(track_plan) = plan.tracks.get(self.track) {
            let track = tracks.track(track_plan.place);
            let track = track.filter(|_| track_plan.key == key);
            let rows = track.map(|track| track.behind(self.after));
            for (order, mask, cells) in rows.into_iter().flatten() {
                if entries.len() >= most && self.after != Some(order) {
                    return false;
                }
                self.after = Some(order);
                entries.push(Entry::Appended {
                    owner: self.owner.clone(),
                    track: self.track,
                    order,
                    mask,
                    cells,
                });
            }
            self.track += 1;
            self.after = None;
        }
        true
    }

    /// Whether a row of this owner is never come to any more.
    fn have_passed(&self, track: usize, order: Order) -> bool {
        track < self.track || (track == self.track && Some(order) <= self.after)
    }
}

impl Gathering {
    /// Notes what was written to those whose turn is over.
    fn note(&mut self, book: &Book, group: &Group, entries: &[Entry]) {
        for entry in entries {
            if entry.group(book) == Some(self.group) && self.has_passed(group, entry) {
                self.since.push(entry.clone());
            }
        }
    }

    fn has_passed(&self, group: &Group, entry: &Entry) -> bool {
        let customer = |id| self.customers.has_passed(&group.customers, id);
        match entry {
            Entry::Customer { customer: id, .. }
            | Entry::Known { customer: id, .. }
            | Entry::Taken { customer: id, .. }
            | Entry::Fired { customer: id, .. } => customer(id),
            Entry::Appended {
                owner,
                track,
                order,
                ..
            } => {
                if let Some(open) = self.open.as_ref().filter(|open| open.owner == *owner) {
                    return open.have_passed(*track, *order);
                }
                match owner {
                    Owner::Customer(id) | Owner::Pair(id, _) => customer(id),
                    Owner::Entity(key) => self.entities.has_passed(&group.entities, key),
                }
            }
            // How far rounds have come is taken at once, before everybody.
            Entry::Reached { .. } => true,
            Entry::Pending(_)
            | Entry::Published
            | Entry::Braked { .. }
            | Entry::RoundEnded { .. }
            | Entry::Covered { .. } => false,
        }
    }
}

impl Shard {
    /// Begins to gather a key group, if it is owned; what was being gathered is let go of.
    pub(super) fn gather(&mut self, group: KeyGroup) {
        self.gathering = self.owns_group(group).then(|| Gathering {
            group,
            begun: false,
            customers: Walk::default(),
            entities: Walk::default(),
            open: None,
            since: Vec::new(),
        });
    }

    /// The next slice, and whether more is to come; no slice when nothing of this shard is gathered.
    pub(super) fn slice(&mut self, most: usize) -> Option<(Vec<Entry>, bool)> {
        let gathering = self.gathering.as_mut()?;
        let group = self.state.group(gathering.group)?;
        let written = gathering.since.len().min(most);
        let begun = std::mem::replace(&mut gathering.begun, true);
        let mut entries: Vec<Entry> = gathering.since.drain(..written).collect();
        if !begun {
            whole_rounds(group, &mut entries);
        }
        while entries.len() < most {
            if let Some(mut open) = gathering.open.take() {
                if !open.take(&self.plan, group, most, &mut entries) {
                    gathering.open = Some(open);
                }
            } else if let Some((id, customer)) = gathering.customers.next(&group.customers) {
                whole_customer(&self.book, &self.plan, &id, customer, &mut entries);
                gathering.open = Some(Windows::of(Owner::Customer(id)));
            } else if let Some((key, _)) = gathering.entities.next(&group.entities) {
                gathering.open = Some(Windows::of(Owner::Entity(key)));
            } else {
                self.gathering = None;
                return Some((entries, false));
            }
        }
        Some((entries, true))
    }

    /// What was written goes to what is being gathered as well; what is only tried does not.
    pub(super) fn note_written(&mut self, entries: &[Entry]) {
        if let Some(gathering) = &mut self.gathering
            && self.kept.is_none()
            && let Some(group) = self.state.group(gathering.group)
        {
            gathering.note(&self.book, group, entries);
        }
    }
}
