//! What `deft` may be asked, and the exit code it answers with.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

/// Turns a bank's live customer events into one explained action per customer.
#[derive(Debug, Parser)]
#[command(
    name = "deft",
    bin_name = "deft",
    version,
    arg_required_else_help = true
)]
struct Cli {}

/// Runs `deft` with these arguments, the program's own name first.
pub fn main_with(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    match Cli::try_parse_from(args) {
        Ok(Cli {}) => ExitCode::SUCCESS,
        Err(answer) => {
            // A closed pipe is the reader's choice, not our failure.
            let _ = answer.print();
            ExitCode::from(u8::try_from(answer.exit_code()).unwrap_or(2))
        }
    }
}
