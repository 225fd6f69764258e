//! The reference: every match is looked for by itself, over the whole history.
//!
//! A run is a list of events, each given to a step. Whether a run may be continued by an event is
//! said from the run and all events between, by the definitions of the manual. Policies are then
//! applied to the list of all runs.

use super::made::{After, Asked, Between, Never, Spec, Step};
use super::run::{Event, Told};

/// Most runs that are followed; the engine keeps no more instances.
const RUNS_MAX: usize = 60;

/// An event of a run, by place, with its step.
type Run = Vec<(usize, usize)>;

/// How a run ended.
#[derive(Clone, Debug)]
enum End {
    /// With its last event, by place.
    Complete(usize),
    /// By a deadline.
    Waited(i64),
    TimedOut(i64),
    Dropped,
}

/// Everything a pattern tells of the sorted events of one customer, in order; `None` when there are
/// more runs than are kept.
pub(super) fn matches(spec: &Spec, events: &[Event]) -> Option<Vec<Told>> {
    let history = History { spec, events };
    let ended: Vec<(Run, End)> = match spec.after {
        After::Restart | After::Ignore => history.one_at_a_time(),
        After::Each | After::SkipToNext | After::SkipPastLast => history.all_runs()?,
    };
    let mut told: Vec<(i64, usize, Told)> = Vec::new();
    for (run, end) in ended {
        let (at, place, reached, waited) = match end {
            End::Complete(last) => (events.get(last)?.time, last, None, false),
            End::Waited(at) => (at, history.first_at(at), None, true),
            End::TimedOut(at) => (at, history.first_at(at), Some(history.reached(&run)), true),
            End::Dropped => continue,
        };
        if reached.is_some() && spec.steps.len() < 2 {
            // It is no funnel, and no rule asks for it.
            continue;
        }
        told.push((
            at,
            place,
            Told {
                customer: events.first()?.customer.clone(),
                what: history.words(&run),
                at,
                reached,
                waited,
            },
        ));
    }
    // A deadline is told before what happens at that instant.
    told.sort_by_key(|(at, place, told)| (*at, !told.waited, *place));
    Some(told.into_iter().map(|(_, _, told)| told).collect())
}

struct History<'a> {
    spec: &'a Spec,
    events: &'a [Event],
}

impl History<'_> {
    fn kind(&self, at: usize) -> &str {
        self.events.get(at).map_or("", Event::kind)
    }

    fn time(&self, at: usize) -> i64 {
        self.events.get(at).map_or(i64::MAX, |e| e.time)
    }

    fn v(&self, at: usize) -> i64 {
        self.events.get(at).and_then(|e| e.v).unwrap_or(0)
    }

    /// The first event at this instant or after.
    fn first_at(&self, time: i64) -> usize {
        self.events
            .iter()
            .position(|e| e.time >= time)
            .unwrap_or(self.events.len())
    }

    #[expect(clippy::indexing_slicing, reason = "a place among the steps")]
    fn step(&self, at: usize) -> &Step {
        &self.spec.steps[at]
    }

    fn count(run: &Run, step: usize) -> u32 {
        run.iter().filter(|(_, s)| *s == step).count() as u32
    }

    fn asked(&self, asked: Asked, run: &Run, at: usize) -> bool {
        match asked {
            Asked::Nothing => true,
            Asked::Least(n) => self.v(at) >= n,
            Asked::NotBelowFirst => {
                let first = run.iter().rev().find(|(_, s)| *s == 0);
                first.is_some_and(|(place, _)| self.v(at) >= self.v(*place))
            }
        }
    }

    fn fits(&self, step: usize, run: &Run, at: usize) -> bool {
        let step = self.step(step);
        step.kind == self.kind(at) && self.asked(step.asked, run, at)
    }

    fn is_full(&self, run: &Run) -> bool {
        let enough = |step: usize| Self::count(run, step) >= self.step(step).least;
        if self.spec.any_order {
            return (0..self.spec.steps.len()).all(enough);
        }
        let last = self.spec.steps.len() - 1;
        run.last().is_some_and(|(_, s)| *s == last) && enough(last)
    }

    /// The steps an event may be given to, the preferred first, with what may stand before it.
    fn targets(&self, run: &Run) -> Vec<(usize, Between)> {
        let open =
            |step: usize| self.step(step).more || Self::count(run, step) < self.step(step).least;
        if self.spec.any_order {
            let lacks = |s: &usize| Self::count(run, *s) < self.step(*s).least;
            let all: Vec<usize> = (0..self.spec.steps.len()).filter(|s| open(*s)).collect();
            let needed = all.iter().copied().filter(lacks);
            let more = all.iter().copied().filter(|s| !lacks(s));
            return needed
                .chain(more)
                .map(|s| (s, self.step(s).between))
                .collect();
        }
        let Some((_, now)) = run.last().copied() else {
            return Vec::new();
        };
        let mut targets = Vec::new();
        if Self::count(run, now) >= self.step(now).least {
            for next in now + 1..self.spec.steps.len() {
                targets.insert(0, (next, self.step(next).between));
                if !self.step(next).optional {
                    break;
                }
            }
        }
        if open(now) {
            let between = match self.step(now).between {
                Between::Strict => Between::Strict,
                _ => Between::Relaxed,
            };
            targets.push((now, between));
        }
        targets
    }

    /// Something that may not stand there, by any `never` of the pattern.
    fn is_forbidden(&self, run: &Run, at: usize) -> bool {
        let Some((last, now)) = run.last().copied() else {
            return false;
        };
        let here = |never: &&Never| {
            let in_scope = if self.spec.any_order {
                Self::count(run, never.step) > 0
            } else {
                now == never.step
            };
            let next = !never.next || (at == last + 1 && now == never.step);
            in_scope && next && never.kind == self.kind(at)
        };
        self.spec.never.iter().any(|never| here(&never))
    }

    fn waits(&self) -> bool {
        let last = self.spec.steps.len() - 1;
        let trailing = |never: &Never| never.step == last && !self.spec.any_order;
        self.spec.absent.is_some() || self.spec.never.iter().any(trailing)
    }

    /// What comes of a full run that waits.
    fn wait(&self, run: &Run) -> End {
        let Some((last, _)) = run.last().copied() else {
            return End::Dropped;
        };
        let begun = run.first().map_or(0, |(first, _)| self.time(*first));
        let end = match &self.spec.absent {
            Some((_, _, within)) => self.time(last) + within,
            None => begun + self.spec.within,
        };
        for at in last + 1..self.events.len() {
            if self.time(at) >= end {
                break;
            }
            if self.is_forbidden(run, at) {
                return End::Dropped;
            }
            if let Some((kind, asked, _)) = &self.spec.absent {
                if kind == self.kind(at) && self.asked(*asked, run, at) {
                    return End::Dropped;
                }
            } else if self
                .spec
                .never
                .iter()
                .filter(|n| n.step + 1 == self.spec.steps.len())
                .all(|n| n.next)
            {
                return End::Complete(at);
            }
        }
        End::Waited(end)
    }

    /// Every way in which a run can go on.
    fn follow(&self, run: Run, out: &mut Vec<(Run, End)>) {
        if self.is_full(&run) {
            let end = match self.waits() {
                true => self.wait(&run),
                false => End::Complete(run.last().map_or(0, |(last, _)| *last)),
            };
            out.push((run, end));
            return;
        }
        let (Some((first, _)), Some((last, _))) = (run.first().copied(), run.last().copied())
        else {
            return;
        };
        let end = self.time(first) + self.spec.within;
        for at in last + 1..self.events.len() {
            if self.time(at) >= end {
                break;
            }
            if self.is_forbidden(&run, at) {
                out.push((run, End::Dropped));
                return;
            }
            let next = at == last + 1;
            let possible: Vec<(usize, Between)> = self
                .targets(&run)
                .into_iter()
                .filter(|(_, between)| next || *between != Between::Strict)
                .collect();
            let taken = possible.iter().find(|(step, _)| self.fits(*step, &run, at));
            if let Some((step, between)) = taken {
                let mut more = run.clone();
                more.push((at, *step));
                self.follow(more, out);
                if *between != Between::Any {
                    return;
                }
            } else if possible
                .iter()
                .all(|(_, between)| *between == Between::Strict)
            {
                out.push((run, End::Dropped));
                return;
            }
        }
        out.push((run, End::TimedOut(end)));
    }

    /// The step that a beginning at this event is given to.
    fn begins(&self, at: usize) -> Option<usize> {
        let steps = if self.spec.any_order {
            self.spec.steps.len()
        } else {
            1
        };
        (0..steps).find(|step| self.fits(*step, &Vec::new(), at))
    }

    fn all_runs(&self) -> Option<Vec<(Run, End)>> {
        let mut told = Vec::new();
        let mut all: Vec<(Run, End)> = Vec::new();
        for at in 0..self.events.len() {
            if let Some(step) = self.begins(at) {
                self.follow(vec![(at, step)], &mut all);
            }
        }
        if all.len() > RUNS_MAX {
            return None;
        }
        let when = |end: &End| match end {
            End::Complete(last) => (self.time(*last), 1, *last),
            End::Waited(at) => (*at, 0, 0),
            End::TimedOut(_) | End::Dropped => (i64::MAX, 2, 0),
        };
        // Matches in the order they are told: by instant, then by how early their events are.
        let places = |run: &Run| run.iter().map(|(at, _)| *at).collect::<Vec<usize>>();
        let mut matched: Vec<&(Run, End)> = all
            .iter()
            .filter(|(_, end)| matches!(end, End::Complete(_) | End::Waited(_)))
            .collect();
        matched.sort_by_key(|(run, end)| (when(end), places(run)));
        // By beginning: the first instant at which a match of it was told.
        let mut dropped_until = i64::MIN;
        let mut dropped_event: Option<usize> = None;
        let mut begun: Vec<(usize, (i64, i32, usize))> = Vec::new();
        for (run, end) in matched {
            let first = run.first().map_or(0, |(first, _)| *first);
            match self.spec.after {
                After::SkipPastLast => {
                    let gone = self.time(first) < dropped_until
                        || dropped_event.is_some_and(|last| first <= last);
                    if gone {
                        continue;
                    }
                    match end {
                        End::Complete(last) => dropped_event = Some(*last),
                        End::Waited(at) => dropped_until = *at,
                        _ => {}
                    }
                }
                After::SkipToNext if begun.iter().any(|(other, _)| *other == first) => continue,
                _ => {}
            }
            begun.push((first, when(end)));
            told.push((run.clone(), end.clone()));
        }
        self.unfinished(&all, &begun, &mut told);
        Some(told)
    }

    /// What ran out of time: of the runs of one beginning the one that came furthest, of equals the one
    /// with more events, unless a match of
    /// that beginning was told, or a match dropped it.
    fn unfinished(
        &self,
        all: &[(Run, End)],
        begun: &[(usize, (i64, i32, usize))],
        told: &mut Vec<(Run, End)>,
    ) {
        for first in 0..self.events.len() {
            let own = all
                .iter()
                .filter(|(run, _)| run.first().is_some_and(|(f, _)| *f == first));
            let mut left: Vec<&(Run, End)> = own
                .filter(|(_, end)| matches!(end, End::TimedOut(_)))
                .collect();
            let Some((_, End::TimedOut(at))) = left.first() else {
                continue;
            };
            if begun
                .iter()
                .any(|(other, when)| *other == first && when.0 < *at)
            {
                continue;
            }
            let skipped = self.spec.after == After::SkipPastLast
                && begun.iter().any(|(_, when)| {
                    let behind = match when {
                        (_, 1, last) => first <= *last,
                        (instant, ..) => self.time(first) < *instant,
                    };
                    behind && when.0 < *at
                });
            // A match by a deadline at the same instant comes first.
            let tied = self.spec.after == After::SkipPastLast
                && begun.iter().any(|(_, when)| when.0 == *at && when.1 == 0);
            let own_tied = begun
                .iter()
                .any(|(other, when)| *other == first && when.0 == *at && when.1 == 0);
            if skipped || tied || own_tied {
                continue;
            }
            left.sort_by_key(|(run, _)| {
                let furthest = run.iter().map(|(_, step)| *step).max();
                (
                    std::cmp::Reverse(furthest),
                    std::cmp::Reverse(run.len()),
                    run.iter().map(|(at, _)| *at).collect::<Vec<_>>(),
                )
            });
            if let Some(furthest) = left.first() {
                told.push((*furthest).clone());
            }
        }
    }

    /// One run at a time: what becomes of it is looked up anew at every event.
    fn one_at_a_time(&self) -> Vec<(Run, End)> {
        let mut told = Vec::new();
        let mut current: Option<(Run, End)> = None;
        for at in 0..self.events.len() {
            let over = |end: &End| match end {
                End::Complete(last) => *last <= at,
                End::Waited(end) | End::TimedOut(end) => *end <= self.time(at),
                End::Dropped => false,
            };
            let mut taken = false;
            let mut busy = false;
            if let Some((run, end)) = current.take() {
                // A deadline passes before this event.
                let passed = over(&end) && !matches!(end, End::Complete(_));
                taken = !passed && run.iter().any(|(place, _)| *place == at);
                if over(&end) {
                    busy = matches!(end, End::Complete(_));
                    told.push((run, end));
                } else if !self.is_dropped(&run, &end, at) {
                    busy = true;
                    current = Some((run, end));
                }
            }
            let Some(step) = self.begins(at).filter(|_| !taken) else {
                continue;
            };
            let free = match self.spec.after {
                After::Ignore => !busy,
                _ => true,
            };
            if free {
                let mut all = Vec::new();
                self.follow(vec![(at, step)], &mut all);
                current = all.into_iter().next();
                if let Some((_, End::Complete(last))) = &current
                    && *last == at
                {
                    told.extend(current.take());
                }
            }
        }
        told.extend(current.filter(|(_, end)| !matches!(end, End::Dropped)));
        told
    }

    /// A run that is dropped sooner or later: whether it has been, with the event at this place.
    fn is_dropped(&self, run: &Run, end: &End, at: usize) -> bool {
        if !matches!(end, End::Dropped) {
            return false;
        }
        // As far as this event goes, and no further.
        let upto = Self::shorter(run, at);
        let events = self.events.get(..=at).unwrap_or(self.events);
        let until = History {
            spec: self.spec,
            events,
        };
        let mut all = Vec::new();
        until.follow(vec![upto.first().copied().unwrap_or((at, 0))], &mut all);
        all.iter().all(|(_, end)| matches!(end, End::Dropped))
    }

    fn shorter(run: &Run, at: usize) -> Run {
        run.iter()
            .copied()
            .filter(|(place, _)| *place <= at)
            .collect()
    }

    fn reached(&self, run: &Run) -> String {
        let furthest = run.iter().map(|(_, step)| *step).max().unwrap_or(0);
        format!("s{furthest}")
    }

    fn words(&self, run: &Run) -> String {
        let id = |at: usize| self.events.get(at).map_or("", |e| e.id.as_str());
        let mut words = Vec::new();
        for (at, step) in self.spec.steps.iter().enumerate() {
            let own: Vec<usize> = run
                .iter()
                .filter(|(_, s)| *s == at)
                .map(|(p, _)| *p)
                .collect();
            let (Some(first), Some(last)) = (own.first(), own.last()) else {
                continue;
            };
            words.push(if step.more || step.least > 1 {
                format!("{}..{}*{}", id(*first), id(*last), own.len())
            } else {
                id(*last).to_owned()
            });
        }
        words.join(" ")
    }
}
