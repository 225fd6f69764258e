//! The projects that lie here: what is shipped checks and proves itself, what must be refused is.

use std::collections::BTreeSet;

use kit::{Claimed, Failed, Trial, claim, deft};

/// Projects whose every rule works and has cases.
const PROVED: [&str; 4] = [
    "rules/retail-bank",
    "tests/projects/language",
    "tests/projects/places",
    "tests/projects/segments",
];

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        claim("projects::sparkov_checks", || {
            checks("tests/projects/sparkov")
        }),
        claim(
            "projects::every_rule_that_must_be_refused_is",
            every_refused_rule_is_named,
        ),
        claim(
            "projects::an_answer_to_an_action_may_take_its_time",
            an_answer_may_take_its_time,
        ),
        claim(
            "projects::a_folder_that_is_none_is_exit_code_3",
            a_folder_that_is_none,
        ),
    ];
    for project in PROVED {
        let name = project.rsplit('/').next().unwrap_or(project);
        trials.push(claim(format!("projects::{name}_checks"), move || {
            checks(project)
        }));
        trials.push(claim(
            format!("projects::the_cases_of_{name}_hold"),
            move || deft(["test", project])?.expect_code(0).map(drop),
        ));
    }
    trials
}

fn checks(project: &str) -> Claimed {
    deft(["check", project])?.expect_code(0).map(drop)
}

fn every_refused_rule_is_named() -> Claimed {
    let project = "tests/projects/refused";
    let said = deft(["check", project])?.expect_code(1)?;
    let all = format!("{}{}", said.stdout, said.stderr);
    let rules = rules(project)?;
    if rules.is_empty() {
        return Err(format!("no rule in `{project}`").into());
    }
    match rules.iter().find(|rule| !all.contains(*rule)) {
        None => Ok(()),
        Some(rule) => Err(said.complaint(&format!("nothing is said about `{rule}`"))),
    }
}

/// An outcome minutes behind its customer's newest event is taken, long after any payment would not be.
fn an_answer_may_take_its_time() -> Claimed {
    let event = |id: &str, kind: &str, time: &str, data: serde_json::Value| {
        let time = format!("2026-03-10T{time}+08:00");
        let event = serde_json::json!({
            "id": id, "type": kind, "customer": "C1", "time": time, "source": "s", "data": data,
        });
        event.to_string() + "\n"
    };
    let complaint = serde_json::json!({"severity": "high", "complaint": "x"});
    let first = event("c1", "channel.complaint", "09:00:00", complaint.clone());
    let folder = kit::temp_dir("answer")?;
    let run = |events: &str| {
        kit::write(&folder.join("events.ndjson"), events)?;
        deft([
            "replay".into(),
            folder.join("events.ndjson").into_os_string(),
            "--project".into(),
            "rules/retail-bank".into(),
            "--actions".into(),
            "-".into(),
        ])?
        .expect_code(0)
    };
    let action = kit::objects(&run(&first)?.stdout)?;
    let action = action.first().and_then(|a| a.get("id")).cloned();
    let action = action.ok_or("the complaint had no action")?;
    let events = [
        first,
        event("c2", "channel.complaint", "09:04:00", complaint.clone()),
        event(
            "o1",
            "outcome.delivered",
            "09:00:30",
            serde_json::json!({ "action_id": action }),
        ),
        event("c3", "channel.complaint", "09:01:00", complaint),
    ];
    let said = run(&events.concat())?;
    if said.stderr.contains("3 decided") && said.stderr.contains("not taken: TOO_LATE 1") {
        return Ok(());
    }
    Err(said.complaint("the outcome is not taken, or the late complaint is"))
}

fn a_folder_that_is_none() -> Claimed {
    let said = deft(["check", "tests/projects/no-such-project"])?.expect_code(3)?;
    if said.stderr.contains("no-such-project") {
        Ok(())
    } else {
        Err(said.complaint("the folder is not named on stderr"))
    }
}

/// The file names of the rules of a project.
fn rules(project: &str) -> Result<BTreeSet<String>, Failed> {
    let mut found = BTreeSet::new();
    let mut folders = vec![kit::root().join(project).join("rules")];
    while let Some(folder) = folders.pop() {
        for entry in
            std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?
        {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else if name.ends_with(".rhai") {
                found.insert(name);
            }
        }
    }
    Ok(found)
}
