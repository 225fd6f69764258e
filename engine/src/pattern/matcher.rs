//! The matcher: what an event, or the passing of time, does to what is live.
//!
//! One event is taken by an instance once. Where it fits several steps it is taken for the furthest
//! of them; what is forbidden is looked at first. Instances stand in the order of their events, so
//! that of two matches told at one event the one that began earlier is told first.

use super::PatternTally;
use super::live::{Live, Seen};
use super::plan::PatternPlan;
use rules::catalogue::pattern::{After, Between};
use std::sync::Arc;

/// Asks the condition at a mark of an event and an instance.
pub type Ask<'a> = dyn FnMut(usize, &Seen, &Live) -> bool + 'a;

/// Why an instance is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Left {
    /// It is complete.
    Completed,
    /// Its deadline completed it.
    Waited,
    /// It ran out of time.
    TimedOut,
}

/// An instance that is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// The instance.
    pub live: Live,
    /// When, ms.
    pub at: i64,
    /// Why.
    pub left: Left,
}

impl Match {
    /// A number that tells it from all other matches of its customer and pattern.
    #[must_use]
    pub fn print(&self) -> u128 {
        match self.left {
            Left::Completed | Left::Waited => self.live.print,
            // What has begun runs out of time once, however far it has come.
            Left::TimedOut => {
                let begun = self.live.begun;
                let time = u128::from(begun.time.cast_unsigned());
                (time << 64 | u128::from(begun.seq)) ^ (1 << 127)
            }
        }
    }
}

/// What becomes of an instance.
enum Fate {
    Dropped,
    Stays,
    Completes,
    Takes { step: usize, branch: bool },
}

/// The matcher of one pattern and customer.
pub(super) struct Matcher<'a> {
    pub(super) plan: &'a PatternPlan,
    /// Most instances that may be live.
    pub(super) room: usize,
    pub(super) tally: &'a mut PatternTally,
}

impl Matcher<'_> {
    /// Time passes: everything that ends at `until` or before ends, in the order of its end.
    pub(super) fn expire(&mut self, lives: &mut Vec<Live>, until: i64, out: &mut Vec<Match>) {
        loop {
            // What is complete at an instant comes before what has run out of time there.
            let ends = lives.iter().enumerate();
            let ends = ends.map(|(at, live)| (live.ends(self.plan), !live.waits, at));
            let Some((at, _, place)) = ends.min().filter(|(at, ..)| *at <= until) else {
                return;
            };
            let live = lives.remove(place);
            if live.waits {
                self.tally.completed += 1;
                self.settle(lives, &live);
                let left = Left::Waited;
                out.push(Match { live, at, left });
            } else {
                self.run_out(lives, live, at, out);
            }
        }
    }

    /// Of the instances that began with one event the one that came furthest is told, unless a match
    /// of that beginning was.
    fn run_out(&mut self, lives: &mut Vec<Live>, live: Live, at: i64, out: &mut Vec<Match>) {
        let mut furthest = live;
        lives.retain(|other| {
            let same = other.begun == furthest.begun && !other.waits;
            if same && other.progress() > furthest.progress() {
                furthest = other.clone();
            }
            !same
        });
        if furthest.told {
            return;
        }
        self.tally.ran_out(furthest.reached());
        out.push(Match {
            live: furthest,
            at,
            left: Left::TimedOut,
        });
    }

    /// An event of the customer, in its order.
    pub(super) fn advance(
        &mut self,
        lives: &mut Vec<Live>,
        seen: &Arc<Seen>,
        ask: &mut Ask<'_>,
        out: &mut Vec<Match>,
    ) {
        self.expire(lives, seen.order.time, out);
        let mut next: Vec<Live> = Vec::with_capacity(lives.len() + 1);
        let mut done: Vec<Live> = Vec::new();
        let mut taken = false;
        let mut left = lives.len();
        for mut live in lives.drain(..) {
            left -= 1;
            match self.fate(&live, seen, ask) {
                Fate::Dropped => self.tally.dropped += 1,
                Fate::Completes => done.push(live),
                Fate::Stays => {
                    live.moved = true;
                    next.push(live);
                }
                Fate::Takes { step, branch } => {
                    taken = true;
                    let more = live.with(self.plan, step, seen);
                    if more.count(step) == 1 {
                        self.tally.at_step(step);
                    }
                    if more.is_full(self.plan) && !more.waits {
                        done.push(more);
                    } else if !branch || next.len() + left + 1 < self.room {
                        next.push(more);
                    } else {
                        self.tally.truncated += 1;
                    }
                    if branch {
                        live.moved = true;
                        next.push(live);
                    }
                }
            }
        }
        *lives = next;
        self.begin(lives, &mut done, seen, taken, ask);
        self.tell(lives, done, seen.order.time, out);
    }

    fn fate(&self, live: &Live, seen: &Seen, ask: &mut Ask<'_>) -> Fate {
        if self.is_forbidden(live, seen, ask) {
            return Fate::Dropped;
        }
        if live.waits {
            return match self.plan.waits_for_next {
                true => Fate::Completes,
                false => Fate::Stays,
            };
        }
        let mut possible = false;
        for (step, between) in self.targets(live) {
            if between == Between::Strict {
                if live.moved {
                    continue;
                }
            } else {
                possible = true;
            }
            if seen.is_marked(step) && ask(step, seen, live) {
                let branch = between == Between::Any;
                return Fate::Takes { step, branch };
            }
        }
        if possible { Fate::Stays } else { Fate::Dropped }
    }

    /// Something came that may not come here.
    fn is_forbidden(&self, live: &Live, seen: &Seen, ask: &mut Ask<'_>) -> bool {
        let steps = self.plan.steps.len();
        let never = self.plan.never.iter().enumerate();
        let mut marks = never.filter_map(|(at, never)| {
            let here = if self.plan.any_order {
                live.count(never.step) > 0
            } else {
                live.at == never.step
            };
            let now = !never.next || (!live.moved && live.at == never.step);
            (here && now).then_some(steps + at)
        });
        let mut meets = |mark: usize| seen.is_marked(mark) && ask(mark, seen, live);
        if marks.any(&mut meets) {
            return true;
        }
        self.plan.absent.is_some() && live.waits && meets(steps + self.plan.never.len())
    }

    /// The steps that may take the next event, with what may stand before it; the preferred first.
    fn targets(&self, live: &Live) -> Vec<(usize, Between)> {
        let steps = &self.plan.steps;
        let mut targets = Vec::with_capacity(2);
        if self.plan.any_order {
            let takes = |step: &usize| {
                let times = steps.get(*step).map(|s| s.times);
                times.is_some_and(|times| times.takes_more(live.count(*step)))
            };
            let lacks = |step: &usize| {
                let least = steps.get(*step).map_or(0, |s| s.times.least());
                live.count(*step) < least
            };
            let all = (0..steps.len()).filter(takes);
            let (needed, more): (Vec<usize>, Vec<usize>) = all.partition(lacks);
            let between = |step: usize| steps.get(step).map_or(Between::Relaxed, |s| s.between);
            targets.extend(needed.into_iter().chain(more).map(|s| (s, between(s))));
            return targets;
        }
        let Some(own) = steps.get(live.at) else {
            return targets;
        };
        let count = live.count(live.at);
        if own.times.takes_more(count) {
            // Where a run of events begins may be open; inside it each that fits is taken.
            let between = match own.between {
                Between::Strict => Between::Strict,
                Between::Relaxed | Between::Any => Between::Relaxed,
            };
            targets.push((live.at, between));
        }
        if count >= own.times.least() {
            for (step, declared) in steps.iter().enumerate().skip(live.at + 1) {
                targets.push((step, declared.between));
                if !declared.optional {
                    break;
                }
            }
        }
        targets.reverse();
        targets
    }

    /// The event may begin one more.
    fn begin(
        &mut self,
        lives: &mut Vec<Live>,
        done: &mut Vec<Live>,
        seen: &Arc<Seen>,
        taken: bool,
        ask: &mut Ask<'_>,
    ) {
        let free = match self.plan.after {
            After::Restart => !taken,
            After::Ignore => !taken && lives.is_empty() && done.is_empty(),
            After::SkipPastLast => done.is_empty(),
            After::Each | After::SkipToNext => true,
        };
        let steps = if self.plan.any_order {
            self.plan.steps.len()
        } else {
            1
        };
        if !free {
            return;
        }
        let fits = (0..steps).find(|step| {
            seen.is_marked(*step) && ask(*step, seen, &Live::nothing(self.plan, seen.order))
        });
        let Some(step) = fits else {
            return;
        };
        if self.plan.after == After::Restart {
            self.tally.dropped += lives.len() as u64;
            lives.clear();
        }
        let live = Live::begin(self.plan, step, seen);
        if live.is_full(self.plan) && !live.waits {
            self.tally.at_step(step);
            done.push(live);
        } else if lives.len() < self.room {
            self.tally.at_step(step);
            lives.push(live);
        } else {
            self.tally.truncated += 1;
        }
    }

    /// Tells what is complete, as far as the pattern wants to be told.
    fn tell(&mut self, lives: &mut Vec<Live>, done: Vec<Live>, at: i64, out: &mut Vec<Match>) {
        let mut begun = Vec::new();
        for live in done {
            let again = match self.plan.after {
                After::SkipPastLast => !begun.is_empty(),
                After::SkipToNext => begun.contains(&live.begun),
                After::Each | After::Restart | After::Ignore => false,
            };
            if again {
                continue;
            }
            begun.push(live.begun);
            self.tally.completed += 1;
            self.settle(lives, &live);
            let left = Left::Completed;
            out.push(Match { live, at, left });
        }
    }

    /// A match is told: what of the others goes on.
    fn settle(&self, lives: &mut Vec<Live>, told: &Live) {
        match self.plan.after {
            After::SkipPastLast => lives.clear(),
            After::SkipToNext => lives.retain(|live| live.begun != told.begun),
            After::Each | After::Restart | After::Ignore => {
                for live in lives.iter_mut().filter(|live| live.begun == told.begun) {
                    live.told = true;
                }
            }
        }
    }
}

impl Live {
    /// What a beginning is asked of: nothing was taken yet.
    fn nothing(plan: &PatternPlan, order: crate::window::track::Order) -> Self {
        Self {
            begun: order,
            newest: order,
            at: 0,
            taken: vec![super::live::Taken::default(); plan.steps.len()],
            moved: false,
            waits: false,
            told: false,
            print: 0,
        }
    }
}
