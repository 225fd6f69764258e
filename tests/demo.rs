//! The demo: it shows itself, ends when told, and leaves nothing behind.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use kit::{CHILD, Claimed, Completion, Deft, Failed, Trial, claim};

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        claim(
            "demo::it_ends_by_itself_with_every_kind_of_action_and_leaves_no_folder",
            it_ends_by_itself,
        ),
        claim(
            "demo::ended_before_every_kind_went_out_it_answers_1",
            too_short_is_exit_code_1,
        ),
        claim(
            "demo::an_interrupt_drains_it_and_leaves_no_folder",
            an_interrupt_drains_it,
        ),
        Trial::ignorable_test(
            "demo::on_a_terminal_it_speaks_in_colour_unless_that_is_not_wanted",
            on_a_terminal,
        ),
        claim(
            "demo::whoever_reads_it_may_stop_reading",
            a_closed_pipe_ends_it,
        ),
        claim(
            "demo::without_a_clone_it_brings_its_own_rules",
            it_brings_its_own_rules,
        ),
        claim(
            "demo::an_interrupt_in_its_first_moment_leaves_no_folder",
            an_early_interrupt,
        ),
        claim(
            "demo::a_project_without_the_events_of_the_bank_is_refused_by_name",
            a_strange_project,
        ),
        claim(
            "demo::a_taken_port_is_told_and_leaves_no_folder",
            a_taken_port,
        ),
    ]
}

fn is_empty(folder: &Path) -> Claimed {
    match fs::read_dir(folder)?.next() {
        None => Ok(()),
        Some(left) => Err(format!("it left {} behind", left?.path().display()).into()),
    }
}

fn it_ends_by_itself() -> Claimed {
    let temp = kit::temp_dir("demo")?;
    let said = Deft::new(["demo", "--for", "8s", "--speed", "2", "--customers", "400"])
        .env("TMPDIR", temp.path())
        .run()?
        .expect_code(0)?;
    is_empty(temp.path())?;
    let actions = said.stderr.lines().find(|l| l.starts_with("actions: "));
    for kind in ["fraud-block", "next-best-offer", "retention", "service"] {
        if !actions.is_some_and(|actions| actions.contains(kind)) {
            return Err(said.complaint(&format!("no action of kind {kind}")));
        }
    }
    for told in [
        "/v1/events",
        "/v1/decide",
        "/v1/stream",
        "/metrics",
        "refused: ",
    ] {
        if !said.stderr.contains(told) {
            return Err(said.complaint(&format!("`{told}` is not told")));
        }
    }
    // Event, decision, why: two lines each.
    let decisions = said.stdout.lines().filter(|line| line.contains(" → "));
    let whys = said.stdout.lines().filter(|line| line.starts_with("   "));
    if decisions.count() < 5 || whys.count() < 5 || said.stdout.contains('\x1b') {
        return Err(said.complaint("not a page of decisions with their reasons, in plain text"));
    }
    Ok(())
}

fn too_short_is_exit_code_1() -> Claimed {
    let temp = kit::temp_dir("demo")?;
    let said = Deft::new(["demo", "--customers", "50"])
        .env("TMPDIR", temp.path())
        .env("DEFT_DEMO_FOR", "1ms")
        .run()?
        .expect_code(1)?;
    if !said.stderr.contains("no action of kind ") {
        return Err(said.complaint("it does not say what is missing"));
    }
    is_empty(temp.path())
}

fn an_interrupt_drains_it() -> Claimed {
    let temp = kit::temp_dir("demo")?;
    let mut child = Command::new(std::env::current_exe()?)
        .args(["demo", "--customers", "200"])
        .current_dir(kit::root())
        .env(CHILD, "1")
        // Whoever runs the tests may have said how long a demo lasts.
        .env_remove("DEFT_DEMO_FOR")
        .env("TMPDIR", temp.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let out = child.stdout.take().ok_or("no stdout")?;
    let mut out = BufReader::new(out);
    let mut first = String::new();
    out.read_line(&mut first)?;
    let id = child.id().to_string();
    Command::new("kill").args(["-INT", &id]).status()?;
    let mut rest = String::new();
    out.read_to_string(&mut rest)?;
    let said = child.wait_with_output()?;
    let errors = String::from_utf8_lossy(&said.stderr);
    if said.status.code() != Some(0) || !errors.contains("actions: ") || !first.contains(" → ") {
        return Err(format!("{}: {first}: {errors}", said.status).into());
    }
    is_empty(temp.path())
}

fn an_early_interrupt() -> Claimed {
    let temp = kit::temp_dir("demo")?;
    let mut child = Command::new(std::env::current_exe()?)
        .args(["demo", "--customers", "200"])
        .current_dir(kit::root())
        .env(CHILD, "1")
        // Whoever runs the tests may have said how long a demo lasts.
        .env_remove("DEFT_DEMO_FOR")
        .env("TMPDIR", temp.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    while fs::read_dir(temp.path())?.next().is_none() {
        if child.try_wait()?.is_some() {
            return Err("it ended before it was told to".into());
        }
    }
    // The folder is there, and no node yet.
    let id = child.id().to_string();
    Command::new("kill").args(["-INT", &id]).status()?;
    child.wait()?;
    is_empty(temp.path())
}

fn a_strange_project() -> Claimed {
    let temp = kit::temp_dir("demo")?;
    let project = temp.path().join("my-bank");
    let project = project.to_str().ok_or("a path that is no text")?;
    kit::deft(["init", project])?.expect_code(0)?;
    let said = kit::deft(["demo", "--for", "1ms", "--project", project])?.expect_code(3)?;
    if !said
        .stderr
        .contains("no event type `channel.application_submitted`")
    {
        return Err(said.complaint("it does not say which events are missing"));
    }
    Ok(())
}

/// A terminal is lent by `script`, which most machines have.
fn on_a_terminal() -> Result<Completion, Failed> {
    let temp = kit::temp_dir("demo")?;
    let me = std::env::current_exe()?;
    for (no_colour, coloured) in [("", true), ("1", false)] {
        let line = format!("'{}' demo --for 6s --speed 3 --customers 100", me.display());
        let lent = Command::new("script")
            .args(["-qec", &line, "/dev/null"])
            .current_dir(kit::root())
            .env(CHILD, "1")
            .env("NO_COLOR", no_colour)
            .env("TMPDIR", temp.path())
            .stdin(Stdio::null())
            .output();
        let Ok(said) = lent else {
            return Ok(Completion::ignored_with(
                "there is no `script` to lend a terminal",
            ));
        };
        let shown = String::from_utf8_lossy(&said.stdout);
        if !shown.contains(" → ") || shown.contains("panicked") {
            return Err(format!("{}: {shown}", said.status).into());
        }
        // Not the sign that clears a line, but that of a colour.
        if shown.contains("\x1b[2m") != coloured {
            return Err(format!("NO_COLOR=`{no_colour}`: {shown}").into());
        }
    }
    is_empty(temp.path())?;
    Ok(Completion::Completed)
}

fn a_closed_pipe_ends_it() -> Claimed {
    let temp = kit::temp_dir("demo")?;
    let mut child = Command::new(std::env::current_exe()?)
        .args(["demo", "--customers", "100", "--speed", "5"])
        .current_dir(kit::root())
        .env(CHILD, "1")
        // Whoever runs the tests may have said how long a demo lasts.
        .env_remove("DEFT_DEMO_FOR")
        .env("TMPDIR", temp.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut out = BufReader::new(child.stdout.take().ok_or("no stdout")?);
    let mut first = String::new();
    out.read_line(&mut first)?;
    drop(out);
    let said = child.wait_with_output()?;
    if said.status.code() != Some(0) {
        let errors = String::from_utf8_lossy(&said.stderr);
        return Err(format!("{}: {errors}", said.status).into());
    }
    is_empty(temp.path())
}

fn it_brings_its_own_rules() -> Claimed {
    let (temp, empty) = (kit::temp_dir("demo")?, kit::temp_dir("nowhere")?);
    let said = Deft::new(["demo", "--for", "1ms", "--customers", "50"])
        .folder(empty.path())
        .env("TMPDIR", temp.path())
        .run()?
        .expect_code(1)?;
    if !said.stderr.contains("17 rules") {
        return Err(said.complaint("not the rules of the retail bank"));
    }
    is_empty(temp.path())?;
    is_empty(empty.path())
}

fn a_taken_port() -> Result<(), Failed> {
    let temp = kit::temp_dir("demo")?;
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let port = taken.local_addr()?.port().to_string();
    let said = Deft::new(["demo", "--port", &port])
        .env("TMPDIR", temp.path())
        .run()?
        .expect_code(3)?;
    if !said.stderr.contains("cannot listen on") {
        return Err(said.complaint("it does not say that the port is taken"));
    }
    is_empty(temp.path())
}
