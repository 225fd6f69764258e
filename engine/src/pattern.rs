//! Patterns: what of a customer's events has begun to make a whole, and what is one.
//!
//! The events of a customer are looked at in the order `(t, seq)`. What has begun is an instance; an
//! event moves it on, ends it or completes it, and so does a deadline. A late event is put at its
//! place among the newest ones, and what came after it is looked at again: the state is then that of
//! the sorted events, and a match that was told is not told twice.

mod canonical;
pub(crate) mod carry;
pub mod live;
mod matcher;
pub mod plan;
mod standing;
mod told;

pub use live::{Live, Seen, Taken};
pub use matcher::{Ask, Left, Match};
pub use plan::{PatternPlan, TypePlan};
pub use standing::{Around, Past, Standing, Told};
pub use told::Moment;

use rules::catalogue::pattern::Pattern;
use rules::finding::Words;
use rules::value::Text;
use std::sync::Arc;

/// The state of one pattern of a customer as a change of state tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// The pattern.
    pub pattern: Text,
    /// What its events are kept with: event types with the fields that are kept.
    pub types: Arc<[(Text, Vec<Text>)]>,
    /// What stands; nothing when it is empty.
    pub standing: Standing,
}

/// Counters of one pattern.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PatternTally {
    /// By step: instances that got there.
    pub reached: Vec<u64>,
    /// Matches.
    pub completed: u64,
    /// Instances that ran out of time.
    pub timed_out: u64,
    /// By step: how far those that ran out of time had come.
    pub dropped_at: Vec<u64>,
    /// Instances that something forbidden, or a new beginning, ended.
    pub dropped: u64,
    /// Instances that did not begin because there was no room.
    pub truncated: u64,
    /// Late events that came too late for this pattern.
    pub late: u64,
    /// Matches by a deadline that a late event would have prevented.
    pub late_for_timer: u64,
}

impl PatternTally {
    /// Zero for a pattern of so many steps.
    #[must_use]
    pub fn new(steps: usize) -> Self {
        Self {
            reached: vec![0; steps],
            dropped_at: vec![0; steps],
            ..Self::default()
        }
    }

    /// Adds what another shard counted.
    pub fn merge(&mut self, other: &Self) {
        let lists = [
            (&mut self.reached, &other.reached),
            (&mut self.dropped_at, &other.dropped_at),
        ];
        for (mine, theirs) in lists {
            if mine.len() < theirs.len() {
                mine.resize(theirs.len(), 0);
            }
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                *mine += theirs;
            }
        }
        self.completed += other.completed;
        self.timed_out += other.timed_out;
        self.dropped += other.dropped;
        self.truncated += other.truncated;
        self.late += other.late;
        self.late_for_timer += other.late_for_timer;
    }

    /// How many got to each step, and what became of them.
    #[must_use]
    pub fn told(&self, pattern: &Pattern) -> Words {
        let steps = pattern.steps.iter().zip(&self.reached);
        let steps: Vec<String> = steps
            .map(|(step, n)| format!("{} {n}", step.name))
            .collect();
        let steps = steps.join(", ");
        let (name, completed) = (&pattern.name, self.completed);
        let mut en = format!("pattern.{name}: {steps}; complete {completed}");
        let mut zh = format!("pattern.{name}：{steps}；完成 {completed}");
        for (count, word, chinese) in [
            (self.timed_out, "out of time", "超时"),
            (
                self.dropped,
                "ended by what may not come or a new beginning",
                "被禁止事件或新的开始终止",
            ),
            (self.truncated, "not begun for want of room", "因容量未开始"),
            (self.late, "events too late for it", "事件过晚"),
            (
                self.late_for_timer,
                "late events that would have prevented a deadline",
                "晚到且本可阻止到期的事件",
            ),
        ] {
            if count > 0 {
                en.push_str(&format!(", {word} {count}"));
                zh.push_str(&format!("，{chinese} {count}"));
            }
        }
        let left = pattern
            .steps
            .iter()
            .zip(&self.dropped_at)
            .filter(|(_, n)| **n > 0);
        let left: Vec<String> = left.map(|(step, n)| format!("{} {n}", step.name)).collect();
        if pattern.funnel && !left.is_empty() {
            en.push_str(&format!("; left at: {}", left.join(", ")));
            zh.push_str(&format!("；离开于：{}", left.join("，")));
        }
        Words::new(en, zh)
    }

    fn count(list: &mut [u64], step: usize) {
        if let Some(count) = list.get_mut(step) {
            *count += 1;
        }
    }

    pub(crate) fn at_step(&mut self, step: usize) {
        Self::count(&mut self.reached, step);
    }

    pub(crate) fn ran_out(&mut self, step: usize) {
        self.timed_out += 1;
        Self::count(&mut self.dropped_at, step);
    }
}
