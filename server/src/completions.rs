//! `deft completions`: what a shell needs to finish a command line.

use crate::cli::YES;
use clap::{Args, ValueEnum};
use clap_complete::Shell;

/// Arguments of `deft completions`.
#[derive(Debug, Args)]
#[command(
    after_help = "bash: deft completions bash > ~/.local/share/bash-completion/completions/deft\n\
    zsh:  deft completions zsh > \"${fpath[1]}/_deft\"\n\
    fish: deft completions fish > ~/.config/fish/completions/deft.fish"
)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    shell: ShellArg,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ShellArg {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

/// Exit code 0.
pub(crate) fn run(args: &CompletionsArgs, mut command: clap::Command) -> anyhow::Result<u8> {
    let shell = match args.shell {
        ShellArg::Bash => Shell::Bash,
        ShellArg::Elvish => Shell::Elvish,
        ShellArg::Fish => Shell::Fish,
        ShellArg::Powershell => Shell::PowerShell,
        ShellArg::Zsh => Shell::Zsh,
    };
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command, "deft", &mut text);
    std::io::Write::write_all(&mut std::io::stdout().lock(), &text)?;
    Ok(YES)
}
