//! Sliding windows, exact per event: at time `t` a window covers (t − delay − over, t − delay].
//!
//! One [`track::Track`] keeps the events of one stream for one key, sorted by `(time, seq)`, however
//! many windows look at it. Counts and sums are differences of running totals, so a window of any
//! length at any instant costs two binary searches and a subtraction, and at its newest event hardly
//! that: where windows begin then is known. An event that comes late is inserted at its place and the
//! totals behind it move. Of distinct, min and max a track of few different values keeps sightings, any
//! other [`summary::Summary`]s. Nothing else reaches into a track: its inside can be replaced.

pub mod comparable;
pub mod read;
mod rows;
mod sightings;
pub mod summary;
pub mod track;

#[cfg(test)]
mod tests;
