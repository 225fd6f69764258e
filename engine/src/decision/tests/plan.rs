//! What a bank is made of: its catalogue, offers, channels, policy and rules, put together in code.

use super::catalogue::{catalogue, words};
use super::kit::*;
use crate::contacts::Contacts;
use crate::decision::shared::Shared;
use crate::tally::{Depth, Tally};
use rules::book::{Book, CompiledExpression, ExpressionId, RuleIx};
use rules::catalogue::policy::{
    Cap, CapScope, Channel, Lever, Offer, OfferKind, Override, Purpose, Quiet, Suppression,
};
use rules::catalogue::{Catalogue, EventId, Expression};
use rules::draft::Verb;
use rules::finding::Place;
use rules::interpreter::Interpreter;
use rules::layout::{Layout, Slot};
use rules::rule::{Body, Class, Function, Header, Mode, OnError, Operand, Rule};
use rules::value::Type;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a bank is made of, before it opens.
pub(crate) struct Plan {
    pub(crate) catalogue: Catalogue,
    pub(crate) rules: Vec<Rule>,
    expressions: Vec<CompiledExpression>,
}

/// A rule that says `then` whenever its condition holds.
pub(crate) struct Spec {
    pub(crate) id: &'static str,
    pub(crate) class: Class,
    pub(crate) when: &'static str,
    pub(crate) then: &'static str,
    pub(crate) always: &'static str,
    pub(crate) more: &'static str,
}

impl Spec {
    pub(crate) fn new(id: &'static str, class: Class, then: &'static str) -> Self {
        Self {
            id,
            class,
            when: "true",
            then,
            always: "",
            more: "",
        }
    }
}

impl Plan {
    pub(crate) fn new() -> Self {
        let mut plan = Self {
            catalogue: catalogue(),
            rules: Vec::new(),
            expressions: Vec::new(),
        };
        plan.channel("app", 1, None, None);
        plan.channel(
            "sms",
            1,
            Some("customer.phone"),
            Some((21 * HOUR, 8 * HOUR)),
        );
        plan.offer("travel", OfferKind::Offer, Purpose::Marketing, "18", 0.04);
        plan.offer("dinner", OfferKind::Offer, Purpose::Marketing, "6", 0.11);
        plan.offer("care", OfferKind::Retain, Purpose::Marketing, "40", 0.10);
        plan.offer("callback", OfferKind::Serve, Purpose::Service, "0", 0.0);
        plan
    }

    pub(crate) fn expression(&mut self, text: &str, ty: Type) -> Expression {
        let id = ExpressionId(u32::try_from(self.expressions.len()).unwrap());
        self.expressions.push(CompiledExpression {
            text: text.to_owned(),
            parameters: ("event".into(), "customer".into()),
            ty,
            optional: true,
            reads: Vec::new(),
            rule: None,
        });
        let raw = format!("\"{text}\"");
        Expression::quoted(text, &raw, &Place::file("catalog"), id)
    }

    pub(crate) fn channel(
        &mut self,
        name: &str,
        top: u32,
        addresses: Option<&str>,
        quiet: Option<(i64, i64)>,
    ) {
        let addresses = addresses.map(|text| self.expression(text, Type::Text));
        self.catalogue.channels.push(Channel {
            name: name.into(),
            title: words(name),
            addresses,
            purposes: Vec::new(),
            top,
            quiet: quiet.map(|(from, to)| Quiet { from, to }),
            reply: false,
            placements: Vec::new(),
            fallback: Vec::new(),
            place: Place::file("channels.toml"),
        });
    }

    pub(crate) fn offer(
        &mut self,
        name: &str,
        kind: OfferKind,
        purpose: Purpose,
        value: &str,
        propensity: f64,
    ) {
        self.catalogue.offers.push(Offer {
            name: name.into(),
            kind,
            group: Some("things".into()),
            title: words(name),
            purpose,
            valid: None,
            eligible: None,
            applicable: None,
            suitable: None,
            value: Some(yuan(value)),
            propensity,
            channels: vec!["app".into(), "sms".into()],
            templates: vec![("app".into(), format!("{name}_app").into())],
            expires: None,
            place: Place::file("offers.toml"),
        });
    }

    pub(crate) fn offer_mut(&mut self, name: &str) -> &mut Offer {
        let mut offers = self.catalogue.offers.iter_mut();
        offers.find(|offer| offer.name == name).unwrap()
    }

    pub(crate) fn cap(&mut self, name: &str, count: CapScope, max: u32, over: i64) {
        self.catalogue.caps.push(Cap {
            name: name.into(),
            count,
            max,
            over,
        });
    }

    pub(crate) fn suppression(&mut self, suppression: Suppression) {
        self.catalogue.suppressions.push(suppression);
    }

    pub(crate) fn overrides(&mut self, lifts: &[Verb]) {
        self.catalogue.overrides = Some(Override {
            list: "trusted".into(),
            lifts: lifts.to_vec(),
        });
    }

    pub(crate) fn lever(&mut self, name: &str, weight: f64, valid: Option<(i64, i64)>) {
        self.catalogue.levers.push(Lever {
            name: name.into(),
            weight,
            valid,
        });
    }

    /// Adds a rule on payments, unless its header is changed, and gives that.
    pub(crate) fn rule(&mut self, spec: Spec) -> &mut Header {
        let mut source = format!(
            "fn when(event, customer) {{ {} }}\n{}\n",
            spec.when, spec.more
        );
        if !spec.then.is_empty() {
            source.push_str(&format!("fn then(event, customer) {{ {} }}\n", spec.then));
        }
        if !spec.always.is_empty() {
            source.push_str(&format!(
                "fn always(event, customer) {{ {} }}\n",
                spec.always
            ));
        }
        let bodies = Function::ALL
            .into_iter()
            .filter(|f| source.contains(&format!("fn {}(", f.name())))
            .map(|function| Body {
                function,
                reads: Vec::new(),
            })
            .collect();
        let operands = spec
            .when
            .split(" && ")
            .map(|text| Operand {
                text: text.to_owned(),
                line: 1,
                expression: self.expression(text, Type::Bool).id,
            })
            .collect();
        self.rules.push(Rule {
            id: spec.id.into(),
            file: format!("rules/{}.rhai", spec.id).into(),
            source: source.into(),
            version: "0123456789ab".into(),
            header: Header {
                on: vec![PAYMENT],
                class: spec.class,
                title: words(spec.id),
                priority: 0,
                lever: None,
                valid: None,
                cooldown: None,
                rollout: None,
                mode: Mode::Live,
                on_error: OnError::Skip,
                audience: None,
                brake: None,
                owner: None,
                scene: None,
                cold_live: false,
            },
            constants: Vec::new(),
            bodies,
            operands,
            windows: Vec::new(),
        });
        &mut self.rules.last_mut().unwrap().header
    }

    pub(crate) fn open(mut self) -> Bank {
        self.rules.sort_by(|a, b| a.id.cmp(&b.id));
        let layout = Layout::build(&self.catalogue);
        let all: Vec<Slot> = (0..layout.slots.len())
            .map(|at| Slot(u16::try_from(at).unwrap()))
            .collect();
        let event = |slot: &Slot| layout.slot(*slot).unwrap().path.starts_with("event.");
        let (paths, tags): (Vec<Slot>, Vec<Slot>) = all.iter().copied().partition(event);
        let readable = |kind: &EventId| -> Vec<Slot> {
            let names = &layout.events[usize::from(kind.0)].names;
            let own = paths
                .iter()
                .filter(|slot| names.values().any(|n| n == *slot));
            own.chain(&tags).copied().collect()
        };
        for rule in &mut self.rules {
            let first = readable(&rule.header.on[0]);
            for body in &mut rule.bodies {
                body.reads.clone_from(&first);
            }
        }
        for expression in &mut self.expressions {
            expression.reads.clone_from(&all);
        }
        let mut by_event = vec![Vec::new(); self.catalogue.events.len()];
        let mut record = vec![Vec::new(); self.catalogue.events.len()];
        for (ix, rule) in (0..).map(RuleIx).zip(&self.rules) {
            for kind in &rule.header.on {
                by_event[usize::from(kind.0)].push(ix);
                record[usize::from(kind.0)] = readable(kind);
            }
        }
        let book = Arc::new(Book {
            layout,
            rules: self.rules,
            by_event,
            expressions: self.expressions,
            record,
            hash: "book00000000".into(),
            native: Arc::default(),
            catalogue: self.catalogue,
        });
        Bank {
            interpreter: Interpreter::new(Arc::clone(&book)),
            tally: Tally::new(&book, Depth::FirstFalse),
            book,
            contacts: Contacts::new(),
            shared: Shared::new(),
            listed: BTreeSet::new(),
            tags: BTreeMap::new(),
            customer: "C7".into(),
            events: 0,
        }
    }
}
