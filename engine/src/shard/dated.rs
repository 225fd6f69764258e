//! Dated timers of customers: armed when the tag with the date or the zone is written, when one has
//! fired, and when another book takes over.

use super::Shard;
use crate::change::Change;
use crate::dated::{Armed, Dated, Past};
use crate::describe::Zones;
use crate::ids;
use crate::state::Group;
use crate::state::customer::Customer;
use crate::state::timers::{Cause, keep_in_step};
use rules::book::Book;
use rules::catalogue::TagId;
use rules::catalogue::dated::DatedTimer;
use rules::value::{Text, Value};

/// A tag that a change wrote: which, at which event time, and by which number.
type Written = (TagId, i64, u64);

/// The tags of these changes on which dated timers hang.
pub(super) fn written(book: &Book, zones: &Zones, changes: &[Change]) -> Vec<Written> {
    let dated = &book.catalogue.dated;
    if dated.is_empty() {
        return Vec::new();
    }
    let tags = changes.iter().filter_map(|change| match change {
        Change::TagSet { tag, at, seq, .. } | Change::TagUnset { tag, at, seq } => {
            let id = book.catalogue.tag_named(tag)?;
            let counts = zones.tag() == Some(id) || dated.iter().any(|timer| timer.tag == id);
            counts.then_some((id, *at, *seq))
        }
        _ => None,
    });
    tags.collect()
}

impl Shard {
    /// Arms the dated timers of a customer that hang on these tags. What wrote an older value than
    /// there was has written nothing.
    pub(super) fn arm(&mut self, book: &Book, id: &Text, written: &[Written]) {
        let Some(customer) = self.customer(id) else {
            return;
        };
        let took = |(tag, at, seq): &&Written| {
            let held = customer.tags.held(*tag);
            held.is_some_and(|held| (held.at, held.seq) == (*at, *seq))
        };
        let written: Vec<Written> = written.iter().filter(took).copied().collect();
        for timer in &book.catalogue.dated {
            let zone = self.zones.tag();
            let hangs = |(tag, ..): &&Written| *tag == timer.tag || zone == Some(*tag);
            let since = written.iter().filter(hangs).map(|(_, at, _)| *at).max();
            if let Some(since) = since {
                self.arm_one(book, id, timer, since);
            }
        }
    }

    /// Arms one dated timer of a customer for what comes behind `since` ms.
    pub(super) fn arm_one(&mut self, book: &Book, id: &Text, timer: &DatedTimer, since: i64) {
        let group = self.state.group(crate::key::KeyGroup::of(id));
        let Some(customer) = group.and_then(|g| g.customers.get(id.as_str())) else {
            return;
        };
        let change = armed(book, &mut self.zones, id, customer, timer, since);
        self.write(book, id, change.into_iter().collect());
    }

    /// Another book has taken over at `at` ms: what it declares otherwise is armed anew, and what it
    /// does not declare pends no longer. The zones are those of the new book.
    pub(super) fn rearm_all(&mut self, former: &Book, book: &Book, zones: &mut Zones, at: i64) {
        let same_zone = former.catalogue.time.zone_name == book.catalogue.time.zone_name;
        let changed: Vec<&DatedTimer> = (book.catalogue.dated.iter())
            .filter(|timer| !same_zone || !stays(former, book, timer))
            .collect();
        let gone = |name: &str| book.catalogue.dated_named(name).is_none();
        let is_same =
            changed.is_empty() && !former.catalogue.dated.iter().any(|timer| gone(&timer.name));
        if is_same {
            return;
        }
        for group in self.state.groups_mut() {
            let Group {
                customers, timers, ..
            } = group;
            for (id, customer) in customers.iter_mut() {
                let mut changes: Vec<Change> = (customer.timers.iter())
                    .filter(|(name, timer)| matches!(timer.cause, Cause::Date(_)) && gone(name))
                    .map(|(name, _)| Change::TimerForgotten { name: name.clone() })
                    .collect();
                let anew = changed
                    .iter()
                    .filter_map(|timer| armed(book, zones, id, customer, timer, at));
                changes.extend(anew);
                customer.timers.retain_done(|name| !gone(name));
                let mut moved = Vec::new();
                for change in changes {
                    customer.apply(&book.catalogue, change, &mut moved);
                }
                let first = keep_in_step(timers, id, moved);
                self.earliest = self.earliest.min(first);
            }
        }
    }
}

/// True when a former book has this timer just so, on the tag of that name.
fn stays(former: &Book, book: &Book, timer: &DatedTimer) -> bool {
    let tag = |book: &Book, id: TagId| book.catalogue.tag(id).map(|tag| tag.name.clone());
    let told = |timer: &DatedTimer| (timer.every, timer.before, timer.at, timer.spread);
    let old = former.catalogue.dated_named(&timer.name);
    old.is_some_and(|old| told(old) == told(timer) && tag(former, old.tag) == tag(book, timer.tag))
}

/// What changes about a dated timer of a customer, seen at `since` ms.
fn armed(
    book: &Book,
    zones: &mut Zones,
    id: &Text,
    customer: &Customer,
    timer: &DatedTimer,
    since: i64,
) -> Option<Change> {
    let pending = customer.timers.get(&timer.name);
    let day = pending.and_then(|pending| match pending.cause {
        Cause::Date(day) => Some(day),
        Cause::Rule(_) => None,
    });
    let held = customer.tags.held(timer.tag);
    let date = held.filter(|held| held.holds(since));
    let date = date.and_then(|held| match held.value {
        Value::Date(day) => Some((day, held.expires)),
        _ => None,
    });
    let next = date.and_then(|(date, ends)| {
        let wall = zones.wall(book, customer, since);
        let dated = Dated {
            timer,
            date,
            ends,
            turn: turn(timer, id),
            wall: &wall,
        };
        dated.next(Past {
            since,
            done: customer.timers.done(&timer.name),
            pending: day,
        })
    });
    match next {
        Some(Armed { day: next, due }) => {
            let is_so = day == Some(next) && pending.is_some_and(|pending| pending.due == due);
            (!is_so).then(|| Change::TimerArmed {
                name: timer.name.clone(),
                day: next,
                due,
            })
        }
        None => day.map(|_| Change::TimerForgotten {
            name: timer.name.clone(),
        }),
    }
}

/// How far behind the hour a customer's turn is: the same for every occurrence.
fn turn(timer: &DatedTimer, id: &Text) -> i64 {
    let Ok(spread) = u64::try_from(timer.spread) else {
        return 0;
    };
    let place = ids::number(&["spread", &timer.name, id]).checked_rem(spread);
    place.map_or(0, |place| i64::try_from(place).unwrap_or(0))
}
