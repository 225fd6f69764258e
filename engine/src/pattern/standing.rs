//! What stands of one pattern of one customer: what is live, and enough of the past to put a late
//! event at its place.

use super::PatternTally;
use super::live::{Live, Seen};
use super::matcher::{Ask, Left, Match, Matcher};
use super::plan::PatternPlan;
use crate::limits::{PATTERN_LIVES_PER_CUSTOMER_MAX, PATTERN_RECENT_MAX};
use crate::window::track::Order;
use std::sync::Arc;

/// The state of one pattern of one customer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// What is live, as of the newest event.
    pub now: Vec<Live>,
    /// What a late event may still change; `None` where nothing may be late.
    pub past: Option<Box<Past>>,
}

/// The newest events, and what was live before them.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// What was live before the first of them.
    pub base: Vec<Live>,
    /// No event before this can be put at its place any more.
    pub floor: Order,
    /// The events in their order.
    pub recent: Vec<Arc<Seen>>,
    /// What was told of them.
    pub told: Vec<Told>,
    /// The latest deadline that has passed, ms.
    pub passed: i64,
}

/// A match that was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// When, ms.
    pub at: i64,
    /// See [`Match::print`].
    pub print: u128,
    /// A deadline completed it.
    pub waited: bool,
}

/// What surrounds one pattern while it is looked at.
pub struct Around<'a> {
    /// The pattern.
    pub plan: &'a PatternPlan,
    /// How late an event of the customer may be, ms.
    pub lateness: i64,
    /// The customer's newest event: what was due at its time or before has passed, ms.
    pub newest: i64,
    /// Instances of the customer's other patterns.
    pub others: usize,
    /// Its counters.
    pub tally: &'a mut PatternTally,
}

impl Around<'_> {
    fn matcher(&mut self) -> Matcher<'_> {
        let free = PATTERN_LIVES_PER_CUSTOMER_MAX.saturating_sub(self.others);
        Matcher {
            plan: self.plan,
            room: self.plan.keep.min(free),
            tally: self.tally,
        }
    }

    /// The same for events that are looked at again: what was counted when they came is counted elsewhere.
    fn again<'b>(&'b self, counted: &'b mut PatternTally) -> Around<'b> {
        Around {
            plan: self.plan,
            lateness: self.lateness,
            newest: self.newest,
            others: self.others,
            tally: counted,
        }
    }
}

const START: Order = Order {
    time: i64::MIN,
    seq: 0,
};

impl Standing {
    /// Bytes it takes, roughly: an event that several hold is counted by each.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let of = |lives: &[Live]| lives.iter().map(Live::bytes).sum::<usize>();
        let past = self.past.as_ref().map_or(0, |past| {
            let recent = past.recent.iter().map(|seen| seen.bytes()).sum::<usize>();
            let told = past.told.capacity() * size_of::<Told>();
            size_of::<Past>() + of(&past.base) + recent + told
        });
        size_of::<(usize, Self)>() + of(&self.now) + past
    }

    /// True when nothing is to be remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.now.is_empty() && self.past.is_none()
    }

    /// The first instant at which somebody is to be told, ms.
    #[must_use]
    pub fn due(&self, plan: &PatternPlan) -> Option<i64> {
        self.now.iter().filter_map(|live| live.due(plan)).min()
    }

    /// Takes an event. Gives what is told because of it.
    pub fn take(&mut self, around: &mut Around<'_>, seen: Seen, ask: &mut Ask<'_>) -> Vec<Match> {
        let seen = Arc::new(seen);
        if around.lateness <= 0 {
            let mut out = Vec::new();
            let mut matcher = around.matcher();
            matcher.advance(&mut self.now, &seen, ask, &mut out);
            return out;
        }
        let now = &self.now;
        let past = self
            .past
            .get_or_insert_with(|| Box::new(Past::behind(now, START)));
        let newest = past.recent.last().map_or(past.floor, |last| last.order);
        // What comes before a deadline that has passed is late for it, be it behind all other events.
        if seen.order < newest || seen.order.time < past.passed {
            return self.take_late(around, seen, ask);
        }
        let from = seen.order.time.saturating_sub(around.lateness);
        let is_settled = past.passed <= from && past.told.iter().all(|told| told.at <= from);
        if newest.time <= from && is_settled {
            // Nothing can come before these any more.
            **past = Past::behind(now, newest);
        }
        past.recent.push(Arc::clone(&seen));
        let mut out = Vec::new();
        let mut matcher = around.matcher();
        matcher.advance(&mut self.now, &seen, ask, &mut out);
        if around.newest > seen.order.time {
            // Newer events that are nothing to the pattern let time pass all the same.
            let newest = around.newest;
            let mut matcher = around.matcher();
            matcher.expire(&mut self.now, newest, &mut out);
            past.passed = past.passed.max(newest);
        }
        past.note(&out);
        if past.recent.len() > PATTERN_RECENT_MAX {
            past.fold(around, ask);
        }
        out
    }

    /// A late event: everything behind it is looked at again, and only what is new is told.
    fn take_late(
        &mut self,
        around: &mut Around<'_>,
        seen: Arc<Seen>,
        ask: &mut Ask<'_>,
    ) -> Vec<Match> {
        let Some(past) = &mut self.past else {
            return Vec::new();
        };
        if seen.order <= past.floor {
            around.tally.late += 1;
            return Vec::new();
        }
        let place = past
            .recent
            .partition_point(|other| other.order < seen.order);
        past.recent.insert(place, seen);
        let mut lives = past.base.clone();
        let mut out = Vec::new();
        let mut counted = PatternTally::new(around.plan.steps.len());
        let mut again = around.again(&mut counted);
        for seen in &past.recent {
            again.matcher().advance(&mut lives, seen, ask, &mut out);
        }
        past.passed = past.passed.max(around.newest);
        again.matcher().expire(&mut lives, past.passed, &mut out);
        let prints: Vec<u128> = out.iter().map(Match::print).collect();
        let undone = |told: &&mut Told| told.waited && !prints.contains(&told.print);
        for told in past.told.iter_mut().filter(undone) {
            // It stands, and is counted once.
            told.waited = false;
            around.tally.late_for_timer += 1;
        }
        out.retain(|one| !past.told.iter().any(|told| told.print == one.print()));
        for one in &out {
            match one.left {
                Left::TimedOut => around.tally.ran_out(one.live.reached()),
                Left::Completed | Left::Waited => around.tally.completed += 1,
            }
        }
        past.note(&out);
        if past.recent.len() > PATTERN_RECENT_MAX {
            past.fold(around, ask);
        }
        self.now = lives;
        out
    }

    /// A deadline passes: what ends there ends.
    pub fn pass(&mut self, around: &mut Around<'_>, until: i64) -> Vec<Match> {
        let mut out = Vec::new();
        around.matcher().expire(&mut self.now, until, &mut out);
        if let Some(past) = &mut self.past {
            past.passed = past.passed.max(until);
            out.retain(|one| !past.told.iter().any(|told| told.print == one.print()));
            past.note(&out);
        }
        out
    }

    /// Forgets what no event at `from` or later can change any more.
    pub fn trim(&mut self, plan: &PatternPlan, from: i64) {
        let old = |past: &Past| {
            let newest = past.recent.last().map_or(past.floor, |last| last.order);
            newest.time < from
        };
        if self.past.as_deref().is_some_and(old) {
            self.past = None;
        }
        // What nobody is told of ends unseen.
        self.now
            .retain(|live| live.due(plan).is_some() || live.ends(plan) > from);
    }
}

impl Past {
    /// Nothing is recent: what is live now was live before.
    fn behind(now: &[Live], floor: Order) -> Self {
        Self {
            base: now.to_vec(),
            floor,
            recent: Vec::new(),
            told: Vec::new(),
            passed: i64::MIN,
        }
    }

    fn note(&mut self, out: &[Match]) {
        self.told.extend(out.iter().map(|one| Told {
            at: one.at,
            print: one.print(),
            waited: one.left == Left::Waited,
        }));
    }

    /// The oldest event can no longer be preceded.
    fn fold(&mut self, around: &mut Around<'_>, ask: &mut Ask<'_>) {
        let oldest = self.recent.remove(0);
        let mut counted = PatternTally::new(around.plan.steps.len());
        let mut again = around.again(&mut counted);
        let mut out = Vec::new();
        let mut matcher = again.matcher();
        matcher.advance(&mut self.base, &oldest, ask, &mut out);
        self.floor = oldest.order;
        let from = self.floor.time;
        self.told.retain(|told| told.at > from);
    }
}
