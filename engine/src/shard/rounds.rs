//! Rounds in a shard: what begins them, how far they have come in its key groups, and whom a tick tells.
//!
//! The turns of a tick are shared out among all key groups by whoever asks the shards, so that a round keeps
//! its rate whatever the shards; see `engine/rounds.rs`.

use super::Shard;
use super::elsewhere::left_elsewhere;
use crate::change::SharedChange;
use crate::crew::Done;
use crate::decision::occasion::Occasion;
use crate::event::Event;
use crate::ids;
use crate::journal::Entry;
use crate::key::KeyGroup;
use crate::limits::{KEY_GROUPS, LOOKED_PER_TOLD_MAX, ROUND_TICK_MS, SURELY_WAITING_MAX};
use crate::outcome::{Outcome, Settled};

use crate::round::{Demand, Grant, Reached, Round, RoundKey, Running, Standing, listeners};
use crate::state::Group;
use crate::state::state_hash::StateHash;
use rules::book::Book;
use rules::catalogue::TagId;
use rules::catalogue::audience::Audience;
use rules::value::{EntityKey, Text, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a group has come to, and for whom it looks next.
struct Turn<'a> {
    round: &'a Round,
    audience: &'a Audience,
    entity: EntityKey,
    fields: Vec<Value>,
}

/// Customers whom a tick has told something: at what instant, ms, and the ordinal of what comes next.
type Told = BTreeMap<Text, (i64, u32)>;

impl Turn<'_> {
    fn through(&self) -> (TagId, EntityKey) {
        (self.audience.tag, self.entity.clone())
    }
}

impl Shard {
    /// The step of an event that belongs to no customer: it sets tags of entities, and begins rounds.
    pub(super) fn settle_keyless(&mut self, event: &Event) -> Settled {
        let (book, plan) = (Arc::clone(&self.book), Arc::clone(&self.plan));
        let mut settled = Settled {
            late: event.late,
            ..Settled::default()
        };
        self.observe(&book, &plan, event, &mut settled);
        if let Some(change) = left_elsewhere(&book, event) {
            self.share(change.clone());
            settled.shared.push(change);
        }
        for at in plan.event(event.kind).map_or(&[][..], |p| &p.audiences) {
            let audience = book.catalogue.audiences.get(*at);
            if let Some(round) = audience.and_then(|audience| begun(&book, audience, event)) {
                self.share(SharedChange::RoundBegun(Box::new(round)));
            }
        }
        let occasion = Occasion::alone(event);
        self.speak(&book, &plan, occasion, &mut settled);
        settled
    }

    /// A change to what all share: visible from the next tick on.
    pub(super) fn share(&mut self, change: SharedChange) {
        self.journal.note(|| Entry::Pending(change.clone()));
        self.pending.push(change);
    }

    /// A tick opens: what was pending is visible, and every running round says who waits for it here.
    pub(super) fn open(&mut self, door: i64, done: &mut Done) {
        let begin = self.pending.iter().filter_map(|change| match change {
            SharedChange::RoundBegun(round) => Some(round.seq),
            _ => None,
        });
        let begin: BTreeSet<u64> = begin.collect();
        self.publish(door);
        self.opened = Some(door);
        let book = Arc::clone(&self.book);
        for round in self.shared.rounds().all_running() {
            let Some(audience) = round.audience(&book) else {
                continue;
            };
            let halted = self.shared.are_off(listeners(&book, audience.told));
            if self.index == 0 {
                done.running.push(Running {
                    key: round.key.clone(),
                    seq: round.seq,
                    start: round.start,
                    rate: audience.rate,
                    halted,
                    stale: round.at.saturating_add(book.catalogue.time.max_past) < door
                        || listeners(&book, audience.told).next().is_none(),
                    since: (!begin.contains(&round.seq))
                        .then(|| self.shared.resumed().unwrap_or(i64::MIN)),
                });
            }
            if let Some(entity) = round.entity(&book).filter(|_| !halted) {
                self.demands(round, &(audience.tag, entity), &mut done.demands);
            }
        }
    }

    fn demands(&self, round: &Round, through: &(TagId, EntityKey), demands: &mut Vec<Demand>) {
        for at in (0..KEY_GROUPS).filter(|at| self.owns_group(KeyGroup(*at))) {
            let group = self.state.group(KeyGroup(at));
            let waiting = group.map_or(0, |group| waiting(group, round, through));
            if waiting > 0 {
                demands.push(Demand {
                    key: round.key.clone(),
                    group: at,
                    waiting,
                });
            }
        }
    }

    /// Tells the customers whose turn a tick has brought.
    pub(super) fn tell_rounds(
        &mut self,
        (seq, door): (u64, i64),
        grants: &[Grant],
        outcomes: &mut Vec<Outcome>,
    ) {
        let mut told = Told::new();
        for grant in grants {
            match grant {
                Grant::End { key, seq } => {
                    if self.index == 0 {
                        let (round, seq) = (key.clone(), *seq);
                        self.journal.note(|| Entry::RoundEnded { round, seq });
                    }
                    self.end_round(key, *seq);
                }
                Grant::Turns {
                    key,
                    group,
                    turn,
                    count,
                } => {
                    let group = KeyGroup(*group);
                    if self.owns_group(group) {
                        let turns = (*turn, *count);
                        self.tell_some((seq, door), (key, group), turns, &mut told, outcomes);
                    }
                }
            }
        }
    }

    fn tell_some(
        &mut self,
        (seq, door): (u64, i64),
        (key, at): (&RoundKey, KeyGroup),
        (first, count): (u64, u64),
        places: &mut Told,
        outcomes: &mut Vec<Outcome>,
    ) {
        let book = Arc::clone(&self.book);
        let round = self.shared.rounds().running(key).cloned();
        let Some(turn) = round.as_ref().and_then(|round| turn(&book, round)) else {
            return;
        };
        let through = turn.through();
        let mut told = 0;
        for _ in 0..count.saturating_mul(LOOKED_PER_TOLD_MAX) {
            let group = self.state.group(at);
            let found = group.and_then(|group| {
                let reached = of_round(&group.reached, turn.round);
                let next = group.audience.next(&through, reached.map(|r| &r.last))?;
                let customer = group.customers.get(next.as_str())?;
                Some((next.clone(), customer, reached.map_or(0, |r| r.told)))
            });
            let Some((id, customer, before)) = found.filter(|_| told < count) else {
                return;
            };
            // Never before what the customer has done, or has been told, already.
            let instant = turn.audience.rate.instant(turn.round.start, first + told);
            let (earlier, place) = places.get(&id).copied().unwrap_or((i64::MIN, 0));
            let time = instant.max(customer.stepped).max(earlier);
            let tag = book.catalogue.tag(turn.audience.tag);
            let held = tag.map(|tag| customer.tags.read(turn.audience.tag, tag, time));
            let refers = held == Some(Value::Ref(turn.entity.clone()));
            self.reach(&id, turn.round, before + u64::from(refers));
            if refers {
                told += 1;
                self.tally.told += 1;
                let mut event = told_event(&book, &turn, &id, time);
                (event.seq, event.door) = (seq, door);
                event.ordinal = self.fire_before(seq, &id, (time, place), outcomes);
                let place = self.tell(event, outcomes);
                places.insert(id, (time, place));
            }
        }
    }

    /// A round has come to this customer.
    fn reach(&mut self, id: &Text, round: &Round, told: u64) {
        self.journal.note(|| Entry::Reached {
            customer: id.clone(),
            round: round.key.clone(),
            seq: round.seq,
            told,
        });
        self.reached(id, &round.key, round.seq, told);
    }

    /// The same without a word.
    pub(super) fn reached(&mut self, id: &Text, round: &RoundKey, seq: u64, told: u64) {
        if let Some(group) = self.state.group_mut(KeyGroup::of(id)) {
            let last = id.clone();
            let reached = Reached { seq, last, told };
            group.reached.insert(round.clone(), reached);
        }
    }

    /// A round is over, and how far it came is forgotten.
    pub(super) fn end_round(&mut self, key: &RoundKey, seq: u64) {
        self.shared.rounds_mut().end(key, seq);
        for group in self.state.groups_mut() {
            if group.reached.get(key).is_some_and(|r| r.seq <= seq) {
                group.reached.remove(key);
            }
        }
    }

    /// More rounds run than may: those that began last are told to nobody.
    pub(super) fn bound_rounds(&mut self, door: i64) {
        for (round, seq) in self.shared.rounds().excess() {
            if self.index == 0 {
                self.tally.rounds_cut += 1;
                let round = round.clone();
                self.journal.note(|| Entry::RoundEnded { round, seq });
            }
            self.end_round(&round, seq);
        }
        let max_past = self.book.catalogue.time.max_past;
        self.shared.rounds_mut().forget(max_past, door);
    }

    /// Forgets how far rounds came that are no longer running.
    pub(super) fn forget_reached(&mut self) {
        let rounds = self.shared.rounds();
        let runs = |key: &RoundKey, reached: &Reached| {
            let round = rounds.running(key);
            round.is_some_and(|round| round.seq == reached.seq)
        };
        for group in self.state.groups_mut() {
            group.reached.retain(|key, reached| runs(key, reached));
        }
    }

    /// The door time of the tick that has something to do for rounds, ms.
    pub(super) fn next_round(&self) -> Option<i64> {
        // What is pending may begin one, or set a tag that somebody waits for.
        if self.pending.iter().any(SharedChange::is_waited_for) {
            return Some(i64::MIN);
        }
        let turns = self.shared.rounds().all_running().filter_map(|round| {
            let audience = round.audience(&self.book)?;
            if self.shared.are_off(listeners(&self.book, audience.told)) {
                return None;
            }
            let passed = audience.rate.turns(round.start, self.ticked);
            let next = audience.rate.instant(round.start, passed);
            Some(next.max(self.ticked.saturating_add(ROUND_TICK_MS)))
        });
        turns.min()
    }

    /// The running rounds, as far as this shard knows them.
    pub(super) fn rounds_standing(&self) -> Vec<Standing> {
        let rounds = self.shared.rounds().all_running();
        let standing = rounds.filter_map(|round| {
            let audience = round.audience(&self.book)?;
            let through = (audience.tag, round.entity(&self.book)?);
            let groups = || self.state.groups();
            let reached = groups().filter_map(|group| of_round(&group.reached, round));
            Some(Standing {
                key: round.key.clone(),
                since: round.start,
                rate: audience.rate,
                halted: self.shared.are_off(listeners(&self.book, audience.told)),
                told: reached.map(|reached| reached.told).sum(),
                waiting: groups().map(|group| waiting(group, round, &through)).sum(),
            })
        });
        standing.collect()
    }

    /// How far running rounds have come.
    pub(super) fn hash_rounds(&self, hash: &mut StateHash) {
        for round in self.shared.rounds().all_running() {
            for (at, group) in (0u16..).zip(self.state.groups()) {
                if let Some(reached) = of_round(&group.reached, round) {
                    let mut bytes = reached.told.to_be_bytes().to_vec();
                    bytes.extend(reached.last.as_bytes());
                    hash.item("reached", &at.to_string(), &round.key.to_string(), &bytes);
                }
            }
        }
    }

    /// Customers by what they refer to, made anew.
    pub(super) fn refer_all(&mut self, tags: &[TagId]) {
        for group in self.state.groups_mut() {
            let Group {
                customers,
                audience,
                ..
            } = group;
            audience.clear();
            for (id, customer) in customers.iter() {
                let refers = crate::state::audience::referred(customer, tags);
                audience.replace(id, &[], &refers);
            }
        }
    }
}

/// How far a round has come.
fn of_round<'r>(reached: &'r BTreeMap<RoundKey, Reached>, round: &Round) -> Option<&'r Reached> {
    reached.get(&round.key).filter(|r| r.seq == round.seq)
}

/// How many customers of a group a round has still to come to: counted while they are few. Of many it is what
/// was there less who was told, and whoever was told and refers to it no more makes that too few.
fn waiting(group: &Group, round: &Round, through: &(TagId, EntityKey)) -> u64 {
    let reached = of_round(&group.reached, round);
    let last = reached.map(|r| &r.last);
    let sure = group.audience.behind(through, last, SURELY_WAITING_MAX) as u64;
    if sure < SURELY_WAITING_MAX as u64 {
        return sure;
    }
    let all = group.audience.len(through) as u64;
    all.saturating_sub(reached.map_or(0, |r| r.told)).max(sure)
}

/// A round as the book in force tells it.
fn turn<'a>(book: &'a Book, round: &'a Round) -> Option<Turn<'a>> {
    let audience = round.audience(book)?;
    Some(Turn {
        round,
        audience,
        entity: round.entity(book)?,
        fields: round.members(book, audience.told)?,
    })
}

/// The round that an event begins.
fn begun(book: &Book, audience: &Audience, event: &Event) -> Option<Round> {
    let catalogue = &book.catalogue;
    let entity = event.entity(audience.field)?;
    let kind = catalogue.event(event.kind)?;
    let names = kind.fields.iter().map(|field| field.name.clone());
    Some(Round {
        key: RoundKey {
            event: kind.name.clone(),
            tag: catalogue.tag(audience.tag)?.name.clone(),
            kind: catalogue.entity(entity.kind)?.name.clone(),
            id: entity.id.clone(),
        },
        seq: event.seq,
        at: event.time,
        start: event.time.max(event.door),
        id: event.id.clone(),
        source: event.source.clone(),
        fields: names.zip(event.fields.iter().cloned()).collect(),
        ended: false,
    })
}

/// The event as one customer is told it.
fn told_event(book: &Book, turn: &Turn<'_>, customer: &Text, time: i64) -> Event {
    let kind = turn.audience.told;
    let name = book.catalogue.event(kind).map_or("", |e| e.name.as_str());
    let round = turn.round;
    Event {
        seq: 0,
        ordinal: 0,
        kind,
        id: ids::derived_id(name, customer, &[&round.source, &round.id]),
        source: Text::from("deft"),
        customer: customer.clone(),
        time,
        door: time,
        fields: turn.fields.clone(),
        digest: 0,
        late: false,
        asked: None,
        trace: None,
        entity_values: Vec::new(),
        entity_truncated: Vec::new(),
    }
}
