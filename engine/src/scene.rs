//! Describe: the facts of one event, filled as rules ask for them.
//!
//! A [`Scene`] is one event being decided: the book, the interpreter of this shard, the facts, and
//! whoever knows the base values. Segments, derived words and other declared expressions are
//! evaluated here, on top of the base values; a decision record already holds them and needs none.

use rules::book::RuleIx;
use rules::book::{Book, ExpressionId};
use rules::catalogue::EventId;
use rules::draft::{Draft, Mark};
use rules::facts::{Facts, Fill};
use rules::index::{Ask, Survivors};
use rules::interpreter::{Interpreter, RuleError};
use rules::layout::{Slot, Source};
use rules::rule::Function;
use rules::value::{Type, Value};

/// One event being decided.
pub struct Scene<'a> {
    /// The book in force.
    pub book: &'a Book,
    /// This shard's interpreter.
    pub interpreter: &'a mut Interpreter,
    /// The facts of the event.
    pub facts: &'a mut Facts,
    /// Base values: fields, tags, windows.
    pub base: &'a mut dyn Fill,
}

impl Ask for Scene<'_> {
    /// Computed when the index asks for it, and only then.
    fn ask(&mut self, slot: Slot) -> &Value {
        self.ensure(&[slot]);
        self.facts.peek(slot)
    }
}

impl Scene<'_> {
    /// Computes those of `slots` that are not computed yet, and what they rest on.
    pub fn ensure(&mut self, slots: &[Slot]) {
        for slot in slots {
            if self.facts.is_computed(*slot) {
                continue;
            }
            let value = match self.declared(*slot) {
                Some(id) => self.declared_value(*slot, id),
                None => self.base.fill(*slot),
            };
            self.facts.set(*slot, value);
        }
    }

    /// Goes on with another event of the same step: see [`Fill::turn`].
    pub fn turn(&mut self, at: usize) {
        self.base.turn(at, self.facts);
    }

    /// Evaluates a condition of a rule.
    ///
    /// # Errors
    /// The rule's own: bounds or a raised error.
    pub fn condition(&mut self, rule: RuleIx, function: Function) -> Result<bool, RuleError> {
        self.ensure_body(rule, function);
        self.interpreter.condition(rule, function, self.facts)
    }

    /// Evaluates `when` of a rule that the index has found: what the index answers for is not asked
    /// again, and its slots are not read.
    ///
    /// # Errors
    /// The rule's own: bounds or a raised error.
    pub fn confirm(&mut self, rule: RuleIx) -> Result<bool, RuleError> {
        let book = self.book;
        let rest = (self.facts.event()).and_then(|event| book.native.rest(rule, event));
        if let Some(reads) = rest {
            self.ensure(reads);
            if let Some(held) = self.interpreter.confirm(rule, self.facts) {
                return Ok(held);
            }
        }
        self.condition(rule, Function::When)
    }

    /// Evaluates the action of a rule.
    ///
    /// # Errors
    /// The rule's own: bounds or a raised error.
    pub fn then(&mut self, rule: RuleIx) -> Result<Vec<Draft>, RuleError> {
        self.ensure_body(rule, Function::Then);
        self.interpreter.then(rule, self.facts)
    }

    /// Evaluates the marks of a rule.
    ///
    /// # Errors
    /// The rule's own: bounds or a raised error.
    pub fn always(&mut self, rule: RuleIx) -> Result<Vec<Mark>, RuleError> {
        self.ensure_body(rule, Function::Always);
        self.interpreter.always(rule, self.facts)
    }

    /// Evaluates an expression of the book.
    ///
    /// # Errors
    /// The expression's own: bounds or a raised error.
    pub fn expression(&mut self, id: ExpressionId) -> Result<Value, RuleError> {
        let book = self.book;
        if let Some(expression) = book.expression(id) {
            self.ensure(&expression.reads);
        }
        self.interpreter.expression(id, self.facts)
    }

    /// The rules of this event type that can be true, in rule order, by the index of the book. False
    /// where there is none, or it cannot say: then all rules are to be asked.
    pub fn candidates(&mut self, event: EventId, found: &mut Survivors) -> bool {
        let book = self.book;
        self.interpreter.index().is_some() && book.native.index().candidates(event, self, found)
    }

    fn ensure_body(&mut self, rule: RuleIx, function: Function) {
        let book = self.book;
        if let Some(body) = book.rule(rule).and_then(|r| r.body(function)) {
            self.ensure(&body.reads);
        }
    }

    /// The expression a slot is declared by, if it is.
    fn declared(&self, slot: Slot) -> Option<ExpressionId> {
        let catalogue = &self.book.catalogue;
        match &self.book.layout.slot(slot)?.source {
            Source::Segment(id) => Some(catalogue.segments.get(usize::from(id.0))?.when.id),
            Source::EventDerived(at) | Source::CustomerDerived(at) => {
                Some(catalogue.derived.get(usize::from(*at))?.value.id)
            }
            _ => None,
        }
    }

    /// A declared expression is typed and total; the bounds of the interpreter are the only way it
    /// can fail, and then the slot takes the zero of its type, as a describe cannot fail.
    fn declared_value(&mut self, slot: Slot, id: ExpressionId) -> Value {
        self.expression(id)
            .unwrap_or_else(|_| match self.book.layout.slot(slot).map(|s| &s.ty) {
                Some(Type::Bool) => Value::Bool(false),
                Some(Type::Int) => Value::Int(0),
                Some(Type::Decimal) => Value::Decimal(0.0),
                _ => Value::Missing,
            })
    }
}
