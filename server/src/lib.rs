//! The command line of deft: it knows every room and decides nothing.

mod cli;

pub use cli::main_with;
