//! Server-sent events: a ring of the last lines. Whoever reads keeps a place in it; who falls out of
//! it is told so, and nobody is told anything twice.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// One line of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number, from 1, without gaps.
    pub number: u64,
    /// Its kind: what readers choose by.
    pub kind: &'static str,
    /// When it was published, ms.
    pub at: i64,
    /// One line of JSON.
    pub text: Arc<str>,
}

/// What a ring holds at most.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Lines.
    pub lines: usize,
    /// Bytes of their texts.
    pub bytes: usize,
    /// Age of a line when the next is published, ms.
    pub age: i64,
}

/// The reader's place is no longer in the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone {
    /// The oldest number still there.
    pub oldest: u64,
}

/// The last lines of a stream.
pub struct Ring {
    lines: Mutex<Lines>,
    bounds: Bounds,
    newest: watch::Sender<u64>,
}

#[derive(Default)]
struct Lines {
    kept: VecDeque<Line>,
    bytes: usize,
    newest: u64,
}

impl Ring {
    /// An empty ring.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        Self {
            lines: Mutex::new(Lines::default()),
            bounds,
            newest: watch::Sender::new(0),
        }
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Publishes lines in this order; what is beyond the bounds falls out.
    pub fn publish<T: Into<Arc<str>>>(
        &self,
        now: i64,
        lines: impl IntoIterator<Item = (&'static str, T)>,
    ) {
        let mut ring = self.lines();
        for (kind, text) in lines {
            let text = text.into();
            ring.newest += 1;
            ring.bytes += text.len();
            let line = Line {
                number: ring.newest,
                kind,
                at: now,
                text,
            };
            ring.kept.push_back(line);
        }
        let expired = now.saturating_sub(self.bounds.age);
        while let Some(first) = ring.kept.front() {
            let over = ring.kept.len() > self.bounds.lines || ring.bytes > self.bounds.bytes;
            if !over && first.at > expired {
                break;
            }
            let bytes = first.text.len();
            ring.bytes = ring.bytes.saturating_sub(bytes);
            ring.kept.pop_front();
        }
        let newest = ring.newest;
        drop(ring);
        self.newest.send_replace(newest);
    }

    /// Lines up to this number were published in an earlier life, whether any of them is still at hand.
    pub fn begin_behind(&self, number: u64) {
        let mut ring = self.lines();
        if number <= ring.newest {
            return;
        }
        // What is kept has no gap.
        ring.kept.clear();
        ring.bytes = 0;
        ring.newest = number;
        drop(ring);
        self.newest.send_replace(number);
    }

    /// Puts back a line that was published in an earlier life, behind those put back before it.
    pub fn restore(&self, at: i64, number: u64, kind: &'static str, text: Arc<str>) {
        let mut ring = self.lines();
        if number <= ring.newest {
            return;
        }
        if number != ring.newest + 1 {
            ring.kept.clear();
            ring.bytes = 0;
        }
        ring.newest = number;
        ring.bytes += text.len();
        ring.kept.push_back(Line {
            number,
            kind,
            at,
            text,
        });
        while ring.kept.len() > self.bounds.lines || ring.bytes > self.bounds.bytes {
            let first = ring.kept.pop_front();
            let bytes = first.map_or(0, |line| line.text.len());
            ring.bytes = ring.bytes.saturating_sub(bytes);
        }
        drop(ring);
        self.newest.send_replace(number);
    }

    /// Puts back the line before the oldest one there is. False when there is no room for it, or it is
    /// not the one before: what is older still would leave a gap.
    pub fn restore_older(&self, at: i64, number: u64, kind: &'static str, text: Arc<str>) -> bool {
        let mut ring = self.lines();
        let oldest = ring.kept.front().map_or(ring.newest + 1, |l| l.number);
        let full = ring.kept.len() >= self.bounds.lines
            || ring.bytes.saturating_add(text.len()) > self.bounds.bytes;
        if full || number + 1 != oldest && ring.newest != 0 {
            return false;
        }
        ring.newest = ring.newest.max(number);
        ring.bytes += text.len();
        ring.kept.push_front(Line {
            number,
            kind,
            at,
            text,
        });
        let newest = ring.newest;
        drop(ring);
        self.newest.send_replace(newest);
        true
    }

    /// The lines behind number `after`, at most `most` that `wants` this kind, and the place to go on
    /// from.
    ///
    /// # Errors
    /// Lines behind it have fallen out.
    pub fn read(
        &self,
        after: u64,
        most: usize,
        wants: impl Fn(&str) -> bool,
    ) -> Result<(Vec<Line>, u64), Gone> {
        let ring = self.lines();
        let oldest = ring.kept.front().map_or(ring.newest + 1, |l| l.number);
        if after.saturating_add(1) < oldest {
            return Err(Gone { oldest });
        }
        let skip = usize::try_from((after + 1).saturating_sub(oldest)).unwrap_or(usize::MAX);
        let mut place = after;
        let mut found = Vec::new();
        for line in ring.kept.iter().skip(skip) {
            if found.len() >= most {
                break;
            }
            place = line.number;
            if wants(line.kind) {
                found.push(line.clone());
            }
        }
        Ok((found, place))
    }

    /// The number published last; 0 before the first.
    #[must_use]
    pub fn newest(&self) -> u64 {
        self.lines().newest
    }

    /// How full it is, 0…1.
    #[must_use]
    pub fn fill(&self) -> f64 {
        let ring = self.lines();
        #[expect(clippy::cast_precision_loss, reason = "a share for people")]
        let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
        share(ring.kept.len(), self.bounds.lines).max(share(ring.bytes, self.bounds.bytes))
    }

    /// Bytes of the lines that are kept.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.lines().bytes
    }

    /// Tells when something was published.
    #[must_use]
    pub fn news(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }
}

#[cfg(test)]
mod tests;
