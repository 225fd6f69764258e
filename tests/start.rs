//! Beginning: a first project, new rules, and what may be sent to whom.

use kit::{Claimed, Deft, Trial, claim, deft};

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        claim(
            "start::a_first_project_passes_check_and_test_and_decides_its_sample",
            a_first_project,
        ),
        claim(
            "start::a_new_rule_of_each_kind_passes_check_and_test",
            a_new_rule_of_each_kind,
        ),
        claim(
            "start::nothing_that_is_there_is_overwritten",
            nothing_is_overwritten,
        ),
        claim(
            "start::policy_says_what_may_be_sent_and_from_when_as_the_engine_decided_it",
            policy_agrees_with_the_engine,
        ),
        claim(
            "start::features_are_listed_and_told_in_sql",
            features_are_told,
        ),
        claim(
            "start::every_shell_gets_completions",
            every_shell_gets_completions,
        ),
    ]
}

fn a_first_project() -> Claimed {
    let folder = kit::temp_dir("first")?;
    let dir = folder.join("bank");
    Deft::new(["init"]).arg(&dir).run()?.expect_code(0)?;
    Deft::new(["check", "--deny-warnings"])
        .arg(&dir)
        .run()?
        .expect_code(0)?;
    Deft::new(["test"]).arg(&dir).run()?.expect_code(0)?;
    let said = Deft::new(["replay", "events.ndjson", "--project", "."])
        .folder(&dir)
        .run()?
        .expect_code(0)?;
    if !said.stderr.contains("actions: next-best-offer 1") {
        return Err(said.complaint("its sample brings no offer"));
    }
    Ok(())
}

const KINDS: [&str; 4] = ["offer", "retain", "serve", "fraud"];

fn a_new_rule_of_each_kind() -> Claimed {
    let folder = kit::temp_dir("new")?;
    let first = folder.join("first");
    Deft::new(["init"]).arg(&first).run()?.expect_code(0)?;
    let bank = folder.join("retail-bank");
    kit::copy_tree(&kit::root().join("rules/retail-bank"), &bank)?;
    for project in [&first, &bank] {
        for kind in KINDS {
            Deft::new(["new", "rule", kind, &format!("my_{kind}"), "--project"])
                .arg(project)
                .run()?
                .expect_code(0)?;
        }
        Deft::new(["check", "--deny-warnings"])
            .arg(project)
            .run()?
            .expect_code(0)?;
        let said = Deft::new(["test"]).arg(project).run()?.expect_code(0)?;
        for rule in [
            "offers.my_offer",
            "retention.my_retain",
            "service.my_serve",
            "fraud.my_fraud",
        ] {
            if !said
                .stdout
                .contains(&format!("{rule}: fires 1, does not 1"))
            {
                return Err(said.complaint(&format!("`{rule}` is not shown to act and not to act")));
            }
        }
    }
    Ok(())
}

fn nothing_is_overwritten() -> Claimed {
    let folder = kit::temp_dir("kept")?;
    let dir = folder.join("bank");
    Deft::new(["init"]).arg(&dir).run()?.expect_code(0)?;
    let rule = dir.join("rules/offers/cashback.rhai");
    let before = kit::read(&rule)?;
    let offers = kit::read(&dir.join("catalog/offers.toml"))?;
    Deft::new(["init"]).arg(&dir).run()?.expect_code(1)?;
    // The file, the offer, and the reason: each alone stands in the way.
    for (kind, name) in [
        ("offer", "cashback"),
        ("retain", "cashback"),
        ("fraud", "card_burst"),
    ] {
        let said = Deft::new(["new", "rule", kind, name, "--project"])
            .arg(&dir)
            .run()?
            .expect_code(1)?;
        if !said.stderr.contains("nothing is ever overwritten") {
            return Err(said.complaint("it does not say why"));
        }
    }
    let same =
        kit::read(&rule)? == before && kit::read(&dir.join("catalog/offers.toml"))? == offers;
    if !same {
        return Err("something that was there is another now".into());
    }
    deft(["new", "rule", "offer", "Not-A-Name"])?.expect_code(2)?;
    let said = Deft::new([
        "new",
        "rule",
        "offer",
        "x",
        "--on",
        "transaction.card_paymnt",
        "--project",
    ])
    .arg(&dir)
    .run()?
    .expect_code(1)?;
    if !said
        .stderr
        .contains("did you mean `transaction.card_payment`?")
    {
        return Err(said.complaint("the nearest name is not told"));
    }
    Ok(())
}

/// C14 of the sample day complains at noon and is offered something in the morning; C03 agreed at noon.
fn policy_agrees_with_the_engine() -> Claimed {
    let at = |customer: &str, time: &str| {
        deft([
            "policy",
            customer,
            "--at",
            time,
            "--project",
            "rules/retail-bank",
            "tests/samples/day.ndjson",
        ])
    };
    let has = |said: &kit::Said, line: &str, says: &str| {
        let found = said.stdout.lines().find(|l| l.starts_with(line));
        found.is_some_and(|found| found.contains(says))
    };
    let said = at("C03", "2026-03-10T09:00:00+08:00")?.expect_code(0)?;
    if !has(&said, "travel_cover by app", "NO_CONSENT") {
        return Err(said.complaint("in the morning C03 has not agreed"));
    }
    let said = at("C03", "2026-03-10T13:00:00+08:00")?.expect_code(0)?;
    if !has(&said, "travel_cover by app", "may be sent now") {
        return Err(said.complaint("at noon C03 has agreed"));
    }
    let said = at("C06", "2026-03-10T22:30:00+08:00")?.expect_code(0)?;
    if !has(&said, "card_instalment by sms", "SUPPRESSED_QUIET_HOURS")
        || !has(&said, "card_instalment by sms", "from 2026-03-1")
    {
        return Err(
            said.complaint("late in the evening there is an hour from which it may be sent")
        );
    }
    at("NOBODY", "2026-03-10T22:30:00+08:00")?.expect_code(1)?;
    Ok(())
}

fn features_are_told() -> Claimed {
    let list = deft(["features", "--project", "rules/retail-bank"])?.expect_code(0)?;
    let names = list
        .stdout
        .lines()
        .filter_map(|line| line.split("  ").next());
    for name in names {
        let args = ["features", "--project", "rules/retail-bank", "--sql", name];
        if ["speed_kmh", "jump_km"].contains(&name) {
            let said = deft(args)?.expect_code(1)?;
            if !said.stderr.contains("there is no SQL for") {
                return Err(
                    said.complaint(&format!("`{name}` is of places, and it does not say so"))
                );
            }
            continue;
        }
        let said = deft(args)?.expect_code(0)?;
        if !said.stdout.contains("RANGE BETWEEN INTERVAL") || said.stdout.contains("event.") {
            return Err(said.complaint(&format!("`{name}` is not told in SQL")));
        }
    }
    let args = [
        "features",
        "--project",
        "rules/retail-bank",
        "--sql",
        "withdrawals_10",
    ];
    let said = deft(args)?.expect_code(1)?;
    if !said.stderr.contains("did you mean `withdrawals_10m`?") {
        return Err(said.complaint("the nearest name is not told"));
    }
    Ok(())
}

fn every_shell_gets_completions() -> Claimed {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let said = deft(["completions", shell])?.expect_code(0)?;
        if !said.stdout.contains("replay") || !said.stdout.contains("labels") {
            return Err(said.complaint(&format!("{shell} is not told of commands and options")));
        }
    }
    Ok(())
}
