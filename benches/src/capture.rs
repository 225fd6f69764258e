//! Runs traffic through the engine once and keeps what its events see: facts for all rivals alike.

use crate::fields::Kind;
use crate::plain::{self, Plain};
use crate::traffic::Line;
use engine::engine::{Engine, Output, Settings};
use engine::outcome::What;
use engine::shard::{Record, Show};
use rules::book::Book;
use rules::facts::Facts;
use rules::layout::Slot;
use rules::value::Value;
use std::sync::Arc;

/// Records per push.
const CHUNK: usize = 4_096;

/// What one live event sees.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The kind of event.
    pub kind: Kind,
    /// The values of the slots of [`plain::paths`].
    pub values: Vec<Value>,
}

impl Seen {
    /// As plain facts.
    #[must_use]
    pub fn plain(&self) -> Plain {
        Plain::of(self.kind, &self.values)
    }

    /// As the facts of a book: every slot a DW1 rule may read is computed.
    #[must_use]
    pub fn facts(&self, book: &Book, slots: &[Slot]) -> Option<Facts> {
        let mut facts = Facts::new(book.layout.slots.len());
        facts.reset(book.catalogue.event_named(self.kind.name())?);
        for (slot, value) in slots.iter().zip(&self.values) {
            facts.set(*slot, value.clone());
        }
        Some(facts)
    }
}

/// Records of lines.
#[must_use]
pub fn records(lines: &[Line]) -> Vec<Record> {
    lines
        .iter()
        .map(|line| Record {
            line: line.id + 1,
            bytes: line.bytes.clone(),
        })
        .collect()
}

/// What the live events among `lines` see, in order. `book` needs no rules.
///
/// # Errors
/// A line was refused, or the engine cannot run: said as text.
pub fn seen(book: &Arc<Book>, lines: &[Line]) -> Result<Vec<Seen>, String> {
    let slots = plain::slots(&book.layout).ok_or("the catalogue lacks a path of the workload")?;
    let settings = Settings {
        show: Show {
            watch: slots,
            ..Show::default()
        },
        ..Settings::default()
    };
    let mut engine = Engine::new(Arc::clone(book), &settings).map_err(|e| e.to_string())?;
    let mut seen = Vec::new();
    for chunk in lines.chunks(CHUNK) {
        let output = engine.push(records(chunk)).map_err(|e| e.to_string())?;
        note(&output, lines, &mut seen)?;
    }
    // The door may hold the last records back until it knows what follows them.
    let output = engine.finish().map_err(|e| e.to_string())?;
    note(&output, lines, &mut seen)?;
    let live = lines.iter().filter(|line| line.kind.is_some()).count();
    if seen.len() == live {
        Ok(seen)
    } else {
        Err(format!("{} of {live} events were settled", seen.len()))
    }
}

fn note(output: &Output, lines: &[Line], seen: &mut Vec<Seen>) -> Result<(), String> {
    if let Some(refused) = output.refused.first() {
        return Err(format!("line {}: {:?}", refused.line, refused.reject));
    }
    let first = lines.first().map_or(0, |line| line.id);
    for outcome in &output.outcomes {
        let at = outcome.line.and_then(|line| {
            let at = line.checked_sub(first + 1)?;
            usize::try_from(at).ok()
        });
        let kind = at.and_then(|at| lines.get(at)).and_then(|line| line.kind);
        if let (Some(kind), What::Settled(settled)) = (kind, &outcome.what) {
            seen.push(Seen {
                kind,
                values: settled.watched.clone(),
            });
        }
    }
    Ok(())
}
