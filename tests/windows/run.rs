//! The engine's answers, in words that can be compared.

use std::sync::Arc;

use engine::door::OrderBy;
use engine::engine::{Engine, Output, Settings};
use engine::outcome::What;
use engine::shard::{Record, Show};
use kit::Failed;
use rules::book::Book;
use rules::catalogue::Column;
use rules::catalogue::feature::Feature;
use rules::value::Value;

use super::made::Event;
use super::reference::{Answer, Word};

/// What came of a stream.
pub(super) struct Run {
    /// By event, in the order they were decided: its id, the word to it, its row.
    pub(super) words: Vec<(String, (Word, Vec<Answer>))>,
    /// The state hash at the end.
    pub(super) hash: String,
    /// Entities that memory holds at the end.
    pub(super) entities: u64,
}

/// The features of the columns.
pub(super) fn columns(book: &Book) -> Vec<&Feature> {
    let feature = |column: &Column| match column {
        Column::Feature(at) => book.catalogue.features.get(usize::from(*at)),
        Column::Derived(_) => None,
    };
    book.catalogue.columns.iter().filter_map(feature).collect()
}

/// Runs a stream through the engine.
pub(super) fn run(
    book: &Arc<Book>,
    events: &[Event],
    order: OrderBy,
    shards: usize,
    batch: usize,
) -> Result<Run, Failed> {
    let show = Show {
        columns: true,
        ..Show::default()
    };
    let settings = Settings {
        shards,
        batch,
        order,
        inline: 0,
        division: None,
        show,
    };
    let mut engine = Engine::new(Arc::clone(book), &settings)?;
    let mut words = Vec::new();
    let records = (1..).zip(events).map(|(line, event)| Record {
        line,
        bytes: event.line().into_bytes(),
    });
    let records: Vec<Record> = records.collect();
    for some in records.chunks(batch.max(64)) {
        note(engine.push(some.to_vec())?, &mut words)?;
    }
    note(engine.finish()?, &mut words)?;
    let hash = engine.state_hash()?.to_string();
    let entities = engine.size()?.entities;
    Ok(Run {
        words,
        hash,
        entities,
    })
}

fn note(output: Output, words: &mut Vec<(String, (Word, Vec<Answer>))>) -> Result<(), Failed> {
    if let Some(refused) = output.refused.first() {
        return Err(format!("refused: {refused:?}").into());
    }
    for outcome in output.outcomes {
        let word = match outcome.what {
            What::Settled(settled) => (
                Word::Taken,
                settled.row.iter().map(answer).collect::<Result<_, _>>()?,
            ),
            What::Duplicate => (Word::Duplicate, Vec::new()),
            What::Mismatch => (Word::Mismatch, Vec::new()),
            What::TooLate => (Word::TooLate, Vec::new()),
            What::Elsewhere => return Err("nobody divided them".into()),
        };
        words.push((outcome.event_id.to_string(), word));
    }
    Ok(())
}

fn answer(value: &Value) -> Result<Answer, Failed> {
    Ok(match value {
        Value::Missing => Answer::Missing,
        Value::Bool(b) => Answer::Number(i64::from(*b)),
        Value::Int(n) | Value::Time(n) => Answer::Number(*n),
        Value::Money(m) => Answer::Number(m.to_minor().ok_or("not whole minor units")?),
        Value::Decimal(d) => Answer::Decimal(*d),
        Value::Text(t) => Answer::Text(t.to_string()),
        Value::Ref(key) => Answer::Text(key.id.to_string()),
        other => return Err(format!("a feature is {other:?}").into()),
    })
}
