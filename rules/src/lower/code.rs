//! Native code: closures over typed slots, and what is known of each while it is built.

use super::bound::Bound;
use crate::facts::Facts;
use crate::money::Money;
use crate::value::{EntityKey, Text, Value};
use hashbrown::HashSet;
use std::sync::Arc;

/// Elements that functions of one call may look at: the interpreter's own bound.
const WORK: u32 = 100_000;

/// What a call of native code works on.
pub(crate) struct Frame<'a> {
    /// The facts.
    pub(crate) facts: &'a mut Facts,
    /// The lists of the catalogue, in its order.
    pub(crate) lists: &'a [HashSet<Text>],
    /// The variables of the call.
    pub(crate) locals: &'a mut [Value],
    /// Elements looked at so far.
    pub(crate) work: u32,
}

impl Frame<'_> {
    /// Accounts for looking at `elements` of a list or a text.
    pub(super) fn spend(&mut self, elements: usize) -> Option<()> {
        let elements = u32::try_from(elements).unwrap_or(u32::MAX);
        self.work = self.work.saturating_add(elements);
        (self.work <= WORK).then_some(())
    }
}

/// Native code for a value. `None` is no value: what stands here is the interpreter's to answer, be
/// it an error, which it words and places, or something that has no native form.
pub(crate) type Fun<T> = Arc<dyn Fn(&mut Frame<'_>) -> Option<T> + Send + Sync>;

/// The code of an expression, by the type of its value.
#[derive(Clone)]
pub(super) enum Code {
    Bool(Fun<bool>),
    Int(Fun<i64>),
    Decimal(Fun<f64>),
    Money(Fun<Money>),
    Text(Fun<Text>),
    /// ms
    Span(Fun<i64>),
    /// ms since the epoch
    Time(Fun<i64>),
    /// Days since the epoch.
    Date(Fun<i32>),
    Ref(Fun<EntityKey>),
    /// A value that no operator takes, or a list.
    Other(Fun<Value>),
    /// First and last whole number.
    Range(Fun<i64>, Fun<i64>),
    /// The first where the test holds, else the second: `x ?? 0` where `x` is money.
    Either(Fun<bool>, Box<Node>, Box<Node>),
    Event,
    Customer,
    Before,
}

/// The code of an expression, and what is known of it.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) code: Code,
    /// Its value, where it is a literal.
    pub(super) literal: Option<Value>,
    /// The slot it reads, where it is nothing else.
    pub(super) path: Option<super::paths::Path>,
    /// On facts of their declared types it always has a value: it cannot raise.
    pub(super) total: bool,
    /// How far its values can go.
    pub(super) bound: Option<Bound>,
}

impl Node {
    pub(super) fn new(code: Code, total: bool) -> Self {
        Self {
            code,
            literal: None,
            path: None,
            total,
            bound: None,
        }
    }

    pub(super) fn truth(fun: Fun<bool>, total: bool) -> Self {
        Self::new(Code::Bool(fun), total)
    }

    /// Code that leaves everything to the interpreter.
    pub(super) fn handed_over() -> Self {
        Self::truth(Arc::new(|_| None), false)
    }

    /// The code of a literal; `None` for what is no literal.
    pub(super) fn literal(value: &Value) -> Option<Self> {
        fn always<T: Clone + Send + Sync + 'static>(value: T) -> Fun<T> {
            Arc::new(move |_| Some(value.clone()))
        }
        let code = match value.clone() {
            Value::Bool(b) => Code::Bool(always(b)),
            Value::Int(n) => Code::Int(always(n)),
            Value::Decimal(d) => Code::Decimal(always(d)),
            Value::Text(t) => Code::Text(always(t)),
            Value::Money(m) => Code::Money(always(m)),
            Value::Duration(ms) => Code::Span(always(ms)),
            Value::Time(ms) => Code::Time(always(ms)),
            Value::Date(day) => Code::Date(always(day.0)),
            list @ Value::List(_) => Code::Other(always(list)),
            Value::Missing | Value::Place(..) | Value::Ref(_) => return None,
        };
        Some(Self {
            literal: Some(value.clone()),
            bound: Bound::of_literal(value),
            ..Self::new(code, true)
        })
    }

    /// The same, computed now when all it is made of are literals.
    pub(super) fn folded(self, constant: bool) -> Self {
        if !constant {
            return self;
        }
        let mut facts = Facts::default();
        let mut frame = Frame {
            facts: &mut facts,
            lists: &[],
            locals: &mut [],
            work: 0,
        };
        let value = self.clone().value().and_then(|fun| fun(&mut frame));
        value.and_then(|v| Self::literal(&v)).unwrap_or(self)
    }

    /// The code as one of values; `None` for what is no value.
    pub(super) fn value(self) -> Option<Fun<Value>> {
        fn boxed<T: 'static>(
            fun: Fun<T>,
            make: impl Fn(T) -> Value + Send + Sync + 'static,
        ) -> Fun<Value> {
            Arc::new(move |f| fun(f).map(&make))
        }
        Some(match self.code {
            Code::Bool(fun) => boxed(fun, Value::Bool),
            Code::Int(fun) => boxed(fun, Value::Int),
            Code::Decimal(fun) => boxed(fun, Value::Decimal),
            Code::Money(fun) => boxed(fun, Value::Money),
            Code::Text(fun) => boxed(fun, Value::Text),
            Code::Span(fun) => boxed(fun, Value::Duration),
            Code::Time(fun) => boxed(fun, Value::Time),
            Code::Date(fun) => boxed(fun, |day| Value::Date(crate::value::Day(day))),
            Code::Ref(fun) => boxed(fun, Value::Ref),
            Code::Other(fun) => fun,
            Code::Either(test, a, b) => {
                let (a, b) = (a.value()?, b.value()?);
                Arc::new(move |f| if test(f)? { a(f) } else { b(f) })
            }
            Code::Range(..) | Code::Event | Code::Customer | Code::Before => return None,
        })
    }

    /// The code after another has run.
    pub(super) fn after(self, first: Fun<()>) -> Option<Self> {
        fn then<T: 'static>(first: Fun<()>, fun: Fun<T>) -> Fun<T> {
            Arc::new(move |f| {
                first(f)?;
                fun(f)
            })
        }
        let code = match self.code {
            Code::Bool(fun) => Code::Bool(then(first, fun)),
            Code::Int(fun) => Code::Int(then(first, fun)),
            Code::Decimal(fun) => Code::Decimal(then(first, fun)),
            Code::Money(fun) => Code::Money(then(first, fun)),
            Code::Text(fun) => Code::Text(then(first, fun)),
            Code::Span(fun) => Code::Span(then(first, fun)),
            Code::Time(fun) => Code::Time(then(first, fun)),
            Code::Date(fun) => Code::Date(then(first, fun)),
            Code::Ref(fun) => Code::Ref(then(first, fun)),
            Code::Other(fun) => Code::Other(then(first, fun)),
            Code::Either(test, a, b) => Code::Either(then(first, test), a, b),
            Code::Range(..) | Code::Event | Code::Customer | Code::Before => return None,
        };
        Some(Self::new(code, false))
    }
}

/// One of two, by a test; `None` where they cannot stand in one place.
pub(super) fn choose(test: Fun<bool>, a: Node, b: Node) -> Option<Node> {
    fn pick<T: 'static>(test: Fun<bool>, a: Fun<T>, b: Fun<T>) -> Fun<T> {
        Arc::new(move |f| if test(f)? { a(f) } else { b(f) })
    }
    let total = a.total && b.total;
    let code = match (a.code, b.code) {
        (Code::Bool(a), Code::Bool(b)) => Code::Bool(pick(test, a, b)),
        (Code::Int(a), Code::Int(b)) => Code::Int(pick(test, a, b)),
        (Code::Decimal(a), Code::Decimal(b)) => Code::Decimal(pick(test, a, b)),
        (Code::Money(a), Code::Money(b)) => Code::Money(pick(test, a, b)),
        (Code::Text(a), Code::Text(b)) => Code::Text(pick(test, a, b)),
        (Code::Span(a), Code::Span(b)) => Code::Span(pick(test, a, b)),
        (Code::Time(a), Code::Time(b)) => Code::Time(pick(test, a, b)),
        (Code::Date(a), Code::Date(b)) => Code::Date(pick(test, a, b)),
        (Code::Ref(a), Code::Ref(b)) => Code::Ref(pick(test, a, b)),
        (Code::Other(a), Code::Other(b)) => Code::Other(pick(test, a, b)),
        (
            a @ (Code::Int(_) | Code::Decimal(_) | Code::Money(_) | Code::Either(..)),
            b @ (Code::Int(_) | Code::Decimal(_) | Code::Money(_) | Code::Either(..)),
        )
        | (a @ (Code::Ref(_) | Code::Text(_)), b @ (Code::Ref(_) | Code::Text(_))) => {
            let (a, b) = (Node::new(a, total), Node::new(b, total));
            Code::Either(test, Box::new(a), Box::new(b))
        }
        _ => return None,
    };
    Some(Node::new(code, total))
}
