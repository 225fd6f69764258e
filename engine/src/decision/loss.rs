//! What became of a candidate.

use crate::refusal::Refusal;
use rules::value::Text;

/// Why a candidate lost: exactly one code, and who said so.
#[derive(Clone, Debug, PartialEq)]
pub struct Loss {
    /// The code.
    pub code: Refusal,
    /// `policy.<name>`, `offer.<name>`, `channel.<name>`, `list.<name>`, or the rule that won.
    pub by: Option<Text>,
    /// Until when it stands, where that is known, ms.
    pub until: Option<i64>,
}

impl Loss {
    /// A bare code.
    #[must_use]
    pub fn new(code: Refusal) -> Self {
        Self {
            code,
            by: None,
            until: None,
        }
    }

    /// With who said so.
    #[must_use]
    pub fn by(mut self, by: impl Into<Text>) -> Self {
        self.by = Some(by.into());
        self
    }

    /// With its end.
    #[must_use]
    pub fn until(mut self, until: Option<i64>) -> Self {
        self.until = until;
        self
    }
}

/// What became of a candidate.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
    /// It is chosen.
    Chosen(Win),
    /// It lost.
    Refused(Loss),
}

/// What a chosen candidate won.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Win {
    /// Its channel.
    pub channel: Option<Text>,
    /// The customer's address there.
    pub address: Option<Text>,
    /// The other channels that would have done, in order.
    pub fallback: Vec<Text>,
    /// Its score, where it was ordered by score.
    pub score: Option<f64>,
    /// The reasons of all rules that asked for it.
    pub reasons: Vec<Text>,
}
