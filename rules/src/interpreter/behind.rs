//! What is read behind a reference: of an entity in a field of the event, of one in a tag of the customer,
//! and of the event that a step of a pattern took.

use super::convert::shown;
use super::desk::with_facts;
use super::fault::raise;
use super::kinds::{CustomerView, Entity};
use super::words::{Answer, not_here};
use crate::book::Book;
use crate::layout::Slot;
use crate::value::{Text, Value};
use rhai::{Dynamic, Engine};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The first event of a repeated step.
const FIRST: &str = "first";
/// Before the name of a customer's tag that refers to an entity: no field of an event begins so.
const OF_CUSTOMER: char = '@';

thread_local! {
    /// Through what a reference was read last that is missing: what is read behind it has a value all the same.
    static MISSING: RefCell<Text> = RefCell::new(Text::default());
}

/// A reference as a script sees it.
pub(super) fn referred(field: &Text, value: &Value) -> Dynamic {
    match value {
        Value::Ref(key) => Dynamic::from(Entity {
            field: field.clone(),
            key: Some(key.clone()),
        }),
        other => {
            MISSING.with_borrow_mut(|missing| missing.clone_from(field));
            shown(other)
        }
    }
}

/// A tag of the customer behind which tags of its entity are read.
pub(super) fn register_tag(engine: &mut Engine, name: &Text, slot: Slot) {
    let field: Text = format!("{OF_CUSTOMER}{name}").into();
    engine.register_get(name.as_str(), move |_: &mut CustomerView| {
        with_facts(|facts| {
            if facts.is_computed(slot) {
                return referred(&field, facts.get(slot));
            }
            // Only what stands behind it is read here: the id was not asked for.
            Dynamic::from(Entity {
                field: field.clone(),
                key: None,
            })
        })
    });
}

/// Where a word is read: by event type behind its fields, and behind tags of the customer.
struct Word {
    book: Arc<Book>,
    called: Text,
    events: Vec<Vec<(Text, Slot)>>,
    customer: Vec<(Text, Slot)>,
}

impl Word {
    fn read(&self, through: &Text) -> Answer {
        with_facts(|facts| {
            let event = facts.event();
            let fields = if through.starts_with(OF_CUSTOMER) {
                Some(&self.customer)
            } else {
                event.and_then(|e| self.events.get(usize::from(e.0)))
            };
            let slot = fields.and_then(|all| all.iter().find(|(field, _)| field == through));
            match slot {
                Some((_, slot)) => Ok(shown(facts.get(*slot))),
                None if self.called == FIRST => Ok(Dynamic::from(Entity {
                    field: format!("{through}.{FIRST}").into(),
                    key: None,
                })),
                None => {
                    let path = format!("{through}.{}", self.called);
                    Err(raise(not_here(&self.book, event, &path)))
                }
            }
        })
    }
}

/// Registers every word behind a reference.
pub(super) fn register(engine: &mut Engine, book: &Arc<Book>) {
    let events = book.layout.events.len();
    let word = |called: &Text| Word {
        book: Arc::clone(book),
        called: called.clone(),
        events: vec![Vec::new(); events],
        customer: Vec::new(),
    };
    let mut words: BTreeMap<Text, Word> = BTreeMap::new();
    for (at, paths) in book.layout.events.iter().enumerate() {
        for (field, below) in &paths.refs {
            for (name, slot) in below {
                let word = words.entry(name.clone()).or_insert_with(|| word(name));
                if let Some(read) = word.events.get_mut(at) {
                    read.push((field.clone(), *slot));
                }
            }
        }
    }
    for (tag, below) in &book.layout.behind {
        for (name, slot) in below {
            let word = words.entry(name.clone()).or_insert_with(|| word(name));
            let field = format!("{OF_CUSTOMER}{tag}");
            word.customer.push((field.into(), *slot));
        }
    }
    // Behind a repeated step stands its first event.
    let first: Text = FIRST.into();
    words.entry(first.clone()).or_insert_with(|| word(&first));
    for (name, word) in words {
        let word = Arc::new(word);
        let known = Arc::clone(&word);
        engine.register_get(name.as_str(), move |entity: &mut Entity| -> Answer {
            known.read(&entity.field)
        });
        engine.register_get(name.as_str(), move |_: &mut ()| -> Answer {
            word.read(&MISSING.with_borrow(Text::clone))
        });
    }
    engine.register_indexer_get(|entity: &mut Entity, name: &str| -> Answer {
        Err(raise(format!(
            "`event.{}.{name}` is not known",
            entity.field
        )))
    });
}
