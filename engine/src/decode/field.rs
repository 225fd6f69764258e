//! The data members of an event, typed by the catalogue.

use super::envelope::malformed;
use super::member::{Member, below, each_once, shown, twice};
use super::value::read_value;
use crate::limits::MEMBERS_MAX;
use crate::reject::{Code, Reject};
use rules::catalogue::{Catalogue, EventType, Extra, Field};
use rules::value::Value;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::BTreeSet;
use std::fmt;

/// One value per field; absent ones take their default.
pub(super) fn read_data(data: Option<&RawValue>, event: &EventType) -> Result<Vec<Value>, Reject> {
    let mut values = vec![Value::Missing; event.fields.len()];
    if let Some(raw) = data.filter(|raw| raw.get() != "null") {
        let mut problem = None;
        let visitor = DataVisitor {
            event,
            values: &mut values,
            problem: &mut problem,
        };
        let mut parser = serde_json::Deserializer::from_str(raw.get());
        let outcome = parser.deserialize_map(visitor);
        if let Some(reject) = problem {
            return Err(reject);
        }
        outcome.map_err(|e| {
            let mut reject = malformed(&e);
            reject.code = Code::WrongType;
            reject.pointer = "/data".to_owned();
            reject.cause = "`data` is an object".to_owned();
            reject
        })?;
    }
    fill_absent(&mut values, event)?;
    Ok(values)
}

/// Gives absent fields their default; one that is required has none.
pub(super) fn fill_absent(values: &mut [Value], event: &EventType) -> Result<(), Reject> {
    for (value, field) in values.iter_mut().zip(&event.fields) {
        if !value.is_missing() {
            continue;
        }
        if !field.default.is_missing() {
            *value = field.default.clone();
        } else if !field.optional {
            let cause = format!("`{}` is required for `{}`", field.json, event.name);
            return Err(Reject::new(Code::MissingMember, pointer(field), cause));
        }
    }
    Ok(())
}

fn pointer(field: &Field) -> String {
    below("/data", &field.json)
}

struct DataVisitor<'a> {
    event: &'a EventType,
    values: &'a mut Vec<Value>,
    problem: &'a mut Option<Reject>,
}

impl DataVisitor<'_> {
    /// Notes the reject and ends the parse; the parser's own error is not shown.
    fn stop<E: serde::de::Error>(&mut self, reject: Reject) -> E {
        *self.problem = Some(reject);
        E::custom("reject")
    }
}

impl<'de> Visitor<'de> for DataVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut others: BTreeSet<Member<'de>> = BTreeSet::new();
        let mut taken = 0u64;
        let mut members = 0usize;
        while let Some(key) = map.next_key::<Member<'de>>()? {
            let raw: &'de RawValue = map.next_value()?;
            members += 1;
            if members > MEMBERS_MAX {
                let cause = format!("`data` has more than {MEMBERS_MAX} members");
                return Err(self.stop(Reject::new(Code::TooDeep, "/data", cause)));
            }
            let found =
                (self.event.fields.iter().enumerate()).find(|(_, f)| f.json == key.0.as_ref());
            let Some((at, field)) = found else {
                if self.event.extra == Extra::Refuse {
                    let (word, name) = (shown(&key.0), &self.event.name);
                    let cause = format!("`{word}` is not a member of `{name}`");
                    let at = below("/data", &key.0);
                    return Err(self.stop(Reject::new(Code::UnknownMember, at, cause)));
                }
                if let Err(reject) = each_once(raw, &below("/data", &key.0)) {
                    return Err(self.stop(reject));
                }
                if let Some(key) = others.replace(key) {
                    return Err(self.stop(twice("/data", &key.0)));
                }
                continue;
            };
            let bit = 1u64
                .checked_shl(u32::try_from(at).unwrap_or(u32::MAX))
                .unwrap_or(0);
            if taken & bit != 0 || (bit == 0 && !others.insert(key.clone())) {
                return Err(self.stop(twice("/data", &key.0)));
            }
            taken |= bit;
            match read_field(raw.get(), field) {
                Ok(value) => {
                    if let Some(place) = self.values.get_mut(at) {
                        *place = value;
                    }
                }
                Err(reject) => return Err(self.stop(reject)),
            }
        }
        Ok(())
    }
}

pub(super) fn read_field(raw: &str, field: &Field) -> Result<Value, Reject> {
    if raw == "null" {
        return Ok(Value::Missing);
    }
    let reject = |code, cause: String| Reject::new(code, pointer(field), cause);
    let value = read_value(raw, &field.ty)
        .map_err(|p| reject(p.code, format!("`{}` {}", field.json, p.cause)))?;
    if let Value::Text(text) = &value {
        let length = text.chars().count();
        if let Some(max) = field.max_len.filter(|max| length > *max) {
            let cause = format!(
                "`{}` has at most {max} characters, this has {length}",
                field.json
            );
            return Err(reject(Code::OutOfRange, cause));
        }
    }
    check_range(&value, field).map_err(|cause| reject(Code::OutOfRange, cause))?;
    Ok(value)
}

fn check_range(value: &Value, field: &Field) -> Result<(), String> {
    use std::cmp::Ordering::{Greater, Less};
    let order = |bound: &Value| match (value, bound) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Decimal(a), Value::Decimal(b)) => a.partial_cmp(b),
        (Value::Money(a), Value::Money(b)) => a.compare(*b),
        _ => None,
    };
    if order(&field.min) == Some(Less) {
        return Err(format!(
            "`{}` is below its least value {}",
            field.json,
            field.min.to_json()
        ));
    }
    if order(&field.max) == Some(Greater) {
        return Err(format!(
            "`{}` is above its greatest value {}",
            field.json,
            field.max.to_json()
        ));
    }
    Ok(())
}

/// Ids of entities look as the catalogue says.
pub(super) fn check_ids(
    values: &[Value],
    event: &EventType,
    catalogue: &Catalogue,
) -> Result<(), Reject> {
    for (value, field) in values.iter().zip(&event.fields) {
        let Value::Ref(key) = value else {
            continue;
        };
        let entity = catalogue.entity(key.kind);
        let pattern = entity.and_then(|e| e.pattern.as_ref());
        if let Some(pattern) = pattern.filter(|p| !p.is_match(&key.id)) {
            let cause = format!("`{}` does not look like `{pattern}`", field.json);
            return Err(Reject::new(Code::BadId, pointer(field), cause));
        }
    }
    Ok(())
}
