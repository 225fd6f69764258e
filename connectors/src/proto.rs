//! Protobuf messages as the JSON they stand for: fields under their names in the order of the schema, times,
//! days and decimals as what they mean. The text of a schema is compiled in the process. Messages are
//! read by hand, straight from their bytes: within bounds, and what does not fit is told, not passed over.

mod files;
mod message;
mod piece;
mod schema;
mod wire;

pub use files::{Files, IMPORTS_DEEP_MAX};
pub use schema::Schema;

#[cfg(test)]
mod tests;
