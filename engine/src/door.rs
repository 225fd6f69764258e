//! The door: where an input gets its number and its time, and where order is made.
//!
//! A running service hands its wall clock in with the records (`door/live.rs`). For a bare file the
//! door's clock is the running maximum of event times, and a tick stands before the first record past
//! each whole second. One wild timestamp moves nobody: a record that is far ahead of all that follow
//! it is refused.

mod live;

use crate::event::Event;
use crate::limits::HELD_MAX;
use crate::reject::{Code, Reject};
use rules::catalogue::Catalogue;
use std::collections::{BTreeMap, VecDeque};

/// In which order events are decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OrderBy {
    /// As they arrive; a late one takes its sorted place in the windows.
    #[default]
    Arrival,
    /// Held back until the watermark has passed, then sorted by event time.
    EventTime,
}

/// A decoded record that waits for its number.
pub type Prepared = Box<Taken>;

/// One input below the door.
#[derive(Clone, Debug)]
pub enum Input {
    /// An event.
    Event(Box<Taken>),
    /// The clock's own word: everyone's time is at least this.
    Tick {
        /// The door's number.
        seq: u64,
        /// Door time, ms.
        door: i64,
    },
}

/// An event below the door, on its way through the rooms.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The line it came from, from 1.
    pub line: u64,
    /// The event.
    pub event: Event,
    /// Bit n: condition n of its [`crate::plan::EventPlan::conditions`] is true.
    pub conditions: u128,
    /// What its customer says to it.
    pub admission: Admission,
}

/// What a customer says to an event before anybody's state is touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Taken.
    Taken,
    /// Came before, with the same content.
    Duplicate,
    /// Its id came before, with other content.
    Mismatch,
    /// Further behind its customer's newest event than is waited for.
    TooLate,
    /// Another division decides about its customer: it counts for entities alone.
    Elsewhere,
}

/// What the door did not let through.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// The line it came from, from 1.
    pub line: u64,
    /// Why.
    pub reject: Reject,
}

/// Where a door stands: what it needs to go on after a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stand {
    /// The number given out last; 0 before the first.
    pub seq: u64,
    /// The door's clock, ms; `None` before the first record.
    pub clock: Option<i64>,
    /// Door time of the last tick, ms.
    pub last_tick: i64,
}

/// The door.
#[derive(Debug)]
pub struct Door {
    order: OrderBy,
    max_future: i64,
    max_past: i64,
    lateness_max: i64,
    seq: u64,
    arrivals: u64,
    /// The door's clock, ms; `None` before the first record.
    clock: Option<i64>,
    last_tick: i64,
    /// Records that wait until those behind them are known.
    ahead: VecDeque<Prepared>,
    /// Records held for the watermark, by time and arrival.
    held: BTreeMap<(i64, u64), Prepared>,
    newest: i64,
}

/// How many records behind a jump are looked at before it is believed.
const AHEAD: usize = 8;

/// Event times outside these are no times of a living bank, ms: 1970-01-01 … 2200-01-01.
const TIME_RANGE: std::ops::Range<i64> = 0..7_258_118_400_000;

impl Door {
    /// A door for a catalogue.
    #[must_use]
    pub fn new(catalogue: &Catalogue, order: OrderBy) -> Self {
        Self {
            order,
            max_future: catalogue.time.max_future,
            max_past: catalogue.time.max_past,
            lateness_max: catalogue.lateness_max(),
            seq: 0,
            arrivals: 0,
            clock: None,
            last_tick: i64::MIN,
            ahead: VecDeque::new(),
            held: BTreeMap::new(),
            newest: i64::MIN,
        }
    }

    /// Goes on with the bounds of another catalogue.
    pub fn adopt(&mut self, catalogue: &Catalogue) {
        let bounds = Self::new(catalogue, self.order);
        self.max_future = bounds.max_future;
        self.max_past = bounds.max_past;
        self.lateness_max = bounds.lateness_max;
    }

    /// Where it stands.
    #[must_use]
    pub fn stand(&self) -> Stand {
        Stand {
            seq: self.seq,
            clock: self.clock,
            last_tick: self.last_tick,
        }
    }

    /// Goes on where another stood.
    pub fn restore(&mut self, stand: Stand) {
        self.seq = stand.seq;
        self.clock = stand.clock;
        self.last_tick = stand.last_tick;
        self.newest = self.newest.max(stand.clock.unwrap_or(i64::MIN));
    }

    /// The door's clock, ms; `None` before the first record.
    #[must_use]
    pub fn clock(&self) -> Option<i64> {
        self.clock
    }

    /// Takes records in; gives inputs in the order they are to be worked on.
    pub fn receive(
        &mut self,
        records: Vec<Prepared>,
        inputs: &mut Vec<Input>,
        refused: &mut Vec<Refused>,
    ) {
        self.ahead.extend(records);
        while self.ahead.len() > AHEAD {
            self.take_next(inputs, refused);
        }
    }

    /// Lets everything through that still waits.
    pub fn finish(&mut self, inputs: &mut Vec<Input>, refused: &mut Vec<Refused>) {
        while !self.ahead.is_empty() {
            self.take_next(inputs, refused);
        }
        while let Some((_, record)) = self.held.pop_first() {
            self.let_in(record, inputs);
        }
    }

    /// A tick at `door` ms, if that is ahead of the last one.
    pub fn tick(&mut self, door: i64) -> Option<Input> {
        if door <= self.last_tick {
            return None;
        }
        self.last_tick = door;
        self.clock = Some(self.clock.map_or(door, |c| c.max(door)));
        self.seq += 1;
        Some(Input::Tick {
            seq: self.seq,
            door,
        })
    }

    fn take_next(&mut self, inputs: &mut Vec<Input>, refused: &mut Vec<Refused>) {
        let Some(record) = self.ahead.pop_front() else {
            return;
        };
        if let Err(reject) = self.check_time(record.event.time) {
            refused.push(Refused {
                line: record.line,
                reject,
            });
            return;
        }
        match self.order {
            OrderBy::Arrival => self.let_in(record, inputs),
            OrderBy::EventTime => self.hold(record, inputs),
        }
    }

    fn check_time(&self, time: i64) -> Result<(), Reject> {
        let refuse = |cause: String| Err(Reject::new(Code::TimeOutOfBounds, "/time", cause));
        if !TIME_RANGE.contains(&time) {
            return refuse(format!(
                "{time} ms is not a time of 1970 to 2200; are these milliseconds?"
            ));
        }
        // Before the first record nothing is known, and the records behind it alone can tell.
        let known = self.clock.unwrap_or(i64::MIN);
        if time > known.saturating_add(self.max_future) && !self.is_believed(time) {
            let most = rules::duration::format(self.max_future);
            return refuse(format!(
                "more than {most} (max_future) ahead of the records around it"
            ));
        }
        if self.clock.is_some() && time < known.saturating_sub(self.max_past) {
            let most = rules::duration::format(self.max_past);
            return refuse(format!(
                "more than {most} (max_past) behind the newest record"
            ));
        }
        Ok(())
    }

    /// Whether at least half of the records behind one that jumps ahead have jumped as well, as after
    /// a quiet night: a sender whose clock is wrong is in the minority, be it with several records.
    fn is_believed(&self, time: i64) -> bool {
        // What comes behind may be late.
        let near = time.saturating_sub(self.max_future.saturating_add(self.lateness_max));
        // Never more than so many, however many happen to be here: batches may not decide.
        let behind = self.ahead.iter().take(AHEAD);
        let jumped = behind.filter(|next| next.event.time >= near);
        jumped.count() * 2 >= self.ahead.len().min(AHEAD)
    }

    fn hold(&mut self, record: Prepared, inputs: &mut Vec<Input>) {
        self.newest = self.newest.max(record.event.time);
        self.arrivals += 1;
        // Too late for the order is too late for its customer as well: it is let in at once, and
        // its customer says so.
        self.held.insert((record.event.time, self.arrivals), record);
        let watermark = self.newest.saturating_sub(self.lateness_max);
        while let Some(first) = self.held.first_entry() {
            if first.key().0 >= watermark && self.held.len() <= HELD_MAX {
                break;
            }
            if let Some((_, record)) = self.held.pop_first() {
                self.let_in(record, inputs);
            }
        }
    }

    fn let_in(&mut self, record: Prepared, inputs: &mut Vec<Input>) {
        let door = self
            .clock
            .map_or(record.event.time, |c| c.max(record.event.time));
        let second = door - door.rem_euclid(1_000);
        if self.clock.is_some() {
            inputs.extend(self.tick(second));
        } else {
            self.last_tick = second;
        }
        self.clock = Some(door);
        let input = self.number(record, door);
        inputs.push(input);
    }

    /// The next number, and the door's time, for a record that is let in.
    fn number(&mut self, record: Prepared, door: i64) -> Input {
        self.seq += 1;
        let mut taken = record;
        (taken.event.seq, taken.event.door) = (self.seq, door);
        Input::Event(taken)
    }
}

#[cfg(test)]
mod tests;
