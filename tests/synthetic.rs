//! The bank that does not exist: the same again, a story for every rule, frauds that can be measured.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use kit::running::Running;
use kit::{CHILD, Claimed, Deft, Failed, Trial, claim, deft};

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        claim(
            "synthetic::piped_into_a_replay_every_rule_has_its_story_and_every_kind_of_action_goes_out",
            every_rule_has_its_story,
        ),
        claim(
            "synthetic::the_same_options_give_the_same_bytes_and_another_seed_others",
            the_same_bytes,
        ),
        claim(
            "synthetic::labels_give_every_fraud_rule_an_honest_precision_and_recall",
            labels_are_measured,
        ),
        claim(
            "synthetic::a_label_of_an_unknown_rule_is_refused",
            wrong_labels_are_refused,
        ),
        claim(
            "synthetic::a_node_takes_a_bank_over_http_at_its_own_pace",
            a_node_takes_a_bank,
        ),
        claim(
            "synthetic::a_wrong_address_says_what_to_do",
            a_wrong_address,
        ),
        claim(
            "synthetic::a_secret_is_shown_to_brokers_alone_and_a_wrong_one_to_nobody",
            a_wrong_secret,
        ),
        claim(
            "synthetic::an_interrupt_ends_it_with_whole_lines",
            an_interrupt_ends_it,
        ),
        claim(
            "synthetic::whoever_reads_may_stop_reading",
            a_closed_pipe_is_no_error,
        ),
    ]
}

const BANK: &str = "rules/retail-bank";

fn every_rule_has_its_story() -> Claimed {
    let events = deft(["gen", "--customers", "200", "--days", "4"])?.expect_code(0)?;
    let said = Deft::new(["replay", "-", "--project", BANK, "--drain"])
        .input(events.stdout)
        .run()?
        .expect_code(0)?;
    if said.stderr.contains("not taken") {
        return Err(said.complaint("an event was not taken"));
    }
    for folder in std::fs::read_dir(kit::root().join(BANK).join("rules"))? {
        let folder = folder?.path();
        for file in std::fs::read_dir(&folder)? {
            let path = file?.path();
            let stem = path.file_name().and_then(|name| name.to_str());
            let Some(name) = stem.and_then(|name| name.strip_suffix(".rhai")) else {
                continue;
            };
            let class = folder.file_name().and_then(|f| f.to_str()).unwrap_or("");
            let rule = format!("  {class}.{name}: reached by ");
            let line = said.stderr.lines().find(|line| line.starts_with(&rule));
            let held = line
                .and_then(|line| line.split(" true ").nth(1)?.split(',').next())
                .and_then(|count| count.parse::<u64>().ok());
            if held.unwrap_or(0) == 0 {
                return Err(said.complaint(&format!("`{class}.{name}` was never true")));
            }
        }
    }
    let actions = said.stderr.lines().find(|l| l.starts_with("actions: "));
    let actions = actions.unwrap_or_default();
    for kind in ["fraud-block", "next-best-offer", "retention", "service"] {
        if !actions.contains(kind) {
            return Err(said.complaint(&format!("no action of kind {kind}")));
        }
    }
    Ok(())
}

fn the_same_bytes() -> Claimed {
    let made = |seed: &str| -> Result<String, Failed> {
        let args = [
            "gen",
            "--customers",
            "50",
            "--events",
            "3000",
            "--seed",
            seed,
        ];
        Ok(deft(args)?.expect_code(0)?.stdout)
    };
    let first = made("5")?;
    if first.lines().count() != 3_000 {
        return Err(format!("{} lines, asked for 3000", first.lines().count()).into());
    }
    if first != made("5")? {
        return Err("the same seed gave another bank".into());
    }
    if first == made("6")? {
        return Err("another seed gave the same bank".into());
    }
    Ok(())
}

fn labels_are_measured() -> Claimed {
    let folder = kit::temp_dir("labels")?;
    let (events, labels) = (folder.join("events.ndjson"), folder.join("labels.ndjson"));
    Deft::new(["gen", "--customers", "400", "--days", "10", "--to"])
        .arg(&events)
        .arg("--labels")
        .arg(&labels)
        .run()?
        .expect_code(0)?;
    // Somebody knows of a fraud that no rule looks for.
    let mut known = kit::read(&labels)?;
    known.push_str("{\"event\":\"s1\",\"incident\":1000000,\"story\":\"romance\",\"rule\":null}\n");
    kit::write(&labels, &known)?;
    let said = Deft::new(["replay", "--project", BANK, "--labels"])
        .arg(&labels)
        .arg(&events)
        .run()?
        .expect_code(0)?;
    let mut measured = BTreeMap::new();
    for line in said.stderr.lines() {
        let Some((rule, rest)) = line.trim().split_once(": precision ") else {
            continue;
        };
        let recall = rest.split("recall ").nth(1).unwrap_or_default();
        let number = |text: &str| {
            let digits = text.split(' ').next().unwrap_or_default();
            digits.parse::<f64>().ok()
        };
        measured.insert(rule.to_owned(), (number(rest), number(recall)));
    }
    if measured.len() != 7 {
        return Err(said.complaint("not one line for each of seven fraud rules"));
    }
    for (rule, measures) in &measured {
        let (Some(precision), Some(recall)) = measures else {
            return Err(said.complaint(&format!("`{rule}` had nothing to be measured by")));
        };
        if *precision <= 0.2 || *recall <= 0.3 {
            return Err(said.complaint(&format!("`{rule}` sees hardly anything")));
        }
    }
    let whole = |share: Option<f64>| share.is_some_and(|share| share >= 1.0);
    let no_false_alarm = measured.values().all(|(precision, _)| whole(*precision));
    let none_missed = measured.values().all(|(_, recall)| whole(*recall));
    if no_false_alarm || none_missed {
        return Err(said.complaint("nothing is ever wrong: the bank is too easy"));
    }
    if !said.stderr.contains("`romance`: no rule looks for it") {
        return Err(said.complaint("what no rule looks for is not told"));
    }
    Ok(())
}

fn wrong_labels_are_refused() -> Claimed {
    let folder = kit::temp_dir("labels")?;
    let labels = folder.join("labels.ndjson");
    for (text, says) in [
        (
            "{\"event\":\"s1\",\"incident\":1,\"story\":\"x\",\"rule\":\"fraud.nobody\"}\n",
            "no fraud rule `fraud.nobody`",
        ),
        ("{\"event\":\"s1\"}\n", "line 1 of"),
    ] {
        kit::write(&labels, text)?;
        let said = Deft::new([
            "replay",
            "tests/samples/day.ndjson",
            "--project",
            BANK,
            "--labels",
        ])
        .arg(&labels)
        .run()?
        .expect_code(3)?;
        if !said.stderr.contains(says) {
            return Err(said.complaint(&format!("it does not say `{says}`")));
        }
    }
    Ok(())
}

fn a_node_takes_a_bank() -> Claimed {
    // Slower than it is sent: whoever sends has to wait and come again.
    let node = Running::start("[[source]]\nname = \"http\"\nkind = \"http\"\nrate = 1000\n")?;
    // All of it is of the week before: nothing is ahead of the node's clock.
    let said = Deft::new([
        "gen",
        "--customers",
        "200",
        "--events",
        "2200",
        "--start",
        "now",
        "--to",
    ])
    .arg(format!("http://{}", node.public))
    .run()?
    .expect_code(0)?;
    let decided = node.metric("deft_events_settled_total{result=\"decided\"}")?;
    let turned_away = node.metric("deft_shed_total{class=\"commercial\",reason=\"rate\"}")?
        + node.metric("deft_shed_total{class=\"fraud\",reason=\"rate\"}")?;
    if (decided - 2_200.0).abs() > 0.5 {
        return Err(said.complaint(&format!("2200 events were sent, {decided} decided")));
    }
    if turned_away < 1.0 {
        return Err(said.complaint("nothing was ever turned away: the pace was not tried"));
    }
    Ok(())
}

fn a_wrong_address() -> Claimed {
    for (to, says) in [
        ("ftp://bank", "is no address"),
        ("http://127.0.0.1:9", "`deft run --project DIR` starts one"),
        (
            "no-such-folder/events.ndjson",
            "cannot write `no-such-folder/events.ndjson`",
        ),
    ] {
        let said = deft(["gen", "--events", "10", "--to", to])?.expect_code(3)?;
        if !said.stderr.contains(says) {
            return Err(said.complaint(&format!("it does not say `{says}`")));
        }
    }
    Ok(())
}

fn a_wrong_secret() -> Claimed {
    let folder = kit::temp_dir("secret")?;
    let file = folder.join("kafka.properties");
    kit::write(&file, "sasl.username = deft\nsasl.pasword = hush\n")?;
    let file = file.to_string_lossy().into_owned();
    let topic = "kafka://127.0.0.1:9/bank.events";
    for (to, secret, says) in [
        ("-", file.as_str(), "it goes with `--to kafka://…`"),
        (topic, file.as_str(), "line 2: `sasl.pasword` is not one of"),
        (topic, "no-such-file", "cannot be used: `no-such-file`: "),
    ] {
        let args = ["gen", "--events", "10", "--to", to, "--secret", secret];
        let said = deft(args)?.expect_code(3)?;
        if !said.stderr.contains(says) || said.stderr.contains("hush") {
            return Err(said.complaint(&format!("it does not say `{says}`")));
        }
    }
    Ok(())
}

fn an_interrupt_ends_it() -> Claimed {
    let folder = kit::temp_dir("interrupted")?;
    let to = folder.join("events.ndjson");
    let mut child = Command::new(std::env::current_exe()?)
        .args(["gen", "--rate", "2000", "--days", "300", "--to"])
        .arg(&to)
        .env(CHILD, "1")
        .stderr(Stdio::piped())
        .spawn()?;
    // It is at work once something is there.
    while std::fs::metadata(&to).map_or(0, |file| file.len()) == 0 {
        if let Some(status) = child.try_wait()? {
            return Err(format!("it ended by itself: {status}").into());
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let id = child.id().to_string();
    Command::new("kill").args(["-INT", &id]).status()?;
    let said = child.wait_with_output()?;
    let errors = String::from_utf8_lossy(&said.stderr);
    let text = kit::read(&to)?;
    let count = format!("{} events in ", text.lines().count());
    if said.status.code() != Some(0) || !text.ends_with("}}\n") || !errors.contains(&count) {
        return Err(format!("{}: {errors}: {count}", said.status).into());
    }
    Ok(())
}

fn a_closed_pipe_is_no_error() -> Claimed {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["gen", "--customers", "1000", "--days", "300"])
        .env(CHILD, "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let out = child.stdout.take().ok_or("no stdout")?;
    let mut line = String::new();
    BufReader::new(out).read_line(&mut line)?;
    let said = child.wait_with_output()?;
    let errors = String::from_utf8_lossy(&said.stderr);
    if said.status.code() != Some(0) || errors.contains("error") || !line.starts_with("{\"id\"") {
        return Err(format!("{}: {errors}: {line}", said.status).into());
    }
    Ok(())
}
