//! The type check of rules and catalogue expressions. It types the whole text, so that nothing is
//! ever missing or mixed at run time, and notes every slot that is read.

mod actions;
mod arithmetic;
mod behind;
mod calls;
mod chain;
mod compare;
mod conditions;
mod facts;
mod fallback;
mod fence;
mod flow;
mod has;
mod helpers;
mod hints;
mod kinds;
mod marks;
mod missing;
mod operators;
mod paths;
mod result;
mod steps;
mod windows;

use super::page::Page;
use super::print::Constants;
use super::tree::{At, Expr, ExprKind};
use crate::catalogue::EventId;
use crate::layout::Slot;
use crate::value::{Text, Type, Value};
use facts::Known;
pub use hints::hint;
pub use kinds::{ActionTy, Found, Owner, Role, StepName, Subject, Ty, World};
use kinds::{Typed, constant, literal, serves};
use std::collections::{BTreeMap, BTreeSet};

/// The check of one text.
pub struct Checker<'a> {
    world: World<'a>,
    page: &'a Page,
    subject: Subject,
    constants: &'a Constants,
    owner: Option<Owner<'a>>,
    role: Role,
    scopes: Vec<Vec<(Text, Typed)>>,
    known: Known,
    /// Where a guard could be put in.
    operand: Option<At>,
    /// Functions being checked, outermost first.
    calling: Vec<Text>,
    /// Types of helpers by what they are given, and what they read.
    memo: BTreeMap<String, (Ty, BTreeSet<Slot>)>,
    returns: Vec<Typed>,
    /// What was found so far.
    pub found: Found,
}

impl<'a> Checker<'a> {
    /// A check of a text that may read `subject`.
    #[must_use]
    pub fn new(
        world: World<'a>,
        page: &'a Page,
        subject: Subject,
        constants: &'a Constants,
        owner: Option<Owner<'a>>,
    ) -> Self {
        Self {
            world,
            page,
            subject,
            constants,
            owner,
            role: Role::Expression,
            scopes: Vec::new(),
            known: Known::default(),
            operand: None,
            calling: Vec::new(),
            memo: BTreeMap::new(),
            returns: Vec::new(),
            found: Found::default(),
        }
    }

    /// Types an expression of a catalogue file. `may_miss`: it may be a path that is missing;
    /// `want`: the type it must have. Gives its type and whether it may be missing; `None` when a
    /// finding was said.
    pub fn expression(
        &mut self,
        expr: &Expr,
        may_miss: bool,
        want: Option<&Type>,
    ) -> Option<(Type, bool)> {
        self.role = Role::Expression;
        self.enter(("event".into(), "customer".into()));
        self.operand = Some(expr.at);
        let typed = self.expr_that(expr, may_miss);
        self.scopes.clear();
        let found = match &typed.ty {
            Ty::Wrong => return None,
            Ty::Of(ty) if want.is_none_or(|want| serves(want, ty, &typed)) => {
                return Some((ty.clone(), typed.missing));
            }
            other => other,
        };
        let (en, zh) = match want {
            Some(want) => (
                format!("this must be {want}, and is {}", found.en()),
                format!("此处须为 {want}，而这是 {}", found.zh()),
            ),
            None => (
                format!("this is {}, not a value", found.en()),
                format!("这是{}，不是值", found.zh()),
            ),
        };
        let code = super::codes::EXPRESSION_TYPE;
        self.page.push(self.page.error(code, expr.at, en, zh));
        None
    }

    fn enter(&mut self, parameters: (Text, Text)) {
        let mut scope = Vec::new();
        let at = At::default();
        if self.subject.events.is_some() {
            scope.push((parameters.0, Typed::new(Ty::Event, at)));
        }
        if self.subject.customer {
            scope.push((parameters.1, Typed::new(Ty::Customer, at)));
        }
        self.scopes = vec![scope];
    }

    /// The event types that are possible here.
    fn possible(&self) -> Vec<EventId> {
        let all = self.subject.events.as_deref().unwrap_or(&[]);
        all.iter()
            .copied()
            .filter(|id| self.known.allows(*id))
            .collect()
    }

    fn expr(&mut self, expr: &Expr) -> Typed {
        self.expr_that(expr, false)
    }

    /// Types an expression; `may_miss` allows a path that is missing.
    fn expr_that(&mut self, expr: &Expr, may_miss: bool) -> Typed {
        let at = expr.at;
        match &expr.kind {
            ExprKind::Nothing => Typed::new(Ty::Nothing, at),
            ExprKind::Bool(b) => literal(Type::Bool, Value::Bool(*b), at),
            ExprKind::Int(n) => literal(Type::Int, Value::Int(*n), at),
            ExprKind::Decimal(d) => literal(Type::Decimal, Value::Decimal(*d), at),
            ExprKind::Text(t) => literal(Type::Text, Value::Text(t.clone()), at),
            // The character itself is a finding of the text before it is parsed.
            ExprKind::Char(_) => Typed::wrong(at),
            ExprKind::Template(parts) => {
                for part in parts {
                    self.expr(part);
                }
                Typed::of(Type::Text, at)
            }
            ExprKind::List(items) => self.list(items, at),
            ExprKind::Map(members) => {
                for (_, _, value) in members {
                    self.payload(value);
                }
                Typed::new(Ty::Map, at)
            }
            ExprKind::Name(name) => self.name(name, at),
            ExprKind::Property(base, name, name_at) => {
                self.property(base, name, *name_at, at, may_miss)
            }
            ExprKind::Method(base, name, name_at, args) => {
                self.method(base, name, *name_at, args, may_miss)
            }
            ExprKind::Call(name, args) => self.call(name, at, args),
            ExprKind::And(_) | ExprKind::Or(_) | ExprKind::In { .. } => {
                self.truth(expr);
                Typed::new(Ty::BOOL, at)
            }
            ExprKind::Unary(op, _) if op == "!" => {
                self.truth(expr);
                Typed::new(Ty::BOOL, at)
            }
            ExprKind::Unary(op, operand) => self.unary(op, operand, at),
            ExprKind::Binary(op, op_at, left, right) => self.binary(op, *op_at, left, right),
            ExprKind::Fallback(items) => self.fallback(items, at),
            ExprKind::Range { from, to, .. } => self.range(from, to, at),
            ExprKind::Block(body) => self.block_value(body, at),
            ExprKind::Index(..) => self.refuse_host("[…]", at),
            ExprKind::Refused(what) => self.refuse_host(what, at),
        }
    }

    fn refuse_host(&mut self, what: &str, at: At) -> Typed {
        let (en, zh) = match what {
            "[…]" => (
                "a member of a list cannot be read by its place".to_owned(),
                "不能按位置读取列表成员".to_owned(),
            ),
            "a function as a value" => (
                "a function cannot be a value".to_owned(),
                "函数不能作为值".to_owned(),
            ),
            _ => (
                format!("`{what}` is not part of the rule language"),
                format!("规则语言没有 `{what}`"),
            ),
        };
        self.page
            .push(self.page.error(super::codes::HOST_WORD, at, en, zh));
        Typed::wrong(at)
    }

    fn name(&mut self, name: &Text, at: At) -> Typed {
        let found = self.scopes.iter().rev().flat_map(|s| s.iter().rev());
        if let Some((_, typed)) = found.into_iter().find(|(known, _)| known == name) {
            return Typed {
                at,
                ..typed.clone()
            };
        }
        if let Some(value) = self.constants.get(name) {
            return constant(value, at);
        }
        if self.step_alone(name, at) {
            return Typed::wrong(at);
        }
        self.unknown_name(name, at);
        Typed::wrong(at)
    }

    fn unknown_name(&self, name: &str, at: At) {
        let finding = self.page.error(
            super::codes::UNKNOWN_NAME,
            at,
            format!("`{name}` is not known here"),
            format!("此处没有 `{name}`"),
        );
        let locals = self
            .scopes
            .iter()
            .flatten()
            .map(|(known, _)| known.as_str());
        let known: Vec<&str> = locals
            .chain(self.constants.keys().map(Text::as_str))
            .collect();
        let helper = |o: &Owner<'_>| o.script.function(name).is_some();
        let catalogue = self.world.layout.customer.contains_key(name);
        self.page.push(if self.owner.as_ref().is_some_and(helper) {
            finding.fix(
                format!("call it: `{name}(…)`"),
                format!("请调用：`{name}(…)`"),
            )
        } else if catalogue && self.subject.customer {
            finding.fix(
                format!("write `customer.{name}`"),
                format!("请写 `customer.{name}`"),
            )
        } else if self
            .possible()
            .iter()
            .any(|e| self.world.layout.event(*e, name).is_some())
        {
            finding.fix(
                format!("write `event.{name}`"),
                format!("请写 `event.{name}`"),
            )
        } else if name == "event" {
            finding.fix(
                "only `customer` can be read here",
                "此处只能读取 `customer`",
            )
        } else if name == "customer" {
            finding.fix("only `event` can be read here", "此处只能读取 `event`")
        } else {
            super::say::with_nearest(finding, name, known)
        });
    }

    fn list(&mut self, items: &[Expr], at: At) -> Typed {
        let typed: Vec<Typed> = items.iter().map(|item| self.expr(item)).collect();
        if let Some(actions) = self.actions_of(&typed) {
            return Typed::new(actions, at);
        }
        let Some(first) = typed.first() else {
            return Typed::new(Ty::EmptyList, at);
        };
        let literals: Option<Vec<Value>> = typed.iter().map(|t| t.literal.clone()).collect();
        let Ty::Of(ty) = first.ty.clone() else {
            if first.is_wrong() {
                return Typed::wrong(at);
            }
            return self.not_a_value(first);
        };
        for other in typed.iter().skip(1) {
            if !self.equal_types(first, other) {
                return Typed::wrong(at);
            }
        }
        let mut list = Typed::of(Type::List(Box::new(ty)), at);
        list.literal = literals.map(Value::List);
        list
    }

    fn not_a_value(&mut self, typed: &Typed) -> Typed {
        self.page.push(self.page.error(
            super::codes::ARGUMENT_TYPE,
            typed.at,
            format!("{} cannot stand here", typed.ty.en()),
            format!("{}不能出现在这里", typed.ty.zh()),
        ));
        Typed::wrong(typed.at)
    }

    /// A member of a payload: any value, missing or not.
    fn payload(&mut self, value: &Expr) {
        let typed = self.expr_that(value, true);
        if !matches!(
            typed.ty,
            Ty::Of(_) | Ty::EmptyList | Ty::Map | Ty::Wrong | Ty::Never
        ) {
            self.not_a_value(&typed);
        }
    }
}
