//! The book: the catalogue and all compiled rules of one generation. Immutable, shared, swapped whole.

use crate::catalogue::{Catalogue, EventId};
use crate::index::Site;
use crate::layout::{Layout, Slot};
use crate::lower::Native;
use crate::rule::Rule;
use crate::value::{Text, Type};
use std::sync::Arc;

/// An expression of the book, by its place in [`Book::expressions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExpressionId(pub u32);

/// A rule, by its place in [`Book::rules`]; places follow the order of rule ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleIx(pub u16);

/// A typed expression of a catalogue file, or an operand of a rule.
#[derive(Clone, Debug)]
pub struct CompiledExpression {
    /// Its text, constants folded in.
    pub text: String,
    /// The names of its two parameters, `event` and `customer` unless a rule renamed them.
    pub parameters: (Text, Text),
    /// The type of its value.
    pub ty: Type,
    /// True when its value may be missing.
    pub optional: bool,
    /// Every slot it can read, sorted.
    pub reads: Vec<Slot>,
    /// The rule whose helper functions it may call; operands only.
    pub rule: Option<RuleIx>,
}

/// The catalogue and all compiled rules of one generation.
#[derive(Clone, Debug)]
pub struct Book {
    /// The catalogue, with the anonymous features of inline windows appended.
    pub catalogue: Catalogue,
    /// Its slots.
    pub layout: Layout,
    /// All rules, sorted by id.
    pub rules: Vec<Rule>,
    /// By event type: the rules evaluated on it (modes live and shadow), in order.
    pub by_event: Vec<Vec<RuleIx>>,
    /// Expressions, by id.
    pub expressions: Vec<CompiledExpression>,
    /// By event type: every slot its rules, their offers and channels can read, sorted: what a
    /// decision record holds.
    pub record: Vec<Vec<Slot>>,
    /// 12 hex digits of the SHA-256 over catalogue files and rule versions.
    pub hash: Text,
    /// The native code of its conditions and expressions, and the index over its rules.
    pub native: Arc<Native>,
}

impl Book {
    /// The rule.
    #[must_use]
    pub fn rule(&self, rule: RuleIx) -> Option<&Rule> {
        self.rules.get(usize::from(rule.0))
    }

    /// The rule called `id`.
    #[must_use]
    pub fn rule_named(&self, id: &str) -> Option<(RuleIx, &Rule)> {
        let place = self.rules.binary_search_by(|rule| rule.id.as_str().cmp(id));
        let at = place.ok()?;
        Some((RuleIx(u16::try_from(at).ok()?), self.rules.get(at)?))
    }

    /// The rules evaluated on this event type.
    #[must_use]
    pub fn rules_on(&self, event: EventId) -> &[RuleIx] {
        self.by_event
            .get(usize::from(event.0))
            .map_or(&[], Vec::as_slice)
    }

    /// The expression.
    #[must_use]
    pub fn expression(&self, id: ExpressionId) -> Option<&CompiledExpression> {
        self.expressions.get(usize::try_from(id.0).ok()?)
    }

    /// The same book with these rules alone. The catalogue and its policy stay, and so do the places
    /// of slots and expressions; the code of the other rules is left out.
    #[must_use]
    pub fn only(&self, ids: &[Text]) -> Self {
        let mut places: Vec<Option<RuleIx>> = Vec::with_capacity(self.rules.len());
        let mut rules: Vec<Rule> = Vec::new();
        let mut kept: Vec<RuleIx> = Vec::new();
        for (at, rule) in (0u16..).zip(&self.rules) {
            places.push(ids.contains(&rule.id).then(|| {
                kept.push(RuleIx(at));
                rules.push(rule.clone());
                RuleIx(u16::try_from(rules.len() - 1).unwrap_or(u16::MAX))
            }));
        }
        let moved = |ix: &RuleIx| places.get(usize::from(ix.0)).copied().flatten();
        let left = |expression: &CompiledExpression| match &expression.rule {
            None => expression.clone(),
            Some(ix) => match moved(ix) {
                Some(ix) => CompiledExpression {
                    rule: Some(ix),
                    ..expression.clone()
                },
                None => CompiledExpression {
                    text: "false".to_owned(),
                    parameters: expression.parameters.clone(),
                    ty: Type::Bool,
                    optional: false,
                    reads: Vec::new(),
                    rule: None,
                },
            },
        };
        let by_event: Vec<Vec<RuleIx>> = (self.by_event.iter())
            .map(|on| on.iter().filter_map(moved).collect())
            .collect();
        let expressions: Vec<CompiledExpression> = self.expressions.iter().map(left).collect();
        let site = Site {
            catalogue: &self.catalogue,
            layout: &self.layout,
        };
        let native = self.native.only(site, &by_event, &kept, &expressions);
        Self {
            catalogue: self.catalogue.clone(),
            layout: self.layout.clone(),
            rules,
            by_event,
            expressions,
            record: self.record.clone(),
            hash: self.hash.clone(),
            native: Arc::new(native),
        }
    }
}
