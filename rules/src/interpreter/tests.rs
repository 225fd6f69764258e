//! The interpreter, tested on books built by hand.

mod bounds;
mod catalogue;
mod drafts;
mod hostile;
mod kit;
mod language;
mod operators;
mod pinned;
