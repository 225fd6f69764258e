//! Functions: those of the language, and the helpers of the rule, which are put in where they are
//! called.

use super::code::{Code, Fun, Node};
use super::operators::{Op, widened};
use super::operators::{ZERO, amount, compare};
use super::{Lowering, Obstacle, What};
use crate::catalogue::feature::Take;
use crate::language::tree::{Expr, ExprKind, FnDef};
use crate::money::Money;
use crate::value::{EntityKey, Text, Value};
use std::cmp::Ordering;
use std::sync::Arc;

/// Helpers calling helpers, well below the interpreter's bound.
const CALLS: usize = 8;

/// The longest list that is looked through member by member.
const SHORT: usize = 8;

/// The longest list a fact may hold; beyond it the interpreter refuses to read it.
const LIST_MEMBERS: usize = 256;

const FUNCTIONS: [&str; 11] = [
    "in_list",
    "money",
    "share_of",
    "abs",
    "min",
    "max",
    "round",
    "starts_with",
    "ends_with",
    "contains",
    "len",
];

impl Lowering<'_> {
    /// `name(args)`
    pub(super) fn call(
        &mut self,
        name: &Text,
        args: &[Expr],
        expr: &Expr,
    ) -> Result<Node, Obstacle> {
        if let Some(helper) = self.script.and_then(|script| script.function(name)) {
            return self.helper(helper, args, expr);
        }
        match (name.as_str(), args) {
            ("in_list", [list, one]) => self.in_list(list, one, expr),
            ("money", [only]) => {
                let text = self.text_literal(only);
                text.and_then(|text| Node::literal(&Value::Money(amount(&text)?)))
                    .ok_or_else(|| self.obstacle(What::Expression, expr.at))
            }
            _ => {
                let args: Result<Vec<Node>, _> = args.iter().map(|arg| self.expr(arg)).collect();
                self.value_of(name, args?, expr)
            }
        }
    }

    /// `base.name(args)`
    pub(super) fn method(
        &mut self,
        base: &Expr,
        name: &Text,
        args: &[Expr],
        expr: &Expr,
    ) -> Result<Node, Obstacle> {
        if let Some(take) = Take::named(name).filter(|take| *take != Take::New)
            && self.has_windows(base)
        {
            return self.window(base, take, args);
        }
        // A helper of that name would be looked for first.
        let hidden = self.script.is_some_and(|s| s.function(name).is_some());
        let owner = self.expr(base)?;
        match (&owner.code, name.as_str(), args) {
            _ if hidden => Err(self.obstacle(What::Expression, expr.at)),
            (Code::Event | Code::Customer, "has", args) => self.has(&owner.code, args, expr),
            (Code::Event, "since" | "days_until", [arg]) => {
                let arg = self.expr(arg)?;
                self.until(name, arg, expr)
            }
            (Code::Event | Code::Customer | Code::Before, ..) => {
                Err(self.obstacle(What::Expression, expr.at))
            }
            _ => {
                let mut all = vec![owner];
                for arg in args {
                    all.push(self.expr(arg)?);
                }
                self.value_of(name, all, expr)
            }
        }
    }

    /// True for `customer` and for a field of the event.
    fn has_windows(&self, base: &Expr) -> bool {
        match &base.kind {
            ExprKind::Name(name) => {
                matches!(self.named(name).map(|n| n.code), Some(Code::Customer))
            }
            ExprKind::Property(root, ..) => match &root.kind {
                ExprKind::Name(name) => {
                    matches!(self.named(name).map(|n| n.code), Some(Code::Event))
                }
                _ => false,
            },
            _ => false,
        }
    }

    fn value_of(&self, name: &str, args: Vec<Node>, expr: &Expr) -> Result<Node, Obstacle> {
        if !FUNCTIONS.contains(&name) {
            return Err(self.obstacle(What::Expression, expr.at));
        }
        let constant = args.iter().all(|arg| arg.literal.is_some());
        let node = match <[Node; 1]>::try_from(args) {
            Ok([only]) => of_one(name, only),
            Err(args) => <[Node; 2]>::try_from(args)
                .ok()
                .and_then(|[a, b]| of_two(name, a, b)),
        };
        node.map(|node| node.folded(constant))
            .ok_or_else(|| self.obstacle(What::Expression, expr.at))
    }

    fn in_list(&mut self, list: &Expr, one: &Expr, expr: &Expr) -> Result<Node, Obstacle> {
        let name = self.text_literal(list);
        let known = name.and_then(|name| self.lists.iter().position(|list| *list == name));
        let one = self.expr(one)?;
        let total = one.total;
        let fun: Option<Fun<bool>> = known.and_then(|at| {
            let fun: Fun<bool> = match one.code {
                Code::Text(text) => Arc::new(move |f| {
                    let text = text(f)?;
                    Some(f.lists.get(at)?.contains(text.as_str()))
                }),
                Code::Int(number) => Arc::new(move |f| {
                    let text = number(f)?.to_string();
                    Some(f.lists.get(at)?.contains(text.as_str()))
                }),
                Code::Ref(key) => Arc::new(move |f| {
                    let key = key(f)?;
                    Some(f.lists.get(at)?.contains(key.id.as_str()))
                }),
                _ => return None,
            };
            Some(fun)
        });
        fun.map(|fun| Node::truth(fun, total))
            .ok_or_else(|| self.obstacle(What::Expression, expr.at))
    }

    /// The helper's body in the place of its call, its parameters as variables.
    fn helper(&mut self, helper: &FnDef, args: &[Expr], expr: &Expr) -> Result<Node, Obstacle> {
        if self.calls >= CALLS || helper.params.len() != args.len() {
            return Err(self.obstacle(What::Size, expr.at));
        }
        let mut bound = Vec::with_capacity(args.len());
        let mut first: Vec<Fun<()>> = Vec::new();
        for (name, arg) in helper.params.iter().zip(args) {
            let value = self.expr(arg)?;
            let (node, set) = self.bind(value, expr.at)?;
            bound.push((name.clone(), node));
            first.extend(set);
        }
        let outer = std::mem::replace(&mut self.scopes, vec![bound]);
        self.calls += 1;
        let value = self.block(&helper.body, true, false);
        self.calls -= 1;
        self.scopes = outer;
        let obstacle = self.obstacle(What::Expression, expr.at);
        in_order(first, value?).ok_or(obstacle)
    }

    /// `needle in hay`
    pub(super) fn membership(&mut self, needle: &Expr, hay: &Expr) -> Result<Node, Obstacle> {
        let one = self.expr(needle)?;
        let obstacle = self.obstacle(What::Expression, needle.at);
        let found = if let ExprKind::List(items) = &hay.kind {
            let items: Result<Vec<Node>, _> = items.iter().map(|item| self.expr(item)).collect();
            in_nodes(one, items?)
        } else {
            let all = self.expr(hay)?;
            match (all.code, all.literal) {
                (Code::Range(first, last), _) => in_range(one, first, last, all.total),
                (_, Some(Value::List(items))) => {
                    self.spend(items.len(), hay.at)?;
                    let items: Option<Vec<Node>> = items.iter().map(Node::literal).collect();
                    items.and_then(|items| in_nodes(one, items))
                }
                (Code::Other(all), None) => in_fact(one, all),
                _ => None,
            }
        };
        found.ok_or(obstacle)
    }
}

/// The code after its variables are set.
pub(super) fn in_order(mut first: Vec<Fun<()>>, value: Node) -> Option<Node> {
    let only = match first.len() {
        0 => return Some(value),
        1 => first.pop()?,
        _ => Arc::new(move |f: &mut super::code::Frame<'_>| {
            for set in &first {
                set(f)?;
            }
            Some(())
        }),
    };
    value.after(only)
}

/// A value among others. All of them are looked at, as the interpreter makes the list first.
fn in_nodes(one: Node, items: Vec<Node>) -> Option<Node> {
    let literal = items.iter().all(|item| item.literal.is_some());
    let count = items.len();
    let total = one.total && items.iter().all(|item| item.total);
    if let (Code::Text(text), true) = (&one.code, literal && count > 0) {
        let words: Option<Vec<Text>> = items
            .iter()
            .map(|item| match &item.literal {
                Some(Value::Text(word)) => Some(word.clone()),
                _ => None,
            })
            .collect();
        return Some(Node::truth(
            in_words(one.path.clone(), text.clone(), words?),
            total,
        ));
    }
    if count == 0 {
        let value = one.value()?;
        return Some(Node::truth(
            Arc::new(move |f| value(f).map(|_| false)),
            total,
        ));
    }
    let mut total = total;
    let mut tests: Vec<Fun<bool>> = Vec::with_capacity(count);
    for item in items {
        let node = compare(Op::Eq, one.clone(), item)?;
        total &= node.total;
        match node.code {
            Code::Bool(test) => tests.push(test),
            _ => return None,
        }
    }
    let fun: Fun<bool> = Arc::new(move |f| {
        f.spend(count)?;
        let mut found = false;
        for test in &tests {
            found |= test(f)?;
            if found && literal {
                break;
            }
        }
        Some(found)
    });
    Some(Node::truth(fun, total))
}

fn in_words(path: Option<super::paths::Path>, text: Fun<Text>, words: Vec<Text>) -> Fun<bool> {
    use super::paths::Path;
    let count = words.len();
    if let (Some(Path::Fixed(slot)), true) = (path, count <= SHORT) {
        return Arc::new(move |f| {
            f.spend(count)?;
            match f.facts.get(slot) {
                Value::Text(text) => Some(words.iter().any(|w| w.as_str() == text.as_str())),
                _ => None,
            }
        });
    }
    let words: hashbrown::HashSet<Text> = words.into_iter().collect();
    Arc::new(move |f| {
        f.spend(count)?;
        let text = text(f)?;
        Some(words.contains(text.as_str()))
    })
}

fn in_range(one: Node, first: Fun<i64>, last: Fun<i64>, ends: bool) -> Option<Node> {
    let total = one.total && ends;
    match one.code {
        Code::Int(number) => {
            let fun: Fun<bool> = Arc::new(move |f| {
                let (first, last) = (first(f)?, last(f)?);
                Some((first..=last).contains(&number(f)?))
            });
            Some(Node::truth(fun, total))
        }
        Code::Either(test, x, y) => {
            let x = in_range(*x, first.clone(), last.clone(), ends)?;
            let y = in_range(*y, first, last, ends)?;
            super::code::choose(test, x, y)
        }
        _ => None,
    }
}

/// A text in a list of texts that a slot holds.
fn in_fact(one: Node, all: Fun<Value>) -> Option<Node> {
    let Code::Text(text) = one.code else {
        return None;
    };
    let fun: Fun<bool> = Arc::new(move |f| {
        let Value::List(items) = all(f)? else {
            return None;
        };
        if items.len() > LIST_MEMBERS {
            return None;
        }
        f.spend(items.len())?;
        let text = text(f)?;
        for item in &items {
            match item {
                Value::Text(item) if item == &text => return Some(true),
                Value::Text(_) => {}
                _ => return None,
            }
        }
        Some(false)
    });
    Some(Node::truth(fun, false))
}

pub(super) fn of_one(name: &str, a: Node) -> Option<Node> {
    if let Code::Either(test, x, y) = a.code {
        return super::code::choose(test, of_one(name, *x)?, of_one(name, *y)?);
    }
    let code = match (name, a.code) {
        ("abs", Code::Int(a)) => Code::Int(Arc::new(move |f| a(f)?.checked_abs())),
        ("abs", Code::Decimal(a)) => Code::Decimal(Arc::new(move |f| a(f).map(f64::abs))),
        ("abs", Code::Money(a)) => Code::Money(Arc::new(move |f| {
            let money = a(f)?;
            match money.compare_major(ZERO)? {
                Ordering::Less => money.times_int(-1),
                _ => Some(money),
            }
        })),
        ("round", Code::Int(a)) => Code::Int(a),
        ("round", Code::Money(a)) => Code::Money(Arc::new(move |f| {
            let money = a(f)?;
            Some(Money::minor(money.to_minor()?, money.currency()))
        })),
        ("round", Code::Decimal(a)) => {
            Code::Decimal(Arc::new(move |f| a(f).map(f64::round_ties_even)))
        }
        ("len", Code::Text(a)) => Code::Int(Arc::new(move |f| {
            let text = a(f)?;
            f.spend(text.len())?;
            i64::try_from(text.chars().count()).ok()
        })),
        ("len", Code::Other(a)) => Code::Int(Arc::new(move |f| match a(f)? {
            Value::List(items) if items.len() <= LIST_MEMBERS => i64::try_from(items.len()).ok(),
            _ => None,
        })),
        _ => return None,
    };
    Some(Node::new(code, false))
}

fn of_two(name: &str, a: Node, b: Node) -> Option<Node> {
    let total = a.total && b.total;
    let text = |test: fn(&str, &str) -> bool, a: Fun<Text>, b: Fun<Text>| -> Fun<bool> {
        Arc::new(move |f| {
            let a = a(f)?;
            Some(test(&a, &b(f)?))
        })
    };
    Some(match (name, a.code, b.code) {
        ("min" | "max", a, b) => extreme(name == "min", a, b)?,
        ("share_of", a, b) => share(a, b)?,
        ("starts_with", Code::Text(a), Code::Text(b)) => {
            Node::truth(text(|a, b| a.starts_with(b), a, b), total)
        }
        ("ends_with", Code::Text(a), Code::Text(b)) => {
            Node::truth(text(|a, b| a.ends_with(b), a, b), total)
        }
        ("contains", Code::Text(a), Code::Text(b)) => {
            let fun: Fun<bool> = Arc::new(move |f| {
                let (a, b) = (a(f)?, b(f)?);
                f.spend(a.len())?;
                Some(a.contains(b.as_str()))
            });
            Node::truth(fun, false)
        }
        _ => return None,
    })
}

/// The smaller or the larger one; of two equal ones the first.
fn extreme(smaller: bool, a: Code, b: Code) -> Option<Node> {
    fn best<T: Copy + 'static>(
        smaller: bool,
        a: Fun<T>,
        b: Fun<T>,
        order: fn(T, T) -> Option<Ordering>,
    ) -> Fun<T> {
        Arc::new(move |f| {
            let (a, b) = (a(f)?, b(f)?);
            let order = order(a, b)?;
            let first = if smaller {
                order.is_le()
            } else {
                order.is_ge()
            };
            Some(if first { a } else { b })
        })
    }
    let whole = |a: i64, b: i64| Some(a.cmp(&b));
    let code = match (a, b) {
        (Code::Int(a), Code::Int(b)) => Code::Int(best(smaller, a, b, whole)),
        (Code::Span(a), Code::Span(b)) => Code::Span(best(smaller, a, b, whole)),
        (Code::Decimal(a), Code::Decimal(b)) => {
            Code::Decimal(best(smaller, a, b, |a, b| a.partial_cmp(&b)))
        }
        (Code::Money(a), Code::Money(b)) => Code::Money(best(smaller, a, b, Money::compare)),
        (Code::Int(n), Code::Decimal(d)) | (Code::Decimal(d), Code::Int(n)) => {
            let n = widened(n);
            Code::Decimal(Arc::new(move |f| {
                let (d, n) = (d(f)?, n(f)?);
                Some(if smaller { d.min(n) } else { d.max(n) })
            }))
        }
        _ => return None,
    };
    Some(Node::new(code, false))
}

/// The part as a fraction of the whole; of nothing it is 0.
fn share(a: Code, b: Code) -> Option<Node> {
    fn decimal(code: Code) -> Option<Fun<f64>> {
        match code {
            Code::Decimal(fun) => Some(fun),
            Code::Int(fun) => Some(widened(fun)),
            _ => None,
        }
    }
    let fun: Fun<f64> = match (a, b) {
        (Code::Money(a), Code::Money(b)) => Arc::new(move |f| {
            let (part, whole) = (a(f)?, b(f)?);
            if part.currency() == whole.currency() && whole.compare_major(ZERO)?.is_eq() {
                return Some(0.0);
            }
            part.share_of(whole)
        }),
        (a @ (Code::Int(_) | Code::Decimal(_)), b @ (Code::Int(_) | Code::Decimal(_))) => {
            let (a, b) = (decimal(a)?, decimal(b)?);
            Arc::new(move |f| {
                let (part, whole) = (a(f)?, b(f)?);
                if whole == 0.0 {
                    return Some(0.0);
                }
                Some(part / whole).filter(|share| share.is_finite())
            })
        }
        _ => return None,
    };
    Some(Node::new(Code::Decimal(fun), false))
}

/// What a variable can hold, and how it is read back.
pub(super) fn local(at: usize, code: &Code) -> Option<Node> {
    fn kept<T: 'static>(
        at: usize,
        take: impl Fn(&Value) -> Option<T> + Send + Sync + 'static,
    ) -> Fun<T> {
        Arc::new(move |f| take(f.locals.get(at)?))
    }
    macro_rules! kept {
        ($kind:ident, $value:ident) => {
            Code::$kind(kept(at, |v| match v {
                Value::$value(inner) => Some(inner.clone()),
                _ => None,
            }))
        };
    }
    let code = match code {
        Code::Bool(_) => kept!(Bool, Bool),
        Code::Int(_) => kept!(Int, Int),
        Code::Decimal(_) => kept!(Decimal, Decimal),
        Code::Money(_) => kept!(Money, Money),
        Code::Text(_) => kept!(Text, Text),
        Code::Span(_) => kept!(Span, Duration),
        Code::Time(_) => kept!(Time, Time),
        Code::Ref(_) => Code::Ref(kept(at, |v| match v {
            Value::Ref(key) => Some(EntityKey::clone(key)),
            _ => None,
        })),
        Code::Date(_) => Code::Date(kept(at, |v| match v {
            Value::Date(day) => Some(day.0),
            _ => None,
        })),
        _ => return None,
    };
    Some(Node::new(code, true))
}
