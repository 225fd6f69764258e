//! Windows, exact per event: at time `t` a sliding one covers (t − delay − over, t − delay]; one of panes,
//! of the calendar or of a session ends there too, and begins where its kind says ([`span`]).
//!
//! One [`track::Track`] keeps the events of one stream for one key, sorted by `(time, seq)`, however
//! many windows look at it. Counts and sums are differences of running totals, so a window of any
//! length at any instant costs two binary searches and a subtraction, and at its newest event hardly
//! that: where windows begin then is known. An event that comes late is inserted at its place and the
//! totals behind it move. Of distinct, min and max a track of few different values keeps sightings, any
//! other [`summary::Summary`]s. What totals do not give looks at values one by one, and at no more than so
//! many. A window with a `step` keeps whole panes, not events, in a track of its own. Nothing else reaches
//! into a track: its inside can be replaced.

pub mod comparable;
pub mod decay;
mod edges;
mod history;
mod layout;
pub mod measure;
mod plain;
pub mod read;
pub mod reader;
mod rows;
mod scanned;
mod sightings;
pub mod sketch;
pub mod span;
pub mod spread;
pub mod summary;
mod texts;
pub mod track;
mod whole;

#[cfg(test)]
mod tests;
