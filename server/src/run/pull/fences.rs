//! How often a member was put out of its group by another of the same name. A coordinator that moves to another
//! broker takes a member that asks again for two and puts one of them out: it joins anew. Two nodes of one name
//! put each other out in turn, until one of them gives way.

use super::{Pull, Source};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// So often in …
const MOST: usize = 3;
/// … this time it is put up with.
const WITHIN: Duration = Duration::from_secs(60);

/// When it was put out, the last few times.
#[derive(Debug, Default)]
pub(super) struct Fences(VecDeque<Instant>);

impl Fences {
    /// It was put out now: true when it may join anew.
    pub(super) fn is_borne(&mut self, now: Instant) -> bool {
        self.0.push_back(now);
        while self.0.len() > MOST {
            self.0.pop_front();
        }
        let first = self.0.front().filter(|_| self.0.len() == MOST);
        first.is_none_or(|first| now.duration_since(*first) > WITHIN)
    }
}

impl Pull {
    /// Another member in the place of one that was put out. What that one had fetched and not handed over is
    /// fetched again.
    pub(super) fn begin_anew(&mut self) -> Result<(), String> {
        self.source = Source::open(&self.settings)?;
        for (partition, next) in self.handed.all() {
            self.source.know(partition.clone(), next);
        }
        self.rebalances = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::clock;

    #[test]
    fn the_third_time_in_a_minute_is_one_too_many() {
        let (mut fences, began) = (Fences::default(), clock::moment());
        let at = |seconds| began + Duration::from_secs(seconds);
        assert!(fences.is_borne(at(0)));
        assert!(fences.is_borne(at(30)));
        assert!(!fences.is_borne(at(60)));
        assert!(fences.is_borne(at(91)));
        assert!(fences.is_borne(at(130)));
        assert!(!fences.is_borne(at(131)));
    }
}
