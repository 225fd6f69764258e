//! A small bank: two event types, a terminal, a few tags and windows; rules from source.

use super::catalogue::catalogue;
use crate::book::{Book, CompiledExpression, ExpressionId, RuleIx};
use crate::catalogue::EventId;
use crate::draft::{Draft, Mark};
use crate::facts::Facts;
use crate::finding::Words;
use crate::interpreter::{Interpreter, RuleError};
use crate::layout::Layout;
use crate::money::{Currency, Money};
use crate::rule::{Class, Function, Header, Mode, OnError, Rule};
use crate::value::{Day, EntityKey, EntityKind, Text, Type, Value};
use std::sync::Arc;

pub(super) const TERMINAL: EntityKind = EntityKind(0);
pub(super) const CARD: EntityKind = EntityKind(1);
/// 2026-03-02T09:00:00+08:00.
pub(super) const NOW: i64 = 1_772_413_200_000;

pub(super) fn cny() -> Currency {
    Currency::parse("CNY").unwrap()
}

pub(super) fn yuan(text: &str) -> Value {
    Value::Money(Money::from_major(text, cny()).unwrap())
}

pub(super) fn text(t: &str) -> Value {
    Value::Text(t.into())
}

pub(super) fn terminal(id: &str) -> Value {
    Value::Ref(EntityKey {
        kind: TERMINAL,
        id: id.into(),
    })
}

pub(super) fn rule(source: &str, constants: Vec<(Text, Value)>) -> Rule {
    Rule {
        id: "fraud.test".into(),
        file: "rules/fraud/test.rhai".into(),
        source: source.into(),
        version: "000000000000".into(),
        header: Header {
            on: vec![EventId(0)],
            class: Class::Fraud,
            title: Words::new("", ""),
            priority: 1,
            lever: None,
            valid: None,
            cooldown: None,
            rollout: None,
            mode: Mode::Live,
            on_error: OnError::Hold,
            brake: None,
            audience: None,
            owner: None,
            scene: None,
            cold_live: false,
        },
        constants,
        bodies: Vec::new(),
        operands: Vec::new(),
        windows: Vec::new(),
    }
}

pub(super) struct Bank {
    pub(super) interpreter: Interpreter,
    pub(super) facts: Facts,
    layout: Layout,
}

impl Bank {
    pub(super) fn new(rules: Vec<Rule>, expressions: Vec<CompiledExpression>) -> Self {
        let catalogue = catalogue();
        let layout = Layout::build(&catalogue);
        let book = Book {
            layout: layout.clone(),
            rules,
            by_event: Vec::new(),
            expressions,
            record: Vec::new(),
            hash: "000000000000".into(),
            native: Arc::default(),
            catalogue,
        };
        let mut bank = Self {
            facts: Facts::new(layout.slots.len()),
            interpreter: Interpreter::new(Arc::new(book)),
            layout,
        };
        bank.payment();
        bank
    }

    pub(super) fn of(source: &str) -> Self {
        Self::new(vec![rule(source, Vec::new())], Vec::new())
    }

    /// A rule whose `when` is this body.
    pub(super) fn when(body: &str) -> Self {
        Self::of(&format!("fn when(event, customer) {{ {body} }}"))
    }

    pub(super) fn payment(&mut self) {
        self.facts.reset(EventId(0));
        let day = Day::parse("2026-03-02").unwrap();
        for (name, value) in [
            ("id", text("e1")),
            ("type", text("transaction.payment")),
            ("time", Value::Time(NOW)),
            ("date", Value::Date(day)),
            ("hour", Value::Int(9)),
            ("weekday", Value::Int(1)),
            ("amount", yuan("499.99")),
            ("country", text("FR")),
            ("terminal", terminal("T9")),
            ("card", Value::Missing),
            ("memo", Value::Missing),
            ("tries", Value::Int(3)),
            ("risk", Value::Decimal(0.25)),
            ("online", Value::Bool(true)),
            ("codes", Value::List(vec![text("A"), text("B")])),
            ("spot", Value::Place(31.2, 121.5)),
            ("wait", Value::Duration(90_000)),
            ("金额", yuan("8.88")),
            ("new_terminal", Value::Bool(true)),
        ] {
            self.set(name, value);
        }
        for (name, value) in [
            ("cards_5m", Value::Int(8)),
            ("payments.count.5m", Value::Int(12)),
        ] {
            let slot = self.layout.event_ref(EventId(0), "terminal", name).unwrap();
            self.facts.set(slot, value);
        }
        for (name, value) in [
            ("home_country", Value::Missing),
            ("travel_notice", Value::Bool(false)),
            ("assets", yuan("1000.00")),
            ("policy_ends", Value::Date(Day(day.0 + 30))),
            ("last_seen", Value::Time(NOW - 86_400_000)),
            ("年龄", Value::Int(30)),
            ("withdrawals_10m", Value::Int(3)),
            ("withdrawals.count.10m", Value::Int(3)),
            ("payments.sum.amount.1d", yuan("700.00")),
            ("payments.avg.amount.1d", Value::Missing),
        ] {
            let slot = self.layout.customer[&Text::from(name)];
            self.facts.set(slot, value);
        }
        self.facts
            .set(self.layout.before["withdrawals_10m"], Value::Int(2));
    }

    pub(super) fn set(&mut self, field: &str, value: Value) {
        let slot = self.layout.event(EventId(0), field).unwrap();
        self.facts.set(slot, value);
    }

    /// A payment of which only the cards at the terminal are computed.
    pub(super) fn only_cards(&mut self, cards: i64) {
        self.facts.reset(EventId(0));
        let slot = self.layout.event_ref(EventId(0), "terminal", "cards_5m");
        self.facts.set(slot.unwrap(), Value::Int(cards));
    }

    /// The facts of a login.
    pub(super) fn login(&mut self) {
        self.facts.reset(EventId(1));
        for (name, value) in [("type", text("channel.login")), ("country", text("CN"))] {
            let slot = self.layout.event(EventId(1), name).unwrap();
            self.facts.set(slot, value);
        }
    }

    pub(super) fn condition(&mut self) -> Result<bool, RuleError> {
        self.interpreter
            .condition(RuleIx(0), Function::When, &mut self.facts)
    }

    pub(super) fn then(&mut self) -> Result<Vec<Draft>, RuleError> {
        self.interpreter.then(RuleIx(0), &mut self.facts)
    }

    pub(super) fn always(&mut self) -> Result<Vec<Mark>, RuleError> {
        self.interpreter.always(RuleIx(0), &mut self.facts)
    }

    pub(super) fn read(&self) -> Vec<String> {
        let slots: Vec<_> = self.facts.reads().collect();
        slots
            .into_iter()
            .map(|slot| self.layout.slot(slot).unwrap().path.clone())
            .collect()
    }
}

/// An expression over `event` and `customer`.
pub(super) fn expression(text: &str, ty: Type, rule: Option<RuleIx>) -> CompiledExpression {
    CompiledExpression {
        text: text.to_owned(),
        parameters: ("event".into(), "customer".into()),
        ty,
        optional: true,
        reads: Vec::new(),
        rule,
    }
}

/// What an expression of this type gives.
pub(super) fn value(text: &str, ty: Type) -> Result<Value, RuleError> {
    let mut bank = Bank::new(Vec::new(), vec![expression(text, ty, None)]);
    bank.interpreter
        .expression(ExpressionId(0), &mut bank.facts)
}

/// What a `when` of this body gives.
pub(super) fn holds(body: &str) -> Result<bool, String> {
    Bank::when(body).condition().map_err(|error| error.message)
}
