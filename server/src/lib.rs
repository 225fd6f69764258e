//! The command line of deft: it knows every room and decides nothing.

mod check;
mod cli;
mod completions;
mod config;
mod demo;
mod doctor;
mod explain;
mod features;
mod generate;
mod init;
mod interrupt;
mod load;
mod new;
mod policy;
mod prove;
mod replay;
mod run;
mod stopwatch;
mod store;

pub use cli::main_with;
