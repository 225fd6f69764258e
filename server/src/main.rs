//! The `deft` binary: its arguments go to the library, its exit code comes back.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    server::main_with(std::env::args_os())
}
