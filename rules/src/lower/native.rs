//! The native code of a book: its conditions, its expressions, and the index over its rules.

use super::code::Frame;
use super::spine::{Operands, spine};
use super::{Condition, Expression, Ground, Lowering, Obstacle, SCRIPT_BYTES, list_names};
use crate::book::{CompiledExpression, RuleIx};
use crate::catalogue::{Catalogue, EventId};
use crate::facts::Facts;
use crate::index::atoms::Atoms;
use crate::index::reader::{Part, Reader};
use crate::index::{Index, Site};
use crate::language::lift;
use crate::language::tokens::scan;
use crate::language::tree::{Expr, Script};
use crate::layout::{Layout, Slot};
use crate::rule::{Function, Rule};
use crate::value::{Text, Value};
use hashbrown::HashSet;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// The functions that are conditions.
const CONDITIONS: [Function; 4] = [
    Function::Eligible,
    Function::Applicable,
    Function::Suitable,
    Function::When,
];

/// The native code of a book. Immutable, shared by all shards.
#[derive(Clone, Default)]
pub struct Native {
    rules: Vec<Arc<NativeRule>>,
    expressions: Vec<Option<Expression>>,
    index: Arc<Index>,
}

/// The native code of one rule.
#[derive(Default)]
pub(crate) struct NativeRule {
    conditions: [Option<Condition>; 4],
    on: Vec<EventId>,
    /// What the index may know of it, by event type, and what is left to be asked then.
    known: Vec<(EventId, Atoms, Rest)>,
}

/// What is left to be asked of a rule that the index found.
#[derive(Clone)]
enum Rest {
    /// Nothing: it is true.
    Nothing,
    /// Its operands that are no atoms, and the slots they read.
    Operands(Condition, Vec<Slot>),
    /// All of it.
    Whole,
}

/// A rule to be lowered.
struct Source<'a> {
    ix: RuleIx,
    rule: &'a Rule,
    script: &'a Script,
}

/// What of a rule is left to the interpreter.
pub(crate) struct Left {
    pub(crate) rule: RuleIx,
    pub(crate) function: Function,
    pub(crate) obstacle: Obstacle,
}

impl fmt::Debug for Native {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Native")
            .field("rules", &self.rules.len())
            .field("expressions", &self.expressions.len())
            .finish_non_exhaustive()
    }
}

/// What native code needs beside the facts; one per interpreter.
#[derive(Default)]
pub(crate) struct Workplace {
    /// The members of the lists, in the catalogue's order.
    pub(crate) lists: Vec<HashSet<Text>>,
    locals: Vec<Value>,
}

impl Workplace {
    pub(crate) fn new(catalogue: &Catalogue) -> Self {
        let members =
            |list: &crate::catalogue::policy::List| list.members.iter().cloned().collect();
        Self {
            lists: catalogue.lists.iter().map(members).collect(),
            locals: Vec::new(),
        }
    }

    /// The answer; `None`: the interpreter must be asked.
    pub(crate) fn holds(&mut self, condition: &Condition, facts: &mut Facts) -> Option<bool> {
        let mut frame = self.frame(condition.locals, facts);
        (condition.run)(&mut frame)
    }

    /// The value; `None`: the interpreter must be asked.
    pub(crate) fn value(&mut self, expression: &Expression, facts: &mut Facts) -> Option<Value> {
        let mut frame = self.frame(expression.locals, facts);
        (expression.run)(&mut frame)
    }

    fn frame<'a>(&'a mut self, locals: usize, facts: &'a mut Facts) -> Frame<'a> {
        if self.locals.len() < locals {
            self.locals.resize(locals, Value::Missing);
        }
        Frame {
            facts,
            lists: &self.lists,
            locals: &mut self.locals,
            work: 0,
        }
    }
}

impl Native {
    /// Lowers a book. `script` gives the tree of a rule; without one the rule stays interpreted.
    pub(crate) fn build<'s>(
        catalogue: &Catalogue,
        layout: &Layout,
        rules: &[Rule],
        by_event: &[Vec<RuleIx>],
        expressions: &[CompiledExpression],
        script: impl Fn(&Rule) -> Option<&'s Script>,
    ) -> (Self, Vec<Left>) {
        let lists = list_names(catalogue);
        let all: Vec<EventId> = (0u16..)
            .zip(&catalogue.events)
            .map(|(at, _)| EventId(at))
            .collect();
        let ground = Ground {
            catalogue,
            layout,
            lists: &lists,
            all: &all,
        };
        let mut native = Self {
            expressions: expressions.iter().map(|e| of_text(ground, e)).collect(),
            ..Self::default()
        };
        let mut left = Vec::new();
        for (at, rule) in (0u16..).zip(rules) {
            let one = match script(rule).filter(|_| rule.source.len() <= SCRIPT_BYTES) {
                Some(script) => {
                    let text = Source {
                        ix: RuleIx(at),
                        rule,
                        script,
                    };
                    native.rule(ground, catalogue, &text, expressions, &mut left)
                }
                None => NativeRule::default(),
            };
            native.rules.push(Arc::new(one));
        }
        native.index = Arc::new(native.indexed(Site { catalogue, layout }, by_event));
        (native, left)
    }

    fn rule(
        &mut self,
        ground: Ground<'_>,
        catalogue: &Catalogue,
        source: &Source<'_>,
        expressions: &[CompiledExpression],
        left: &mut Vec<Left>,
    ) -> NativeRule {
        let (rule, script) = (source.rule, source.script);
        let mut one = NativeRule {
            on: rule.header.on.clone(),
            ..NativeRule::default()
        };
        for (nth, function) in CONDITIONS.into_iter().enumerate() {
            let (Some(def), Some(body)) = (script.function(function.name()), rule.body(function))
            else {
                continue;
            };
            let lowering = Lowering::of_rule(ground, rule, script, &body.reads);
            let operands = spine(def).filter(|_| function == Function::When);
            let (condition, obstacles) = match operands {
                None => lowering.function(def),
                Some((parts, parameters)) => {
                    let (operands, obstacles) = lowering.operands(parts, &parameters);
                    self.keep_operands(rule, &operands);
                    let reader = |event| {
                        Reader::new(ground.layout, catalogue, rule, script, event, &parameters)
                    };
                    one.know(&operands, parts, &reader, |nth| {
                        let id = rule.operands.get(nth)?.expression.0;
                        Some(&*expressions.get(usize::try_from(id).ok()?)?.reads)
                    });
                    (operands.all(0..parts.len()), obstacles)
                }
            };
            if let Some(place) = one.conditions.get_mut(nth) {
                *place = condition;
            }
            left.extend(obstacles.into_iter().map(|obstacle| Left {
                rule: source.ix,
                function,
                obstacle,
            }));
        }
        one
    }

    /// The operands of a rule are expressions of the book.
    fn keep_operands(&mut self, rule: &Rule, operands: &Operands) {
        for (nth, operand) in rule.operands.iter().enumerate() {
            let home = usize::try_from(operand.expression.0).unwrap_or(usize::MAX);
            if let (Some(Condition { run, locals }), Some(place)) =
                (operands.one(nth), self.expressions.get_mut(home))
            {
                *place = Some(Expression {
                    run: Arc::new(move |f| run(f).map(Value::Bool)),
                    locals,
                });
            }
        }
    }

    fn indexed(&self, site: Site<'_>, by_event: &[Vec<RuleIx>]) -> Index {
        let known = |event: EventId, ix: RuleIx| {
            let (atoms, _) = self.rules.get(usize::from(ix.0))?.known_on(event)?;
            Some(atoms)
        };
        Index::build(site, by_event, &known)
    }

    /// The same for a book with these rules alone: by new place, the old one.
    pub(crate) fn only(
        &self,
        site: Site<'_>,
        by_event: &[Vec<RuleIx>],
        kept: &[RuleIx],
        expressions: &[CompiledExpression],
    ) -> Self {
        let rule = |ix: &RuleIx| self.rules.get(usize::from(ix.0)).cloned();
        let mut native = Self {
            rules: kept.iter().map(|ix| rule(ix).unwrap_or_default()).collect(),
            expressions: self.expressions.clone(),
            index: Arc::default(),
        };
        for (native, expression) in native.expressions.iter_mut().zip(expressions) {
            // The operand of a rule that is not there any more.
            if expression.rule.is_none() && expression.reads.is_empty() {
                *native = None;
            }
        }
        native.index = Arc::new(native.indexed(site, by_event));
        native
    }

    /// The index over the rules.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// True when the condition has native code, be it to its end or not.
    #[must_use]
    pub fn has(&self, rule: RuleIx, function: Function) -> bool {
        let one = self.rules.get(usize::from(rule.0));
        one.is_some_and(|one| one.condition(function).is_some())
    }

    pub(crate) fn condition(
        &self,
        rule: RuleIx,
        function: Function,
        event: Option<EventId>,
    ) -> Option<&Condition> {
        let rule = self.rules.get(usize::from(rule.0))?;
        // Slots were chosen for the events that the rule is evaluated on.
        let fits = event.is_some_and(|event| rule.on.contains(&event));
        rule.condition(function).filter(|_| fits)
    }

    /// The slots that are still to be read when the index has found this rule on an event of this
    /// type, for [`crate::interpreter::Interpreter::confirm`]. `None`: the whole condition is asked.
    #[must_use]
    pub fn rest(&self, rule: RuleIx, event: EventId) -> Option<&[Slot]> {
        match self.rules.get(usize::from(rule.0))?.known_on(event)?.1 {
            Rest::Nothing => Some(&[]),
            Rest::Operands(_, reads) => Some(reads),
            Rest::Whole => None,
        }
    }

    /// What the operands say that the index does not answer for. `None`: the whole condition is asked.
    pub(crate) fn confirm(
        &self,
        rule: RuleIx,
        facts: &mut Facts,
        workplace: &mut Workplace,
    ) -> Option<bool> {
        let known = self
            .rules
            .get(usize::from(rule.0))?
            .known_on(facts.event()?);
        match known?.1 {
            Rest::Nothing => Some(true),
            Rest::Operands(condition, _) => workplace.holds(condition, facts),
            Rest::Whole => None,
        }
    }

    pub(crate) fn expression(&self, at: usize) -> Option<&Expression> {
        self.expressions.get(at)?.as_ref()
    }
}

impl NativeRule {
    fn condition(&self, function: Function) -> Option<&Condition> {
        let at = CONDITIONS.iter().position(|known| *known == function)?;
        self.conditions.get(at)?.as_ref()
    }

    fn known_on(&self, event: EventId) -> Option<(&Atoms, &Rest)> {
        let found = self.known.iter().find(|(known, ..)| *known == event);
        found.map(|(_, atoms, rest)| (atoms, rest))
    }

    /// Notes what the index may know, on each event type of the rule. `reads` gives what an operand
    /// reads.
    fn know<'a>(
        &mut self,
        operands: &Operands,
        parts: &[Expr],
        reader: &dyn Fn(EventId) -> Reader<'a>,
        reads: impl Fn(usize) -> Option<&'a [Slot]>,
    ) {
        let parts: Vec<Part<'_>> = (parts.iter().enumerate())
            .map(|(nth, expr)| Part {
                expr,
                total: operands.is_total(nth),
            })
            .collect();
        for event in self.on.clone() {
            let atoms = reader(event).atoms(&parts);
            let places = atoms.rest.iter().copied();
            let slots: Option<BTreeSet<Slot>> =
                places
                    .clone()
                    .map(&reads)
                    .try_fold(BTreeSet::new(), |mut all, reads| {
                        all.extend(reads?);
                        Some(all)
                    });
            let rest = match (operands.all(places), slots) {
                _ if atoms.rest.is_empty() => Rest::Nothing,
                (Some(condition), Some(slots)) => {
                    Rest::Operands(condition, slots.into_iter().collect())
                }
                _ => Rest::Whole,
            };
            self.known.push((event, atoms, rest));
        }
    }
}

/// The native code of an expression of the catalogue.
fn of_text(ground: Ground<'_>, expression: &CompiledExpression) -> Option<Expression> {
    if expression.rule.is_some() || expression.reads.is_empty() {
        return None;
    }
    let tree = lift::expression(&expression.text, &scan(&expression.text)).ok()?;
    let lowering = Lowering::of_expression(ground, expression);
    lowering.value(&tree, &expression.parameters).ok()
}
