//! What the pages tell a reader to type works: README's commands are run, every named one exists.

use std::fs;

use kit::{Claimed, Deft, Failed, Trial, claim, deft};

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        claim("readme::every_command_works", every_command_works),
        claim(
            "readme::an_unknown_command_is_refused",
            an_unknown_command_is_refused,
        ),
        claim(
            "readme::there_are_a_main_command_and_a_test_command",
            both_commands_are_there,
        ),
        claim(
            "readme::every_subcommand_a_page_names_is_there",
            every_subcommand_is_there,
        ),
    ]
}

/// A command line of the README, understood.
#[derive(Debug, PartialEq)]
enum Command {
    /// `deft` with these arguments.
    Deft(Vec<String>),
    /// The tests themselves: they are running.
    Test,
}

fn every_command_works() -> Claimed {
    for command in readme()? {
        if let Command::Deft(args) = command {
            // A demo goes on until somebody ends it; the variable is how a script does.
            Deft::new(args)
                .env("DEFT_DEMO_FOR", "10s")
                .run()?
                .expect_code(0)?;
        }
    }
    Ok(())
}

fn both_commands_are_there() -> Claimed {
    let commands = readme()?;
    let main = commands
        .iter()
        .filter(|command| matches!(command, Command::Deft(_)))
        .count();
    if main == 0 || !commands.contains(&Command::Test) {
        return Err(format!(
            "README.md needs a `deft` command and `cargo test`, it has {commands:?}"
        )
        .into());
    }
    Ok(())
}

fn an_unknown_command_is_refused() -> Claimed {
    let text = "```sh\ncargo test\nmake it\n```\n";
    match commands(text) {
        Err(failed)
            if failed
                .message()
                .is_some_and(|message| message.contains("make it")) =>
        {
            Ok(())
        }
        other => Err(format!("`make it` gave {other:?}").into()),
    }
}

fn every_subcommand_is_there() -> Claimed {
    let root = kit::root();
    let mut pages = vec![root.join("README.md"), root.join("CONTRIBUTING.md")];
    for entry in fs::read_dir(root.join("docs"))? {
        pages.push(entry?.path());
    }
    for page in pages
        .into_iter()
        .filter(|page| page.extension().is_some_and(|end| end == "md"))
    {
        let text = kit::read(&page)?;
        for span in text
            .split('`')
            .filter_map(|span| span.strip_prefix("deft "))
        {
            let word = span.split_whitespace().next().unwrap_or("");
            if word.starts_with(char::is_alphabetic) {
                let said = deft([word, "--help"])?;
                if said.code != Some(0) {
                    return Err(said.complaint(&format!("{} names `deft {span}`", page.display())));
                }
            }
        }
    }
    Ok(())
}

fn readme() -> Result<Vec<Command>, Failed> {
    commands(&kit::read(&kit::root().join("README.md"))?)
}

/// The lines of the `sh` blocks, without blank ones and comments.
fn commands(text: &str) -> Result<Vec<Command>, Failed> {
    let mut found = Vec::new();
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("```") {
            inside = !inside && line == "```sh";
        } else if inside && !line.is_empty() && !line.starts_with('#') {
            found.push(command(line)?);
        }
    }
    Ok(found)
}

fn command(line: &str) -> Result<Command, Failed> {
    // A shell would read these; the words below are only split.
    if line.contains(['\'', '"', '$', '|', '>', '<', '&', ';', '\\', '*']) {
        return Err(format!("README.md: `{line}` needs a shell: keep its commands plain").into());
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    match &*words {
        ["cargo", "test", ..] => Ok(Command::Test),
        ["cargo", "run", "--release", "--", args @ ..] | ["deft", args @ ..] => Ok(Command::Deft(
            args.iter().map(ToString::to_string).collect(),
        )),
        _ => Err(format!("README.md: `{line}` is a command no test knows how to run").into()),
    }
}
