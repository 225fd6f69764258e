//! Words on `event` and `customer`: every property is a slot, looked up once, when the engine is
//! built.

use super::behind;
use super::convert::shown;
use super::desk::with_facts;
use super::fault::raise;
use super::kinds::{BeforeView, CustomerView, Entity, EventView, Moment, Seen, Span};
use crate::book::Book;
use crate::catalogue::EventId;
use crate::catalogue::feature::Take;
use crate::duration;
use crate::layout::Slot;
use crate::value::{Text, Value};
use rhai::{Dynamic, Engine, EvalAltResult};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) type Answer = Result<Dynamic, Box<EvalAltResult>>;

/// How `event.<name>` is read on one event type.
#[derive(Clone, Copy)]
enum Read {
    Plain(Slot),
    /// A field that refers to an entity: features hang below it.
    Entity(Slot),
    /// A step of a pattern: the event that it took hangs below it.
    Step,
}

/// Registers everything the book's layout makes readable.
pub(super) fn register(engine: &mut Engine, book: &Arc<Book>) {
    register_event(engine, book);
    behind::register(engine, book);
    register_customer(engine, book);
    register_presence(engine, book);
    register_windows(engine, book);
}

/// By word behind `event`, how it is read on each event type.
fn event_words(book: &Book) -> BTreeMap<Text, Vec<Option<Read>>> {
    let events = book.layout.events.len();
    let mut words: BTreeMap<Text, Vec<Option<Read>>> = BTreeMap::new();
    for (at, paths) in book.layout.events.iter().enumerate() {
        let named = paths.names.iter().map(|(name, slot)| {
            let read = if paths.refs.contains_key(name) {
                Read::Entity(*slot)
            } else {
                Read::Plain(*slot)
            };
            (name, read)
        });
        let steps = paths.refs.keys();
        let steps = steps.filter(|name| !paths.names.contains_key(*name));
        for (name, read) in named.chain(steps.map(|name| (name, Read::Step))) {
            let reads = words
                .entry(name.clone())
                .or_insert_with(|| vec![None; events]);
            if let Some(place) = reads.get_mut(at) {
                *place = Some(read);
            }
        }
    }
    words
}

fn register_event(engine: &mut Engine, book: &Arc<Book>) {
    for (name, reads) in event_words(book) {
        let (book, called) = (Arc::clone(book), name.clone());
        engine.register_get(name.as_str(), move |_: &mut EventView| -> Answer {
            with_facts(|facts| {
                let event = facts.event();
                match event.and_then(|e| reads.get(usize::from(e.0)).copied().flatten()) {
                    Some(Read::Plain(slot)) => Ok(shown(facts.get(slot))),
                    Some(Read::Entity(slot)) if facts.is_computed(slot) => {
                        Ok(behind::referred(&called, facts.get(slot)))
                    }
                    // Only its features are read here: the id was not asked for.
                    Some(Read::Entity(_) | Read::Step) => Ok(Dynamic::from(Entity {
                        field: called.clone(),
                        key: None,
                    })),
                    None => Err(raise(not_here(&book, event, &called))),
                }
            })
        });
    }
    engine.register_indexer_get(|_: &mut EventView, name: &str| -> Answer {
        Err(raise(format!("`event.{name}` is not known")))
    });
    engine.register_indexer_get(|_: &mut CustomerView, name: &str| -> Answer {
        Err(raise(format!("`customer.{name}` is not known")))
    });
    engine.register_indexer_get(|_: &mut BeforeView, name: &str| -> Answer {
        Err(raise(format!("`customer.before.{name}` is not known")))
    });
}

fn register_customer(engine: &mut Engine, book: &Arc<Book>) {
    for (name, slot) in &book.layout.customer {
        let slot = *slot;
        if book.layout.behind.contains_key(name) {
            behind::register_tag(engine, name, slot);
            continue;
        }
        engine.register_get(name.as_str(), move |_: &mut CustomerView| {
            with_facts(|facts| shown(facts.get(slot)))
        });
    }
    engine.register_get("before", |_: &mut CustomerView| BeforeView);
    for (name, slot) in &book.layout.before {
        let slot = *slot;
        engine.register_get(name.as_str(), move |_: &mut BeforeView| {
            with_facts(|facts| shown(facts.get(slot)))
        });
    }
}

fn register_presence(engine: &mut Engine, book: &Arc<Book>) {
    let known = Arc::clone(book);
    engine.register_fn("has", move |_: &mut EventView, name: &str| {
        let slot = with_facts(|facts| facts.event()).and_then(|e| known.layout.event(e, name));
        match slot {
            Some(slot) => Ok(is_there(slot)),
            // Another event type of this rule has it; this one cannot.
            None if known
                .layout
                .events
                .iter()
                .any(|e| e.names.contains_key(name)) =>
            {
                Ok(false)
            }
            None => Err(raise(format!("`event.{name}` is not known"))),
        }
    });
    let known = Arc::clone(book);
    engine.register_fn("has", move |_: &mut CustomerView, name: &str| {
        match known.layout.customer.get(name) {
            Some(slot) => Ok(is_there(*slot)),
            None => Err(raise(format!("`customer.{name}` is not known"))),
        }
    });
    let known = Arc::clone(book);
    engine.register_fn("at", move |_: &mut CustomerView, name: &str| {
        match known.layout.fences.get(name) {
            Some(slot) => Ok(with_facts(|facts| shown(facts.get(*slot)))),
            None => Err(raise(format!("fence `{name}` is not known"))),
        }
    });
    let known = Arc::clone(book);
    engine.register_fn(
        "since",
        move |_: &mut EventView, then: Moment| match envelope(&known, "time") {
            Value::Time(now) => now
                .checked_sub(then.0)
                .map(Span)
                .ok_or_else(|| raise("the result of `since` is too large")),
            _ => Err(raise("`event.time` is missing")),
        },
    );
    let known = Arc::clone(book);
    engine.register_fn(
        "days_until",
        move |_: &mut EventView, day: crate::value::Day| match envelope(&known, "date") {
            Value::Date(today) => Ok(i64::from(day.0) - i64::from(today.0)),
            _ => Err(raise("`event.date` is missing")),
        },
    );
}

fn is_there(slot: Slot) -> bool {
    with_facts(|facts| !facts.get(slot).is_missing())
}

fn envelope(book: &Book, name: &str) -> Value {
    with_facts(|facts| {
        let slot = facts.event().and_then(|e| book.layout.event(e, name));
        slot.map_or(Value::Missing, |slot| facts.get(slot).clone())
    })
}

pub(super) fn not_here(book: &Book, event: Option<EventId>, path: &str) -> String {
    let name = event.and_then(|e| book.catalogue.event(e));
    match name {
        Some(event) => format!("`event.{path}` does not exist on `{}`", event.name),
        None => format!("`event.{path}` is not known"),
    }
}

/// What an inline window hangs on.
#[derive(Clone, Copy)]
enum Owner<'a> {
    Customer,
    Entity(&'a str),
}

fn register_windows(engine: &mut Engine, book: &Arc<Book>) {
    for take in Take::INLINE {
        let word = take.name();
        if !take.needs_field() {
            let known = Arc::clone(book);
            engine.register_fn(
                word,
                move |_: &mut CustomerView, stream: &str, over: Dynamic| {
                    window(&known, Owner::Customer, [stream, word, ""], &over)
                },
            );
            let known = Arc::clone(book);
            engine.register_fn(word, move |e: &mut Entity, stream: &str, over: Dynamic| {
                window(&known, Owner::Entity(&e.field), [stream, word, ""], &over)
            });
            continue;
        }
        let known = Arc::clone(book);
        engine.register_fn(
            word,
            move |_: &mut CustomerView, stream: &str, field: &str, over: Dynamic| {
                window(&known, Owner::Customer, [stream, word, field], &over)
            },
        );
        let known = Arc::clone(book);
        engine.register_fn(
            word,
            move |e: &mut Entity, stream: &str, field: &str, over: Dynamic| {
                window(
                    &known,
                    Owner::Entity(&e.field),
                    [stream, word, field],
                    &over,
                )
            },
        );
    }
}

thread_local! {
    /// The name of a window is built here, so that reading one costs no memory.
    static NAME: RefCell<String> = const { RefCell::new(String::new()) };
}

fn window(book: &Book, owner: Owner<'_>, parts: [&str; 3], over: &Dynamic) -> Answer {
    let over = match Seen::of(over) {
        Seen::Text(text) => text.clone(),
        Seen::Span(ms) => duration::format(ms).into(),
        other => {
            return Err(raise(format!(
                "a window has a length, not {}",
                other.word()
            )));
        }
    };
    let slot = slot_named(book, owner, parts, &over).or_else(|| {
        let shortest = duration::format(duration::parse(&over)?);
        slot_named(book, owner, parts, &shortest)
    });
    match slot {
        Some(slot) => Ok(with_facts(|facts| shown(facts.get(slot)))),
        None => {
            let [stream, take, _] = parts;
            let message = format!("there is no window `{take}` over `{stream}` of `{over}` here");
            Err(raise(message))
        }
    }
}

fn slot_named(book: &Book, owner: Owner<'_>, parts: [&str; 3], over: &str) -> Option<Slot> {
    NAME.with_borrow_mut(|name| {
        name.clear();
        for part in parts {
            if !part.is_empty() {
                name.push_str(part);
                name.push('.');
            }
        }
        name.push_str(over);
        match owner {
            Owner::Customer => book.layout.customer.get(name.as_str()).copied(),
            Owner::Entity(field) => {
                let event = with_facts(|facts| facts.event())?;
                book.layout.event_ref(event, field, name)
            }
        }
    })
}
