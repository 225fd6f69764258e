//! The hardened rhai engine, and the functions a script may call. One per shard: a private engine and
//! private syntax trees, so that shards share nothing.

mod behind;
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

use crate::book::{Book, ExpressionId, RuleIx};
use crate::draft::{Draft, Mark};
use crate::facts::Facts;
use crate::index::{Index, Survivors};
use crate::lower::Workplace;
use crate::rule::{Function, Rule};
use crate::value::{Type, Value};
pub(crate) use operators::{TEXT_BYTES, mixed};
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

/// A private engine, and the book's scripts: native where they are, else compiled in it when they
/// are first asked.
pub struct Interpreter {
    book: Arc<Book>,
    engine: Engine,
    lists: texts::Lists,
    workplace: Workplace,
    /// Native code is used.
    native: bool,
    rules: Vec<Option<Result<Script, RuleError>>>,
    expressions: Vec<Option<Result<Script, RuleError>>>,
    /// Room for the rules of an event.
    pub survivors: Survivors,
}

impl Interpreter {
    /// For a book, with its native code. A script that does not compile becomes the error of every
    /// call of it.
    #[must_use]
    pub fn new(book: Arc<Book>) -> Self {
        Self::build(book, true)
    }

    /// The same without native code: slower, and what native code is compared with.
    #[must_use]
    pub fn interpreted(book: Arc<Book>) -> Self {
        Self::build(book, false)
    }

    fn build(book: Arc<Book>, native: bool) -> Self {
        let mut engine = harden::engine();
        let lists = texts::lists(&book.catalogue);
        words::register(&mut engine, &book);
        spans::register(&mut engine);
        numbers::register(&mut engine);
        texts::register(&mut engine, Arc::clone(&lists));
        drafts::register(&mut engine);
        marks::register(&mut engine);
        let workplace = Workplace::new(&book.catalogue);
        let (rules, expressions) = (book.rules.len(), book.expressions.len());
        Self {
            book,
            engine,
            lists,
            workplace,
            native,
            rules: std::iter::repeat_with(|| None).take(rules).collect(),
            expressions: std::iter::repeat_with(|| None).take(expressions).collect(),
            survivors: Survivors::default(),
        }
    }

    /// The index over the rules of the book, where native code is used.
    #[must_use]
    pub fn index(&self) -> Option<&Index> {
        self.native.then(|| self.book.native.index())
    }

    /// Adds a member to a list of the catalogue, or makes the list: what a case gives.
    pub fn extend_list(&mut self, name: &str, member: &str) {
        let mut lists = self.lists.write().unwrap_or_else(PoisonError::into_inner);
        lists
            .entry(name.to_owned())
            .or_default()
            .insert(member.to_owned());
        drop(lists);
        let known = self.book.catalogue.lists.iter();
        for (list, members) in known.zip(&mut self.workplace.lists) {
            if list.name == name {
                members.insert(member.into());
            }
        }
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
        if self.native
            && let Some(condition) = self.book.native.condition(rule, function, facts.event())
            && let Some(held) = self.workplace.holds(condition, facts)
        {
            return Ok(held);
        }
        let (value, _) = self.call(rule, function, facts)?;
        value.as_bool().map_err(|_| {
            let word = kinds::word(&value);
            self.blame(rule, function, format!("gives {word}, not true or false"))
        })
    }

    /// Whether the condition of a rule holds that the index has found on these facts: only what the
    /// index does not answer for is asked. The slots of [`crate::lower::Native::rest`] must be
    /// computed. `None`: [`Interpreter::condition`] must be asked.
    pub fn confirm(&mut self, rule: RuleIx, facts: &mut Facts) -> Option<bool> {
        if !self.native {
            return None;
        }
        self.book.native.confirm(rule, facts, &mut self.workplace)
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
        if let Some(value) = self.native_value(at, facts) {
            return Ok(value);
        }
        let (engine, book) = (&self.engine, &self.book);
        let script = expression_script(engine, book, &mut self.rules, &mut self.expressions, at)?;
        let (value, _) = run(engine, script, None, facts)?;
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
        let at = usize::from(rule.0);
        let script = rule_script(&self.engine, &self.book, &mut self.rules, at)?;
        run(&self.engine, script, Some(function), facts)
    }

    /// What native code gives for an expression, as it leaves a script.
    fn native_value(&mut self, at: usize, facts: &mut Facts) -> Option<Value> {
        if !self.native {
            return None;
        }
        let expression = self.book.native.expression(at)?;
        let value = match self.workplace.value(expression, facts)? {
            Value::Money(money) => Value::Money(convert::rounded(money)?),
            other => other,
        };
        convert::fitted(value, &self.book.expressions.get(at)?.ty)
    }

    /// Its book.
    #[cfg(test)]
    pub(crate) fn book(&self) -> &Book {
        &self.book
    }

    /// True when native code answers for `when` on these facts without the interpreter.
    #[cfg(test)]
    pub(crate) fn is_native(&mut self, rule: RuleIx, facts: &mut Facts) -> bool {
        let native = &self.book.native;
        let condition = native.condition(rule, Function::When, facts.event());
        condition.is_some_and(|condition| self.workplace.holds(condition, facts).is_some())
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

/// The script of a rule, compiled when it is first asked for.
fn rule_script<'a>(
    engine: &Engine,
    book: &Book,
    scripts: &'a mut [Option<Result<Script, RuleError>>],
    at: usize,
) -> Result<&'a mut Script, RuleError> {
    let (Some(home), Some(rule)) = (scripts.get_mut(at), book.rules.get(at)) else {
        return Err(unknown());
    };
    let script = home.get_or_insert_with(|| Script::of_rule(engine, rule));
    script.as_mut().map_err(|error| error.clone())
}

/// The script of an expression, with the helpers of its rule.
fn expression_script<'a>(
    engine: &Engine,
    book: &Book,
    rules: &mut [Option<Result<Script, RuleError>>],
    scripts: &'a mut [Option<Result<Script, RuleError>>],
    at: usize,
) -> Result<&'a mut Script, RuleError> {
    let (Some(home), Some(expression)) = (scripts.get_mut(at), book.expressions.get(at)) else {
        return Err(unknown());
    };
    let script = home.get_or_insert_with(|| {
        let helpers = match expression.rule {
            None => None,
            Some(rule) => Some(rule_script(engine, book, rules, usize::from(rule.0))?),
        };
        Script::of_expression(engine, expression, helpers.as_deref())
    });
    script.as_mut().map_err(|error| error.clone())
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
