//! Counters per rule: how often it was reached, what became of it, and which condition was false.

mod heirs;

pub use heirs::{Heard, Heirs};

use crate::pattern::PatternTally;
use crate::refusal::Refusal;
use crate::scene::Scene;
use rules::book::{Book, RuleIx};
use rules::catalogue::EventId;
use rules::catalogue::pattern::Pattern;
use rules::finding::Words;
use rules::rule::Rule;
use rules::value::Value;
use std::collections::BTreeMap;

/// How far operands of a condition are looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Depth {
    /// Not at all: the condition is one thing.
    #[default]
    Whole,
    /// Of a false condition, from left to right, up to the first false one.
    FirstFalse,
    /// Each operand of each condition, for coverage.
    Each,
}

/// One operand's counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OperandTally {
    /// It was true.
    pub held: u64,
    /// It was false.
    pub failed: u64,
}

impl OperandTally {
    /// How often it was evaluated.
    #[must_use]
    pub fn evaluated(&self) -> u64 {
        self.held + self.failed
    }
}

/// One rule's counters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleTally {
    /// Events that reached it.
    pub reached: u64,
    /// Its condition was true.
    pub held: u64,
    /// Its condition was false.
    pub failed: u64,
    /// It could not be evaluated.
    pub errors: u64,
    /// Events for which a candidate of it was chosen.
    pub chosen: u64,
    /// Candidates of it that were refused, by code.
    pub refused: BTreeMap<Refusal, u64>,
    /// The operands of its condition, as far as they were looked into.
    pub operands: Vec<OperandTally>,
}

impl RuleTally {
    /// Adds the counters of the same rule elsewhere.
    pub fn merge(&mut self, other: &Self) {
        self.reached += other.reached;
        self.held += other.held;
        self.failed += other.failed;
        self.errors += other.errors;
        self.chosen += other.chosen;
        for (code, count) in &other.refused {
            *self.refused.entry(*code).or_default() += count;
        }
        if self.operands.len() < other.operands.len() {
            self.operands
                .resize(other.operands.len(), OperandTally::default());
        }
        for (mine, theirs) in self.operands.iter_mut().zip(&other.operands) {
            mine.held += theirs.held;
            mine.failed += theirs.failed;
        }
    }
}

/// Counters of all rules, in rule order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// By place of the rule.
    pub rules: Vec<RuleTally>,
    /// By place of the pattern.
    pub patterns: Vec<PatternTally>,
    /// How far operands are looked into.
    pub depth: Depth,
    /// What the index has not counted yet.
    pub indexed: Indexed,
    /// Changes of segments that made no step, because marks had made too many before.
    pub cascades_cut: u64,
    /// Customers told of events of no customer.
    pub told: u64,
    /// Rounds that were told to nobody, because too many ran.
    pub rounds_cut: u64,
}

/// Events whose rules were found by the index: a rule that it left out was reached and false, and is
/// counted when somebody wants to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Indexed {
    events: BTreeMap<EventId, u64>,
    /// By place of the rule: how often it was found.
    found: Vec<u64>,
}

impl Tally {
    /// Zero for every rule of the book.
    #[must_use]
    pub fn new(book: &Book, depth: Depth) -> Self {
        Self {
            rules: vec![RuleTally::default(); book.rules.len()],
            patterns: (book.catalogue.patterns.iter())
                .map(|pattern| PatternTally::new(pattern.steps.len()))
                .collect(),
            depth,
            indexed: Indexed::default(),
            cascades_cut: 0,
            told: 0,
            rounds_cut: 0,
        }
    }

    /// Goes on under another book, rule by rule; operands start anew where the rule is another. No rule is looked
    /// at and nothing is copied: events wait for it.
    pub(crate) fn succeed(
        mut self,
        (former, heard): (&Book, &Heard),
        book: &Book,
        heirs: &Heirs,
    ) -> Self {
        self.settle(heard);
        let patterns = self.patterns_under(former, book);
        Self {
            rules: heirs.share_out(self.rules),
            patterns,
            depth: self.depth,
            indexed: Indexed::default(),
            cascades_cut: self.cascades_cut,
            told: self.told,
            rounds_cut: self.rounds_cut,
        }
    }

    /// A pattern of the same name and as many steps goes on.
    fn patterns_under(&self, former: &Book, book: &Book) -> Vec<PatternTally> {
        let of = |pattern: &Pattern| {
            let mut old = former.catalogue.patterns.iter().zip(&self.patterns);
            let same = |(p, _): &(&Pattern, &PatternTally)| {
                p.name == pattern.name && p.steps.len() == pattern.steps.len()
            };
            let counted = old.find(same).map(|(_, counts)| counts.clone());
            counted.unwrap_or_else(|| PatternTally::new(pattern.steps.len()))
        };
        book.catalogue.patterns.iter().map(of).collect()
    }

    /// The counters of a pattern.
    pub(crate) fn pattern(&mut self, place: usize) -> Option<&mut PatternTally> {
        self.patterns.get_mut(place)
    }

    /// Notes the rules that the index found for an event.
    pub(crate) fn found(&mut self, event: EventId, rules: &[RuleIx]) {
        *self.indexed.events.entry(event).or_default() += 1;
        if self.indexed.found.len() < self.rules.len() {
            self.indexed.found.resize(self.rules.len(), 0);
        }
        for ix in rules {
            if let Some(found) = self.indexed.found.get_mut(usize::from(ix.0)) {
                *found += 1;
            }
        }
    }

    /// The counters with what the index left out.
    #[must_use]
    pub fn settled(&self, heard: &Heard) -> Self {
        let mut all = self.clone();
        all.settle(heard);
        all
    }

    fn settle(&mut self, heard: &Heard) {
        let indexed = std::mem::take(&mut self.indexed);
        for (at, (on, counts)) in heard.iter().zip(&mut self.rules).enumerate() {
            let events: u64 = on
                .iter()
                .filter_map(|event| indexed.events.get(event))
                .sum();
            let found = indexed.found.get(at).copied().unwrap_or(0);
            let left_out = events.saturating_sub(found);
            counts.reached += left_out;
            counts.failed += left_out;
        }
    }

    fn of(&mut self, ix: RuleIx) -> Option<&mut RuleTally> {
        self.rules.get_mut(usize::from(ix.0))
    }

    pub(crate) fn reached(&mut self, ix: RuleIx) {
        if let Some(rule) = self.of(ix) {
            rule.reached += 1;
        }
    }

    pub(crate) fn erred(&mut self, ix: RuleIx) {
        if let Some(rule) = self.of(ix) {
            rule.errors += 1;
        }
    }

    pub(crate) fn chosen(&mut self, ix: RuleIx) {
        if let Some(rule) = self.of(ix) {
            rule.chosen += 1;
        }
    }

    pub(crate) fn refused(&mut self, ix: RuleIx, code: Refusal) {
        if let Some(rule) = self.of(ix) {
            *rule.refused.entry(code).or_default() += 1;
        }
    }

    /// Notes what the condition was, and why it was false as far as [`Depth`] asks.
    pub(crate) fn judged(&mut self, scene: &mut Scene<'_>, ix: RuleIx, held: bool) {
        let depth = self.depth;
        let Some(tally) = self.of(ix) else {
            return;
        };
        if held {
            tally.held += 1;
        } else {
            tally.failed += 1;
        }
        let book = scene.book;
        let Some(rule) = book.rule(ix).filter(|_| depth != Depth::Whole) else {
            return;
        };
        tally
            .operands
            .resize(rule.operands.len(), OperandTally::default());
        for (operand, counts) in rule.operands.iter().zip(&mut tally.operands) {
            // A true conjunction needs no second look: every operand was true.
            let value = if held {
                Ok(Value::Bool(true))
            } else {
                scene.expression(operand.expression)
            };
            match value {
                Ok(Value::Bool(true)) => counts.held += 1,
                Ok(Value::Bool(false)) => counts.failed += 1,
                // Behind a false guard an operand may not be evaluable at all.
                _ => {}
            }
            if depth == Depth::FirstFalse && !matches!(value, Ok(Value::Bool(true))) {
                return;
            }
        }
    }

    /// Adds the counters of another shard.
    pub fn merge(&mut self, other: Self) {
        if *self == Self::default() {
            // Of thousands of rules nothing is added to.
            *self = other;
            return;
        }
        self.cascades_cut += other.cascades_cut;
        self.told += other.told;
        self.rounds_cut += other.rounds_cut;
        if self.rules.len() < other.rules.len() {
            self.rules
                .resize_with(other.rules.len(), RuleTally::default);
        }
        if self.patterns.len() < other.patterns.len() {
            self.patterns
                .resize_with(other.patterns.len(), PatternTally::default);
        }
        for (mine, theirs) in self.patterns.iter_mut().zip(&other.patterns) {
            mine.merge(theirs);
        }
        for (mine, theirs) in self.rules.iter_mut().zip(&other.rules) {
            mine.merge(theirs);
        }
    }

    /// One sentence per pattern, in declared order: how many got to each step, and what became of them.
    #[must_use]
    pub fn patterns_told(&self, book: &Book) -> Vec<Words> {
        let patterns = book.catalogue.patterns.iter().zip(&self.patterns);
        patterns
            .map(|(pattern, tally)| tally.told(pattern))
            .collect()
    }

    /// One sentence per rule, in rule order: what became of it and what stood in its way most often.
    #[must_use]
    pub fn why_not(&self, book: &Book) -> Vec<Words> {
        book.rules
            .iter()
            .zip(&self.rules)
            .map(|(rule, tally)| sentence(rule, tally))
            .collect()
    }
}

fn sentence(rule: &Rule, tally: &RuleTally) -> Words {
    let mut en = format!("{}: reached by {}", rule.id, events(tally.reached));
    let mut zh = format!("{}：{} 个事件到达", rule.id, tally.reached);
    if tally.reached == 0 {
        return Words::new(en, zh);
    }
    en.push_str(&format!(", true {}, chosen {}", tally.held, tally.chosen));
    zh.push_str(&format!("，成立 {}，选中 {}", tally.held, tally.chosen));
    if tally.errors > 0 {
        en.push_str(&format!(", errors {}", tally.errors));
        zh.push_str(&format!("，出错 {}", tally.errors));
    }
    let worst = rule
        .operands
        .iter()
        .zip(&tally.operands)
        .filter(|(_, counts)| counts.failed > 0)
        .rev()
        .max_by_key(|(_, counts)| counts.failed);
    if let Some((operand, counts)) = worst {
        en.push_str(&format!(
            "; most often false: `{}` ({})",
            operand.text, counts.failed
        ));
        zh.push_str(&format!(
            "；最常不成立：`{}`（{}）",
            operand.text, counts.failed
        ));
    }
    let refused = tally.refused.iter().rev().max_by_key(|(_, count)| **count);
    if let Some((code, count)) = refused {
        en.push_str(&format!("; most often refused: {} ({count})", code.code()));
        zh.push_str(&format!("；最常被拒：{}（{count}）", code.code()));
    }
    Words::new(en, zh)
}

fn events(count: u64) -> String {
    if count == 1 {
        "1 event".to_owned()
    } else {
        format!("{count} events")
    }
}

#[cfg(test)]
mod tests;
