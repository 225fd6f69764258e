//! Tags of entities, and rounds.

use super::{text, value};
use crate::change::SharedChange;
use crate::journal::Entry;
use crate::round::{Round, RoundKey};
use crate::state::entity_tags::{EntityTagKey, EntityTagValue};
use proptest::prelude::*;

fn key() -> impl Strategy<Value = RoundKey> {
    (text(), text(), text(), text()).prop_map(|(event, tag, kind, id)| RoundKey {
        event,
        tag,
        kind,
        id,
    })
}

fn round() -> impl Strategy<Value = Round> {
    let times = (any::<u64>(), any::<i64>(), any::<i64>());
    let fields = prop::collection::vec((text(), value()), 0..4);
    (key(), times, text(), text(), fields, any::<bool>()).prop_map(
        |(key, (seq, at, start), id, source, fields, ended)| Round {
            key,
            seq,
            at,
            start,
            id,
            source,
            fields,
            ended,
        },
    )
}

pub(super) fn shared() -> impl Strategy<Value = SharedChange> {
    let tagged = (text(), text(), text(), value());
    prop_oneof![
        (tagged, any::<i64>(), any::<u64>(), any::<Option<i64>>()).prop_map(
            |((kind, id, tag, value), at, seq, expires)| SharedChange::EntityTagged {
                key: EntityTagKey { kind, id, tag },
                value: EntityTagValue {
                    value,
                    at,
                    seq,
                    expires,
                },
            }
        ),
        round().prop_map(|round| SharedChange::RoundBegun(Box::new(round))),
    ]
}

pub(super) fn entry() -> impl Strategy<Value = Entry> {
    prop_oneof![
        (text(), key(), any::<u64>(), any::<u64>()).prop_map(|(customer, round, seq, told)| {
            Entry::Reached {
                customer,
                round,
                seq,
                told,
            }
        }),
        (key(), any::<u64>()).prop_map(|(round, seq)| Entry::RoundEnded { round, seq }),
    ]
}
