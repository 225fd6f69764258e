//! The type check of rules and catalogue expressions. It types the whole text, so that nothing is
//! ever missing or mixed at run time, and notes every slot that is read.

mod actions;
mod arithmetic;
mod calls;
mod chain;
mod compare;
mod conditions;
mod facts;
mod fallback;
mod flow;
mod hints;
mod marks;
mod operators;
mod paths;
mod result;
mod windows;

use super::page::Page;
use super::print::Constants;
use super::tree::{At, Expr, ExprKind, Script};
use crate::catalogue::feature::Feature;
use crate::catalogue::{Catalogue, EventId};
use crate::draft::Verb;
use crate::layout::{Layout, Slot, Source};
use crate::rule::{Class, Function};
use crate::value::{Text, Type, Value};
use facts::Known;
pub use hints::hint;
use std::collections::{BTreeMap, BTreeSet};

/// What the check may ask about names.
#[derive(Clone, Copy, Debug)]
pub struct World<'a> {
    /// The catalogue; derived expressions carry their types as far as those are known.
    pub catalogue: &'a Catalogue,
    /// The slots.
    pub layout: &'a Layout,
    /// Derived expressions without a type: their readers say nothing more.
    pub untyped: &'a BTreeSet<u16>,
}

impl World<'_> {
    /// The type of a slot; `None` for a derived expression that has none.
    fn slot_type(&self, slot: Slot) -> Option<(Type, bool)> {
        let spec = self.layout.slot(slot)?;
        let ty = match spec.source {
            Source::EventDerived(at) | Source::CustomerDerived(at) => {
                if self.untyped.contains(&at) {
                    return None;
                }
                self.catalogue.derived.get(usize::from(at))?.ty.clone()
            }
            _ => spec.ty.clone(),
        };
        Some((ty, spec.optional))
    }
}

/// What a text may read.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The event types it runs on; `None`: it has no event.
    pub events: Option<Vec<EventId>>,
    /// True when the event types are not all known: nothing is said about `event` then.
    pub unsure: bool,
    /// False: it has no customer.
    pub customer: bool,
    /// True: of the event only its own members, not what is computed from state.
    pub raw: bool,
}

/// Where a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A function of a rule.
    Rule(Function),
    /// An expression of the catalogue.
    Expression,
}

/// The type of an expression while it is checked.
#[derive(Clone, Debug, PartialEq)]
pub enum Ty {
    /// A value.
    Of(Type),
    /// A list without members.
    EmptyList,
    /// A range of numbers.
    Range(Type),
    /// `event`
    Event,
    /// `customer`
    Customer,
    /// `customer.before`
    Before,
    /// An action.
    Action(ActionTy),
    /// Several actions.
    Actions,
    /// A mark.
    Mark,
    /// A payload.
    Map,
    /// No value.
    Nothing,
    /// It never gets here.
    Never,
    /// A finding has been said; nothing more is.
    Wrong,
}

impl Ty {
    const BOOL: Self = Self::Of(Type::Bool);

    /// The author's word for it.
    fn word(&self) -> (String, &'static str) {
        match self {
            Self::Of(ty) => (ty.to_string(), ""),
            Self::EmptyList => ("an empty list".into(), "空列表"),
            Self::Range(_) => ("a range".into(), "区间"),
            Self::Event => ("the event".into(), "事件"),
            Self::Customer => ("the customer".into(), "客户"),
            Self::Before => ("`customer.before`".into(), "`customer.before`"),
            Self::Action(_) => ("an action".into(), "动作"),
            Self::Actions => ("actions".into(), "动作列表"),
            Self::Mark => ("a mark".into(), "标记"),
            Self::Map => ("a payload".into(), "数据"),
            Self::Nothing | Self::Never => ("nothing".into(), "空"),
            Self::Wrong => ("unknown".into(), "未知"),
        }
    }

    fn en(&self) -> String {
        self.word().0
    }

    fn zh(&self) -> String {
        match self.word() {
            (en, "") => en,
            (_, zh) => zh.to_owned(),
        }
    }
}

/// What is known of an action.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionTy {
    /// Its verb.
    pub verb: Verb,
    /// Where its verb stands.
    pub at: At,
}

/// A typed expression.
#[derive(Clone, Debug)]
struct Typed {
    ty: Ty,
    /// Its value, when it is a literal or a constant.
    literal: Option<Value>,
    /// True when it may be missing; only where the reader allows it.
    missing: bool,
    at: At,
}

impl Typed {
    fn new(ty: Ty, at: At) -> Self {
        Self {
            ty,
            literal: None,
            missing: false,
            at,
        }
    }

    fn of(ty: Type, at: At) -> Self {
        Self::new(Ty::Of(ty), at)
    }

    fn wrong(at: At) -> Self {
        Self::new(Ty::Wrong, at)
    }

    fn is_wrong(&self) -> bool {
        self.ty == Ty::Wrong
    }
}

/// What a check found besides findings.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The slots that can be read.
    pub reads: BTreeSet<Slot>,
    /// Inline windows.
    pub windows: Vec<Feature>,
    /// Offers that are named.
    pub offers: BTreeSet<Text>,
    /// Verbs that are used, by place, and whether they were given a reason.
    pub verbs: BTreeMap<At, (Verb, bool)>,
    /// Helper functions that are called.
    pub called: BTreeSet<Text>,
    /// Fields whose entity's window is read, with the place and the feature's name.
    pub entities: Vec<(At, String)>,
}

/// The rule whose functions are checked.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its class, where it is known.
    pub class: Option<Class>,
    /// Its script: the helper functions.
    pub script: &'a Script,
}

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
    memo: BTreeMap<String, Ty>,
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
                format!("此处须为 {want},而这是 {}", found.zh()),
            ),
            None => (
                format!("this is {}, not a value", found.en()),
                format!("这是{},不是值", found.zh()),
            ),
        };
        let code = super::codes::EXPRESSION_TYPE;
        self.page.push(self.page.error(code, expr.at, en, zh));
        None
    }

    /// What each operand of `when` reads, helpers included, in silence: its findings were said.
    pub fn operands(&mut self, parts: &[Expr], parameters: &(Text, Text)) -> Vec<BTreeSet<Slot>> {
        let silent = self.page.fresh();
        let mut again = Checker::new(
            self.world,
            &silent,
            self.subject.clone(),
            self.constants,
            self.owner,
        );
        again.role = Role::Rule(Function::When);
        again.enter(parameters.clone());
        let mut all = Vec::with_capacity(parts.len());
        for part in parts {
            again.memo.clear();
            let truth = again.truth(part);
            again.known.and(&truth.yes);
            all.push(std::mem::take(&mut again.found.reads));
        }
        all
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
                format!("请调用:`{name}(…)`"),
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

/// Whether a value of type `ty` serves where `want` is wanted.
fn serves(want: &Type, ty: &Type, typed: &Typed) -> bool {
    match (want, ty) {
        (Type::Text, Type::Text | Type::Symbol(_)) | (Type::Decimal, Type::Int) => true,
        (Type::Symbol(words), Type::Text) => match &typed.literal {
            Some(Value::Text(word)) => words.is_empty() || words.contains(word),
            _ => true,
        },
        // Words outside the tag's own are left out when they arrive.
        (Type::Symbol(_), Type::Symbol(_)) => true,
        (Type::Money(_), Type::Int | Type::Decimal) => typed.literal.is_some(),
        _ => want == ty,
    }
}

fn literal(ty: Type, value: Value, at: At) -> Typed {
    Typed {
        literal: Some(value),
        ..Typed::of(ty, at)
    }
}

/// A constant as the literal it stands for.
fn constant(value: &Value, at: At) -> Typed {
    let ty = match value {
        Value::Bool(_) => Type::Bool,
        Value::Int(_) => Type::Int,
        Value::Decimal(_) => Type::Decimal,
        Value::Text(_) => Type::Text,
        Value::List(items) => match items.first().map(|item| constant(item, at).ty) {
            Some(Ty::Of(of)) => Type::List(Box::new(of)),
            Some(_) => return Typed::wrong(at),
            None => return Typed::new(Ty::EmptyList, at),
        },
        _ => return Typed::wrong(at),
    };
    literal(ty, value.clone(), at)
}
