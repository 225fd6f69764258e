//! Restore: state from entries, and entries from state. Nothing is decided here, and nothing goes out.

use super::Shard;
use crate::change::Change;
use crate::journal::{Entry, Owner};
use crate::key::KeyGroup;
use crate::pattern::Kept;
use crate::plan::Plan;
use crate::state::Group;
use crate::state::customer::Customer;
use crate::state::membership::Membership;
use crate::state::seen::Fingerprint;
use crate::state::timers::{Cause, Timers};
use crate::state::tracks::Tracks;
use rules::book::Book;
use rules::catalogue::feature::Key;
use rules::value::Text;
use std::sync::Arc;

impl Shard {
    /// Applies the owned ones of these entries, in order.
    pub(super) fn restore(&mut self, entries: &[Entry]) {
        let (book, plan) = (Arc::clone(&self.book), Arc::clone(&self.plan));
        for entry in entries {
            let owned = entry
                .group(&book)
                .is_none_or(|group| self.owns_group(group));
            if owned {
                self.restore_entry(&book, &plan, entry);
            }
        }
        // What is restored is written down already.
        self.journal.take();
    }

    fn restore_entry(&mut self, book: &Book, plan: &Plan, entry: &Entry) {
        match entry {
            Entry::Customer {
                customer,
                change: Change::PatternKept(kept),
            } => {
                self.customer_or_new(customer);
                self.restore_pattern(customer, kept);
            }
            Entry::Customer { customer, change } => {
                self.customer_or_new(customer);
                self.write(book, customer, vec![change.clone()]);
            }
            Entry::Known { customer, newest } => {
                if let Some(customer) = self.customer_or_new(customer) {
                    customer.newest = customer.newest.max(*newest);
                    customer.stepped = customer.newest;
                }
            }
            Entry::Taken {
                customer,
                print,
                digest,
                time,
            } => {
                let horizon = book.catalogue.time.duplicates;
                if let Some(customer) = self.customer_or_new(customer) {
                    customer.take(Fingerprint(*print), *digest, *time, horizon);
                    customer.stepped = customer.newest;
                }
            }
            Entry::Fired {
                customer,
                name,
                due,
            } => self.forget_timer(customer, name, *due),
            Entry::Appended { .. } => self.restore_window(plan, entry),
            Entry::Pending(change) => self.pending.push(change.clone()),
            Entry::Published => {
                for change in self.pending.drain(..) {
                    self.shared.apply(&change);
                }
            }
            Entry::Braked { rule, at } => self.shared.brake(rule, *at),
            Entry::Reached {
                customer,
                round,
                seq,
                told,
            } => self.reached(customer, round, *seq, *told),
            Entry::RoundEnded { round, seq } => self.end_round(round, *seq),
            Entry::Covered { feature, cover } => self.shared.cover(feature, *cover),
        }
    }

    fn restore_window(&mut self, plan: &Plan, entry: &Entry) {
        let Entry::Appended {
            owner,
            track,
            order,
            mask,
            cells,
        } = entry
        else {
            return;
        };
        let Some(track) = plan.tracks.get(*track) else {
            return;
        };
        let tracks = match owner {
            Owner::Customer(id) => self.customer_or_new(id).map(|c| &mut c.windows),
            Owner::Pair(id, key) => self.customer_or_new(id).and_then(|c| c.pair_mut(plan, key)),
            Owner::Entity(key) => {
                let group = entry.group(&self.book);
                let group = group.and_then(|group| self.state.group_mut(group));
                group.map(|group| group.entity_mut(plan, key))
            }
        };
        if let Some(tracks) = tracks {
            tracks.insert(plan, track, *order, *mask, cells.iter().cloned());
        }
    }

    fn customer_or_new(&mut self, id: &Text) -> Option<&mut Customer> {
        let group = self.state.group_mut(KeyGroup::of(id))?;
        let new = || Customer::new(&self.plan);
        Some(group.customers.or_insert_with(id, new))
    }

    /// Entries that make what all share of an empty one; the first shard tells it.
    pub(super) fn whole_shared(&self, entries: &mut Vec<Entry>) {
        if self.index != 0 {
            return;
        }
        self.shared
            .changes(&mut |change| entries.push(Entry::Pending(change)));
        entries.push(Entry::Published);
        let brakes = self.shared.brakes();
        entries.extend(brakes.map(|(rule, at)| Entry::Braked {
            rule: rule.clone(),
            at,
        }));
        let covers = self.shared.covers().iter();
        entries.extend(covers.map(|(feature, cover)| Entry::Covered {
            feature: feature.clone(),
            cover: *cover,
        }));
        entries.extend(self.pending.iter().cloned().map(Entry::Pending));
    }
}

/// How far rounds have come in a key group.
pub(super) fn whole_rounds(group: &Group, entries: &mut Vec<Entry>) {
    let reached = group.reached.iter();
    entries.extend(reached.map(|(round, reached)| Entry::Reached {
        customer: reached.last.clone(),
        round: round.clone(),
        seq: reached.seq,
        told: reached.told,
    }));
}

/// A customer without its own windows.
pub(super) fn whole_customer(
    book: &Book,
    plan: &Plan,
    id: &Text,
    customer: &Customer,
    entries: &mut Vec<Entry>,
) {
    entries.push(Entry::Known {
        customer: id.clone(),
        newest: customer.newest,
    });
    entries.extend(
        customer
            .seen
            .iter()
            .map(|(print, digest, time)| Entry::Taken {
                customer: id.clone(),
                print,
                digest,
                time,
            }),
    );
    for (key, tracks) in &customer.pairs {
        let owner = || Owner::Pair(id.clone(), key.clone());
        whole_tracks(plan, Key::Pair(key.kind), tracks, owner, entries);
    }
    let mut push = |change| {
        entries.push(Entry::Customer {
            customer: id.clone(),
            change,
        });
    };
    // The past first: what is set behind it is the present.
    for (tag, value) in customer.tags.past().chain(customer.tags.iter()) {
        let Some(name) = book.catalogue.tag(tag).map(|t| t.name.clone()) else {
            continue;
        };
        push(if value.value.is_missing() {
            Change::TagUnset {
                tag: name,
                at: value.at,
                seq: value.seq,
            }
        } else {
            Change::TagSet {
                tag: name,
                value: value.value.clone(),
                at: value.at,
                seq: value.seq,
                expires: value.expires,
                by: value.by.clone(),
                confidence: value.confidence,
            }
        });
    }
    whole_patterns(plan, customer, &mut push);
    customer.contacts.changes(&mut push);
    customer.whereabouts().changes(&mut push);
    whole_timers(&customer.timers, &mut push);
    whole_segments(&customer.segments, &mut push);
}

fn whole_segments(segments: &Membership, push: &mut impl FnMut(Change)) {
    for (name, inside) in segments.iter() {
        let name = name.clone();
        push(Change::SegmentSet { name, inside });
    }
}

fn whole_timers(timers: &Timers, push: &mut impl FnMut(Change)) {
    for (name, timer) in timers.iter() {
        let (name, due) = (name.clone(), timer.due);
        push(match &timer.cause {
            Cause::Rule(by) => Change::TimerSet {
                name,
                due,
                by: by.clone(),
            },
            Cause::Date(day) => Change::TimerArmed {
                name,
                day: *day,
                due,
            },
        });
    }
    for (name, day) in timers.all_done() {
        let name = name.clone();
        push(Change::TimerDone { name, day });
    }
}

fn whole_patterns(plan: &Plan, customer: &Customer, push: &mut dyn FnMut(Change)) {
    for (place, standing) in &customer.patterns {
        if let Some(pattern) = plan.patterns.get(*place) {
            push(Change::PatternKept(Box::new(Kept {
                pattern: pattern.name.clone(),
                types: Arc::clone(&pattern.kept),
                standing: standing.clone(),
            })));
        }
    }
}

fn whole_tracks(
    plan: &Plan,
    key: Key,
    tracks: &Tracks,
    owner: impl Fn() -> Owner,
    entries: &mut Vec<Entry>,
) {
    for (at, track_plan) in plan.tracks.iter().enumerate() {
        let Some(track) = tracks
            .track(track_plan.place)
            .filter(|_| track_plan.key == key)
        else {
            continue;
        };
        entries.extend(track.iter().map(|(order, mask, cells)| Entry::Appended {
            owner: owner(),
            track: at,
            order,
            mask,
            cells,
        }));
    }
}
