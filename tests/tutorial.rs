//! The tutorial: what it tells a reader to type is typed here, line by line, against a demo of its own.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::thread;

use kit::{CHILD, Claimed, Failed, Trial, claim};

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![claim(
        "tutorial::every_block_works_in_its_order",
        every_block_works,
    )]
}

/// Ports of the page.
const PORTS: [&str; 2] = ["127.0.0.1:8080", "127.0.0.1:8081"];

fn every_block_works() -> Claimed {
    let page = kit::read(&kit::root().join("docs/tutorial.md"))?;
    let folder = kit::temp_dir("tutorial")?;
    kit::copy_tree(
        &kit::root().join("rules/retail-bank"),
        &folder.join("rules/retail-bank"),
    )?;
    let port = two_free_ports()?;
    let mut demo = Command::new(std::env::current_exe()?)
        .args(["demo", "--customers", "100", "--port", &port.to_string()])
        .current_dir(folder.path())
        .env(CHILD, "1")
        .env("TMPDIR", folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let out = demo.stdout.take().ok_or("no stdout")?;
    let mut out = BufReader::new(out);
    let mut first = String::new();
    out.read_line(&mut first)?;
    let reader = thread::spawn(move || {
        let mut rest = String::new();
        let _ = out.read_to_string(&mut rest);
        rest
    });
    let typed = type_it(&page, folder.path(), port);
    let id = demo.id().to_string();
    Command::new("kill").args(["-INT", &id]).status()?;
    demo.wait()?;
    let told = reader.join().unwrap_or_default();
    typed?;
    // The complaint that was sent after the way back, and the trip before.
    for shown in [
        "GUEST channel.complaint → ",
        "GUEST location.roaming_started → ",
    ] {
        if !told.contains(shown) {
            return Err(format!("`{shown}` is not shown:\n{told}").into());
        }
    }
    Ok(())
}

/// Runs the `sh` blocks as one script; every line but those that say so must succeed.
fn type_it(page: &str, folder: &std::path::Path, port: u16) -> Claimed {
    let mut script = String::from("set -euo pipefail\ndeft() { DEFT_CHILD=1 \"$DEFT\" \"$@\"; }\n");
    let mut inside = false;
    for line in page.lines() {
        if line.starts_with("```") {
            inside = !inside && line == "```sh";
        } else if inside && !line.contains(" demo ") {
            script.push_str(&line.replace("cargo run --release -- ", "deft "));
            script.push('\n');
        }
    }
    let (public, admin) = (
        format!("127.0.0.1:{port}"),
        format!("127.0.0.1:{}", port + 1),
    );
    let script = script.replace(PORTS[0], &public).replace(PORTS[1], &admin);
    if script.matches(&admin).count() < 2 || script.matches("deft ").count() < 4 {
        return Err("the tutorial hardly says anything".into());
    }
    let file = folder.join("tutorial.sh");
    fs::write(&file, &script)?;
    let said = Command::new("bash")
        .arg(&file)
        .current_dir(folder)
        .env("DEFT", std::env::current_exe()?)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()?;
    if said.status.success() {
        return Ok(());
    }
    Err(Failed::from(format!(
        "{}\n{}\n{}\n{script}",
        said.status,
        String::from_utf8_lossy(&said.stdout),
        String::from_utf8_lossy(&said.stderr)
    )))
}

fn two_free_ports() -> Result<u16, Failed> {
    for _ in 0..50 {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        if port < u16::MAX && TcpListener::bind(("127.0.0.1", port + 1)).is_ok() {
            return Ok(port);
        }
    }
    Err("no two free ports beside each other".into())
}
