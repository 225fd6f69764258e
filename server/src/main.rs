//! The `deft` binary.
fn main() {}
