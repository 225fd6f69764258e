//! Facts in, candidates and reasons out. No clock and no state lives here.
//!
//! The rooms, in the order a project passes them: [`project`] is its files, [`catalogue`] says what
//! exists, [`layout`] gives every readable path one slot, [`rule`] is a rule file read and typed,
//! [`book`] is all of it compiled, its conditions [`lower`]ed and their rules under an [`index`]. On each
//! event the engine fills [`facts`] and asks the
//! [`interpreter`], which answers with conditions, [`draft`]s and marks. What is wrong with a project
//! is a list of [`finding`]s.

pub mod book;
pub mod cases;
pub mod catalogue;
pub mod compile;
pub mod decimal;
pub mod draft;
pub mod duration;
pub mod facts;
pub mod finding;
pub mod index;
pub mod interpreter;
pub mod language;
pub mod layout;
pub mod lower;
pub mod money;
pub mod place;
pub mod project;
pub mod rule;
pub mod value;
