//! One suppression of the policy for one customer: its starts and its early ends.

use crate::change::Change;
use rules::value::Text;

/// A stretch of silence as it was set.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Start {
    /// The offer, group or channel; `None` for whole classes.
    pub(super) scope: Option<Text>,
    /// From, included, ms.
    pub(super) at: i64,
    /// Until, excluded, ms.
    pub(super) until: i64,
}

/// Starts and ends are kept apart, so that a start that arrives after its end is ended all the same.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Silence {
    starts: Vec<Start>,
    ends: Vec<i64>,
}

impl Silence {
    /// Bytes it takes, itself not counted.
    pub(super) fn bytes(&self) -> usize {
        self.starts.capacity() * size_of::<Start>() + self.ends.capacity() * size_of::<i64>()
    }

    pub(super) fn start(&mut self, scope: Option<Text>, at: i64, until: i64) {
        let start = Start { scope, at, until };
        if !self.starts.contains(&start) {
            let place = self.starts.partition_point(|s| s.at <= at);
            self.starts.insert(place, start);
        }
    }

    pub(super) fn end(&mut self, at: i64) {
        let place = self.ends.partition_point(|e| *e < at);
        if self.ends.get(place) != Some(&at) {
            self.ends.insert(place, at);
        }
    }

    /// When this stretch is over: at its own end, or at the first early end behind its start.
    fn over(&self, start: &Start) -> i64 {
        self.ends
            .iter()
            .find(|end| **end > start.at)
            .map_or(start.until, |end| start.until.min(*end))
    }

    pub(super) fn until(&self, scope: Option<&Text>, at: i64) -> Option<i64> {
        self.starts
            .iter()
            .filter(|start| start.scope.as_ref() == scope && start.at <= at)
            .map(|start| self.over(start))
            .filter(|over| at < *over)
            .max()
    }

    /// The stretches that are not over at `now`, with their true ends.
    pub(super) fn alive(&self, now: i64) -> impl Iterator<Item = (&Start, i64)> {
        self.starts
            .iter()
            .map(|start| (start, self.over(start)))
            .filter(move |(_, over)| *over > now)
    }

    /// Forgets what was over before `before`, and ends that no start before it can meet any more.
    pub(super) fn trim(&mut self, before: i64) {
        let kept: Vec<Start> = self
            .starts
            .iter()
            .filter(|start| self.over(start) > before)
            .cloned()
            .collect();
        let oldest = kept.first().map_or(before, |start| start.at.min(before));
        self.starts = kept;
        self.ends.retain(|end| *end > oldest);
    }

    /// The changes that make it.
    pub(super) fn changes(&self, name: &Text, sink: &mut dyn FnMut(Change)) {
        for start in &self.starts {
            sink(Change::SuppressionSet {
                name: name.clone(),
                scope: start.scope.clone(),
                at: start.at,
                until: start.until,
            });
        }
        for at in self.ends.iter().copied() {
            sink(Change::SuppressionEnded {
                name: name.clone(),
                at,
            });
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.starts.is_empty() && self.ends.is_empty()
    }
}
