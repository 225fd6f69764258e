//! Values in and out of a script.

use super::kinds::{Entity, Moment, Seen, Span, Spot};
use crate::money::Money;
use crate::value::{Text, Type, Value};
use rhai::Dynamic;

/// A value as a script sees it.
pub(super) fn shown(value: &Value) -> Dynamic {
    match value {
        Value::Missing => Dynamic::UNIT,
        Value::Bool(flag) => Dynamic::from_bool(*flag),
        Value::Int(number) => Dynamic::from_int(*number),
        Value::Decimal(number) => Dynamic::from_float(*number),
        Value::Text(text) => text.clone().into(),
        Value::Money(money) => Dynamic::from(*money),
        Value::Duration(ms) => Dynamic::from(Span(*ms)),
        Value::Time(ms) => Dynamic::from(Moment(*ms)),
        Value::Date(day) => Dynamic::from(*day),
        Value::Place(lat, lon) => Dynamic::from(Spot(*lat, *lon)),
        Value::Ref(key) => Dynamic::from(Entity {
            field: Text::new(),
            key: Some(key.clone()),
        }),
        Value::List(items) => Dynamic::from_array(items.iter().map(shown).collect()),
    }
}

/// A value that leaves a script: money is rounded half-even to the minor unit. The error is the
/// author's word for what cannot leave.
pub(super) fn taken(value: &Dynamic) -> Result<Value, &'static str> {
    Ok(match Seen::of(value) {
        Seen::Missing => Value::Missing,
        Seen::Bool(flag) => Value::Bool(flag),
        Seen::Int(number) => Value::Int(number),
        Seen::Decimal(number) => Value::Decimal(number),
        Seen::Text(text) => Value::Text(text.clone()),
        Seen::Money(money) => Value::Money(rounded(money).ok_or("too large an amount")?),
        Seen::Span(ms) => Value::Duration(ms),
        Seen::Moment(ms) => Value::Time(ms),
        Seen::Day(day) => Value::Date(day),
        Seen::Spot(lat, lon) => Value::Place(lat, lon),
        Seen::Entity(entity) => Value::Ref(entity.key.clone().ok_or("an unread ref")?),
        Seen::List(items) => Value::List(items.iter().map(taken).collect::<Result<_, _>>()?),
        other => return Err(other.word()),
    })
}

/// Whole minor units. `None` when they do not fit.
pub(super) fn rounded(money: Money) -> Option<Money> {
    Some(Money::minor(money.to_minor()?, money.currency()))
}

/// The value as `ty`: a whole number serves as a decimal. `None` when it is of another type.
pub(super) fn fitted(value: Value, ty: &Type) -> Option<Value> {
    let fits = match (ty, &value) {
        (_, Value::Missing)
        | (Type::Bool, Value::Bool(_))
        | (Type::Int, Value::Int(_))
        | (Type::Decimal, Value::Decimal(_))
        | (Type::Text | Type::Symbol(_), Value::Text(_))
        | (Type::Duration, Value::Duration(_))
        | (Type::Time, Value::Time(_))
        | (Type::Date, Value::Date(_))
        | (Type::Place, Value::Place(..)) => true,
        (Type::Money(currency), Value::Money(money)) => money.currency() == *currency,
        (Type::Ref(kind), Value::Ref(key)) => key.kind == *kind,
        (Type::List(_), Value::List(_)) => true,
        _ => false,
    };
    match (ty, value) {
        (_, value) if fits => Some(value),
        #[expect(
            clippy::cast_precision_loss,
            reason = "a whole number beyond 53 bits is no exact decimal, and no author writes one"
        )]
        (Type::Decimal, Value::Int(number)) => Some(Value::Decimal(number as f64)),
        _ => None,
    }
}
