//! The command line of deft: it knows every room and decides nothing.

mod check;
mod cli;
mod explain;
mod load;
mod prove;
mod replay;
mod stopwatch;

pub use cli::main_with;
