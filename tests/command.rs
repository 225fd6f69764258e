//! The command line keeps its manners: exit codes, and what goes to which stream.

use kit::{Claimed, Trial, claim, deft};

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        claim(
            "command::the_version_goes_to_stdout",
            the_version_goes_to_stdout,
        ),
        claim(
            "command::wrong_usage_is_told_on_stderr_with_exit_code_2",
            wrong_usage_is_exit_code_2,
        ),
    ]
}

fn the_version_goes_to_stdout() -> Claimed {
    let said = deft(["--version"])?.expect_code(0)?;
    let expected = format!("deft {}\n", env!("CARGO_PKG_VERSION"));
    if said.stdout != expected || !said.stderr.is_empty() {
        return Err(said.complaint("not the version alone"));
    }
    Ok(())
}

fn wrong_usage_is_exit_code_2() -> Claimed {
    for args in [&[][..], &["no-such-command"], &["--no-such-flag"]] {
        let said = deft(args.iter().copied())?.expect_code(2)?;
        let named = args.iter().all(|arg| said.stderr.contains(arg));
        if !said.stdout.is_empty() || !named || !said.stderr.contains("Usage: deft") {
            return Err(said.complaint("usage is told on stderr, with what was wrong"));
        }
    }
    Ok(())
}
