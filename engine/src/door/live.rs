//! The door of a running service: its clock is the wall clock, read once by whoever pushes, and handed
//! in as a number. It never runs back, and nobody has to wait until those behind are known.

use super::{Door, Input, Prepared, Refused, TIME_RANGE};
use crate::reject::{Code, Reject};

impl Door {
    /// Takes records in at `now` ms of the wall clock; gives inputs in the order they came. A clock
    /// that was set back is not followed: the door stands still until it is passed again.
    pub fn receive_live(
        &mut self,
        records: Vec<Prepared>,
        now: i64,
        inputs: &mut Vec<Input>,
        refused: &mut Vec<Refused>,
    ) {
        let door = self.clock.map_or(now, |clock| clock.max(now));
        self.clock = Some(door);
        for record in records {
            match self.check_live(record.event.time, door) {
                Ok(()) => inputs.push(self.number(record, door)),
                Err(reject) => refused.push(Refused {
                    line: record.line,
                    reject,
                }),
            }
        }
    }

    /// Bounds against the door's own clock, both included.
    fn check_live(&self, time: i64, door: i64) -> Result<(), Reject> {
        let refuse = |cause: String| Err(Reject::new(Code::TimeOutOfBounds, "/time", cause));
        if !TIME_RANGE.contains(&time) {
            return refuse(format!(
                "{time} ms is not a time of 1970 to 2200; are these milliseconds?"
            ));
        }
        if time > door.saturating_add(self.max_future) {
            let most = rules::duration::format(self.max_future);
            return refuse(format!(
                "more than {most} (max_future) ahead of the door's clock"
            ));
        }
        if time < door.saturating_sub(self.max_past) {
            let most = rules::duration::format(self.max_past);
            return refuse(format!(
                "more than {most} (max_past) behind the door's clock"
            ));
        }
        Ok(())
    }
}
