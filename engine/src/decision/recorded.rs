//! The policy as a decision record knows it.

use super::policy::{Answer, Policy, Question};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// Answers from a record. A question the record does not hold is noted: the decision it came from
/// was not this one.
pub struct Recorded {
    answers: BTreeMap<String, Answer>,
    zone: TimeZone,
    unanswered: Vec<String>,
}

impl Recorded {
    /// From the answers and the zone of a record.
    #[must_use]
    pub fn new(answers: BTreeMap<String, Answer>, zone: TimeZone) -> Self {
        Self {
            answers,
            zone,
            unanswered: Vec::new(),
        }
    }

    /// Questions that were put and that the record does not hold.
    #[must_use]
    pub fn unanswered(&self) -> &[String] {
        &self.unanswered
    }
}

impl Policy for Recorded {
    fn look(&mut self, question: &Question) -> Answer {
        let key = question.key();
        if let Some(answer) = self.answers.get(&key) {
            return answer.clone();
        }
        if !question.is_tacit() {
            self.unanswered.push(key);
        }
        Answer::Free
    }

    fn zone(&self) -> &TimeZone {
        &self.zone
    }
}
