//! Cases that load, one row for each thing that can be wrong with one, and comparisons.

mod comparing;
mod loading;
mod updating;
