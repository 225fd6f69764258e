//! What came of one record, for whoever sent it.

use super::owner::Owner;
use engine::action::Action;
use engine::engine::Output;
use engine::outcome::{Answered, Outcome, Settled, What};
use engine::reject::Reject;
use rules::value::Text;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What came of one record.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// It was decided.
    Settled(Arc<Settlement>),
    /// It came before, with the same content.
    Duplicate,
    /// Its id came before, with other content.
    Mismatch,
    /// It is further behind than is waited for.
    TooLate,
    /// Another division decides about its customer; which, where it was not taken because of that.
    Elsewhere(Option<Arc<Owner>>),
    /// It is no event of the catalogue.
    Rejected(Reject),
}

/// An event that was decided, or a step that a timer made.
#[derive(Debug, Default)]
pub(crate) struct Settlement {
    pub(crate) event_id: Text,
    pub(crate) customer: Text,
    /// Event time, ms.
    pub(crate) time: i64,
    pub(crate) late: bool,
    /// Its decision, where a rule had something to say.
    pub(crate) decision: Option<Text>,
    /// The record of the decision, one line of JSON.
    pub(crate) record: Option<String>,
    pub(crate) actions: Vec<Sent>,
    /// What goes out behind them: actions that are pulled back.
    pub(crate) withdrawn: Vec<Sent>,
    /// Candidates that lost, by refusal code.
    pub(crate) refusals: BTreeMap<&'static str, u32>,
    /// An outcome of an action that is not known to its customer.
    pub(crate) unknown_action: bool,
    /// What an outcome changed; not kept.
    pub(crate) answered: Option<Box<Answered>>,
}

impl Settlement {
    /// Everything that goes out, in its order.
    pub(crate) fn spoken(&self) -> impl Iterator<Item = &Sent> {
        self.actions.iter().chain(&self.withdrawn)
    }
}

/// An action that goes out.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) id: Text,
    pub(crate) kind: &'static str,
    pub(crate) channel: Option<Text>,
    pub(crate) verdict: Option<&'static str>,
    /// The place on the channel.
    pub(crate) placement: Option<Text>,
    /// The action it pulls back.
    pub(crate) withdraws: Option<Text>,
    /// One line of JSON.
    pub(crate) json: Arc<str>,
}

/// The outcomes of a batch in their order, and the answer to each of its lines.
pub(crate) struct Answers {
    /// Every settlement, those of timers too.
    pub(crate) settled: Vec<Arc<Settlement>>,
    by_line: Vec<Option<Answer>>,
}

impl Answers {
    /// Answers to so many lines.
    pub(crate) fn of(output: &Output, lines: usize) -> Self {
        let mut answers = Self {
            settled: Vec::new(),
            by_line: vec![None; lines],
        };
        for refused in &output.refused {
            answers.put(refused.line, Answer::Rejected(refused.reject.clone()));
        }
        for outcome in &output.outcomes {
            let answer = match &outcome.what {
                What::Settled(settled) => {
                    let settlement = Arc::new(settlement(outcome, settled));
                    answers.settled.push(Arc::clone(&settlement));
                    Answer::Settled(settlement)
                }
                What::Duplicate => Answer::Duplicate,
                What::Mismatch => Answer::Mismatch,
                What::TooLate => Answer::TooLate,
                What::Elsewhere => Answer::Elsewhere(None),
            };
            if let Some(line) = outcome.line {
                answers.put(line, answer);
            }
        }
        answers
    }

    /// Lines count from 1.
    fn put(&mut self, line: u64, answer: Answer) {
        let at = usize::try_from(line).ok().and_then(|n| n.checked_sub(1));
        if let Some(place) = at.and_then(|at| self.by_line.get_mut(at)) {
            *place = Some(answer);
        }
    }

    /// The answers to `count` lines from the one at place `from` on; `None` when one is lacking.
    pub(crate) fn span(&self, from: usize, count: usize) -> Option<Vec<Answer>> {
        let all: Vec<Answer> = self.look(from, count).cloned().collect();
        (all.len() == count).then_some(all)
    }

    /// The same for who only looks: those that are there.
    pub(crate) fn look(&self, from: usize, count: usize) -> impl Iterator<Item = &Answer> {
        let lines = self.by_line.get(from..from.saturating_add(count));
        lines.unwrap_or_default().iter().flatten()
    }
}

fn settlement(outcome: &Outcome, settled: &Settled) -> Settlement {
    let decision = settled.decision.as_ref();
    let decision = decision.filter(|decision| decision.has_candidates());
    let mut refusals = BTreeMap::new();
    for refused in decision.iter().flat_map(|decision| &decision.refused) {
        *refusals.entry(refused.loss.code.code()).or_insert(0) += 1;
    }
    let sent = |action: &Action| Sent {
        id: action.id.clone(),
        kind: action.data.kind,
        channel: action.data.channel.clone(),
        verdict: action.data.verdict,
        placement: action.data.placement.clone(),
        withdraws: action.data.withdraws.clone(),
        json: action.to_json().into(),
    };
    Settlement {
        event_id: outcome.event_id.clone(),
        customer: outcome.place.key.clone(),
        time: outcome.place.deadline,
        late: settled.late,
        decision: decision.map(|decision| decision.id.clone()),
        record: settled.record.clone(),
        actions: settled.actions.iter().map(sent).collect(),
        withdrawn: settled.withdrawn.iter().map(sent).collect(),
        refusals,
        unknown_action: settled.unknown_action,
        answered: settled.answered.clone(),
    }
}
