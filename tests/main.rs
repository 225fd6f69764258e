//! The list of promises. One binary: it is also the `deft` that the promises run.

mod aside;
mod audience;
mod bad_input;
mod benches;
mod change;
mod command;
mod crash;
mod decode;
mod demo;
mod deploy;
mod division;
mod harness;
mod http;
mod inline;
mod kafka;
mod log;
mod oracle;
mod patterns;
mod place;
mod projects;
mod readme;
mod restart;
mod restore;
mod run;
mod sameness;
mod slices;
mod soak;
mod sparkov;
mod start;
mod synthetic;
mod tidy;
mod timers;
mod tutorial;
mod windows;

use std::process::ExitCode;

use libtest_mimic::Arguments;

fn main() -> ExitCode {
    if kit::is_child() {
        return server::main_with(std::env::args_os());
    }
    let mut promises = Vec::new();
    promises.extend(tidy::trials());
    promises.extend(harness::trials());
    promises.extend(command::trials());
    promises.extend(readme::trials());
    promises.extend(projects::trials());
    promises.extend(sparkov::trials());
    promises.extend(windows::trials());
    promises.extend(place::trials());
    promises.extend(patterns::trials());
    promises.extend(sameness::trials());
    promises.extend(division::trials());
    promises.extend(restart::trials());
    promises.extend(slices::trials());
    promises.extend(restore::trials());
    promises.extend(aside::trials());
    promises.extend(audience::trials());
    promises.extend(change::trials());
    promises.extend(bad_input::trials());
    promises.extend(decode::trials());
    promises.extend(http::trials());
    promises.extend(inline::trials());
    promises.extend(log::trials());
    promises.extend(run::trials());
    promises.extend(crash::trials());
    promises.extend(kafka::trials());
    promises.extend(timers::trials());
    promises.extend(benches::trials());
    promises.extend(synthetic::trials());
    promises.extend(soak::trials());
    promises.extend(start::trials());
    promises.extend(demo::trials());
    promises.extend(deploy::trials());
    promises.extend(tutorial::trials());
    let told = libtest_mimic::run(&Arguments::from_args(), promises);
    kit::kafka::end_shared();
    told.exit_code()
}
