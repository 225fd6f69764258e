//! What pends for a customer, by name, and which days dated timers have fired for.
//!
//! Most customers have a few at most: sorted lists without room to spare take a third of a tree.

use rules::value::{Day, Text};
use std::collections::BTreeSet;

/// A pending timer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timer {
    /// Its deadline, ms.
    pub due: i64,
    /// Why it pends.
    pub cause: Cause,
}

/// Why a timer pends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// This rule asked for it.
    Rule(Text),
    /// A dated timer, for this day.
    Date(Day),
}

impl Cause {
    /// The rule, or the file that declares dated timers.
    #[must_use]
    pub fn by(&self) -> Text {
        match self {
            Self::Rule(rule) => rule.clone(),
            Self::Date(_) => "timers.toml".into(),
        }
    }
}

/// Every pending timer of a key group: deadline, customer, name.
pub type Pending = BTreeSet<(i64, Text, Text)>;

/// Timers of a customer that started and ended: deadline, name, and whether it started.
pub type Moved = Vec<(i64, Text, bool)>;

/// Keeps the timers of a key group in step with those of a customer. Gives the first deadline that was set,
/// ms; the end of time where none was.
pub(crate) fn keep_in_step(pending: &mut Pending, customer: &Text, moved: Moved) -> i64 {
    let mut first = i64::MAX;
    for (due, name, starts) in moved {
        let entry = (due, customer.clone(), name);
        if starts {
            first = first.min(due);
            pending.insert(entry);
        } else {
            pending.remove(&entry);
        }
    }
    first
}

/// The timers of a customer.
#[derive(Clone, Debug, Default)]
pub struct Timers {
    pending: Vec<(Text, Timer)>,
    done: Vec<(Text, Day)>,
}

impl Timers {
    /// How many pend.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pending.len()
    }

    /// Nothing pends.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// What pends under a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Timer> {
        let at = place(&self.pending, name).ok()?;
        self.pending.get(at).map(|(_, timer)| timer)
    }

    /// All that pends, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&Text, &Timer)> {
        self.pending.iter().map(|(name, timer)| (name, timer))
    }

    /// Sets a timer; gives the one it replaces.
    pub fn insert(&mut self, name: Text, timer: Timer) -> Option<Timer> {
        put(&mut self.pending, name, timer)
    }

    /// A timer pends no longer; gives it.
    pub fn remove(&mut self, name: &str) -> Option<Timer> {
        let at = place(&self.pending, name).ok()?;
        Some(self.pending.remove(at).1)
    }

    /// The last day a dated timer fired for.
    #[must_use]
    pub fn done(&self, name: &str) -> Option<Day> {
        let at = place(&self.done, name).ok()?;
        self.done.get(at).map(|(_, day)| *day)
    }

    /// Every dated timer that has fired, with the last day, by name.
    pub fn all_done(&self) -> impl Iterator<Item = (&Text, Day)> {
        self.done.iter().map(|(name, day)| (name, *day))
    }

    /// A dated timer has fired for a day.
    pub fn note_done(&mut self, name: Text, day: Day) {
        put(&mut self.done, name, day);
    }

    /// Forgets of what no longer is a dated timer which day it fired for.
    pub fn retain_done(&mut self, is_dated: impl Fn(&str) -> bool) {
        self.done.retain(|(name, _)| is_dated(name));
    }
}

fn place<T>(list: &[(Text, T)], name: &str) -> Result<usize, usize> {
    list.binary_search_by(|(known, _)| known.as_str().cmp(name))
}

fn put<T>(list: &mut Vec<(Text, T)>, name: Text, value: T) -> Option<T> {
    match place(list, &name) {
        Ok(at) => {
            let held = list.get_mut(at)?;
            Some(std::mem::replace(&mut held.1, value))
        }
        Err(at) => {
            list.reserve_exact(1);
            list.insert(at, (name, value));
            None
        }
    }
}
