//! What `deft` may be asked, and the exit code it answers with.

use crate::check::CheckArgs;
use crate::completions::CompletionsArgs;
use crate::demo::DemoArgs;
use crate::doctor::DoctorArgs;
use crate::explain::ExplainArgs;
use crate::features::FeaturesArgs;
use crate::generate::GenArgs;
use crate::init::InitArgs;
use crate::new::NewArgs;
use crate::policy::PolicyArgs;
use crate::prove::TestArgs;
use crate::replay::ReplayArgs;
use crate::run::RunArgs;
use crate::store::{LogArgs, StoreArgs};
use clap::{Parser, Subcommand};
use rules::finding::Lang;
use std::ffi::OsString;
use std::process::ExitCode;

/// Yes.
pub(crate) const YES: u8 = 0;
/// The answer is no: findings, failed cases, differences.
pub(crate) const NO: u8 = 1;
/// It could not run: files, memory, a stopped shard.
pub(crate) const COULD_NOT: u8 = 3;

/// Turns a bank's live customer events into one explained action per customer.
#[derive(Debug, Parser)]
#[command(
    name = "deft",
    bin_name = "deft",
    version,
    arg_required_else_help = true,
    after_help = "Begin here:\n  deft demo                  a living bank, each decision with its reasons\n  \
                  deft init my-bank          a project of two rules, commented as a tutorial\n  \
                  deft test my-bank          what its cases say\n\n\
                  Exit codes: 0 yes, 1 the answer is no, 2 wrong usage, 3 could not run.\n\
                  Data goes to stdout or to the files you name, talk and progress to stderr."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// See it: a living bank in one process, each decision with its reasons.
    Demo(DemoArgs),
    /// Begin a project: two rules with their cases, commented as a tutorial.
    Init(InitArgs),
    /// Begin a rule: its file, its cases, and what the catalogue needs for it.
    New(NewArgs),
    /// Find everything that is wrong with a project, with its place, cause and fix.
    Check(CheckArgs),
    /// Run the cases beside the rules, and say what stands in a rule's way.
    Test(TestArgs),
    /// Run events through a project offline: the same events give the same bytes, always.
    Replay(ReplayArgs),
    /// Run the live service: events in over HTTP, decisions and actions out.
    Run(RunArgs),
    /// Say whether the topics a configuration asks for are there and as they must be; make them.
    Doctor(DoctorArgs),
    /// What a node keeps: look at it, check it, copy it, bring it back.
    Store(StoreArgs),
    /// The log of a node: write out the events it took.
    Log(LogArgs),
    /// Say why a decision came out as it did, and decide it again to prove it.
    Explain(ExplainArgs),
    /// Tell the events of a bank that does not exist: to a file, a pipe or a running node.
    Gen(GenArgs),
    /// Say what may be sent to a customer at an instant, and from when the rest.
    Policy(PolicyArgs),
    /// List the windows of a project, or print one as SQL.
    Features(FeaturesArgs),
    /// Print what a shell needs to finish a command line.
    Completions(CompletionsArgs),
}

/// Reads an argument that is a time.
pub(crate) fn time(text: &str) -> Result<i64, String> {
    engine::time::read(&format!("\"{text}\""))
        .ok_or_else(|| "a time such as 2026-03-02T10:00:00+08:00".to_owned())
}

/// The language of messages.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
pub(crate) enum LangArg {
    /// English.
    #[default]
    En,
    /// Chinese.
    Zh,
}

impl From<LangArg> for Lang {
    fn from(lang: LangArg) -> Self {
        match lang {
            LangArg::En => Self::En,
            LangArg::Zh => Self::Zh,
        }
    }
}

/// Runs `deft` with these arguments, the program's own name first.
pub fn main_with(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    match Cli::try_parse_from(args) {
        Ok(cli) => on_big_stack(move || run(cli.command)),
        Err(answer) => {
            // A closed pipe is the reader's choice, not our failure.
            let _ = answer.print();
            ExitCode::from(u8::try_from(answer.exit_code()).unwrap_or(2))
        }
    }
}

fn run(command: Command) -> u8 {
    let outcome = match command {
        Command::Demo(args) => crate::demo::run(&args),
        Command::Check(args) => crate::check::run(&args),
        Command::Test(args) => crate::prove::run(&args),
        Command::Replay(args) => crate::replay::run(&args),
        Command::Run(args) => crate::run::run(&args),
        Command::Doctor(args) => crate::doctor::run(&args),
        Command::Store(args) => crate::store::run(&args),
        Command::Log(args) => crate::store::log(&args),
        Command::Explain(args) => crate::explain::run(&args),
        Command::Init(args) => crate::init::run(&args),
        Command::New(args) => crate::new::run(&args),
        Command::Gen(args) => crate::generate::run(&args),
        Command::Policy(args) => crate::policy::run(&args),
        Command::Features(args) => crate::features::run(&args),
        Command::Completions(args) => {
            crate::completions::run(&args, <Cli as clap::CommandFactory>::command())
        }
    };
    outcome.unwrap_or_else(|error| {
        if is_closed_pipe(&error) {
            return YES;
        }
        eprintln!("error: {error:#}");
        COULD_NOT
    })
}

/// Scripts recurse on the stack of whoever evaluates them.
fn on_big_stack(work: impl FnOnce() -> u8 + Send + 'static) -> ExitCode {
    let thread = std::thread::Builder::new()
        .name("deft".to_owned())
        .stack_size(rules::interpreter::STACK_BYTES)
        .spawn(work);
    match thread.map(std::thread::JoinHandle::join) {
        Ok(Ok(code)) => ExitCode::from(code),
        // The panic has spoken on stderr; 101 is what the runtime itself would answer.
        Ok(Err(_)) => ExitCode::from(101),
        Err(error) => {
            eprintln!("error: no thread to work on: {error}");
            ExitCode::from(COULD_NOT)
        }
    }
}

/// Whoever read our output has seen enough.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let mut causes = error
        .chain()
        .filter_map(|e| e.downcast_ref::<std::io::Error>());
    causes.any(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
}
