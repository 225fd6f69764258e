//! What the cases of a rule show of it: that it fires, that it does not, that it is refused, and each
//! operand of its condition both true and false.

use engine::tally::{RuleTally, Tally};
use rules::book::Book;
use rules::finding::Words;
use rules::rule::{Mode, Operand, Rule};
use rules::value::Text;
use std::collections::BTreeMap;

/// What was seen of one rule over all its runs.
#[derive(Default)]
pub(super) struct Coverage {
    /// Runs in which its condition was true.
    pub(super) fires: usize,
    /// Runs in which it did not fire, or in which its condition was false at some event.
    pub(super) does_not: usize,
    /// Runs in which a candidate of it was refused.
    pub(super) refused: usize,
    /// All counters.
    pub(super) tally: RuleTally,
}

impl Coverage {
    pub(super) fn add(&mut self, run: &RuleTally) {
        self.fires += usize::from(run.held > 0);
        self.does_not += usize::from(run.held == 0 || run.failed > 0);
        self.refused += usize::from(!run.refused.is_empty());
        self.tally.merge(run);
    }

    /// What a rule must show and does not.
    pub(super) fn lacks(&self, rule: &Rule) -> Vec<Words> {
        let mut lacks = Vec::new();
        if rule.header.mode == Mode::Off {
            return lacks;
        }
        if self.fires == 0 {
            lacks.push(Words::new("no case in which it fires", "没有触发的用例"));
        }
        if self.does_not == 0 {
            lacks.push(Words::new(
                "no case in which it does not fire",
                "没有不触发的用例",
            ));
        }
        lacks
    }

    /// Operands that were not seen both true and false: the operand, and whether it was seen true.
    pub(super) fn one_sided<'r>(&self, rule: &'r Rule) -> Vec<(&'r Operand, bool, bool)> {
        let counts = |at: usize| self.tally.operands.get(at).copied().unwrap_or_default();
        let all = rule.operands.iter().enumerate();
        all.map(|(at, operand)| (operand, counts(at).held > 0, counts(at).failed > 0))
            .filter(|(_, held, failed)| !(*held && *failed))
            .collect()
    }
}

/// One sentence per rule: what became of it, and what stood in its way most often.
pub(super) fn why_not(book: &Book, all: &BTreeMap<Text, Coverage>) -> Vec<Words> {
    let of = |rule: &Rule| {
        all.get(&rule.id)
            .map(|c| c.tally.clone())
            .unwrap_or_default()
    };
    let tally = Tally {
        rules: book.rules.iter().map(of).collect(),
        ..Tally::default()
    };
    let sentences = tally.why_not(book).into_iter().zip(&book.rules);
    let proved = sentences.filter(|(_, rule)| all.contains_key(&rule.id));
    proved.map(|(words, _)| words).collect()
}
