//! The bytes of what stands of a pattern: its events once each, then the instances by the places of
//! theirs.

use super::super::bytes::{Cursor, put_varint, put_zigzag};
use super::value::{Fields, put_text, put_value};
use super::{CodecError, Kinds};
use crate::pattern::{Kept, Live, Past, Seen, Standing, Taken, Told};
use crate::window::track::Order;
use std::sync::Arc;

/// Every event of a standing once, in the order of first mention.
struct Events<'a>(Vec<&'a Arc<Seen>>);

impl<'a> Events<'a> {
    fn of(standing: &'a Standing) -> Self {
        let mut all = Self(Vec::new());
        let past = standing.past.as_deref();
        for seen in past.into_iter().flat_map(|past| &past.recent) {
            all.add(seen);
        }
        let base = past.into_iter().flat_map(|past| &past.base);
        for live in standing.now.iter().chain(base) {
            for taken in &live.taken {
                let ends = [&taken.first, &taken.last];
                ends.into_iter().flatten().for_each(|seen| all.add(seen));
            }
        }
        all
    }

    fn add(&mut self, seen: &'a Arc<Seen>) {
        if self.place(seen).is_none() {
            self.0.push(seen);
        }
    }

    fn place(&self, seen: &Arc<Seen>) -> Option<usize> {
        self.0.iter().position(|known| known.order == seen.order)
    }

    /// The place of an event from 1; 0: there is none.
    fn put(&self, seen: Option<&Arc<Seen>>, out: &mut Vec<u8>) {
        let place = seen.and_then(|seen| self.place(seen));
        put_varint(place.map_or(0, |at| at as u64 + 1), out);
    }
}

pub(super) fn put_kept(kept: &Kept, kinds: &Kinds, out: &mut Vec<u8>) -> Result<(), CodecError> {
    put_text(&kept.pattern, out);
    put_varint(kept.types.len() as u64, out);
    for (name, fields) in kept.types.iter() {
        put_text(name, out);
        put_varint(fields.len() as u64, out);
        fields.iter().for_each(|field| put_text(field, out));
    }
    let standing = &kept.standing;
    let events = Events::of(standing);
    put_varint(events.0.len() as u64, out);
    for seen in &events.0 {
        put_seen(seen, kinds, out)?;
    }
    put_lives(&standing.now, &events, out);
    out.push(u8::from(standing.past.is_some()));
    if let Some(past) = &standing.past {
        put_lives(&past.base, &events, out);
        put_order(past.floor, out);
        put_varint(past.recent.len() as u64, out);
        past.recent
            .iter()
            .for_each(|seen| events.put(Some(seen), out));
        put_varint(past.told.len() as u64, out);
        for told in &past.told {
            put_zigzag(told.at, out);
            out.extend(told.print.to_le_bytes());
            out.push(u8::from(told.waited));
        }
        put_zigzag(past.passed, out);
    }
    Ok(())
}

fn put_seen(seen: &Seen, kinds: &Kinds, out: &mut Vec<u8>) -> Result<(), CodecError> {
    put_varint(u64::from(seen.of), out);
    put_order(seen.order, out);
    out.extend(seen.print.to_le_bytes());
    put_varint(seen.marks, out);
    put_varint(seen.values.len() as u64, out);
    seen.values
        .iter()
        .try_for_each(|value| put_value(value, kinds, out))
}

fn put_order(order: Order, out: &mut Vec<u8>) {
    put_zigzag(order.time, out);
    put_varint(order.seq, out);
}

fn put_lives(lives: &[Live], events: &Events<'_>, out: &mut Vec<u8>) {
    put_varint(lives.len() as u64, out);
    for live in lives {
        put_order(live.begun, out);
        put_order(live.newest, out);
        put_varint(live.at as u64, out);
        let flags = u8::from(live.moved) | u8::from(live.waits) << 1 | u8::from(live.told) << 2;
        out.push(flags);
        out.extend(live.print.to_le_bytes());
        put_varint(live.taken.len() as u64, out);
        for taken in &live.taken {
            put_varint(u64::from(taken.count), out);
            events.put(taken.first.as_ref(), out);
            events.put(taken.last.as_ref(), out);
        }
    }
}

impl Fields<'_, '_> {
    pub(super) fn kept(&mut self) -> Result<Kept, CodecError> {
        let pattern = self.text()?;
        let types = self.list(|fields| {
            let name = fields.text()?;
            Ok((name, fields.list(Self::text)?))
        })?;
        let events: Vec<Arc<Seen>> = self.list(|fields| fields.seen().map(Arc::new))?;
        let now = self.list(|fields| fields.live(&events))?;
        let past = self.some(|fields| fields.past(&events).map(Box::new))?;
        Ok(Kept {
            pattern,
            types: types.into(),
            standing: Standing { now, past },
        })
    }

    /// As many as are said; no count makes room for more than there is.
    fn list<T>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<T, CodecError>,
    ) -> Result<Vec<T>, CodecError> {
        let count = self.place()?;
        let mut all = Vec::with_capacity(count.min(self.cursor.rest().len()));
        for _ in 0..count {
            all.push(read(self)?);
        }
        Ok(all)
    }

    fn place(&mut self) -> Result<usize, CodecError> {
        let number = usize::try_from(self.count()?);
        number.map_err(|_| CodecError::Unreadable("a count"))
    }

    pub(super) fn order(&mut self) -> Result<Order, CodecError> {
        Ok(Order {
            time: self.number()?,
            seq: self.count()?,
        })
    }

    fn wide(&mut self) -> Result<u128, CodecError> {
        let bytes = Cursor::sixteen(&mut self.cursor);
        let bytes = bytes.ok_or(CodecError::Unreadable("a fingerprint"))?;
        Ok(u128::from_le_bytes(bytes))
    }

    fn seen(&mut self) -> Result<Seen, CodecError> {
        let of = u16::try_from(self.count()?);
        Ok(Seen {
            of: of.map_err(|_| CodecError::Unreadable("a type of a pattern"))?,
            order: self.order()?,
            print: self.wide()?,
            marks: self.count()?,
            values: self.list(Self::value)?,
        })
    }

    fn event(&mut self, events: &[Arc<Seen>]) -> Result<Option<Arc<Seen>>, CodecError> {
        let Some(place) = self.place()?.checked_sub(1) else {
            return Ok(None);
        };
        let found = events.get(place).cloned();
        found
            .map(Some)
            .ok_or(CodecError::Unreadable("an event of a pattern"))
    }

    fn live(&mut self, events: &[Arc<Seen>]) -> Result<Live, CodecError> {
        let (begun, newest, at) = (self.order()?, self.order()?, self.place()?);
        let flags = self.cursor.u8();
        let flags = flags.ok_or(CodecError::Unreadable("an instance"))?;
        Ok(Live {
            begun,
            newest,
            at,
            moved: flags & 1 != 0,
            waits: flags & 2 != 0,
            told: flags & 4 != 0,
            print: self.wide()?,
            taken: self.list(|fields| {
                let count = u32::try_from(fields.count()?);
                Ok(Taken {
                    count: count.map_err(|_| CodecError::Unreadable("a count"))?,
                    first: fields.event(events)?,
                    last: fields.event(events)?,
                })
            })?,
        })
    }

    fn past(&mut self, events: &[Arc<Seen>]) -> Result<Past, CodecError> {
        Ok(Past {
            base: self.list(|fields| fields.live(events))?,
            floor: self.order()?,
            recent: self.list(|fields| {
                let seen = fields.event(events)?;
                seen.ok_or(CodecError::Unreadable("an event of a pattern"))
            })?,
            told: self.list(|fields| {
                Ok(Told {
                    at: fields.number()?,
                    print: fields.wide()?,
                    waited: fields.flag()?,
                })
            })?,
            passed: self.number()?,
        })
    }
}
