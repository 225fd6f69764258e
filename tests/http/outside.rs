//! What programs of others say of the surface.

use std::io::Write as _;
use std::process::{Command, Stdio};

use kit::running::{Running, complaint, withdrawal};
use kit::{Claimed, Trial, claim_with_tool, temp_dir, write};
use serde_json::Value;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        claim_with_tool(
            "http::promtool_finds_nothing_wrong_with_the_metrics",
            "promtool",
            "DEFT_REQUIRE_PROMTOOL",
            metrics,
        ),
        claim_with_tool(
            "http::schemathesis_finds_nothing_against_the_document",
            "schemathesis",
            "DEFT_REQUIRE_SCHEMATHESIS",
            document,
        ),
    ]
}

const SECTIONS: &str = "data = \"data\"\n[store]\nsegment = \"16MiB\"\nlow_disk = \"1MiB\"\n\
                        resume = \"1MiB\"\n[auth]\ntokens = { file = \"tokens.toml\" }\n";

/// What ends the service, and what has no end, are for other promises.
const ELSEWHERE: [&str; 2] = ["/v1/drain", "/v1/stream"];

/// An outside client draws requests from the document, good ones and bad ones, and compares each answer with
/// what the document promises. That an event the catalogue does not know is refused, no document can say.
fn document() -> Claimed {
    let folder = temp_dir("schemathesis")?;
    let hash = kit::running::sha256(b"outside");
    let scopes =
        "[\"ingest\", \"decide\", \"outcome\", \"stream:*\", \"read:customer\", \"operate\"]";
    write(
        &folder.join("tokens.toml"),
        format!("[[token]]\nname = \"a\"\nsha256 = \"{hash}\"\nscopes = {scopes}\n"),
    )?;
    let service = Running::start_in(folder, SECTIONS)?;
    let document = service.get("/openapi.json")?.expect(200)?.json()?;
    for (side, address) in [("public", service.public), ("admin", service.admin)] {
        let mut own = document.clone();
        let paths = own.pointer_mut("/paths").and_then(Value::as_object_mut);
        let paths = paths.ok_or("the document has no paths")?;
        paths.retain(|path, methods| {
            let listener =
                |method: &Value| method.get("x-listener").and_then(Value::as_str) == Some(side);
            let methods = methods.as_object_mut();
            !ELSEWHERE.contains(&path.as_str())
                && methods.is_some_and(|methods| {
                    methods.remove("servers");
                    methods.values().any(listener)
                })
        });
        if paths.len() < 6 {
            return Err(format!("{side}: hardly anything to ask").into());
        }
        let file = service.folder.join(&format!("{side}.json"));
        write(&file, own.to_string())?;
        let said = Command::new("schemathesis")
            .args(["run", &file.display().to_string()])
            .args(["--url", &format!("http://{address}")])
            .args(["--header", "Authorization: Bearer outside"])
            .args([
                "--max-examples",
                "15",
                "--seed",
                "7",
                "--continue-on-failure",
            ])
            .args(["--exclude-checks", "positive_data_acceptance"])
            .args(["--suppress-health-check", "all", "--no-color"])
            .current_dir(service.folder.path())
            .output()?;
        if !said.status.success() {
            let (out, err) = (&said.stdout, &said.stderr);
            let (out, err) = (String::from_utf8_lossy(out), String::from_utf8_lossy(err));
            return Err(format!("{side}: {}: {out}{err}", said.status).into());
        }
    }
    service.admin("/livez")?.expect(200)?;
    Ok(())
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
