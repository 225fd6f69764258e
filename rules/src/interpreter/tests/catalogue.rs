//! The catalogue of the small bank, put together in code.

use super::kit::{CARD, TERMINAL, cny};
use crate::catalogue::feature::{Feature, Key, Span, Stream, Take};
use crate::catalogue::place::Places;
use crate::catalogue::policy::List;
use crate::catalogue::{
    Catalogue, Entity, EventId, EventType, Extra, Family, Field, Tag, TimeSettings,
};
use crate::finding::{Place, Words};
use crate::value::{Type, Value};

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
        title: Words::new("", ""),
    }
}

fn event(name: &str, fields: Vec<Field>) -> EventType {
    EventType {
        name: name.into(),
        family: Family::Transaction,
        title: Words::new("", ""),
        fields,
        extra: Extra::Ignore,
        answer: None,
        lateness: None,
        admission: None,
        place: Place::file("events.toml"),
    }
}

fn tag(name: &str, ty: Type, optional: bool) -> Tag {
    Tag {
        was: None,
        name: name.into(),
        title: Words::new("", ""),
        ty,
        optional,
        default: Value::Missing,
        ttl: None,
        stale: None,
        writers: Vec::new(),
        personal: false,
        set: Vec::new(),
        history: None,
        ago: Vec::new(),
        place: Place::file("tags.toml"),
    }
}

fn feature(name: &str, key: Key, take: Take, ty: Type) -> Feature {
    Feature {
        name: name.into(),
        was: None,
        title: Words::new("", ""),
        stream: 0,
        filter: None,
        key,
        take,
        of: None,
        span: Span::Sliding,
        over: 600_000,
        step: None,
        delay: 0,
        current: true,
        min: None,
        default: Value::Missing,
        max: None,
        optional: take.may_miss(),
        ty,
        place: Place::file("features.toml"),
    }
}

fn entity(name: &str) -> Entity {
    Entity {
        name: name.into(),
        pattern: None,
        mask_last: None,
        idle: None,
        tags: Vec::new(),
    }
}

pub(super) fn catalogue() -> Catalogue {
    let money = Type::Money(cny());
    let payment = vec![
        field("amount", money.clone(), false),
        field("country", Type::Symbol(Vec::new()), false),
        field("terminal", Type::Ref(TERMINAL), false),
        field("card", Type::Ref(CARD), true),
        field("memo", Type::Text, true),
        field("tries", Type::Int, false),
        field("risk", Type::Decimal, false),
        field("online", Type::Bool, false),
        field("codes", Type::List(Box::new(Type::Text)), false),
        field("spot", Type::Place, false),
        field("wait", Type::Duration, false),
        field("金额", money.clone(), false),
    ];
    let features = vec![
        feature("withdrawals_10m", Key::Customer, Take::Count, Type::Int),
        feature(
            "withdrawals.count.10m",
            Key::Customer,
            Take::Count,
            Type::Int,
        ),
        feature(
            "payments.sum.amount.1d",
            Key::Customer,
            Take::Sum,
            money.clone(),
        ),
        feature(
            "payments.avg.amount.1d",
            Key::Customer,
            Take::Avg,
            money.clone(),
        ),
        feature("cards_5m", Key::Entity(TERMINAL), Take::Distinct, Type::Int),
        feature(
            "payments.count.5m",
            Key::Entity(TERMINAL),
            Take::Count,
            Type::Int,
        ),
        feature("new_terminal", Key::Pair(TERMINAL), Take::New, Type::Bool),
    ];
    Catalogue {
        time: TimeSettings {
            zone: jiff::tz::TimeZone::UTC,
            zone_name: "UTC".into(),
            lateness: 0,
            sources: Vec::new(),
            max_future: 0,
            max_past: 0,
            duplicates: 0,
        },
        events: vec![
            event("transaction.payment", payment),
            event(
                "channel.login",
                vec![field("country", Type::Symbol(Vec::new()), false)],
            ),
        ],
        audiences: Vec::new(),
        entities: vec![entity("terminal"), entity("card")],
        tags: vec![
            tag("home_country", Type::Symbol(Vec::new()), true),
            tag("travel_notice", Type::Bool, false),
            tag("assets", money, false),
            tag("policy_ends", Type::Date, true),
            tag("last_seen", Type::Time, true),
            tag("年龄", Type::Int, false),
        ],
        dated: Vec::new(),
        segments: Vec::new(),
        streams: vec![Stream {
            name: "payments".into(),
            on: vec![EventId(0)],
            filter: None,
            place: Place::file("streams.toml"),
        }],
        features,
        derived: Vec::new(),
        patterns: Vec::new(),
        columns: Vec::new(),
        reasons: Vec::new(),
        offers: Vec::new(),
        channels: Vec::new(),
        teams: Vec::new(),
        methods: Vec::new(),
        processes: Vec::new(),
        lists: vec![List {
            name: "trusted".into(),
            of: Type::Text,
            members: vec!["P1".into(), "T9".into()],
        }],
        caps: Vec::new(),
        suppressions: Vec::new(),
        consent: None,
        overrides: None,
        levers: Vec::new(),
        places: Places::default(),
        classes_off: Vec::new(),
    }
}
