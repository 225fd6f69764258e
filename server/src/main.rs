//! The `deft` binary: its arguments go to the library, its exit code comes back.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::main_with(std::env::args_os())
}
