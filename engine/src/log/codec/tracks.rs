//! Tracks by stable ids. A track is told by its stream with its condition, its key, its cells and its
//! masks; an id stays with one such description. A book that describes a track otherwise reads what it
//! can: cells by their fields, masks by their conditions. Of a stream whose own condition is another,
//! nothing is read: its windows start empty.

use super::super::names::NameKind;
use super::super::writer::Log;
use crate::plan::{Plan, TrackPlan};
use crate::window::track::Cell;
use hashbrown::HashMap;
use rules::book::{Book, ExpressionId};
use rules::catalogue::feature::Key;
use rules::value::EntityKind;
use serde::{Deserialize, Serialize};

/// The tracks of a plan by stable ids.
#[derive(Clone, Debug, Default)]
pub(super) struct Tracks {
    /// By place in the plan.
    pub(super) ids: Vec<u32>,
    /// By id: what its rows mean to this plan.
    pub(super) readings: HashMap<u32, Reading>,
}

/// How rows of one description are read.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    /// By place in the plan.
    pub(super) track: usize,
    /// By cell of the plan: the cell of the row.
    pub(super) cells: Vec<Option<usize>>,
    /// By bit of the plan: the bit of the row.
    pub(super) masks: Vec<Option<usize>>,
}

impl Reading {
    /// A row as the plan has it.
    pub(super) fn row(&self, mask: u32, cells: &[Cell]) -> (u32, Vec<Cell>) {
        let bit = |(at, from): (usize, &Option<usize>)| {
            let set = from.is_some_and(|from| mask & (1 << from) != 0);
            u32::from(set) << at
        };
        let mask = self.masks.iter().enumerate().map(bit).sum();
        let cell = |from: &Option<usize>| {
            let cell = from.and_then(|from| cells.get(from));
            cell.cloned().unwrap_or_default()
        };
        (mask, self.cells.iter().map(cell).collect())
    }
}

#[derive(PartialEq, Eq, Serialize, Deserialize)]
struct Description {
    stream: String,
    only: Option<String>,
    key: String,
    cells: Vec<String>,
    masks: Vec<String>,
    /// Panes, where they are kept: their length and where one begins, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    panes: Option<(i64, i64)>,
}

impl Tracks {
    pub(super) fn define(log: &mut Log, book: &Book, plan: &Plan) -> Self {
        let own: Vec<Description> = plan.tracks.iter().map(|t| describe(book, t)).collect();
        let named = own.iter().map(|description| {
            // A struct of texts has no part that JSON cannot say.
            let name = serde_json::to_string(description).unwrap_or_default();
            log.define(NameKind::Track, &name)
        });
        let ids = named.collect();
        let mut readings = HashMap::new();
        for definition in log.names().definitions() {
            if definition.kind == NameKind::Track
                && let Ok(old) = serde_json::from_str::<Description>(&definition.name)
                && let Some(reading) = read(&own, &old)
            {
                readings.insert(definition.id, reading);
            }
        }
        Self { ids, readings }
    }
}

fn read(own: &[Description], old: &Description) -> Option<Reading> {
    let same = |d: &&Description| {
        (&d.stream, &d.only, &d.key, d.panes) == (&old.stream, &old.only, &old.key, old.panes)
    };
    let track = own.iter().position(|d| same(&d))?;
    let now = own.get(track)?;
    let places = |now: &[String], old: &[String]| {
        let place = |name: &String| old.iter().position(|o| o == name);
        now.iter().map(place).collect()
    };
    Some(Reading {
        track,
        cells: places(&now.cells, &old.cells),
        masks: places(&now.masks, &old.masks),
    })
}

fn describe(book: &Book, track: &TrackPlan) -> Description {
    let catalogue = &book.catalogue;
    let text = |id: &ExpressionId| {
        let expression = book.expression(*id);
        expression.map_or_else(String::new, |e| e.text.clone())
    };
    let kind = |kind: EntityKind| catalogue.entity(kind).map_or("", |e| e.name.as_str());
    let mut streams = catalogue.streams.iter();
    let stream = streams.find(|s| s.name == track.stream);
    Description {
        stream: track.stream.to_string(),
        only: stream.and_then(|s| s.filter.as_ref()).map(|f| text(&f.id)),
        key: match track.key {
            Key::Customer => "customer".to_owned(),
            Key::Entity(of) => format!("entity {}", kind(of)),
            Key::Pair(of) => format!("pair {}", kind(of)),
        },
        cells: track.fields.iter().map(|f| f.to_string()).collect(),
        masks: track.masks.iter().map(text).collect(),
        panes: track.step.map(|panes| (panes.length, panes.origin)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn description(cells: &[&str], masks: &[&str]) -> Description {
        let owned = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect();
        Description {
            stream: "payments".to_owned(),
            only: None,
            key: "customer".to_owned(),
            cells: owned(cells),
            masks: owned(masks),
            panes: None,
        }
    }

    #[test]
    fn rows_of_an_older_book_are_read_by_what_their_parts_are_called() {
        let old = description(&["amount", "card"], &["a", "b"]);
        let now = description(&["card", "shop", "amount"], &["b", "c"]);
        let reading = read(&[now], &old).unwrap();
        let row = [Cell::Number(5), Cell::Text("k".into())];
        let (mask, cells) = reading.row(0b10, &row);
        assert_eq!(mask, 0b01);
        assert_eq!(
            cells,
            [Cell::Text("k".into()), Cell::Empty, Cell::Number(5)]
        );
    }

    #[test]
    fn a_stream_with_another_condition_is_another_stream() {
        let old = description(&[], &[]);
        let mut now = description(&[], &[]);
        now.only = Some("event.amount > 5".to_owned());
        assert!(read(&[now], &old).is_none());
    }
}
