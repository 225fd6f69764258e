//! What a store does when nothing fails.
use kit::Trial;
/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> { Vec::new() }
