//! Promises.
fn main() {}
