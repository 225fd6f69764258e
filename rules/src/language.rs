//! The rule language: source text to a typed script, and everything `check` has to say on the way.
//!
//! A file passes [`source`] (what the eye cannot see: full-width marks, a forgotten `;`), is parsed
//! and lifted into our own small [`tree`] by [`lift`], gives its declarations to [`header`] and is
//! typed by [`types`]. Nothing here runs a script.

pub mod codes;
pub mod fold;
pub mod header;
pub mod lift;
pub mod page;
pub mod print;
pub mod say;
pub mod source;
pub mod tokens;
pub mod tree;
pub mod types;
