//! The words of the type check: what may be asked, what an expression is, what was found.

use crate::catalogue::feature::Feature;
use crate::catalogue::{Catalogue, EventId};
use crate::draft::Verb;
use crate::language::tree::{At, Script};
use crate::layout::{Layout, Slot, Source};
use crate::rule::{Class, Function};
use crate::value::{Text, Type, Value};
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
    pub(super) fn slot_type(&self, slot: Slot) -> Option<(Type, bool)> {
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
    /// The steps of a pattern, where this is one of its conditions.
    pub steps: Vec<StepName>,
}

/// A step that stands beside a condition of its pattern.
#[derive(Clone, Debug)]
pub struct StepName {
    /// Its name.
    pub name: Text,
    /// The word behind `event` that it is compiled to; `None`: it comes later, or is this one.
    pub hidden: Option<Text>,
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
    pub(super) const BOOL: Self = Self::Of(Type::Bool);

    /// The author's word for it.
    pub(super) fn word(&self) -> (String, &'static str) {
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

    pub(super) fn en(&self) -> String {
        self.word().0
    }

    pub(super) fn zh(&self) -> String {
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
pub(super) struct Typed {
    pub(super) ty: Ty,
    /// Its value, when it is a literal or a constant.
    pub(super) literal: Option<Value>,
    /// True when it may be missing; only where the reader allows it.
    pub(super) missing: bool,
    /// The field of the event it was read from, when it refers to an entity.
    pub(super) field: Option<Text>,
    pub(super) at: At,
}

impl Typed {
    pub(super) fn new(ty: Ty, at: At) -> Self {
        Self {
            ty,
            literal: None,
            missing: false,
            field: None,
            at,
        }
    }

    pub(super) fn of(ty: Type, at: At) -> Self {
        Self::new(Ty::Of(ty), at)
    }

    pub(super) fn wrong(at: At) -> Self {
        Self::new(Ty::Wrong, at)
    }

    pub(super) fn is_wrong(&self) -> bool {
        self.ty == Ty::Wrong
    }
}

/// What a check found besides findings.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The slots that can be read.
    pub reads: BTreeSet<Slot>,
    /// The same by operand of `when`, where it is one expression.
    pub operands: Vec<BTreeSet<Slot>>,
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

/// Whether a value of type `ty` serves where `want` is wanted.
pub(super) fn serves(want: &Type, ty: &Type, typed: &Typed) -> bool {
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

pub(super) fn literal(ty: Type, value: Value, at: At) -> Typed {
    Typed {
        literal: Some(value),
        ..Typed::of(ty, at)
    }
}

/// A constant as the literal it stands for.
pub(super) fn constant(value: &Value, at: At) -> Typed {
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
