//! Conditions and expressions as native code over typed slots.
//!
//! The interpreter is the oracle. What is lowered reads the same slots in the same order and gives the
//! same value; wherever the interpreter would raise, native code has no value and the interpreter is
//! asked again, so that every error is worded and placed in one room. A loop, an assignment, or
//! anything unknown stays with the interpreter from the place on where it stands: what comes before it
//! is native, and [`Obstacle`] says why the rest is not.

mod bound;
mod calls;
pub(crate) mod code;
mod flow;
mod functions;
mod membership;
mod native;
pub(crate) mod op;
mod operators;
mod paths;
mod spine;
#[cfg(test)]
mod tests;

use crate::book::CompiledExpression;
use crate::catalogue::{Catalogue, EventId};
use crate::finding::Words;
use crate::language::tree::{At, Expr, ExprKind, FnDef, Script};
use crate::layout::{Layout, Slot};
use crate::rule::Rule;
use crate::value::{Text, Value};
use code::{Code, Fun, Node};
pub use native::Native;
pub(crate) use native::{Left, Workplace};
use op::Op;
pub(crate) use paths::unit;
pub(crate) use spine::spine;
use std::sync::Arc;

/// Nodes of one text, helpers put in: well within the steps the interpreter allows a call, so that
/// nothing runs natively which the interpreter would stop.
const NODES: usize = 2_000;

/// The longest script that the interpreter compiles.
pub(crate) const SCRIPT_BYTES: usize = 32 * 1024;

/// Why a condition is not native, or not to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// What stands in the way.
    pub what: What,
    /// Where.
    pub at: At,
}

/// What has no native form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A loop.
    Loop,
    /// A variable that changes.
    Assignment,
    /// A `switch` over something else than texts, or with guards.
    Switch,
    /// Too much, or helpers calling helpers too deeply.
    Size,
    /// Another statement.
    Statement,
    /// Another expression.
    Expression,
}

impl What {
    /// For people.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Loop => Words::new("a loop", "循环"),
            Self::Assignment => Words::new("a variable that changes", "会改变的变量"),
            Self::Switch => Words::new(
                "a `switch` over something else than words, or with conditions",
                "非文本或带条件的 `switch`",
            ),
            Self::Size => Words::new("its size", "篇幅过大"),
            Self::Statement => Words::new("this statement", "此语句"),
            Self::Expression => Words::new("this expression", "此表达式"),
        }
    }
}

/// The world of the texts to lower.
#[derive(Clone, Copy)]
pub(crate) struct Ground<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) layout: &'a Layout,
    pub(crate) lists: &'a [Text],
    pub(crate) all: &'a [EventId],
}

/// The names of the catalogue's lists, in its order.
pub(crate) fn list_names(catalogue: &Catalogue) -> Vec<Text> {
    catalogue.lists.iter().map(|l| l.name.clone()).collect()
}

/// The lowering of one text.
pub(crate) struct Lowering<'a> {
    catalogue: &'a Catalogue,
    layout: &'a Layout,
    lists: &'a [Text],
    events: &'a [EventId],
    /// The slots that the text can read, sorted.
    reads: &'a [Slot],
    constants: &'a [(Text, Value)],
    script: Option<&'a Script>,
    scopes: Vec<Vec<(Text, Node)>>,
    locals: usize,
    nodes: usize,
    calls: usize,
    obstacles: Vec<Obstacle>,
}

/// A condition's native code.
#[derive(Clone)]
pub(crate) struct Condition {
    pub(crate) run: Fun<bool>,
    /// Variables it needs.
    pub(crate) locals: usize,
}

/// An expression's native code.
#[derive(Clone)]
pub(crate) struct Expression {
    pub(crate) run: Fun<Value>,
    pub(crate) locals: usize,
}

impl<'a> Lowering<'a> {
    /// For a function of a rule that can read these slots.
    pub(crate) fn of_rule(
        ground: Ground<'a>,
        rule: &'a Rule,
        script: &'a Script,
        reads: &'a [Slot],
    ) -> Self {
        Self {
            catalogue: ground.catalogue,
            layout: ground.layout,
            lists: ground.lists,
            events: &rule.header.on,
            reads,
            constants: &rule.constants,
            script: Some(script),
            scopes: Vec::new(),
            locals: 0,
            nodes: 0,
            calls: 0,
            obstacles: Vec::new(),
        }
    }

    /// For an expression of the catalogue.
    pub(crate) fn of_expression(ground: Ground<'a>, expression: &'a CompiledExpression) -> Self {
        Self {
            catalogue: ground.catalogue,
            layout: ground.layout,
            lists: ground.lists,
            events: ground.all,
            reads: &expression.reads,
            constants: &[],
            script: None,
            scopes: Vec::new(),
            locals: 0,
            nodes: 0,
            calls: 0,
            obstacles: Vec::new(),
        }
    }

    fn enter(&mut self, event: &Text, customer: &Text) {
        let words = [(event, Code::Event), (customer, Code::Customer)];
        let bound = words.map(|(name, code)| (name.clone(), Node::new(code, true)));
        self.scopes = vec![bound.into()];
    }

    /// A function of a rule, and what of it is left to the interpreter.
    pub(crate) fn function(mut self, def: &FnDef) -> (Option<Condition>, Vec<Obstacle>) {
        let [event, customer] = def.params.as_slice() else {
            return (None, vec![self.obstacle(What::Statement, def.at)]);
        };
        self.enter(event, customer);
        let value = self.block(&def.body, true, true);
        let condition = self.condition(value, def.at);
        (condition, self.obstacles)
    }

    fn condition(&mut self, value: Result<Node, Obstacle>, at: At) -> Option<Condition> {
        match value.map(|node| node.code) {
            Ok(Code::Bool(run)) => Some(Condition {
                run,
                locals: self.locals,
            }),
            Ok(_) => {
                self.obstacles.push(self.obstacle(What::Expression, at));
                None
            }
            Err(obstacle) => {
                self.obstacles.push(obstacle);
                None
            }
        }
    }

    /// An expression of the catalogue. What it reads may be missing, where it is a word alone.
    pub(crate) fn value(
        mut self,
        expr: &Expr,
        parameters: &(Text, Text),
    ) -> Result<Expression, Obstacle> {
        self.enter(&parameters.0, &parameters.1);
        let node = self.expr(expr)?;
        if let Some(path) = node.path {
            let run: Fun<Value> = Arc::new(move |f| {
                let slot = path.slot(f)?;
                // An entity whose id was not asked for is no value.
                f.facts.is_computed(slot).then(|| f.facts.get(slot).clone())
            });
            return Ok(Expression { run, locals: 0 });
        }
        let obstacle = self.obstacle(What::Expression, expr.at);
        Ok(Expression {
            run: node.value().ok_or(obstacle)?,
            locals: self.locals,
        })
    }

    fn obstacle(&self, what: What, at: At) -> Obstacle {
        Obstacle { what, at }
    }

    fn spend(&mut self, nodes: usize, at: At) -> Result<(), Obstacle> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > NODES {
            return Err(self.obstacle(What::Size, at));
        }
        Ok(())
    }

    /// The variable, parameter or constant of that name.
    fn named(&self, name: &str) -> Option<Node> {
        let scopes = self.scopes.iter().rev();
        let bound = scopes.flat_map(|scope| scope.iter().rev());
        if let Some((_, node)) = bound.into_iter().find(|(known, _)| known == name) {
            return Some(node.clone());
        }
        let (_, value) = self.constants.iter().find(|(known, _)| known == name)?;
        Node::literal(value)
    }

    fn expr(&mut self, expr: &Expr) -> Result<Node, Obstacle> {
        self.spend(1, expr.at)?;
        let none = self.obstacle(What::Expression, expr.at);
        match &expr.kind {
            ExprKind::Bool(b) => Node::literal(&Value::Bool(*b)).ok_or(none),
            ExprKind::Int(n) => Node::literal(&Value::Int(*n)).ok_or(none),
            ExprKind::Decimal(d) => Node::literal(&Value::Decimal(*d)).ok_or(none),
            ExprKind::Text(text) => Node::literal(&Value::Text(text.clone())).ok_or(none),
            ExprKind::Name(name) => self.named(name).ok_or(none),
            ExprKind::Property(base, name, _) => self.property(base, name),
            ExprKind::Method(base, name, _, args) => self.method(base, name, args, expr),
            ExprKind::Call(name, args) => self.call(name, args, expr),
            ExprKind::And(items) => self.chain(items, true),
            ExprKind::Or(items) => self.chain(items, false),
            ExprKind::Unary(op, operand) => {
                let operand = self.expr(operand)?;
                operators::unary(op, operand).ok_or(none)
            }
            ExprKind::Binary(op, _, left, right) => {
                let (a, b) = (self.expr(left)?, self.expr(right)?);
                let node = match Op::named(op) {
                    Some(op) => operators::compare(op, a, b),
                    None => operators::arithmetic(op, a, b),
                };
                node.ok_or(none)
            }
            ExprKind::In {
                negated,
                needle,
                hay,
            } => {
                let found = self.membership(needle, hay)?;
                if *negated {
                    operators::unary("!", found).ok_or(none)
                } else {
                    Ok(found)
                }
            }
            ExprKind::Fallback(items) => self.fallback(items, expr.at),
            ExprKind::Range { from, to, closed } => self.range(from, to, *closed, expr.at),
            ExprKind::Block(body) => self.block(body, false, false),
            ExprKind::Nothing
            | ExprKind::Char(_)
            | ExprKind::Template(_)
            | ExprKind::List(_)
            | ExprKind::Map(_)
            | ExprKind::Index(..)
            | ExprKind::Refused(_) => Err(none),
        }
    }

    /// `a && b && …` and `a || b || …`. An operand without native form is handed over when it is
    /// reached, unless it is the first.
    fn chain(&mut self, items: &[Expr], all: bool) -> Result<Node, Obstacle> {
        let mut tests: Vec<Fun<bool>> = Vec::with_capacity(items.len());
        let mut total = true;
        for (n, item) in items.iter().enumerate() {
            let node = self.or_handed_over(n > 0, |l| l.expr(item))?;
            total &= node.total;
            match node.code {
                Code::Bool(test) => tests.push(test),
                _ => return Err(self.obstacle(What::Expression, item.at)),
            }
        }
        Ok(Node::truth(chained(tests, all), total))
    }

    /// `x ?? literal`
    fn fallback(&mut self, items: &[Expr], at: At) -> Result<Node, Obstacle> {
        let none = self.obstacle(What::Expression, at);
        let Some((last, before)) = items.split_last() else {
            return Err(none);
        };
        let mut value = self.expr(last)?;
        for item in before.iter().rev() {
            let node = self.expr(item)?;
            let path = node.path.clone().ok_or(none)?;
            let known = match &node.code {
                // The id of an entity may not have been asked for: then it is not missing either.
                Code::Ref(_) => {
                    let path = path.clone();
                    let there = paths::presence(path.clone());
                    let fun: Fun<bool> = Arc::new(move |f| {
                        let slot = path.slot(f)?;
                        if f.facts.is_computed(slot) {
                            there(f)
                        } else {
                            None
                        }
                    });
                    fun
                }
                _ => paths::presence_known(path),
            };
            value = code::choose(known, node, value).ok_or(none)?;
        }
        Ok(value)
    }

    fn range(&mut self, from: &Expr, to: &Expr, closed: bool, at: At) -> Result<Node, Obstacle> {
        let (from, to) = (self.expr(from)?, self.expr(to)?);
        let literal = matches!(to.literal, Some(Value::Int(n)) if closed || n > i64::MIN);
        let total = from.total && to.total && literal;
        match (from.code, to.code) {
            (Code::Int(from), Code::Int(to)) => {
                let last: Fun<i64> = if closed {
                    to
                } else {
                    Arc::new(move |f| to(f)?.checked_sub(1))
                };
                Ok(Node::new(Code::Range(from, last), total))
            }
            _ => Err(self.obstacle(What::Expression, at)),
        }
    }
}

/// Tests one after the other: until one is false, or, where not `all` must hold, until one is true.
fn chained(mut tests: Vec<Fun<bool>>, all: bool) -> Fun<bool> {
    if tests.len() == 1
        && let Some(only) = tests.pop()
    {
        return only;
    }
    match <[Fun<bool>; 2]>::try_from(tests) {
        Ok([a, b]) if all => Arc::new(move |f| if a(f)? { b(f) } else { Some(false) }),
        Ok([a, b]) => Arc::new(move |f| if a(f)? { Some(true) } else { b(f) }),
        Err(tests) => Arc::new(move |f| {
            for test in &tests {
                if test(f)? != all {
                    return Some(!all);
                }
            }
            Some(all)
        }),
    }
}
