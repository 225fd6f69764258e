//! Records that do not say themselves what they are written by: a registry is asked, and waited for.

use super::{Phase, Pull, Pulled, Stop, WAIT, clock};
use std::time::Duration;

/// How often a registry is asked that does not answer.
const ASK: Duration = Duration::from_secs(1);

impl Pull {
    /// What came while something was waited for.
    pub(super) fn hand_over_late(&mut self, late: Vec<Pulled>) -> Result<(), Stop> {
        if late.is_empty() {
            return Ok(());
        }
        self.hand_over(late)
    }

    /// Has it known what records are written by. A registry that is away costs no record and makes none
    /// wrong: it is waited for, as room is. What comes meanwhile; none: the node goes down, and all of it
    /// is read again.
    pub(super) fn learn(&mut self, records: &[Pulled]) -> Result<Option<Vec<Pulled>>, Stop> {
        let (mut late, mut paused) = (Vec::new(), false);
        while let Some(registry) = &mut self.registry {
            let Err(what) = registry.learn(records, clock::moment()) else {
                break;
            };
            tracing::warn!(source = &*self.name, what, "reading waits for the registry");
            paused = true;
            self.pause(true);
            self.tell(false);
            let asked = clock::moment();
            while asked.elapsed() < ASK {
                if self.node.phase() != Phase::Ready {
                    return Ok(None);
                }
                self.hear();
                if let Some(one) = self.next(WAIT)? {
                    late.push(one);
                    self.pause(true);
                }
            }
        }
        if paused {
            self.pause(false);
        }
        Ok(Some(late))
    }
}
