//! What a script holds in its hands: the types beside rhai's own, and one way to look at any value.

use crate::draft::Draft;
use crate::money::Money;
use crate::value::{Day, EntityKey, Text};
use rhai::{Array, Dynamic, DynamicReadLock, ImmutableString};
use std::any::TypeId;
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

/// `event`. It holds nothing: what it is asked for is read from the facts of the call.
#[derive(Clone, Copy, Debug)]
pub(super) struct EventView;

/// `customer`, as [`EventView`].
#[derive(Clone, Copy, Debug)]
pub(super) struct CustomerView;

/// `customer.before`, as [`EventView`].
#[derive(Clone, Copy, Debug)]
pub(super) struct BeforeView;

/// An entity, read through a field of the event: its id, and where its features hang.
#[derive(Clone, Debug)]
pub(super) struct Entity {
    /// The field it was read through; empty when it came out of a list or a tag.
    pub(super) field: Text,
    /// Its kind and id; `None` when only its features are computed for this rule.
    pub(super) key: Option<EntityKey>,
}

/// A duration, ms.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span(pub(super) i64);

/// An instant, ms since the epoch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment(pub(super) i64);

/// Latitude and longitude.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot(pub(super) f64, pub(super) f64);

/// An action being written. Shared, so that copying it costs a script nothing.
#[derive(Clone, Debug)]
pub(super) struct Sketch(pub(super) Arc<Draft>);

/// Any value of a script, opened.
pub(super) enum Seen<'a> {
    Missing,
    Bool(bool),
    Int(i64),
    Decimal(f64),
    Text(DynamicReadLock<'a, ImmutableString>),
    Money(Money),
    Span(i64),
    Moment(i64),
    Day(Day),
    Spot(f64, f64),
    Entity(DynamicReadLock<'a, Entity>),
    List(DynamicReadLock<'a, Array>),
    /// First and last whole number; empty when last < first.
    Range(i64, i64),
    Sketch,
    /// Maps, characters, functions, `event` itself: nothing an operator takes.
    Other(&'static str),
}

impl<'a> Seen<'a> {
    /// Opens a value.
    pub(super) fn of(value: &'a Dynamic) -> Self {
        if let Ok(number) = value.as_int() {
            return Self::Int(number);
        }
        if value.is_variant() {
            return Self::of_ours(value);
        }
        if let Ok(flag) = value.as_bool() {
            Self::Bool(flag)
        } else if let Ok(number) = value.as_float() {
            Self::Decimal(number)
        } else if value.is_unit() {
            Self::Missing
        } else if let Some(text) = value.read_lock::<ImmutableString>() {
            Self::Text(text)
        } else if let Some(list) = value.read_lock::<Array>() {
            Self::List(list)
        } else {
            Self::Other(if value.is_char() {
                "character"
            } else if value.is_map() {
                "map"
            } else if value.is_fnptr() {
                "function"
            } else {
                "value"
            })
        }
    }

    fn of_ours(value: &'a Dynamic) -> Self {
        fn read<T: std::any::Any + Clone>(value: &Dynamic) -> Option<T> {
            value.read_lock::<T>().map(|inner| inner.clone())
        }
        let id = value.type_id();
        let seen = if id == TypeId::of::<Money>() {
            read(value).map(Self::Money)
        } else if id == TypeId::of::<Entity>() {
            value.read_lock().map(Self::Entity)
        } else if id == TypeId::of::<Span>() {
            read(value).map(|Span(ms)| Self::Span(ms))
        } else if id == TypeId::of::<Moment>() {
            read(value).map(|Moment(ms)| Self::Moment(ms))
        } else if id == TypeId::of::<Day>() {
            read(value).map(Self::Day)
        } else if id == TypeId::of::<Spot>() {
            read(value).map(|Spot(lat, lon)| Self::Spot(lat, lon))
        } else if id == TypeId::of::<Range<i64>>() {
            read::<Range<i64>>(value).map(|r| match r.end.checked_sub(1) {
                Some(last) => Self::Range(r.start, last),
                None => Self::Range(0, -1),
            })
        } else if id == TypeId::of::<RangeInclusive<i64>>() {
            read::<RangeInclusive<i64>>(value).map(|r| Self::Range(*r.start(), *r.end()))
        } else if id == TypeId::of::<Sketch>() {
            Some(Self::Sketch)
        } else if id == TypeId::of::<EventView>() {
            Some(Self::Other("event"))
        } else if id == TypeId::of::<CustomerView>() || id == TypeId::of::<BeforeView>() {
            Some(Self::Other("customer"))
        } else {
            None
        };
        seen.unwrap_or(Self::Other("value"))
    }

    /// The author's word for its type.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Decimal(_) => "decimal",
            Self::Text(_) => "text",
            Self::Money(_) => "money",
            Self::Span(_) => "duration",
            Self::Moment(_) => "time",
            Self::Day(_) => "date",
            Self::Spot(..) => "place",
            Self::Entity(_) => "ref",
            Self::List(_) => "list",
            Self::Range(..) => "range",
            Self::Sketch => "action",
            Self::Other(word) => word,
        }
    }
}

/// The author's word for the type of a value.
pub(super) fn word(value: &Dynamic) -> &'static str {
    Seen::of(value).word()
}
