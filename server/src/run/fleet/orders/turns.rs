//! What is turned off in all divisions, and on again.

use super::super::super::node::Phase;
use super::super::super::order::{What, give};
use super::super::super::orders::{Came, Reply};
use super::super::standby::REST;
use super::Clerk;
use connectors::kafka::changelog::{Entry, Turn};
use engine::switch::Switch;

/// How often it is tried to carry an order out, as long as as many wait as may.
const TRIES: u32 = 50;

impl Clerk {
    /// Tells all divisions, this one among them.
    pub(super) fn tell(
        &mut self,
        (switch, on): (&Switch, bool),
        (why, by): (String, String),
        reply: Reply,
    ) {
        let turn = Turn {
            id: self.next_id(),
            switch: switch.to_string(),
            on,
            why,
            by,
        };
        match self.send(&[Entry::Turn(turn.clone())]) {
            Ok(()) => self.waiting.push((turn.id, reply)),
            Err(failure) => {
                let _ = reply.send(Err(failure.to_string()));
            }
        }
    }

    /// One that was read: carried out at once, or, of those that were there before, the last of each switch.
    pub(super) fn turn(&mut self, turn: Turn) {
        if self.is_read {
            self.carry_out(&turn);
        } else {
            self.before.insert(turn.switch.clone(), turn);
        }
    }

    /// All that was there is read: what is not so yet was ordered while nobody led here.
    pub(super) fn make_good(&mut self) {
        for (name, turn) in std::mem::take(&mut self.before) {
            let standing = self.node.board.standing();
            let is_off =
                Switch::named(&name).is_some_and(|switch| standing.off.contains_key(&switch));
            if is_off == turn.on {
                self.carry_out(&turn);
            }
        }
    }

    fn carry_out(&mut self, turn: &Turn) {
        let Some(switch) = Switch::named(&turn.switch) else {
            tracing::error!(
                switch = turn.switch,
                "this release knows no such switch: take the newer one"
            );
            return;
        };
        for _ in 0..TRIES {
            let what = What::Switch {
                switch: switch.clone(),
                on: turn.on,
            };
            let given = give(&self.node, what, (turn.why.as_str(), turn.by.as_str()));
            match self.runtime.block_on(given) {
                Ok(()) => return self.answer(|id| *id == turn.id, || Came::Taken),
                // It goes down, and whoever leads next carries it out.
                Err(_) if matches!(self.node.phase(), Phase::Draining | Phase::Stopped) => return,
                Err(_) => std::thread::sleep(REST),
            }
        }
        self.node.fail(format!(
            "`{}` is turned {} in all divisions, and cannot be here",
            turn.switch,
            if turn.on { "on" } else { "off" }
        ));
    }
}
