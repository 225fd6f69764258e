//! One shard on the thread that asks: the phases of a batch without lanes between them.

use crate::capture::records;
use crate::traffic::Line;
use engine::door::{Door, Input, OrderBy};
use engine::outcome::Outcome;
use engine::plan::Plan;
use engine::shard::{Record, Shard, Show, Stretch, Work};
use rules::book::Book;
use rules::value::Value;
use std::sync::Arc;

/// A door and the one shard behind it.
pub struct Kernel {
    door: Door,
    shard: Shard,
}

impl Kernel {
    /// Nothing taken yet.
    ///
    /// # Errors
    /// The book asks for more than a plan can hold: said as text.
    pub fn new(book: &Arc<Book>) -> Result<Self, String> {
        let plan = Plan::build(book, false).map_err(|e| e.to_string())?;
        let (book, plan) = (Arc::clone(book), Arc::new(plan));
        Ok(Self {
            door: Door::new(&book.catalogue, OrderBy::Arrival),
            shard: Shard::new(0, 1, book, plan, Show::default()),
        })
    }

    /// Lets the door take records; gives the inputs of a batch.
    ///
    /// # Errors
    /// A record was refused: said as text.
    pub fn receive(&mut self, records: &[Record]) -> Result<Vec<Input>, String> {
        let mut good = Vec::with_capacity(records.len());
        for prepared in self.shard.prepare(records) {
            good.push(prepared.map_err(|refused| format!("{:?}", refused.reject))?);
        }
        let (mut inputs, mut refused) = (Vec::new(), Vec::new());
        self.door.receive(good, &mut inputs, &mut refused);
        match refused.first() {
            Some(refused) => Err(format!("line {}: {:?}", refused.line, refused.reject)),
            None => Ok(inputs),
        }
    }

    /// Takes a batch: admit, entities, customers.
    pub fn take(&mut self, mut batch: Vec<Input>) -> Vec<Outcome> {
        for word in self.shard.admit(&batch) {
            if let Some(Input::Event(taken)) = batch.get_mut(word.at) {
                taken.admission = word.admission;
                taken.event.late = word.late;
            }
        }
        for found in self.shard.entities(&batch) {
            if let Some(Input::Event(taken)) = batch.get_mut(found.at) {
                let values = &mut taken.event.entity_values;
                values.resize(values.len().max(found.read + 1), Value::Missing);
                if let Some(place) = values.get_mut(found.read) {
                    *place = found.value;
                }
            }
        }
        let range = 0..batch.len();
        let stretch = Stretch {
            batch: Arc::new(batch),
            range,
            publish: Arc::default(),
            grants: Arc::default(),
        };
        self.shard.work(Work::Customers(stretch)).outcomes
    }

    /// Lets everything through that still waits at the door.
    pub fn finish(&mut self) -> Vec<Outcome> {
        let (mut inputs, mut refused) = (Vec::new(), Vec::new());
        self.door.finish(&mut inputs, &mut refused);
        self.take(inputs)
    }

    /// Takes lines in batches of so many.
    ///
    /// # Errors
    /// As [`Kernel::receive`].
    pub fn run(&mut self, lines: &[Line], batch: usize) -> Result<Vec<Outcome>, String> {
        let mut outcomes = Vec::new();
        for lines in lines.chunks(batch.max(1)) {
            let inputs = self.receive(&records(lines))?;
            outcomes.append(&mut self.take(inputs));
        }
        Ok(outcomes)
    }
}
