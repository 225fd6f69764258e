//! Functions: those of the language, and the helpers of the rule, which are put in where they are
//! called.

use super::code::{Code, Fun, Node};
use super::functions::{of_one, of_two};
use super::operators::amount;
use super::{Lowering, Obstacle, What};
use crate::catalogue::feature::Take;
use crate::language::tree::{Expr, ExprKind, FnDef};
use crate::value::{EntityKey, Text, Value};
use std::sync::Arc;

/// Helpers calling helpers, well below the interpreter's bound.
const CALLS: usize = 8;

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
        if let Some(take) = Take::inline(name)
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
            (Code::Customer, "at", [arg]) => {
                let fence = self.text_literal(arg);
                let slot = fence.and_then(|name| self.layout.fences.get(&name).copied());
                self.of_slot(slot, base)
            }
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
