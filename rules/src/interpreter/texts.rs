//! Functions on text and lists, and the test behind `in`.

use super::desk::spend;
use super::fault::raise;
use super::kinds::Seen;
use super::operators::{Clash, TEXT_BYTES, equal, sentence};
use crate::catalogue::Catalogue;
use hashbrown::{HashMap, HashSet};
use rhai::{Array, Dynamic, Engine, EvalAltResult, ImmutableString};
use std::any::TypeId;
use std::sync::{Arc, PoisonError, RwLock};

/// The lists of the catalogue, and members that were added to them.
pub(super) type Lists = Arc<RwLock<HashMap<String, HashSet<String>>>>;

/// The lists of the catalogue.
pub(super) fn lists(catalogue: &Catalogue) -> Lists {
    let all = catalogue.lists.iter().map(|list| {
        let members = list.members.iter().map(ToString::to_string).collect();
        (list.name.to_string(), members)
    });
    Arc::new(RwLock::new(all.collect()))
}

/// Registers the functions.
pub(super) fn register(engine: &mut Engine, lists: Lists) {
    engine.register_fn("starts_with", |text: &mut ImmutableString, other: &str| {
        text.starts_with(other)
    });
    engine.register_fn("ends_with", |text: &mut ImmutableString, other: &str| {
        text.ends_with(other)
    });
    let any = TypeId::of::<Dynamic>();
    engine.register_raw_fn("contains", [any, any], |_, args| match args {
        [all, one] => contains(all, one),
        _ => Err(raise("`in` takes a value and a list")),
    });
    engine.register_fn("len", |text: &mut ImmutableString| text_len(text));
    engine.register_get("len", |text: &mut ImmutableString| text_len(text));
    engine.register_fn("len", |list: &mut Array| list_len(list));
    engine.register_get("len", |list: &mut Array| list_len(list));
    engine.register_fn("in_list", move |name: &str, one: Dynamic| {
        in_list(&lists, name, &one)
    });
    // What `${…}` in a text asks for. Without an answer for every type it would print Rust's names.
    engine.register_raw_fn("to_string", [any], |_, args| match args {
        [value] => written(value),
        _ => Err(raise("`to_string` takes one value")),
    });
}

/// A value inside a text, as records and screens write it.
fn written(value: &Dynamic) -> Result<String, Box<EvalAltResult>> {
    let plain = match Seen::of(value) {
        Seen::Missing => String::new(),
        Seen::List(_) | Seen::Range(..) | Seen::Sketch | Seen::Other(_) => {
            super::kinds::word(value).to_owned()
        }
        _ => match super::convert::taken(value).map(|value| value.to_json()) {
            Ok(serde_json::Value::String(text)) => text,
            Ok(other) => other.to_string(),
            Err(_) => super::kinds::word(value).to_owned(),
        },
    };
    if plain.len() > TEXT_BYTES {
        return Err(raise(format!(
            "a text in a rule has at most {TEXT_BYTES} bytes"
        )));
    }
    Ok(plain)
}

/// Characters, as a reader counts them.
fn text_len(text: &str) -> Result<i64, Box<EvalAltResult>> {
    spend(text.len())?;
    i64::try_from(text.chars().count()).map_err(|_| raise("the text is too long"))
}

fn list_len(list: &Array) -> Result<i64, Box<EvalAltResult>> {
    i64::try_from(list.len()).map_err(|_| raise("the list is too long"))
}

fn contains(all: &Dynamic, one: &Dynamic) -> Result<bool, Box<EvalAltResult>> {
    let (all, one) = (Seen::of(all), Seen::of(one));
    let clash = match (&all, &one) {
        (Seen::Range(first, last), Seen::Int(number)) => {
            return Ok((first..=last).contains(&number));
        }
        (Seen::Text(all), Seen::Text(one)) => {
            spend(all.len())?;
            return Ok(all.contains(one.as_str()));
        }
        (Seen::List(all), one) if !matches!(one, Seen::Missing) => {
            spend(all.len())?;
            for member in all.iter() {
                let member = Seen::of(member);
                match equal(one, &member) {
                    Ok(true) => return Ok(true),
                    Ok(false) => {}
                    Err(clash) => return Err(raise(sentence(&clash, "in", one, &member))),
                }
            }
            return Ok(false);
        }
        _ => Clash::Types,
    };
    Err(raise(sentence(&clash, "in", &one, &all)))
}

fn in_list(lists: &Lists, name: &str, one: &Dynamic) -> Result<bool, Box<EvalAltResult>> {
    let lists = lists.read().unwrap_or_else(PoisonError::into_inner);
    let Some(members) = lists.get(name) else {
        return Err(raise(format!("there is no list `{name}`")));
    };
    match Seen::of(one) {
        Seen::Text(text) => Ok(members.contains(text.as_str())),
        Seen::Int(number) => Ok(members.contains(number.to_string().as_str())),
        Seen::Entity(entity) => match &entity.key {
            Some(key) => Ok(members.contains(key.id.as_str())),
            None => Err(raise(format!("`event.{}` was not read", entity.field))),
        },
        other => Err(raise(format!("`in_list` does not take {}", other.word()))),
    }
}
