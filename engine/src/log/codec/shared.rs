//! The bytes of changes to what all share.

use super::super::bytes::{Cursor, put_varint, put_zigzag};
use super::value::{Fields, put_some, put_text, put_value};
use super::{CodecError, Kinds, Logged, put_tagged, take_tagged};
use crate::change::SharedChange;
use crate::round::{Round, RoundKey};
use crate::state::entity_tags::{EntityTagKey, EntityTagValue};
use crate::switch::Switch;

fn tag(change: &SharedChange) -> u8 {
    match change {
        SharedChange::EntityCooldown { .. } => 1,
        SharedChange::Fired { .. } => 2,
        SharedChange::Switched { .. } => 3,
        SharedChange::EntityTagged { .. } => 4,
        SharedChange::RoundBegun(_) => 5,
    }
}

impl Logged for SharedChange {
    fn encode(&self, kinds: &Kinds, out: &mut Vec<u8>) -> Result<(), CodecError> {
        put_tagged(tag(self), out, |out| put_fields(self, kinds, out))
    }

    fn decode(kinds: &Kinds, cursor: &mut Cursor<'_>) -> Result<Self, CodecError> {
        let (tag, cursor) = take_tagged(cursor)?;
        let mut fields = Fields { cursor, kinds };
        let change = fields.shared(tag)?;
        fields.done(change)
    }
}

fn put_fields(change: &SharedChange, kinds: &Kinds, out: &mut Vec<u8>) -> Result<(), CodecError> {
    match change {
        SharedChange::EntityCooldown { rule, kind, id, at } => {
            put_text(rule, out);
            put_text(kind, out);
            put_text(id, out);
            put_zigzag(*at, out);
        }
        SharedChange::Fired { rule, at } => {
            put_text(rule, out);
            put_zigzag(*at, out);
        }
        SharedChange::Switched {
            switch,
            on,
            at,
            why,
            by,
        } => {
            put_text(&switch.to_string(), out);
            out.push(u8::from(*on));
            put_zigzag(*at, out);
            put_text(why, out);
            put_text(by, out);
        }
        SharedChange::EntityTagged { key, value } => {
            put_text(&key.kind, out);
            put_text(&key.id, out);
            put_text(&key.tag, out);
            put_value(&value.value, kinds, out)?;
            put_zigzag(value.at, out);
            put_varint(value.seq, out);
            put_some(value.expires.as_ref(), out, |expires, out| {
                put_zigzag(*expires, out);
                Ok(())
            })?;
        }
        SharedChange::RoundBegun(round) => put_round(round, kinds, out)?,
    }
    Ok(())
}

fn put_round(round: &Round, kinds: &Kinds, out: &mut Vec<u8>) -> Result<(), CodecError> {
    put_round_key(&round.key, out);
    put_varint(round.seq, out);
    put_zigzag(round.at, out);
    put_zigzag(round.start, out);
    put_text(&round.id, out);
    put_text(&round.source, out);
    put_varint(round.fields.len() as u64, out);
    for (name, value) in &round.fields {
        put_text(name, out);
        put_value(value, kinds, out)?;
    }
    out.push(u8::from(round.ended));
    Ok(())
}

/// What a round is about.
pub(super) fn put_round_key(key: &RoundKey, out: &mut Vec<u8>) {
    for part in [&key.event, &key.tag, &key.kind, &key.id] {
        put_text(part, out);
    }
}

impl Fields<'_, '_> {
    fn shared(&mut self, tag: u8) -> Result<SharedChange, CodecError> {
        Ok(match tag {
            1 => SharedChange::EntityCooldown {
                rule: self.text()?,
                kind: self.text()?,
                id: self.text()?,
                at: self.number()?,
            },
            2 => SharedChange::Fired {
                rule: self.text()?,
                at: self.number()?,
            },
            3 => SharedChange::Switched {
                switch: Switch::named(&self.text()?).ok_or(CodecError::Unreadable("a switch"))?,
                on: self.flag()?,
                at: self.number()?,
                why: self.text()?,
                by: self.text()?,
            },
            4 => SharedChange::EntityTagged {
                key: EntityTagKey {
                    kind: self.text()?,
                    id: self.text()?,
                    tag: self.text()?,
                },
                value: EntityTagValue {
                    value: self.value()?,
                    at: self.number()?,
                    seq: self.count()?,
                    expires: self.some(Self::number)?,
                },
            },
            5 => SharedChange::RoundBegun(Box::new(self.round()?)),
            unknown => return Err(CodecError::Unknown(unknown)),
        })
    }

    pub(super) fn round_key(&mut self) -> Result<RoundKey, CodecError> {
        Ok(RoundKey {
            event: self.text()?,
            tag: self.text()?,
            kind: self.text()?,
            id: self.text()?,
        })
    }

    fn round(&mut self) -> Result<Round, CodecError> {
        let key = self.round_key()?;
        let (seq, at, start) = (self.count()?, self.number()?, self.number()?);
        let (id, source) = (self.text()?, self.text()?);
        let count = usize::try_from(self.count()?).unwrap_or(usize::MAX);
        // Every member takes two bytes at least: no count makes room for more than there is.
        let mut fields = Vec::with_capacity(count.min(self.cursor.rest().len()));
        for _ in 0..count {
            fields.push((self.text()?, self.value()?));
        }
        Ok(Round {
            key,
            seq,
            at,
            start,
            id,
            source,
            fields,
            ended: self.flag()?,
        })
    }
}
