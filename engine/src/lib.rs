//! Time, state and the choice. No sockets, no async, no clock.
//!
//! The rooms, in the order an event visits them: [`decode`] makes a typed [`event`] of a record or a
//! [`reject`]; the [`door`] numbers it and gives it its time; the [`engine`] hands micro-batches to
//! its [`crew`] of [`shard`]s, one per thread. A shard admits the event, lets entities and customers
//! observe it ([`state`], [`window`]s laid out by a [`plan`]), describes it ([`describe`],
//! [`scene`]) and decides. What came of it is an [`outcome`]. Effects are [`change`]s: pure data. What
//! must survive is written to the [`log`].

pub mod action;
pub mod canonical;
pub mod change;
pub mod contacts;
pub mod cover;
pub mod crew;
pub mod dated;
pub mod decision;
pub mod decode;
pub mod describe;
pub mod division;
pub mod door;
pub mod engine;
pub mod event;
pub mod explain;
pub mod ids;
pub mod journal;
pub mod key;
pub mod limits;
pub mod log;
pub mod outcome;
pub mod passage;
pub mod pattern;
pub mod place;
pub mod plan;
pub mod portrait;
pub mod refusal;
pub mod reject;
pub mod round;
pub mod scene;
pub mod shard;
pub mod state;
pub mod switch;
pub mod tally;
pub mod time;
pub mod window;
