//! What programs of others say of the surface.

use std::io::Write as _;
use std::process::{Command, Stdio};

use kit::running::{Running, complaint, withdrawal};
use kit::{Claimed, Trial, claim_with_tool};

pub(super) fn trials() -> Vec<Trial> {
    vec![claim_with_tool(
        "http::promtool_finds_nothing_wrong_with_the_metrics",
        "promtool",
        "DEFT_REQUIRE_PROMTOOL",
        metrics,
    )]
}

fn metrics() -> Claimed {
    let service = Running::start("")?;
    for number in 0..3 {
        service.post("/v1/decide", &withdrawal(&format!("w{number}"), "C1"))?;
        service.post("/v1/events", &complaint(&format!("p{number}"), "C2"))?;
    }
    // A reject, a problem, and an endpoint that is not there.
    service.post("/v1/events", &serde_json::json!({ "id": 7 }))?;
    service.get("/v1/nothing")?;
    let text = service.admin("/metrics")?.expect(200)?.body;
    let mut child = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut pipe) = child.stdin.take() {
        pipe.write_all(text.as_bytes())?;
    }
    let said = child.wait_with_output()?;
    if said.status.success() && said.stdout.is_empty() && said.stderr.is_empty() {
        return Ok(());
    }
    let (out, err) = (&said.stdout, &said.stderr);
    let (out, err) = (String::from_utf8_lossy(out), String::from_utf8_lossy(err));
    Err(format!("{}: {out}{err}", said.status).into())
}
