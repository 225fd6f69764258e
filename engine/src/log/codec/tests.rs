//! What is written comes back, for every change and any content.

mod patterns;
mod rounds;

use super::tracks::Reading;
use super::*;
use crate::change::{Change, SharedChange};
use crate::contacts::{Hold, Reservation};
use crate::journal::{Entry, Owner};
use crate::place::Fix;
use crate::place::whereabouts::Turn;
use crate::switch::Switch;
use crate::window::track::{Cell, Order};
use proptest::prelude::*;
use rules::money::{Currency, Money};
use rules::place::Point;
use rules::place::cell::Cell as Earth;
use rules::rule::Class;
use rules::value::{Day, EntityKey, Text, Value};

fn kinds() -> Kinds {
    // Ids that are not places: a place written by mistake would show.
    let mut kinds = Kinds::of([70, 3, 500]);
    kinds.tracks.ids = vec![9];
    let reading = Reading {
        track: 0,
        cells: vec![Some(0), Some(1)],
        masks: vec![Some(0), Some(1), Some(2)],
    };
    kinds.tracks.readings.insert(9, reading);
    kinds
}

fn text() -> impl Strategy<Value = Text> {
    prop_oneof!["[a-z_.]{0,12}", ".{0,20}"].prop_map(Text::from)
}

fn key() -> impl Strategy<Value = EntityKey> {
    (0u16..3, text()).prop_map(|(kind, id)| EntityKey {
        kind: EntityKind(kind),
        id,
    })
}

/// Doubles by their bits, but no NaN: it would not equal itself.
fn decimal() -> impl Strategy<Value = f64> {
    any::<u64>()
        .prop_map(f64::from_bits)
        .prop_filter("a number", |number| !number.is_nan())
}

fn value() -> impl Strategy<Value = Value> {
    let currency = prop_oneof![Just("EUR"), Just("JPY"), Just("KWD")];
    let leaf = prop_oneof![
        Just(Value::Missing),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        decimal().prop_map(Value::Decimal),
        text().prop_map(Value::Text),
        (any::<i64>(), currency).prop_map(|(minor, code)| {
            Value::Money(Money::minor(minor, Currency::parse(code).unwrap()))
        }),
        any::<i64>().prop_map(Value::Duration),
        any::<i64>().prop_map(Value::Time),
        any::<i32>().prop_map(|day| Value::Date(Day(day))),
        (decimal(), decimal()).prop_map(|(lat, lon)| Value::Place(lat, lon)),
        key().prop_map(Value::Ref),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop::collection::vec(inner, 0..4).prop_map(Value::List)
    })
}

fn reservation() -> impl Strategy<Value = Reservation> {
    let names = (
        text(),
        text(),
        text(),
        prop::sample::select(Class::ALL.to_vec()),
    );
    let some = || prop::option::of(text());
    let places = (some(), some(), some(), prop::option::of(key()));
    let times = (
        any::<i64>(),
        any::<u64>(),
        any::<i64>(),
        any::<bool>(),
        any::<bool>(),
    );
    (names, places, times).prop_map(|((action_id, rule, decision, class), places, times)| {
        let (offer, group, channel, subject) = places;
        let (at, seq, expires, confirmed, freed) = times;
        Reservation {
            action_id,
            rule,
            class,
            offer,
            group,
            channel,
            subject,
            at,
            seq,
            expires,
            confirmed,
            freed,
            withdrawn: false,
            decision,
        }
    })
}

fn hold() -> impl Strategy<Value = Hold> {
    let subject = prop::option::of(key());
    let times = (any::<bool>(), any::<i64>(), any::<i64>());
    (text(), text(), subject, times).prop_map(|(action_id, rule, subject, (block, at, until))| {
        Hold {
            action_id,
            rule,
            block,
            subject,
            at,
            until,
        }
    })
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<i64>;
    let named = || (text(), any::<i64>());
    prop_oneof![
        (
            text(),
            value(),
            at(),
            any::<u64>(),
            prop::option::of(at()),
            text(),
            prop::option::of(any::<u16>())
        )
            .prop_map(
                |(tag, value, at, seq, expires, by, confidence)| Change::TagSet {
                    tag,
                    value,
                    at,
                    seq,
                    expires,
                    by,
                    confidence
                }
            ),
        (text(), at(), any::<u64>()).prop_map(|(tag, at, seq)| Change::TagUnset { tag, at, seq }),
        (text(), at(), text()).prop_map(|(name, due, by)| Change::TimerSet { name, due, by }),
        text().prop_map(|name| Change::TimerForgotten { name }),
        (text(), any::<i32>(), at()).prop_map(|(name, day, due)| Change::TimerArmed {
            name,
            day: Day(day),
            due
        }),
        (text(), any::<bool>()).prop_map(|(name, inside)| Change::SegmentSet { name, inside }),
        (text(), any::<i32>()).prop_map(|(name, day)| Change::TimerDone {
            name,
            day: Day(day)
        }),
        reservation().prop_map(Change::Reserved),
        named().prop_map(|(action_id, at)| Change::Confirmed { action_id, at }),
        named().prop_map(|(action_id, at)| Change::Freed { action_id, at }),
        named().prop_map(|(action_id, at)| Change::Withdrawn { action_id, at }),
        hold().prop_map(Change::HoldSet),
        named().prop_map(|(action_id, at)| Change::HoldEnded { action_id, at }),
        (text(), text(), any::<bool>(), at(), any::<u64>()).prop_map(
            |(purpose, channel, given, at, seq)| Change::ConsentSet {
                purpose,
                channel,
                given,
                at,
                seq
            }
        ),
        (text(), prop::option::of(text()), at(), at()).prop_map(|(name, scope, at, until)| {
            Change::SuppressionSet {
                name,
                scope,
                at,
                until,
            }
        }),
        named().prop_map(|(name, at)| Change::SuppressionEnded { name, at }),
        (text(), text(), at(), prop::option::of(text())).prop_map(
            |(outcome, action_id, at, offer)| Change::OutcomeNoted {
                outcome,
                action_id,
                at,
                group: offer.clone(),
                channel: offer.clone().filter(|o| o.len() > 3),
                offer,
            }
        ),
        any::<u64>().prop_map(|last| Change::Numbered { last }),
        patterns::kept().prop_map(|kept| Change::PatternKept(Box::new(kept))),
        (order(), -90.0..=90.0f64, -180.0..=180.0f64, 0.0..1e6f64).prop_map(
            |(order, lat, lon, accuracy)| {
                Change::Located(Fix::of(order, lat, lon, Some(accuracy)).unwrap())
            }
        ),
        (
            text(),
            order(),
            prop::collection::vec((order(), any::<bool>()), 0..4)
        )
            .prop_map(|(fence, from, turns)| {
                let turn = |(order, inside)| Turn { order, inside };
                let turns = turns.into_iter().map(turn).collect();
                Change::FenceTurned { fence, from, turns }
            }),
        (
            text(),
            any::<i64>(),
            -90.0..=90.0f64,
            -180.0..=180.0f64,
            0..=15u8
        )
            .prop_map(|(feature, hour, lat, lon, at)| Change::HauntSeen {
                feature,
                hour,
                cell: Earth::of(Point::new(lat, lon).unwrap(), at).unwrap(),
            }),
    ]
}

fn order() -> impl Strategy<Value = Order> {
    (any::<i64>(), any::<u64>()).prop_map(|(time, seq)| Order { time, seq })
}

fn shared() -> impl Strategy<Value = SharedChange> {
    prop_oneof![
        (text(), text(), text(), any::<i64>())
            .prop_map(|(rule, kind, id, at)| SharedChange::EntityCooldown { rule, kind, id, at }),
        (text(), any::<i64>()).prop_map(|(rule, at)| SharedChange::Fired { rule, at }),
        (text(), any::<bool>(), any::<i64>(), text(), text()).prop_map(
            |(rule, on, at, why, by)| {
                SharedChange::Switched {
                    switch: Switch::Rule(rule),
                    on,
                    at,
                    why,
                    by,
                }
            }
        ),
        rounds::shared(),
    ]
}

fn cell() -> impl Strategy<Value = Cell> {
    prop_oneof![
        Just(Cell::Empty),
        any::<i64>().prop_map(Cell::Number),
        (-1e9f64..1e9).prop_map(Cell::Decimal),
        text().prop_map(Cell::Text),
    ]
}

fn entry() -> impl Strategy<Value = Entry> {
    let key = |id: Text| EntityKey {
        kind: EntityKind(1),
        id,
    };
    let owner = prop_oneof![
        text().prop_map(Owner::Customer),
        text().prop_map(move |id| Owner::Entity(key(id))),
        (text(), text()).prop_map(move |(customer, id)| Owner::Pair(customer, key(id))),
    ];
    let order = (any::<i64>(), any::<u64>()).prop_map(|(time, seq)| Order { time, seq });
    prop_oneof![
        (text(), change()).prop_map(|(customer, change)| Entry::Customer { customer, change }),
        (text(), any::<i64>()).prop_map(|(customer, newest)| Entry::Known { customer, newest }),
        (text(), any::<u128>(), any::<u64>(), any::<i64>()).prop_map(
            |(customer, print, digest, time)| Entry::Taken {
                customer,
                print,
                digest,
                time
            }
        ),
        (text(), text(), any::<i64>()).prop_map(|(customer, name, due)| Entry::Fired {
            customer,
            name,
            due
        }),
        (owner, order, 0u32..8, cell(), cell()).prop_map(|(owner, order, mask, a, b)| {
            Entry::Appended {
                owner,
                track: 0,
                order,
                mask,
                cells: vec![a, b],
            }
        }),
        shared().prop_map(Entry::Pending),
        Just(Entry::Published),
        (text(), any::<i64>()).prop_map(|(rule, at)| Entry::Braked { rule, at }),
        (text(), any::<i64>(), any::<i64>()).prop_map(|(feature, since, reach)| {
            let cover = crate::cover::Cover { since, reach };
            Entry::Covered { feature, cover }
        }),
        rounds::entry(),
    ]
}

fn come_back<T: Logged + PartialEq + std::fmt::Debug>(all: &[T]) {
    let kinds = kinds();
    let mut out = Vec::new();
    for one in all {
        one.encode(&kinds, &mut out).unwrap();
    }
    assert_eq!(decode_all::<T>(&kinds, &out).unwrap(), all);
    // Cut anywhere, it is never read as something else.
    let mut seen = Vec::new();
    for end in 0..out.len() {
        if let Ok(part) = decode_all::<T>(&kinds, &out[..end]) {
            assert_eq!(part, all[..part.len()]);
            seen.push(part.len());
        }
    }
    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]));
}

proptest! {
    #[test]
    fn every_change_comes_back(all in prop::collection::vec(change(), 1..6)) {
        come_back(&all);
    }

    #[test]
    fn every_shared_change_comes_back(all in prop::collection::vec(shared(), 1..6)) {
        come_back(&all);
    }

    #[test]
    fn every_entry_comes_back(all in prop::collection::vec(entry(), 1..6)) {
        come_back(&all);
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        _ = decode_all::<Change>(&kinds(), &bytes);
        _ = decode_all::<SharedChange>(&kinds(), &bytes);
        _ = decode_all::<Entry>(&kinds(), &bytes);
    }
}

#[test]
fn an_unknown_change_is_told_and_passed_over() {
    let kinds = kinds();
    let mut out = vec![200, 3, 1, 2, 3];
    let known = Change::Numbered { last: 7 };
    known.encode(&kinds, &mut out).unwrap();
    let mut cursor = Cursor::new(&out);
    let unknown = Change::decode(&kinds, &mut cursor);
    assert_eq!(unknown, Err(CodecError::Unknown(200)));
    assert_eq!(Change::decode(&kinds, &mut cursor), Ok(known));
}

#[test]
fn a_kind_that_left_the_catalogue_is_told() {
    let hold = Change::HoldSet(Hold {
        action_id: "a".into(),
        rule: "r".into(),
        block: true,
        subject: Some(EntityKey {
            kind: EntityKind(1),
            id: "c".into(),
        }),
        at: 1,
        until: 2,
    });
    let mut out = Vec::new();
    hold.encode(&kinds(), &mut out).unwrap();
    let moved = Kinds::of([500, 70, 3]);
    let Change::HoldSet(read) = Change::decode(&moved, &mut Cursor::new(&out)).unwrap() else {
        panic!("a hold is a hold");
    };
    assert_eq!(
        read.subject.unwrap().kind,
        EntityKind(2),
        "by id, not by place"
    );
    let gone = Change::decode(&Kinds::of([500, 70]), &mut Cursor::new(&out));
    assert_eq!(gone, Err(CodecError::Kind(3)));
    let mut kept = vec![9];
    assert_eq!(
        hold.encode(&Kinds::default(), &mut kept),
        Err(CodecError::Kind(1))
    );
    assert_eq!(kept, [9], "what cannot be written adds nothing");
}
