//! What a bank is made of: a catalogue, offers, channels, policy and rules, put together in code.

use super::kit::*;
use crate::contacts::Contacts;
use crate::decision::shared::Shared;
use crate::tally::{Depth, Tally};
use rules::book::{Book, CompiledExpression, ExpressionId, RuleIx};
use rules::catalogue::policy::{
    Cap, CapScope, Channel, Lever, List, Offer, OfferKind, Override, Purpose, Quiet, Reason,
    Suppression,
};
use rules::catalogue::{
    Catalogue, Entity, EventId, EventType, Expression, Extra, Family, Field, Method, Tag,
    TimeSettings,
};
use rules::draft::Verb;
use rules::finding::{Place, Words};
use rules::interpreter::Interpreter;
use rules::layout::{Layout, Slot};
use rules::money::Currency;
use rules::rule::{Body, Class, Function, Header, Mode, OnError, Operand, Rule};
use rules::value::{Type, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

fn words(text: &str) -> Words {
    Words::new(text, text)
}

fn field(name: &str, ty: Type, optional: bool) -> Field {
    Field {
        name: name.into(),
        json: name.into(),
        ty,
        optional,
        default: Value::Missing,
        min: Value::Missing,
        max: Value::Missing,
        max_len: None,
        sensitive: false,
        title: words(name),
    }
}

fn event_type(name: &str, family: Family, fields: Vec<Field>) -> EventType {
    EventType {
        name: name.into(),
        family,
        title: words(name),
        fields,
        extra: Extra::Ignore,
        answer: None,
        lateness: None,
        admission: None,
        place: Place::file("events.toml"),
    }
}

fn tag(name: &str, ty: Type) -> Tag {
    Tag {
        was: None,
        name: name.into(),
        title: words(name),
        ty,
        optional: true,
        default: Value::Missing,
        ttl: Some(DAY),
        stale: None,
        writers: Vec::new(),
        personal: false,
        set: Vec::new(),
        history: None,
        ago: Vec::new(),
        place: Place::file("tags.toml"),
    }
}

fn events() -> Vec<EventType> {
    let money = Type::Money(Currency::parse("CNY").unwrap());
    let payment = vec![
        field("amount", money, false),
        field("card", Type::Ref(CARD), false),
        field("risk", Type::Decimal, false),
    ];
    let consent = vec![
        field("purpose", Type::Text, false),
        field("channel", Type::Text, false),
        field("given", Type::Bool, false),
    ];
    let mut events = vec![
        event_type("transaction.payment", Family::Transaction, payment),
        event_type("channel.complaint", Family::Channel, Vec::new()),
        event_type("channel.complaint_closed", Family::Channel, Vec::new()),
        event_type("profile.consent", Family::Profile, consent),
    ];
    for word in OUTCOMES {
        let fields = vec![
            field("action_id", Type::Text, false),
            field("channel", Type::Text, true),
        ];
        events.push(event_type(
            &format!("outcome.{word}"),
            Family::Outcome,
            fields,
        ));
    }
    events
}

fn catalogue() -> Catalogue {
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    Catalogue {
        time: TimeSettings {
            zone,
            zone_name: "Asia/Shanghai".into(),
            lateness: 0,
            sources: Vec::new(),
            max_future: 0,
            max_past: 0,
            duplicates: 0,
        },
        events: events(),
        audiences: Vec::new(),
        entities: vec![Entity {
            name: "card".into(),
            pattern: None,
            mask_last: None,
            idle: None,
            tags: Vec::new(),
        }],
        tags: vec![
            tag("phone", Type::Text),
            tag("language", Type::Text),
            tag("age", Type::Int),
        ],
        dated: Vec::new(),
        segments: Vec::new(),
        streams: Vec::new(),
        features: Vec::new(),
        derived: Vec::new(),
        patterns: Vec::new(),
        columns: Vec::new(),
        reasons: vec![
            Reason {
                code: "TRAVELS".into(),
                text: Words::new("Travels abroad", "境外旅行"),
                tell: Some(Words::new("Have a safe trip", "旅途平安")),
            },
            Reason {
                code: "BURST".into(),
                text: Words::new("Too many at once", "短时突发"),
                tell: None,
            },
        ],
        offers: Vec::new(),
        channels: Vec::new(),
        teams: Vec::new(),
        methods: vec![Method {
            name: "face".into(),
            expires: Some(5 * MINUTE),
        }],
        processes: Vec::new(),
        lists: vec![List {
            name: "trusted".into(),
            of: Type::Text,
            members: vec!["C9".into()],
        }],
        caps: Vec::new(),
        suppressions: Vec::new(),
        consent: None,
        overrides: None,
        levers: Vec::new(),
        places: rules::catalogue::place::Places::default(),
        classes_off: Vec::new(),
    }
}

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
