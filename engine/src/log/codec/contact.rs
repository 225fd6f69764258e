//! The bytes of reservations and holds.

use super::super::bytes::{put_varint, put_zigzag};
use super::value::{Fields, put_key, put_some, put_some_text, put_text};
use super::{CodecError, Kinds};
use crate::contacts::{Hold, Reservation};
use rules::rule::Class;
use rules::value::Text;

/// The number of a class in the log.
fn class_code(class: Class) -> u8 {
    match class {
        Class::Fraud => 1,
        Class::Service => 2,
        Class::Retention => 3,
        Class::Commercial => 4,
        Class::Profile => 5,
    }
}

pub(super) fn put_reservation(
    reservation: &Reservation,
    kinds: &Kinds,
    out: &mut Vec<u8>,
) -> Result<(), CodecError> {
    let Reservation {
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
        // A change of its own tells of it.
        withdrawn: _,
        decision,
    } = reservation;
    put_text(action_id, out);
    put_text(rule, out);
    out.push(class_code(*class));
    put_some_text(offer.as_ref(), out);
    put_some_text(group.as_ref(), out);
    put_some_text(channel.as_ref(), out);
    put_some(subject.as_ref(), out, |key, out| put_key(key, kinds, out))?;
    put_zigzag(*at, out);
    put_varint(*seq, out);
    put_zigzag(*expires, out);
    out.extend([u8::from(*confirmed), u8::from(*freed)]);
    put_text(decision, out);
    Ok(())
}

pub(super) fn put_hold(hold: &Hold, kinds: &Kinds, out: &mut Vec<u8>) -> Result<(), CodecError> {
    let Hold {
        action_id,
        rule,
        block,
        subject,
        at,
        until,
    } = hold;
    put_text(action_id, out);
    put_text(rule, out);
    out.push(u8::from(*block));
    put_some(subject.as_ref(), out, |key, out| put_key(key, kinds, out))?;
    put_zigzag(*at, out);
    put_zigzag(*until, out);
    Ok(())
}

impl Fields<'_, '_> {
    fn class(&mut self) -> Result<Class, CodecError> {
        let code = self.cursor.u8();
        let mut all = Class::ALL.into_iter();
        let class = all.find(|class| Some(class_code(*class)) == code);
        class.ok_or(CodecError::Unreadable("a class"))
    }

    pub(super) fn reservation(&mut self) -> Result<Reservation, CodecError> {
        Ok(Reservation {
            action_id: self.text()?,
            rule: self.text()?,
            class: self.class()?,
            offer: self.some(Self::text)?,
            group: self.some(Self::text)?,
            channel: self.some(Self::text)?,
            subject: self.some(Self::key)?,
            at: self.number()?,
            seq: self.count()?,
            expires: self.number()?,
            confirmed: self.flag()?,
            freed: self.flag()?,
            withdrawn: false,
            // Earlier releases did not write it.
            decision: if self.cursor.is_empty() {
                Text::default()
            } else {
                self.text()?
            },
        })
    }

    pub(super) fn hold(&mut self) -> Result<Hold, CodecError> {
        Ok(Hold {
            action_id: self.text()?,
            rule: self.text()?,
            block: self.flag()?,
            subject: self.some(Self::key)?,
            at: self.number()?,
            until: self.number()?,
        })
    }
}
