//! The native code of a book: its conditions, its expressions, and the index over its rules.

use super::code::Frame;
use super::{Condition, Expression, Ground, Lowering, Obstacle, SCRIPT_BYTES, list_names};
use crate::book::{CompiledExpression, RuleIx};
use crate::catalogue::{Catalogue, EventId};
use crate::facts::Facts;
use crate::index::Index;
use crate::index::atoms::{Atoms, atoms};
use crate::language::lift;
use crate::language::tokens::scan;
use crate::language::tree::{Expr, ExprKind, FnDef, Script, StmtKind};
use crate::layout::Layout;
use crate::rule::{Function, Rule};
use crate::value::{Text, Value};
use hashbrown::HashSet;
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
    /// What the index may know of it, by event type.
    atoms: Vec<(EventId, Atoms)>,
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
                Some(script) => native.rule(ground, catalogue, RuleIx(at), rule, script, &mut left),
                None => NativeRule::default(),
            };
            native.rules.push(Arc::new(one));
        }
        native.index = Arc::new(native.indexed(layout, by_event));
        (native, left)
    }

    fn rule(
        &mut self,
        ground: Ground<'_>,
        catalogue: &Catalogue,
        ix: RuleIx,
        rule: &Rule,
        script: &Script,
        left: &mut Vec<Left>,
    ) -> NativeRule {
        let mut one = NativeRule {
            on: rule.header.on.clone(),
            ..NativeRule::default()
        };
        for (place, function) in one.conditions.iter_mut().zip(CONDITIONS) {
            let (Some(def), Some(body)) = (script.function(function.name()), rule.body(function))
            else {
                continue;
            };
            let (condition, obstacles) =
                Lowering::of_rule(ground, rule, script, &body.reads).function(def);
            *place = condition;
            left.extend(obstacles.into_iter().map(|obstacle| Left {
                rule: ix,
                function,
                obstacle,
            }));
        }
        let when = script.function(Function::When.name());
        if let Some((parts, parameters)) = when.and_then(spine) {
            let certain = self.operands(ground, rule, script, parts, &parameters);
            let certain = parts.get(..certain).unwrap_or(parts);
            for event in &rule.header.on {
                let found = atoms(ground.layout, catalogue, rule, *event, certain, &parameters);
                one.atoms.push((*event, found));
            }
        }
        one
    }

    /// Lowers the operands of `when`; gives how many of the first ones cannot raise. Which of those
    /// behind them count for the index is for the interpreter to find out.
    fn operands(
        &mut self,
        ground: Ground<'_>,
        rule: &Rule,
        script: &Script,
        parts: &[Expr],
        parameters: &(Text, Text),
    ) -> usize {
        let reads = rule.body(Function::When).map_or(&[][..], |b| &b.reads);
        let mut certain = None;
        for (nth, part) in parts.iter().enumerate() {
            let lowering = Lowering::of_rule(ground, rule, script, reads);
            let (condition, total) = lowering.operand(part, parameters);
            if !total && certain.is_none() {
                // It may itself be indexed: its value is known before anything is decided by it.
                certain = Some(nth + 1);
            }
            let home = rule.operands.get(nth).map(|operand| operand.expression.0);
            let home = home.and_then(|id| usize::try_from(id).ok());
            if let (Some(home), Some(condition)) = (home, condition)
                && let Some(place) = self.expressions.get_mut(home)
            {
                let Condition { run, locals } = condition;
                *place = Some(Expression {
                    run: Arc::new(move |f| run(f).map(Value::Bool)),
                    locals,
                });
            }
        }
        certain.unwrap_or(parts.len())
    }

    fn indexed(&self, layout: &Layout, by_event: &[Vec<RuleIx>]) -> Index {
        let known = |event: EventId, ix: RuleIx| {
            let rule = self.rules.get(usize::from(ix.0))?;
            let found = rule.atoms.iter().find(|(known, _)| *known == event);
            found.map(|(_, atoms)| atoms)
        };
        Index::build(layout, by_event, &known)
    }

    /// The same for a book with these rules alone: by new place, the old one.
    pub(crate) fn only(
        &self,
        layout: &Layout,
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
        native.index = Arc::new(native.indexed(layout, by_event));
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

    pub(crate) fn expression(&self, at: usize) -> Option<&Expression> {
        self.expressions.get(at)?.as_ref()
    }
}

impl NativeRule {
    fn condition(&self, function: Function) -> Option<&Condition> {
        let at = CONDITIONS.iter().position(|known| *known == function)?;
        self.conditions.get(at)?.as_ref()
    }
}

/// The operands of the `&&` spine of a function that is one expression, with its parameters.
fn spine(def: &FnDef) -> Option<(&[Expr], (Text, Text))> {
    let ([event, customer], [only]) = (def.params.as_slice(), def.body.as_slice()) else {
        return None;
    };
    let StmtKind::Expr(expr) = &only.kind else {
        return None;
    };
    let parts = match &expr.kind {
        ExprKind::And(parts) => parts.as_slice(),
        _ => std::slice::from_ref(expr),
    };
    Some((parts, (event.clone(), customer.clone())))
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
