//! Orders for all divisions: a book is taken up by all or by none, and what is turned off is off for everybody.

use std::thread;
use std::time::Duration;

use kit::http::ask;
use kit::kafka::claim_with_kafka;
use kit::running::{Running, complaint};
use kit::{Claimed, Failed, TempDir, Trial, copy_tree, read, root, temp_dir, write};
use serde_json::{Value, json};

use super::scene::until;
use super::two::Two;
use crate::oracle::text;

/// The promises of this file.
pub(super) fn trials() -> Vec<Trial> {
    vec![
        claim_with_kafka("divided::a_book_is_taken_up_by_all_divisions", by_all),
        claim_with_kafka(
            "divided::a_book_that_one_cannot_take_up_is_taken_up_by_none",
            by_none,
        ),
        claim_with_kafka("divided::a_book_waits_for_who_is_away", waits),
        claim_with_kafka(
            "divided::whoever_is_killed_while_a_book_is_proposed_all_decide_by_one",
            killed,
        ),
        claim_with_kafka(
            "divided::what_is_turned_off_is_off_in_all_divisions",
            switches,
        ),
    ]
}

/// A folder with a project of its own.
fn folder(name: &str) -> Result<TempDir, Failed> {
    let folder = temp_dir(name)?;
    copy_tree(&root().join("rules/retail-bank"), &folder.join("project"))?;
    Ok(folder)
}

/// The project of a node gives a book by which nobody is called back but for such complaints.
fn call_back_for(node: &Running, severity: &str) -> Claimed {
    let rule = "project/rules/service/complaint_callback.rhai";
    let text = read(&root().join("rules/retail-bank/rules/service/complaint_callback.rhai"))?;
    let severity = format!("[\"{severity}\"]");
    write(
        &node.folder.join(rule),
        text.replace("[\"medium\", \"high\"]", &severity),
    )
}

/// Puts a text behind the tags of a project.
fn tag(project: &std::path::Path, more: &str) -> Claimed {
    let tags = project.join("catalog/tags.toml");
    let text = read(&root().join("rules/retail-bank/catalog/tags.toml"))?;
    write(&tags, text + more)
}

fn book(node: &Running) -> Result<String, Failed> {
    let status = node.admin("/v1/status")?.expect(200)?.json()?;
    Ok(text(&status, "/book"))
}

fn proposal(node: &Running) -> Result<Value, Failed> {
    let status = node.admin("/v1/status")?.expect(200)?.json()?;
    Ok(status
        .pointer("/reload/proposal")
        .cloned()
        .unwrap_or_default())
}

fn both_decide_by(nodes: &[Running; 2], hash: &str) -> Claimed {
    until("both decide by that book", || {
        Ok(book(&nodes[0])? == hash && book(&nodes[1])? == hash)
    })
}

fn order(node: &Running, what: &str) -> Result<kit::http::Answer, Failed> {
    ask(node.admin, "POST", &format!("/v1/rules/{what}"), &[], b"")
}

fn by_all() -> Claimed {
    let two = Two::new("bookall")?;
    let start = |number: usize| two.start(number, folder("bookall")?);
    let nodes = [start(0)?, start(1)?];
    let former = book(&nodes[0])?;
    call_back_for(&nodes[0], "low")?;
    let told = order(&nodes[0], "reload")?.expect(200)?.json()?;
    let taken = text(&told, "/in_force");
    if taken == former || told.get("waiting") != Some(&json!([])) {
        return Err(told.to_string().into());
    }
    both_decide_by(&nodes, &taken)?;
    // Nobody calls back for what is not low, though the other's own project says so.
    let asked = complaint("b-1", &two.customer(1, 0));
    let answer = nodes[1].post("/v1/decide", &asked)?.expect(200)?.json()?;
    if answer.pointer("/actions") != Some(&json!([])) {
        return Err(answer.to_string().into());
    }
    until("the other tells what became of it", || {
        let proposal = proposal(&nodes[1])?;
        let by = text(&proposal, "/by");
        Ok(proposal
            == json!({ "book": taken, "by": by, "ready": [0, 1], "waiting": [], "refused": null }))
    })?;
    // The way back is that of all as well, from whichever node it is ordered.
    let told = order(&nodes[1], "rollback")?.expect(200)?.json()?;
    if text(&told, "/in_force") != former {
        return Err(told.to_string().into());
    }
    both_decide_by(&nodes, &former)?;
    // What lies before the book that all agreed on is let go of.
    let books = two.scene.topic("orders");
    until("former books are let go of", || {
        let first = two
            .scene
            .kafka
            .read(&books, true)?
            .first()
            .map(|one| one.offset);
        Ok(first.is_some_and(|first| first > 0))
    })?;
    // A division that starts anew goes on with the book of all.
    let [first, second] = nodes;
    let nodes = [first, two.start(1, second.killed()?)?];
    both_decide_by(&nodes, &former)
}

fn by_none() -> Claimed {
    let two = Two::new("booknone")?;
    let other = folder("booknone")?;
    tag(
        &other.join("project"),
        "\n[tag.mood]\ntype = \"text?\"\nset = { on = \"profile.updated\", from = \"event.home_country\" }\n",
    )?;
    let nodes = [two.start(0, folder("booknone")?)?, two.start(1, other)?];
    let books = [book(&nodes[0])?, book(&nodes[1])?];
    tag(
        &nodes[0].folder.join("project"),
        "\n[tag.mood]\ntype = \"int?\"\nset = { on = \"profile.updated\", from = \"event.age\" }\n",
    )?;
    let told = order(&nodes[0], "reload")?.expect_problem(409, "RULES_REFUSED")?;
    if !told.body.contains("division 1 cannot take up the book") || !told.body.contains("mood") {
        return Err(told.body.into());
    }
    until("the other says so as well", || {
        Ok(proposal(&nodes[1])?.pointer("/refused/division") == Some(&json!(1)))
    })?;
    if [book(&nodes[0])?, book(&nodes[1])?] != books {
        return Err("it was taken up".into());
    }
    // One that both can take up is.
    tag(
        &nodes[0].folder.join("project"),
        "\n[tag.mood]\ntype = \"text?\"\nset = { on = \"profile.updated\", from = \"event.home_country\" }\n",
    )?;
    order(&nodes[0], "reload")?.expect(200)?;
    both_decide_by(&nodes, &books[1])
}

fn waits() -> Claimed {
    let two = Two::new("bookwaits")?;
    let start = |number: usize| two.start(number, folder("bookwaits")?);
    let (first, second) = (start(0)?, start(1)?);
    let former = book(&first)?;
    let away = second.killed()?;
    call_back_for(&first, "low")?;
    let told = order(&first, "reload")?.expect(202)?.json()?;
    let is_so = text(&told, "/in_force") == former && told.get("waiting") == Some(&json!([1]));
    if !is_so || book(&first)? != former || first.metric("deft_fleet_book_waits")? != 1.0 {
        return Err(told.to_string().into());
    }
    // Whoever leads next has heard the proposal as well.
    let nodes = [two.start(0, first.killed()?)?, two.start(1, away)?];
    both_decide_by(&nodes, &text(&told, "/book"))?;
    until("it is waited for nobody", || {
        Ok(nodes[0].metric("deft_fleet_book_waits")? == 0.0)
    })
}

fn killed() -> Claimed {
    let two = Two::new("bookkilled")?;
    let start = |number: usize| two.start(number, folder("bookkilled")?);
    let mut nodes = [start(0)?, start(1)?];
    for (round, severity) in ["low", "medium", "high"].into_iter().enumerate() {
        let former = book(&nodes[0])?;
        call_back_for(&nodes[0], severity)?;
        let admin = nodes[0].admin;
        let asking =
            thread::spawn(move || ask(admin, "POST", "/v1/rules/reload", &[], b"").is_ok());
        thread::sleep(Duration::from_millis(60 * round as u64));
        let [first, second] = nodes;
        let folders = [first.killed()?, second.killed()?];
        let _ = asking.join();
        let [a, b] = folders;
        nodes = [two.start(0, a)?, two.start(1, b)?];
        // What got out is taken up by both; what did not, by none. An order from now on is heard by both.
        let one = complaint(&format!("k-{round}"), &two.customer(0, 0));
        nodes[0].post("/v1/events", &one)?.expect(200)?;
        until("both decide by one book", || {
            let proposal = proposal(&nodes[0])?;
            let agreed = proposal.get("ready") == Some(&json!([0, 1]));
            let wanted = if agreed {
                text(&proposal, "/book")
            } else {
                former.clone()
            };
            Ok(book(&nodes[0])? == wanted && book(&nodes[1])? == wanted)
        })?;
        println!(
            "round {round}: {}",
            if book(&nodes[0])? == former {
                "not taken up"
            } else {
                "taken up"
            }
        );
        order(&nodes[1], "reload")?.expect(200)?;
        let told = order(&nodes[0], "reload")?.expect(200)?.json()?;
        both_decide_by(&nodes, &text(&told, "/in_force"))?;
    }
    Ok(())
}

/// Whether a class may act on a node, and a rule.
fn acts(node: &Running, pointer: &str) -> Result<bool, Failed> {
    let status = node.admin("/v1/status")?.expect(200)?.json()?;
    Ok(status.pointer(pointer) != Some(&json!(false)))
}

fn switches() -> Claimed {
    let two = Two::new("switched")?;
    let (first, second) = (
        two.start(0, temp_dir("switched")?)?,
        two.start(1, temp_dir("switched")?)?,
    );
    let kind = [("content-type", "application/json")];
    let give = |node: &Running, path: &str, body: &str| -> Claimed {
        let given = ask(node.admin, "POST", path, &kind, body.as_bytes())?;
        given.expect(200).map(|_| ())
    };
    let (off, on) = (r#"{"on":false,"why":"a test"}"#, r#"{"on":true}"#);
    let service = "/switches/service/on";
    give(&first, "/v1/switches/service", off)?;
    if acts(&first, service)? {
        return Err("it was answered before it was so".into());
    }
    until("it is off for the other's customers", || {
        Ok(!acts(&second, service)?)
    })?;
    let asked = complaint("s-1", &two.customer(1, 0));
    let answer = second.post("/v1/decide", &asked)?.expect(200)?.json()?;
    if answer.pointer("/actions") != Some(&json!([])) {
        return Err(answer.to_string().into());
    }
    // What was ordered while nobody led a division is made good when somebody does: the last word counts.
    let away = second.killed()?;
    give(&first, "/v1/switches/retention", off)?;
    give(&first, "/v1/switches/service", on)?;
    let second = two.start(1, away)?;
    until("what was missed is made good", || {
        Ok(acts(&second, service)? && !acts(&second, "/switches/retention/on")?)
    })?;
    // A rule, from the other side.
    let rule = "/v1/rules/service.complaint_callback";
    let paused = |node: &Running| -> Result<bool, Failed> {
        let status = node.admin("/v1/status")?.expect(200)?.json()?;
        Ok(text(&status, "/paused/0/rule") == "service.complaint_callback")
    };
    give(&second, &format!("{rule}/pause"), r#"{"why":"a test"}"#)?;
    until("it is paused for all", || {
        Ok(paused(&first)? && paused(&second)?)
    })?;
    give(&first, &format!("{rule}/resume"), "{}")?;
    until("it acts for all", || {
        Ok(!paused(&first)? && !paused(&second)?)
    })?;
    // A node that starts again carries nothing out twice: what is off is off since it was turned off. An order that
    // it has carried out says that it has read those before.
    let stands = |node: &Running| -> Result<Value, Failed> {
        let status = node.admin("/v1/status")?.expect(200)?.json()?;
        Ok(status.get("switches").cloned().unwrap_or_default())
    };
    let before = stands(&first)?;
    let first = two.start(0, first.killed()?)?;
    give(&first, &format!("{rule}/pause"), r#"{"why":"a test"}"#)?;
    let after = stands(&first)?;
    if before != after {
        return Err(format!("{before}, and after a restart {after}").into());
    }
    Ok(())
}
