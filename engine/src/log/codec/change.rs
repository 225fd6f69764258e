//! The bytes of each change. One tag per variant; the match has no wildcard, so that a new variant
//! does not compile before it has its bytes.

use super::super::bytes::{Cursor, put_varint, put_zigzag};
use super::contact::{put_hold, put_reservation};
use super::pattern::put_kept;
use super::place::put_placed;
use super::value::{Fields, put_some, put_some_text, put_text, put_value};
use super::{CodecError, Kinds, Logged, put_tagged, take_tagged};
use crate::change::Change;
use rules::value::Day;

fn tag(change: &Change) -> u8 {
    match change {
        Change::TagSet {
            confidence: None, ..
        } => 1,
        Change::TagSet { .. } => 19,
        Change::TagUnset { .. } => 2,
        Change::TimerSet { .. } => 3,
        Change::TimerForgotten { .. } => 4,
        Change::Reserved(_) => 5,
        Change::Confirmed { .. } => 6,
        Change::Freed { .. } => 7,
        Change::HoldSet(_) => 8,
        Change::HoldEnded { .. } => 9,
        Change::ConsentSet { .. } => 10,
        Change::SuppressionSet { .. } => 11,
        Change::SuppressionEnded { .. } => 12,
        Change::OutcomeNoted { .. } => 13,
        Change::Numbered { .. } => 14,
        Change::Withdrawn { .. } => 15,
        Change::Located(_) => 40,
        Change::FenceTurned { .. } => 41,
        Change::HauntSeen { .. } => 42,
        Change::TimerArmed { .. } => 16,
        Change::TimerDone { .. } => 17,
        Change::SegmentSet { .. } => 18,
        Change::PatternKept(_) => 30,
    }
}

impl Logged for Change {
    fn encode(&self, kinds: &Kinds, out: &mut Vec<u8>) -> Result<(), CodecError> {
        put_tagged(tag(self), out, |out| put_fields(self, kinds, out))
    }

    fn decode(kinds: &Kinds, cursor: &mut Cursor<'_>) -> Result<Self, CodecError> {
        let (tag, cursor) = take_tagged(cursor)?;
        let mut fields = Fields { cursor, kinds };
        let change = fields.change(tag)?;
        fields.done(change)
    }
}

fn put_fields(change: &Change, kinds: &Kinds, out: &mut Vec<u8>) -> Result<(), CodecError> {
    match change {
        Change::TagSet {
            tag,
            value,
            at,
            seq,
            expires,
            by,
            confidence,
        } => {
            put_text(tag, out);
            put_value(value, kinds, out)?;
            put_zigzag(*at, out);
            put_varint(*seq, out);
            put_some(expires.as_ref(), out, |expires, out| {
                put_zigzag(*expires, out);
                Ok(())
            })?;
            put_text(by, out);
            if let Some(confidence) = confidence {
                put_varint(u64::from(*confidence), out);
            }
        }
        Change::TagUnset { tag, at, seq } => {
            put_text(tag, out);
            put_zigzag(*at, out);
            put_varint(*seq, out);
        }
        Change::TimerSet { .. }
        | Change::TimerForgotten { .. }
        | Change::TimerArmed { .. }
        | Change::TimerDone { .. } => put_timer(change, out),
        Change::SegmentSet { name, inside } => {
            put_text(name, out);
            out.push(u8::from(*inside));
        }
        Change::Reserved(reservation) => put_reservation(reservation, kinds, out)?,
        Change::HoldSet(hold) => put_hold(hold, kinds, out)?,
        Change::Confirmed { .. }
        | Change::Freed { .. }
        | Change::Withdrawn { .. }
        | Change::HoldEnded { .. }
        | Change::SuppressionEnded { .. } => put_end(change, out),
        Change::ConsentSet { .. } | Change::SuppressionSet { .. } => put_word(change, out),
        Change::OutcomeNoted { .. } => put_noted(change, out),
        Change::Numbered { last } => put_varint(*last, out),
        Change::Located(_) | Change::FenceTurned { .. } | Change::HauntSeen { .. } => {
            put_placed(change, out);
        }
        Change::PatternKept(kept) => put_kept(kept, kinds, out)?,
    }
    Ok(())
}

/// What becomes of a timer.
fn put_timer(change: &Change, out: &mut Vec<u8>) {
    match change {
        Change::TimerSet { name, due, by } => {
            put_text(name, out);
            put_zigzag(*due, out);
            put_text(by, out);
        }
        Change::TimerForgotten { name } => put_text(name, out),
        Change::TimerArmed { name, day, due } => {
            put_text(name, out);
            put_zigzag(i64::from(day.0), out);
            put_zigzag(*due, out);
        }
        Change::TimerDone { name, day } => {
            put_text(name, out);
            put_zigzag(i64::from(day.0), out);
        }
        _ => {}
    }
}

/// An outcome that is remembered.
fn put_noted(change: &Change, out: &mut Vec<u8>) {
    if let Change::OutcomeNoted {
        outcome,
        action_id,
        at,
        offer,
        group,
        channel,
    } = change
    {
        put_text(outcome, out);
        put_text(action_id, out);
        put_zigzag(*at, out);
        for about in [offer, group, channel] {
            put_some_text(about.as_ref(), out);
        }
    }
}

/// A name and an instant: what was confirmed, freed, pulled back or ended.
fn put_end(change: &Change, out: &mut Vec<u8>) {
    if let Change::Confirmed {
        action_id: name,
        at,
    }
    | Change::Freed {
        action_id: name,
        at,
    }
    | Change::Withdrawn {
        action_id: name,
        at,
    }
    | Change::HoldEnded {
        action_id: name,
        at,
    }
    | Change::SuppressionEnded { name, at } = change
    {
        put_text(name, out);
        put_zigzag(*at, out);
    }
}

/// What a customer said, and what follows from it.
fn put_word(change: &Change, out: &mut Vec<u8>) {
    if let Change::ConsentSet {
        purpose,
        channel,
        given,
        at,
        seq,
    } = change
    {
        put_text(purpose, out);
        put_text(channel, out);
        out.push(u8::from(*given));
        put_zigzag(*at, out);
        put_varint(*seq, out);
    }
    if let Change::SuppressionSet {
        name,
        scope,
        at,
        until,
    } = change
    {
        put_text(name, out);
        put_some_text(scope.as_ref(), out);
        put_zigzag(*at, out);
        put_zigzag(*until, out);
    }
}

impl Fields<'_, '_> {
    fn change(&mut self, tag: u8) -> Result<Change, CodecError> {
        Ok(match tag {
            1 | 19 => Change::TagSet {
                tag: self.text()?,
                value: self.value()?,
                at: self.number()?,
                seq: self.count()?,
                expires: self.some(Self::number)?,
                by: self.text()?,
                confidence: (tag == 19).then(|| self.share()).transpose()?,
            },
            2 => Change::TagUnset {
                tag: self.text()?,
                at: self.number()?,
                seq: self.count()?,
            },
            3 => Change::TimerSet {
                name: self.text()?,
                due: self.number()?,
                by: self.text()?,
            },
            4 => Change::TimerForgotten { name: self.text()? },
            5 => Change::Reserved(self.reservation()?),
            8 => Change::HoldSet(self.hold()?),
            6 | 7 | 9 | 12 | 15 => self.ended(tag)?,
            10 => Change::ConsentSet {
                purpose: self.text()?,
                channel: self.text()?,
                given: self.flag()?,
                at: self.number()?,
                seq: self.count()?,
            },
            11 => Change::SuppressionSet {
                name: self.text()?,
                scope: self.some(Self::text)?,
                at: self.number()?,
                until: self.number()?,
            },
            13 => Change::OutcomeNoted {
                outcome: self.text()?,
                action_id: self.text()?,
                at: self.number()?,
                offer: self.some(Self::text)?,
                group: self.some(Self::text)?,
                channel: self.some(Self::text)?,
            },
            14 => Change::Numbered {
                last: self.count()?,
            },
            40..=42 => self.placed(tag)?,
            16 => Change::TimerArmed {
                name: self.text()?,
                day: self.day()?,
                due: self.number()?,
            },
            17 => Change::TimerDone {
                name: self.text()?,
                day: self.day()?,
            },
            18 => Change::SegmentSet {
                name: self.text()?,
                inside: self.flag()?,
            },
            30 => Change::PatternKept(Box::new(self.kept()?)),
            unknown => return Err(CodecError::Unknown(unknown)),
        })
    }

    fn share(&mut self) -> Result<u16, CodecError> {
        let share = u16::try_from(self.count()?);
        share.map_err(|_| CodecError::Unreadable("a confidence"))
    }

    fn day(&mut self) -> Result<Day, CodecError> {
        let day = i32::try_from(self.number()?);
        day.map(Day).map_err(|_| CodecError::Unreadable("a day"))
    }

    /// A name and an instant: what was confirmed, freed or ended.
    fn ended(&mut self, tag: u8) -> Result<Change, CodecError> {
        let (name, at) = (self.text()?, self.number()?);
        let action_id = name.clone();
        Ok(match tag {
            6 => Change::Confirmed { action_id, at },
            7 => Change::Freed { action_id, at },
            9 => Change::HoldEnded { action_id, at },
            15 => Change::Withdrawn { action_id, at },
            _ => Change::SuppressionEnded { name, at },
        })
    }
}
