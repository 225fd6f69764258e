//! What stands of a pattern as bytes for the state hash: what has ended, and what no late event can
//! be put before any more, is left out.

use super::live::{Live, Seen};
use super::plan::PatternPlan;
use super::standing::Standing;

impl Standing {
    /// Equal bytes, equal standing at `now` ms; `newest`: no event before it is taken any more. Nothing
    /// when nothing is live.
    #[must_use]
    pub fn canonical(&self, plan: &PatternPlan, now: i64, newest: i64) -> Vec<u8> {
        let mut bytes = Vec::new();
        for live in &self.now {
            let is_over = live.due(plan).is_none() && live.ends(plan) <= now;
            if !is_over {
                write_live(plan, live, &mut bytes);
            }
        }
        let recent = self.past.iter().flat_map(|past| &past.recent);
        for seen in recent.filter(|seen| seen.order.time > newest) {
            bytes.push(2);
            write_seen(plan, seen, &mut bytes);
        }
        bytes
    }
}

fn write_live(plan: &PatternPlan, live: &Live, out: &mut Vec<u8>) {
    out.push(1);
    out.extend(live.begun.time.to_be_bytes());
    out.extend((live.at as u64).to_be_bytes());
    out.extend([live.moved, live.waits, live.told].map(u8::from));
    out.extend(live.print.to_be_bytes());
    for taken in &live.taken {
        out.extend(taken.count.to_be_bytes());
        let ends = [&taken.first, &taken.last];
        for seen in ends.into_iter().flatten() {
            write_seen(plan, seen, out);
        }
    }
}

/// What is kept of an event follows from which one it is.
fn write_seen(plan: &PatternPlan, seen: &Seen, out: &mut Vec<u8>) {
    let ty = plan.types.get(usize::from(seen.of));
    let name = ty.map_or("", |ty| ty.name.as_str());
    out.extend((name.len() as u64).to_be_bytes());
    out.extend(name.as_bytes());
    out.extend(seen.order.time.to_be_bytes());
    out.extend(seen.print.to_be_bytes());
    out.extend(seen.marks.to_be_bytes());
}
