//! Explain: the record, decided again and compared, and told in words.
//!
//! There is no second code path: [`repeat::repeat`] puts the recorded facts and answers to the same rules and
//! the same arbitration, and compares the two records byte for byte.

pub mod repeat;
pub mod tell;
pub mod why_not;

#[cfg(test)]
mod tests;
