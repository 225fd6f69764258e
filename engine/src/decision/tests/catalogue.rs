//! The catalogue of the tests' bank, put together in code.

use super::kit::*;
use rules::catalogue::policy::{List, Reason};
use rules::catalogue::{
    Catalogue, Entity, EventType, Extra, Family, Field, Method, Tag, TimeSettings,
};
use rules::finding::{Place, Words};
use rules::money::Currency;
use rules::value::{Type, Value};

pub(super) fn words(text: &str) -> Words {
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

pub(super) fn catalogue() -> Catalogue {
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
