//! The command line of deft: it knows every room and decides nothing.

mod check;
mod cli;
mod config;
mod demo;
mod explain;
mod generate;
mod interrupt;
mod load;
mod prove;
mod replay;
mod run;
mod stopwatch;
mod store;

pub use cli::main_with;
