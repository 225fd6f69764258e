//! Values and their types: what a slot may hold.

use crate::money::{Currency, Money};
use std::fmt;

/// Text shared without copying. It is the rule language's own string, so a script reads it for a
/// reference count.
pub type Text = rhai::ImmutableString;

/// An entity kind of the catalogue, by its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityKind(pub u16);

/// The type of a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// True or false.
    Bool,
    /// 64-bit integer.
    Int,
    /// IEEE 754 double.
    Decimal,
    /// Any text.
    Text,
    /// One of a closed list of words, or any word where the list is empty.
    Symbol(Vec<Text>),
    /// An amount in one currency.
    Money(Currency),
    /// A span, in ms.
    Duration,
    /// An instant, in ms since the epoch.
    Time,
    /// A day of the calendar.
    Date,
    /// Latitude and longitude.
    Place,
    /// The id of an entity.
    Ref(EntityKind),
    /// Several values of one type.
    List(Box<Type>),
}

impl fmt::Display for Type {
    /// The author's word for it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Decimal => f.write_str("decimal"),
            Self::Text => f.write_str("text"),
            Self::Symbol(_) => f.write_str("symbol"),
            Self::Money(c) => write!(f, "money {}", c.code()),
            Self::Duration => f.write_str("duration"),
            Self::Time => f.write_str("time"),
            Self::Date => f.write_str("date"),
            Self::Place => f.write_str("place"),
            Self::Ref(_) => f.write_str("ref"),
            Self::List(of) => write!(f, "list<{of}>"),
        }
    }
}

/// An entity: its kind and its id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityKey {
    /// The kind.
    pub kind: EntityKind,
    /// The id, as the event wrote it.
    pub id: Text,
}

/// A day of the calendar, as days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// Reads `YYYY-MM-DD`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let date: jiff::civil::Date = (text.len() == 10).then(|| text.parse().ok())??;
        Some(Self::from_civil(date))
    }

    /// From a civil date.
    #[must_use]
    pub fn from_civil(date: jiff::civil::Date) -> Self {
        let epoch = jiff::civil::Date::constant(1970, 1, 1);
        Self(epoch.until(date).map_or(0, |span| span.get_days()))
    }

    /// As a civil date; `None` outside years −9999…9999.
    #[must_use]
    pub fn to_civil(self) -> Option<jiff::civil::Date> {
        let epoch = jiff::civil::Date::constant(1970, 1, 1);
        epoch
            .checked_add(jiff::Span::new().try_days(self.0).ok()?)
            .ok()
    }
}

/// What a slot holds.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Value {
    /// Nothing: an optional slot without a value. Not false, not zero, not unequal to anything.
    #[default]
    Missing,
    /// See [`Type::Bool`].
    Bool(bool),
    /// See [`Type::Int`].
    Int(i64),
    /// See [`Type::Decimal`].
    Decimal(f64),
    /// Text or symbol.
    Text(Text),
    /// See [`Type::Money`].
    Money(Money),
    /// Milliseconds.
    Duration(i64),
    /// Milliseconds since the epoch.
    Time(i64),
    /// See [`Type::Date`].
    Date(Day),
    /// Latitude and longitude in degrees.
    Place(f64, f64),
    /// See [`Type::Ref`].
    Ref(EntityKey),
    /// See [`Type::List`].
    List(Vec<Value>),
}

impl Value {
    /// True for [`Value::Missing`].
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }

    /// The value as JSON, for records and screens: money as a text of major units, times as RFC 3339
    /// in UTC, durations in their shortest text, missing as null.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Self::Missing => Json::Null,
            Self::Bool(b) => Json::Bool(*b),
            Self::Int(n) => Json::from(*n),
            Self::Decimal(d) => Json::from(*d),
            Self::Text(t) => Json::String(t.to_string()),
            Self::Money(m) => Json::String(m.to_string()),
            Self::Duration(ms) => Json::String(crate::duration::format(*ms)),
            Self::Time(ms) => Json::String(time_text(*ms)),
            Self::Date(day) => day
                .to_civil()
                .map_or(Json::Null, |d| Json::String(d.to_string())),
            Self::Place(lat, lon) => Json::from(vec![*lat, *lon]),
            Self::Ref(key) => Json::String(key.id.to_string()),
            Self::List(items) => Json::Array(items.iter().map(Self::to_json).collect()),
        }
    }

    /// Reads back what [`Value::to_json`] wrote for a slot of type `ty`. `None` when it is not one.
    #[must_use]
    pub fn from_json(json: &serde_json::Value, ty: &Type) -> Option<Self> {
        use serde_json::Value as Json;
        Some(match (ty, json) {
            (_, Json::Null) => Self::Missing,
            (Type::Bool, Json::Bool(b)) => Self::Bool(*b),
            (Type::Int, Json::Number(n)) => Self::Int(n.as_i64()?),
            (Type::Decimal, Json::Number(n)) => Self::Decimal(n.as_f64()?),
            (Type::Text | Type::Symbol(_), Json::String(s)) => Self::Text(s.as_str().into()),
            (Type::Money(currency), Json::String(s)) => {
                let digits = s.strip_suffix(currency.code())?.trim_end();
                Self::Money(Money::from_major(digits, *currency)?)
            }
            (Type::Duration, Json::String(s)) => Self::Duration(match s.strip_prefix('-') {
                Some(rest) => -crate::duration::parse(rest)?,
                None => crate::duration::parse(s)?,
            }),
            (Type::Time, Json::String(s)) => {
                Self::Time(s.parse::<jiff::Timestamp>().ok()?.as_millisecond())
            }
            (Type::Date, Json::String(s)) => Self::Date(Day::parse(s)?),
            (Type::Place, Json::Array(pair)) => match pair.as_slice() {
                [lat, lon] => Self::Place(lat.as_f64()?, lon.as_f64()?),
                _ => return None,
            },
            (Type::Ref(kind), Json::String(s)) => Self::Ref(EntityKey {
                kind: *kind,
                id: s.as_str().into(),
            }),
            (Type::List(of), Json::Array(items)) => Self::List(
                items
                    .iter()
                    .map(|item| Self::from_json(item, of))
                    .collect::<Option<_>>()?,
            ),
            _ => return None,
        })
    }
}

/// An instant as RFC 3339 as clocks show it in a zone, with milliseconds.
#[must_use]
pub fn time_text_in(ms: i64, zone: &jiff::tz::TimeZone) -> String {
    let zoned = jiff::Timestamp::from_millisecond(ms).map(|t| t.to_zoned(zone.clone()));
    zoned.map_or_else(
        |_| ms.to_string(),
        |t| t.strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string(),
    )
}

/// An instant as RFC 3339 in UTC with milliseconds.
#[must_use]
pub fn time_text(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| ms.to_string(), |t| format!("{t:.3}"))
}
