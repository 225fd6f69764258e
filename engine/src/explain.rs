//! Explain: the record, decided again and compared, and told in words.
//!
//! There is no second code path: [`repeat`] puts the recorded facts and answers to the same rules and
//! the same arbitration, and compares the two records byte for byte.

mod repeat;
mod tell;
mod why_not;

pub use repeat::{Repeat, repeat};
pub use tell::tell;
pub use why_not::{Failing, WhyNot, failing, why_not};

#[cfg(test)]
mod tests;
