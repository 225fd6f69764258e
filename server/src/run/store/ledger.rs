//! Settlements as bytes: what of an answer is asked for later, a repeat or an explanation.

use super::super::answer::{Sent, Settlement};
use super::super::tokens::KINDS;
use engine::log::bytes::{Cursor, put_bytes, put_varint};
use engine::log::{Batch, Offsets};
use engine::refusal::Refusal;
use rules::value::Text;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How far the stream has come, among the places of sources: no source has such a name.
const STREAM: &str = "* stream";

/// Says in a batch how far the stream has come with it.
pub(super) fn put_stream(batch: &mut Batch, number: u64) {
    let mut bytes = Vec::new();
    put_varint(number, &mut bytes);
    batch.offset(STREAM, &bytes);
}

/// How far the stream has come, where that is known.
pub(super) fn stream(offsets: &Offsets) -> Option<u64> {
    Cursor::new(offsets.get(STREAM)?).varint()
}

/// A settlement under the id it is asked for by, to be written.
#[derive(Serialize)]
pub(crate) struct Keeping<'s> {
    id: &'s str,
    event_id: &'s str,
    customer: &'s str,
    time: i64,
    late: bool,
    decision: Option<&'s str>,
    /// Stands before the others, as it is: it is JSON of its own.
    #[serde(skip)]
    record: &'s str,
    refusals: &'s BTreeMap<&'static str, u32>,
    unknown_action: bool,
    /// Numbers of its actions in the stream.
    actions: Vec<u64>,
}

/// The same as it is read.
#[derive(Deserialize)]
pub(crate) struct Kept {
    id: String,
    event_id: String,
    customer: String,
    time: i64,
    late: bool,
    decision: Option<String>,
    refusals: BTreeMap<String, u32>,
    unknown_action: bool,
    actions: Vec<u64>,
}

impl<'s> Keeping<'s> {
    /// Of a settlement whose actions have these numbers.
    pub(crate) fn of(id: &'s Text, settlement: &'s Settlement, first: u64) -> Self {
        Self {
            id,
            event_id: &settlement.event_id,
            customer: &settlement.customer,
            time: settlement.time,
            late: settlement.late,
            decision: settlement.decision.as_deref(),
            record: settlement.record.as_deref().unwrap_or_default(),
            refusals: &settlement.refusals,
            unknown_action: settlement.unknown_action,
            actions: (first..).take(settlement.actions.len()).collect(),
        }
    }

    /// Its bytes: the record behind its length, then the rest as one line of JSON.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        put_bytes(self.record.as_bytes(), out);
        // Texts and numbers: there is nothing that JSON cannot say.
        let _ = serde_json::to_writer(out, self);
    }
}

impl Kept {
    /// The settlement again, with its actions from among those of its batch.
    pub(crate) fn read(bytes: &[u8], spoken: &[Spoken]) -> Option<(Text, Settlement)> {
        let mut cursor = Cursor::new(bytes);
        let record = cursor.text()?;
        let kept: Self = serde_json::from_slice(cursor.rest()).ok()?;
        let code = |(code, n): (&String, &u32)| Some((Refusal::named(code)?.code(), *n));
        let numbers = kept.actions.iter();
        let action = |n: &u64| spoken.iter().find(|s| s.number == *n)?.sent();
        Some((
            kept.id.into(),
            Settlement {
                event_id: kept.event_id.into(),
                customer: kept.customer.into(),
                time: kept.time,
                late: kept.late,
                decision: kept.decision.map(Text::from),
                record: (!record.is_empty()).then(|| record.to_owned()),
                refusals: kept.refusals.iter().filter_map(code).collect(),
                unknown_action: kept.unknown_action,
                actions: numbers.filter_map(action).collect(),
                ..Settlement::default()
            },
        ))
    }
}

/// An action as it went to the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spoken {
    /// Its number there.
    pub(crate) number: u64,
    /// Its kind there.
    pub(crate) kind: &'static str,
    /// One line of JSON.
    pub(crate) json: Arc<str>,
}

/// Of an action's own line, what is asked for by itself.
#[derive(Deserialize)]
struct Told {
    action_id: String,
    channel: Option<String>,
    verdict: Option<String>,
    placement: Option<String>,
    withdraws: Option<String>,
}

#[derive(Deserialize)]
struct Line {
    data: Told,
}

impl Spoken {
    /// Its bytes: number, kind, line.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        put_varint(self.number, out);
        put_bytes(self.kind.as_bytes(), out);
        out.extend_from_slice(self.json.as_bytes());
    }

    /// Reads it back.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(bytes);
        let number = cursor.varint()?;
        let kind = cursor.text()?;
        Some(Self {
            number,
            kind: KINDS.into_iter().find(|known| *known == kind)?,
            json: std::str::from_utf8(cursor.rest()).ok()?.into(),
        })
    }

    /// The action it pulls back.
    pub(crate) fn withdraws(&self) -> Option<Text> {
        if !self.json.contains("\"deft.action.withdrawn\"") {
            return None;
        }
        self.sent()?.withdraws
    }

    fn sent(&self) -> Option<Sent> {
        let line: Line = serde_json::from_str(&self.json).ok()?;
        let verdict = line.data.verdict.as_deref();
        Some(Sent {
            id: line.data.action_id.into(),
            kind: self.kind,
            channel: line.data.channel.map(Text::from),
            placement: line.data.placement.map(Text::from),
            withdraws: line.data.withdraws.map(Text::from),
            verdict: ["allow", "step_up", "hold", "block"]
                .into_iter()
                .find(|known| Some(*known) == verdict),
            json: Arc::clone(&self.json),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_settlement_comes_back_with_its_actions() {
        let json =
            r#"{"id":"a-1","data":{"action_id":"a-1","channel":"app","verdict":"hold","x":1}}"#;
        let spoken = Spoken {
            number: 7,
            kind: KINDS[0],
            json: json.into(),
        };
        let mut bytes = Vec::new();
        spoken.write(&mut bytes);
        assert_eq!(Spoken::read(&bytes), Some(spoken.clone()));
        let settlement = Settlement {
            event_id: "e".into(),
            customer: "顾客".into(),
            time: -5,
            decision: Some("d-1".into()),
            record: Some("{}".to_owned()),
            actions: vec![spoken.sent().unwrap()],
            refusals: BTreeMap::from([(Refusal::ALL[3].code(), 2)]),
            ..Settlement::default()
        };
        bytes.clear();
        Keeping::of(&"d-1".into(), &settlement, 7).write(&mut bytes);
        let (id, read) = Kept::read(&bytes, &[spoken]).unwrap();
        assert_eq!(id, "d-1");
        assert_eq!(format!("{read:?}"), format!("{settlement:?}"));
        assert_eq!(read.actions[0].verdict, Some("hold"));
    }
}
