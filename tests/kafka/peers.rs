//! Nodes of a fleet that call each other: whoever asks the wrong one is answered all the same, and nobody but
//! nodes of the fleet is listened to.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use kit::http::{Stream, ask};
use kit::kafka::{Authority, claim_with_tls, shared};
use kit::running::{Running, complaint, now};
use kit::{Claimed, Failed, TempDir, Trial, temp_dir};
use serde_json::{Value, json};

use super::fleet::{becomes, leads, stands_by};
use super::scene::{Scene, until};
use super::two::Two;
use crate::oracle::text;

/// The promises of this file: they need a build with TLS.
pub(super) fn trials() -> Vec<Trial> {
    vec![
        claim_with_tls("kafka::tls::peers_that_stand_by_hand_on", hands_on),
        claim_with_tls("kafka::tls::peers_of_divisions_ask_each_other", divisions),
        claim_with_tls("kafka::tls::peers_are_nodes_of_the_fleet_alone", strangers),
        claim_with_tls("kafka::tls::peers_without_papers_do_not_start", no_papers),
    ]
}

/// The section of a node that shows this certificate.
fn papers(authority: &Authority, [certificate, key, _]: &[std::path::PathBuf; 3]) -> String {
    format!(
        "[fleet.peers]\nlisten = \"127.0.0.1:0\"\nauthority = \"{}\"\ncertificate = \"{}\"\nkey = \"{}\"\n",
        authority.certificate().display(),
        certificate.display(),
        key.display()
    )
}

/// A node of the scene's fleet with these papers.
fn node(scene: &Scene<'_>, name: &str, peers: &str) -> Result<Running, Failed> {
    let own = format!("name = \"{name}\"");
    let sections = scene.sections().replacen("name = \"deft\"", &own, 1);
    Running::start_red(temp_dir("peer")?, &(sections + peers))
}

/// Where it listens to others.
fn listens(node: &Running) -> Result<SocketAddr, Failed> {
    let said = node.said();
    let said = said
        .split_once("other nodes https://")
        .map(|(_, rest)| rest);
    let address = said.and_then(|rest| rest.split(' ').next());
    Ok(address.ok_or("it listens to no other node")?.parse()?)
}

fn hands_on() -> Claimed {
    let scene = Scene::of_fleet(shared()?, "peers")?;
    let authority = Authority::new()?;
    let paper = |name: &str| authority.sign(name, "IP:127.0.0.1");
    let first = node(&scene, "a", &papers(&authority, &paper("a")?))?;
    becomes(&first, "the first leads", leads)?;
    let second = node(&scene, "b", &papers(&authority, &paper("b")?))?;
    becomes(&second, "the second stands by", stands_by)?;
    let opened = Stream::open(second.public, "/v1/stream?kinds=service", &[])?;
    let mut stream = opened.map_err(|answer| format!("{answer:?}"))?;
    let pushed = complaint("pushed", "C1");
    let settled = second.post("/v1/events", &pushed)?.expect(200)?.json()?;
    let decision = text(&settled, "/decision_id");
    let told = stream.next_told()?.ok_or("nothing is on the stream")?;
    let told: Value = serde_json::from_str(&told.data)?;
    if text(&told, "/data/decision_id") != decision {
        return Err(format!("{told:?} is not of {decision}").into());
    }
    let again = first.post("/v1/events", &pushed)?.expect(200)?.json()?;
    if text(&again, "/result") != "duplicate" {
        return Err(format!("it was not taken by the one that leads: {again}").into());
    }
    second
        .get(&format!("/v1/decisions/{decision}"))?
        .expect(200)?;
    second.admin("/v1/customers/C1")?.expect(200)?;
    second.admin("/v1/customers/C2")?.expect(404)?;
    // What the one that leads shows to operators alone, the other does too; orders are given to that one itself.
    second.get("/v1/customers/C1")?.expect(307)?;
    first.get("/v1/customers/C1")?.expect(404)?;
    second.admin("/v1/customers/C1/holds")?.expect(503)?;
    // What the one that leads refuses is refused; what somebody outside says of hops is not believed.
    let hops = [("content-type", "application/json"), ("deft-hops", "9")];
    let body = complaint("asked", "C1").to_string();
    let path = "/v1/decide?ack=received";
    ask(second.public, "POST", path, &hops, body.as_bytes())?.expect(200)?;
    second
        .post("/v1/events", &json!({ "id": 1 }))?
        .expect(400)?;
    ask(second.public, "POST", path, &hops, b"{")?.expect(400)?;
    let many: Vec<Value> = (0..50)
        .map(|n| complaint(&format!("m-{n}"), "C2"))
        .collect();
    second.post("/v1/events", &Value::from(many))?.expect(200)?;
    let handed = "deft_fleet_forward_seconds_count{result=\"answered\"}";
    if second.metric(handed)? < 8.0 {
        return Err("nothing was counted".into());
    }
    // The one that leads dies: nobody answers for a session, then the other does.
    drop(first.killed()?);
    second
        .post("/v1/events", &pushed)?
        .expect_problem(502, "UNREACHABLE")?;
    becomes(&second, "the second leads", leads)?;
    let again = second.post("/v1/events", &pushed)?.expect(200)?;
    if again.body.contains("duplicate") {
        return Ok(());
    }
    Err(again.body.into())
}

fn divisions() -> Claimed {
    let two = Two::new("peered")?;
    let authority = Authority::new()?;
    let start = |number: usize| -> Result<Running, Failed> {
        let paper = authority.sign(&format!("n{number}"), "IP:127.0.0.1")?;
        let division = two.divisions.get(number).ok_or("no division")?;
        let sections = two.sections(*division) + papers(&authority, &paper).as_str();
        Running::start_in(temp_dir("peered")?, &sections)
    };
    let (first, second) = (start(0)?, start(1)?);
    let foreign = |id: &str| complaint(id, &two.customer(1, 0));
    let once = foreign("p-1");
    until("the way is known", || {
        Ok(first.post("/v1/events", &once)?.status == 200)
    })?;
    first.post("/v1/decide", &foreign("p-2"))?.expect(200)?;
    // Each of several is answered for by whoever decides about it, in its place.
    let own = |id: &str| complaint(id, &two.customer(0, 0));
    let mixed = json!([foreign("p-3"), own("p-4"), once, { "id": 1 }, own("p-5")]);
    let several = first.post("/v1/events", &mixed)?.expect(207)?.json()?;
    let results: Vec<String> = (0..5)
        .map(|at| text(&several, &format!("/results/{at}/result")))
        .collect();
    if results != ["settled", "settled", "duplicate", "rejected", "settled"] {
        return Err(several.to_string().into());
    }
    let customer = format!("/v1/customers/{}", two.customer(1, 0));
    let here = first.admin(&customer)?.expect(200)?.json()?;
    if here.get("actions") != second.admin(&customer)?.expect(200)?.json()?.get("actions") {
        return Err(here.to_string().into());
    }
    let outcome = by_id(&two, &first)?;
    // Where the owner is away, the others of a body are taken all the same.
    let gone = second.public;
    drop(second.killed()?);
    first
        .get("/v1/decisions/d-none")?
        .expect_problem(502, "UNREACHABLE")?;
    let answer = first.post("/v1/outcomes", &json!([outcome]))?.expect(207)?;
    if text(&answer.json()?, "/results/0/code") != "UNREACHABLE" {
        return Err(answer.body.into());
    }
    first
        .post("/v1/events", &foreign("p-6"))?
        .expect_problem(502, "UNREACHABLE")?;
    let mixed = json!([own("p-7"), foreign("p-8")]);
    let several = first.post("/v1/events", &mixed)?.expect(207)?.json()?;
    let is = |pointer: &str, value: &str| text(&several, pointer) == value;
    if is("/results/0/result", "settled")
        && is("/results/1/code", "UNREACHABLE")
        && is("/results/1/location", &format!("http://{gone}"))
    {
        return Ok(());
    }
    Err(several.to_string().into())
}

/// What is known by its id alone is found where it is. Gives an outcome of an action of the other's.
fn by_id(two: &Two<'_>, first: &Running) -> Result<Value, Failed> {
    let decide = |id: &str, of: u16| -> Result<(String, String), Failed> {
        let asked = complaint(id, &two.customer(of, 5));
        let told = first.post("/v1/decide?ack=received", &asked)?;
        let told = told.expect(200)?.json()?;
        let decision = text(&told, "/decision_id");
        until("it is committed", || {
            let shown = first.get(&format!("/v1/decisions/{decision}"))?;
            Ok(shown.status == 200)
        })?;
        Ok((decision, text(&told, "/actions/0/id")))
    };
    let ((foreign, theirs), (_, ours)) = (decide("i-1", 1)?, decide("i-2", 0)?);
    for path in [
        format!("/v1/decisions/{foreign}"),
        format!("/v1/decisions/{foreign}/explain"),
        format!("/v1/decisions/{theirs}"),
    ] {
        first.get(&path)?.expect(200)?;
    }
    first
        .get("/v1/decisions/d-none")?
        .expect_problem(404, "NOT_FOUND")?;
    let outcome = |id: &str, action: &str, word: &str| json!({ "id": id, "action_id": action, "outcome": word, "time": now() });
    let shown = outcome("o-1", &theirs, "shown");
    first.post("/v1/outcomes", &shown)?.expect(200)?;
    let several = json!([
        outcome("o-2", "a-none", "shown"),
        outcome("o-3", &theirs, "accepted"),
        outcome("o-4", &ours, "accepted"),
        shown,
    ]);
    let told = first.post("/v1/outcomes", &several)?.expect(207)?.json()?;
    let results: Vec<String> = (0..4)
        .map(|at| text(&told, &format!("/results/{at}/result")))
        .collect();
    if results != ["rejected", "settled", "settled", "duplicate"] {
        return Err(told.to_string().into());
    }
    // What another has is as durable as that one says.
    let more = json!([outcome("o-6", &theirs, "shown")]);
    let told = first
        .post("/v1/outcomes?ack=received", &more)?
        .expect(202)?;
    if text(&told.json()?, "/durability") != "pending" {
        return Err(told.body.into());
    }
    first
        .post("/v1/outcomes", &outcome("o-5", "a-none", "shown"))?
        .expect_problem(404, "NOT_FOUND")?;
    Ok(shown)
}

/// What `openssl s_client` reads when it asks there, with these papers.
fn stranger(at: SocketAddr, folder: &Path, papers: &[&str]) -> Result<String, Failed> {
    let mut child = Command::new("openssl")
        .args(["s_client", "-quiet", "-connect", &at.to_string()])
        .args(papers)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let request = "GET /openapi.json HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let mut stdin = child.stdin.take().ok_or("no stdin")?;
    // Whoever is refused in the handshake hears nothing more.
    let _ = stdin.write_all(request.as_bytes());
    drop(stdin);
    let said = child.wait_with_output()?;
    Ok(String::from_utf8_lossy(&said.stdout).into_owned())
}

fn strangers() -> Claimed {
    let scene = Scene::of_fleet(shared()?, "strangers")?;
    let (authority, other) = (Authority::new()?, Authority::new()?);
    let paper = authority.sign("a", "IP:127.0.0.1")?;
    let first = node(&scene, "a", &papers(&authority, &paper))?;
    becomes(&first, "the first leads", leads)?;
    let at = listens(&first)?;
    // Whoever has a paper of the fleet's authority is heard; nobody else, and nobody without TLS.
    let heard = |papers: &[&std::path::PathBuf]| -> Result<bool, Failed> {
        let folder: TempDir = temp_dir("stranger")?;
        let shown = |at: usize| papers.get(at).map(|path| path.display().to_string());
        let said = match (shown(0), shown(1)) {
            (Some(paper), Some(key)) => {
                stranger(at, folder.path(), &["-cert", &paper, "-key", &key])
            }
            _ => stranger(at, folder.path(), &[]),
        };
        Ok(said?.contains("HTTP/1.1 200"))
    };
    let wrong = other.sign("a", "IP:127.0.0.1")?;
    let [paper, key, _] = &paper;
    if !heard(&[paper, key])? {
        return Err("a node is not heard".into());
    }
    if heard(&[])? || heard(&[&wrong[0], &wrong[1]])? {
        return Err("a stranger is heard".into());
    }
    if ask(at, "GET", "/openapi.json", &[], b"").is_ok_and(|answer| answer.status == 200) {
        return Err("somebody is heard without TLS".into());
    }
    // A node believes no leader that shows a paper of somebody else, or for another host.
    let elsewhere = authority.sign("b", "DNS:elsewhere.bank")?;
    let of_other = other.sign("c", "IP:127.0.0.1")?;
    let asked = |name: &str, peers: &str, says: &str| -> Claimed {
        let node = node(&scene, name, peers)?;
        becomes(&node, "it stands by", stands_by)?;
        let answer = node.post("/v1/events", &complaint(name, "C1"))?;
        let answer = answer.expect_problem(502, "UNREACHABLE")?;
        if answer.body.contains(says) {
            return Ok(());
        }
        Err(format!("`{says}`: {}", answer.body).into())
    };
    let of_other = papers(&other, &of_other);
    asked("c", &of_other, "its certificate is not of this fleet")?;
    drop(first.killed()?);
    let named = node(&scene, "b", &papers(&authority, &elsewhere))?;
    becomes(&named, "the other leads", leads)?;
    let fine = authority.sign("d", "IP:127.0.0.1")?;
    asked("d", &papers(&authority, &fine), "is for another host")
}

/// Papers that cannot be used are told with their place, before anything is begun.
fn no_papers() -> Claimed {
    let scene = Scene::of_fleet(shared()?, "unpapered")?;
    let authority = Authority::new()?;
    let [certificate, key, locked] = authority.sign("a", "IP:127.0.0.1")?;
    let [_, strange, _] = authority.sign("z", "IP:127.0.0.1")?;
    let refused = |paper: [std::path::PathBuf; 3], says: &str| -> Claimed {
        match node(&scene, "a", &papers(&authority, &paper)) {
            Err(failed) if failed.message().is_some_and(|said| said.contains(says)) => Ok(()),
            Err(failed) => Err(failed),
            Ok(_) => Err("it starts".into()),
        }
    };
    let absent = certificate.with_extension("absent");
    refused(
        [certificate.clone(), locked, key.clone()],
        "is locked by a password",
    )?;
    refused(
        [certificate, strange, key.clone()],
        "not the key of the certificate",
    )?;
    refused([absent, key.clone(), key], "a.absent")
}
