//! Questions that change nothing: how a customer stands, and what would be decided. The conductor
//! answers between two batches, and its answer takes the way of all batches: it is told once
//! everything it rests on is committed.

use super::answer::{Answer, Answers};
use super::clock;
use super::conductor::{Conductor, Halt};
use super::intake;
use super::node::{Node, Phase};
use connectors::http::problem::{self, Problem};
use crossbeam::channel::TrySendError;
use engine::engine::Output;
use engine::portrait::Portrait;
use engine::shard::Record;
use rules::value::Text;
use tokio::sync::oneshot;

/// Questions that wait at once.
pub(crate) const LOOKS_MAX: usize = 64;

/// What somebody wants to know.
pub(crate) enum Question {
    /// How does this customer stand?
    Customer(Text),
    /// What would be said to this record?
    Try(Vec<u8>),
}

/// What was found.
pub(crate) enum Seen {
    /// `None`: nobody has heard of the customer.
    Customer(Option<Box<Portrait>>),
    /// What would be answered.
    Tried(Answer),
}

/// A question, and who waits for the answer.
pub(crate) struct Look {
    pub(crate) question: Question,
    pub(crate) reply: oneshot::Sender<Seen>,
}

/// An answer on its way, and who waits for it.
pub(crate) struct Found {
    pub(crate) seen: Seen,
    pub(crate) reply: oneshot::Sender<Seen>,
}

/// Puts a question.
pub(crate) fn put(node: &Node, question: Question) -> Result<oneshot::Receiver<Seen>, Problem> {
    let again = |problem: Problem| Err(problem.retry_after(1));
    match node.phase() {
        Phase::Ready | Phase::Draining => {}
        Phase::Starting => {
            let detail = "the node is starting; its state is not all there yet";
            return again(Problem::new(problem::DRAINING, detail));
        }
        Phase::Stopped => return Err(intake::stopped()),
    }
    let (reply, answer) = oneshot::channel();
    match node.entry.look(Look { question, reply }) {
        Ok(()) => Ok(answer),
        Err(TrySendError::Full(_)) => {
            let detail = "as many questions wait as may";
            again(Problem::new(problem::OVERLOADED, detail))
        }
        Err(TrySendError::Disconnected(_)) => Err(intake::stopped()),
    }
}

impl Conductor {
    /// Answers one question, if one waits. Whoever asks much delays nobody by more than one at a time.
    pub(super) fn look(&mut self, look: Look) -> Result<(), Halt> {
        let Look { question, reply } = look;
        if reply.is_closed() {
            return Ok(());
        }
        let now = clock::wall();
        let seen = match question {
            Question::Customer(id) => Seen::Customer(self.engine.look(&id, now)?.map(Box::new)),
            Question::Try(bytes) => {
                let output = self.engine.try_live(Record { line: 1, bytes }, now)?;
                let mut answers = Answers::of(&output, 1).span(0, 1).unwrap_or_default();
                match answers.pop() {
                    Some(answer) => Seen::Tried(answer),
                    // The record got no line, so nobody is told anything.
                    None => return Ok(()),
                }
            }
        };
        let mut batch = self.of_clock(Output::default(), None, now);
        batch.found = Some(Found { seen, reply });
        self.hand_on(batch)
    }
}
