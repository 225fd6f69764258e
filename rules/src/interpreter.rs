//! The hardened rhai engine, and the functions a script may call. One per shard: a private engine and
//! private syntax trees, so that shards share nothing.

use crate::book::{Book, ExpressionId, RuleIx};
use crate::draft::{Draft, Mark};
use crate::facts::Facts;
use crate::rule::Function;
use crate::value::Value;
use std::sync::Arc;

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
}

impl Interpreter {
    /// Builds the engine and compiles every script of the book.
    #[must_use]
    pub fn new(book: Arc<Book>) -> Self {
        Self { book }
    }

    /// Evaluates `when`, `eligible`, `applicable` or `suitable` of a rule. The slots in its
    /// [`crate::rule::Body::reads`] must be computed.
    ///
    /// # Errors
    /// The script ran over its bounds, or raised.
    pub fn condition(
        &mut self,
        _rule: RuleIx,
        _function: Function,
        _facts: &mut Facts,
    ) -> Result<bool, RuleError> {
        let _ = &self.book;
        Err(RuleError {
            message: String::new(),
            line: 0,
        })
    }

    /// Evaluates `then` of a rule: the candidate, then its riders.
    ///
    /// # Errors
    /// The script ran over its bounds, raised, or gave something else than actions.
    pub fn then(&mut self, _rule: RuleIx, _facts: &mut Facts) -> Result<Vec<Draft>, RuleError> {
        Ok(Vec::new())
    }

    /// Evaluates `always` of a rule: its marks in the order they were written.
    ///
    /// # Errors
    /// As [`Interpreter::then`].
    pub fn always(&mut self, _rule: RuleIx, _facts: &mut Facts) -> Result<Vec<Mark>, RuleError> {
        Ok(Vec::new())
    }

    /// Evaluates an expression of the book. The slots it reads must be computed.
    ///
    /// # Errors
    /// As [`Interpreter::condition`].
    pub fn expression(
        &mut self,
        _id: ExpressionId,
        _facts: &mut Facts,
    ) -> Result<Value, RuleError> {
        Ok(Value::Missing)
    }
}
