//! Avro values as the JSON they stand for; members keep the order of the schema. The crate that is common
//! for this has no bound of depth: a record of a type that holds itself would end the process.

mod datum;
mod schema;

pub use schema::Schema;

#[cfg(test)]
mod tests;
