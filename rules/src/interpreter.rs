//! The hardened rhai engine, and the functions a script may call. One per shard: a private engine and
//! private syntax trees, so that shards share nothing.

mod convert;
mod desk;
mod drafts;
mod fault;
mod harden;
mod kinds;
mod marks;
mod numbers;
mod operators;
mod script;
mod spans;
#[cfg(test)]
mod tests;
mod texts;
mod words;

use crate::book::{Book, CompiledExpression, ExpressionId, RuleIx};
use crate::draft::{Draft, Mark};
use crate::facts::Facts;
use crate::rule::{Function, Rule};
use crate::value::{Type, Value};
use rhai::{Dynamic, Engine};
use script::Script;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};

/// The stack a thread that evaluates rules must have: rhai recurses on it, and running out of it
/// would end the process.
pub const STACK_BYTES: usize = 16 * 1024 * 1024;

/// Why a rule could not be evaluated. It is that rule's outcome and nobody else's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (line {line})")]
pub struct RuleError {
    /// What went wrong, in the author's words.
    pub message: String,
    /// The line of the rule file, 0 when it is not known.
    pub line: u32,
}

/// A private engine with the book's scripts compiled in it.
pub struct Interpreter {
    book: Arc<Book>,
    engine: Engine,
    lists: texts::Lists,
    rules: Vec<Result<Script, RuleError>>,
    expressions: Vec<Result<Script, RuleError>>,
}

impl Interpreter {
    /// Builds the engine and compiles every script of the book. A script that does not compile
    /// becomes the error of every call of it.
    #[must_use]
    pub fn new(book: Arc<Book>) -> Self {
        let mut engine = harden::engine();
        let lists = texts::lists(&book.catalogue);
        words::register(&mut engine, &book);
        spans::register(&mut engine);
        numbers::register(&mut engine);
        texts::register(&mut engine, Arc::clone(&lists));
        drafts::register(&mut engine);
        marks::register(&mut engine);
        let rules: Vec<_> = book
            .rules
            .iter()
            .map(|rule| Script::of_rule(&engine, rule))
            .collect();
        let of = |expression: &CompiledExpression| {
            let helpers = match expression.rule {
                None => None,
                Some(rule) => match rules.get(usize::from(rule.0)) {
                    Some(Ok(script)) => Some(script),
                    Some(Err(error)) => return Err(error.clone()),
                    None => return Err(unknown()),
                },
            };
            Script::of_expression(&engine, expression, helpers)
        };
        let expressions = book.expressions.iter().map(of).collect();
        Self {
            book,
            engine,
            lists,
            rules,
            expressions,
        }
    }

    /// Adds a member to a list of the catalogue, or makes the list: what a case gives.
    pub fn extend_list(&mut self, name: &str, member: &str) {
        let mut lists = self.lists.write().unwrap_or_else(PoisonError::into_inner);
        lists
            .entry(name.to_owned())
            .or_default()
            .insert(member.to_owned());
    }

    /// Evaluates `when`, `eligible`, `applicable` or `suitable` of a rule. The slots in its
    /// [`crate::rule::Body::reads`] must be computed.
    ///
    /// # Errors
    /// The script ran over its bounds, or raised.
    pub fn condition(
        &mut self,
        rule: RuleIx,
        function: Function,
        facts: &mut Facts,
    ) -> Result<bool, RuleError> {
        let (value, _) = self.call(rule, function, facts)?;
        value.as_bool().map_err(|_| {
            let word = kinds::word(&value);
            self.blame(rule, function, format!("gives {word}, not true or false"))
        })
    }

    /// Evaluates `then` of a rule: the candidate, then its riders.
    ///
    /// # Errors
    /// The script ran over its bounds, raised, or gave something else than actions.
    pub fn then(&mut self, rule: RuleIx, facts: &mut Facts) -> Result<Vec<Draft>, RuleError> {
        let (value, _) = self.call(rule, Function::Then, facts)?;
        drafts::taken(value).map_err(|given| {
            self.blame(
                rule,
                Function::Then,
                format!("gives {given}, not an action"),
            )
        })
    }

    /// Evaluates `always` of a rule: its marks in the order they were written.
    ///
    /// # Errors
    /// As [`Interpreter::then`].
    pub fn always(&mut self, rule: RuleIx, facts: &mut Facts) -> Result<Vec<Mark>, RuleError> {
        let (_, marks) = self.call(rule, Function::Always, facts)?;
        Ok(marks)
    }

    /// Evaluates an expression of the book. The slots it reads must be computed.
    ///
    /// # Errors
    /// As [`Interpreter::condition`].
    pub fn expression(&mut self, id: ExpressionId, facts: &mut Facts) -> Result<Value, RuleError> {
        let at = usize::try_from(id.0).unwrap_or(usize::MAX);
        let script = script_at(&mut self.expressions, at)?;
        let (value, _) = run(&self.engine, script, None, facts)?;
        let wrong = |given: &str| RuleError {
            message: format!("the expression gives {given}"),
            line: 1,
        };
        let ty = self.book.expression(id).map_or(&Type::Bool, |e| &e.ty);
        let given = convert::taken(&value).map_err(wrong)?;
        convert::fitted(given, ty)
            .ok_or_else(|| wrong(&format!("{}, not {ty}", kinds::word(&value))))
    }

    fn call(
        &mut self,
        rule: RuleIx,
        function: Function,
        facts: &mut Facts,
    ) -> Result<(Dynamic, Vec<Mark>), RuleError> {
        let script = script_at(&mut self.rules, usize::from(rule.0))?;
        run(&self.engine, script, Some(function), facts)
    }

    /// An error of a function as a whole, at its first line.
    fn blame(&self, rule: RuleIx, function: Function, what: String) -> RuleError {
        let line = self
            .book
            .rule(rule)
            .map_or(0, |rule| line_of(rule, function));
        RuleError {
            message: format!("`{}` {what}", function.name()),
            line,
        }
    }
}

fn script_at(
    scripts: &mut [Result<Script, RuleError>],
    at: usize,
) -> Result<&mut Script, RuleError> {
    match scripts.get_mut(at) {
        Some(Ok(script)) => Ok(script),
        Some(Err(error)) => Err(error.clone()),
        None => Err(unknown()),
    }
}

fn unknown() -> RuleError {
    RuleError {
        message: "the book has no such rule".to_owned(),
        line: 0,
    }
}

/// One call, of a function or of an expression: the facts go to the desk and come back, whatever
/// happens in between.
fn run(
    engine: &Engine,
    script: &mut Script,
    function: Option<Function>,
    facts: &mut Facts,
) -> Result<(Dynamic, Vec<Mark>), RuleError> {
    desk::sit(std::mem::take(facts), function == Some(Function::Always));
    let outcome = catch_unwind(AssertUnwindSafe(|| match function {
        Some(function) => script.call(engine, function.name()),
        None => script.value(engine),
    }));
    let left = desk::rise();
    *facts = left.facts;
    match outcome {
        Ok(Ok(value)) => Ok((value, left.marks.unwrap_or_default())),
        Ok(Err(error)) => Err(fault::of_run(&error)),
        Err(_) => {
            script.renew(engine);
            Err(RuleError {
                message: "the rule could not be evaluated".to_owned(),
                line: 0,
            })
        }
    }
}

fn line_of(rule: &Rule, function: Function) -> u32 {
    let head = format!("fn {}(", function.name());
    let line = rule
        .source
        .lines()
        .position(|line| line.trim_start().starts_with(&head));
    line.and_then(|at| u32::try_from(at + 1).ok()).unwrap_or(0)
}
