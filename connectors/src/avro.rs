//! Avro values as the JSON they stand for. A value is written straight as text, within bounds: amounts
//! keep their digits, members keep the order of the schema, and no record can cost more than a bound. The
//! crate that is common for this has no bound of depth: a record of a type that holds itself would end the
//! process.

mod datum;
mod schema;

pub use datum::Wrong;
pub use schema::Schema;

#[cfg(test)]
mod tests;
