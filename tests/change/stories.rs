//! What may become of a catalogue: two projects each, taken up one after the other, both ways.

use engine::shard::Record;
use kit::{Failed, Seed, read, root};
use rules::project::Project;
use serde_json::json;
use std::sync::Arc;

/// Two projects.
#[derive(Clone, Copy)]
pub(super) struct Story {
    pub(super) name: &'static str,
    pub(super) old: fn() -> Result<Project, Failed>,
    pub(super) new: fn() -> Result<Project, Failed>,
}

pub(super) const ALL: [Story; 6] = [
    Story {
        name: "what_is_added_and_removed_leaves_the_rest_as_it_is",
        old: bank,
        new: added,
    },
    Story {
        name: "what_has_another_name_keeps_its_state",
        old: bank,
        new: renamed,
    },
    Story {
        name: "windows_of_another_length_are_the_same_however_they_came",
        old: bank,
        new: stretched,
    },
    Story {
        name: "other_takes_and_panes_of_a_stream_are_the_same_however_they_came",
        old: stepped,
        new: restepped,
    },
    Story {
        name: "timers_by_another_date_are_armed_anew_however_they_came",
        old: dated,
        new: dated_otherwise,
    },
    Story {
        name: "what_is_kept_longer_is_kept_as_long_however_it_came",
        old: bank,
        new: patient,
    },
];

/// The events of the sample day.
pub(super) fn day() -> Result<Vec<Record>, Failed> {
    let events = read(&root().join("tests/samples/day.ndjson"))?;
    let records = (1..).zip(events.lines()).map(|(line, text)| Record {
        line,
        bytes: text.as_bytes().to_vec(),
    });
    Ok(records.collect())
}

/// A day of transfers: many customers, each with a few, hours apart, so that a window is full of what
/// nobody touches while another book is in force.
pub(super) fn transfers() -> Vec<Record> {
    let mut seed = Seed::new(11);
    let mut draw = |below: u64| seed.draw() % below;
    let made = (0..1_000u64).map(|n| {
        // Most rest between the first fifth and the last.
        let customers = if (200..800).contains(&n) { 20 } else { 60 };
        let data = json!({
            "amount": format!("{}.00", 1 + draw(900)), "direction": "out", "own_account": false,
            "account": format!("ACC{}", draw(60)), "payee": format!("p{}", draw(9)),
            "device": format!("d{}", draw(30)),
        });
        let event = json!({
            "id": format!("t{}", n - draw(2).min(n)), "type": "transaction.transfer",
            "customer": format!("c{}", draw(customers)), "time": 1_772_413_200_000 + n * 80_000,
            "source": "made", "data": data,
        });
        Record {
            line: n + 1,
            bytes: event.to_string().into_bytes(),
        }
    });
    made.collect()
}

fn bank() -> Result<Project, Failed> {
    Ok(Project::read(&root().join("rules/retail-bank"))?)
}

/// Writes something else wherever it stands in files whose path begins so.
fn change(project: &mut Project, under: &str, from: &str, to: &str) -> Result<(), Failed> {
    let mut met = false;
    let files = project.catalogue.iter_mut().chain(&mut project.rules);
    for file in files.filter(|file| file.path.starts_with(under)) {
        if file.text.contains(from) {
            met = true;
            file.text = Arc::from(file.text.replace(from, to));
        }
    }
    if met {
        return Ok(());
    }
    Err(format!("nothing below {under} has `{from}`").into())
}

/// Writes something before all else in a file.
fn begin(project: &mut Project, path: &str, with: &str) -> Result<(), Failed> {
    let mut files = project.catalogue.iter_mut();
    let file = files.find(|file| &*file.path == path);
    let file = file.ok_or_else(|| format!("there is no {path}"))?;
    file.text = Arc::from(format!("{with}{}", file.text));
    Ok(())
}

/// Places of everything move: entity kinds, event types, tags, streams and windows.
fn added() -> Result<Project, Failed> {
    let mut project = bank()?;
    begin(&mut project, "catalog/entities.toml", "[entity.branch]\n")?;
    change(
        &mut project,
        "catalog/events.toml",
        "[event.\"transaction.card_payment\"]",
        "[event.\"channel.branch_visit\".data]\nbranch = \"ref:branch\"\n\
         [event.\"transaction.card_payment\"]",
    )?;
    let tag = "[tag.branch]\ntype = \"ref:branch?\"\n\
               set = { on = \"channel.branch_visit\", from = \"event.branch\" }\n";
    begin(&mut project, "catalog/tags.toml", tag)?;
    let features = "[stream.visits]\non = \"channel.branch_visit\"\n\
        [feature.visits_7d]\nstream = \"visits\"\nkey = \"branch\"\ntake = \"count\"\nover = \"7d\"\n\
        [feature.big_payments_2h]\nstream = \"card_payments\"\nwhere = \"event.amount > 100\"\n\
        key = \"customer\"\ntake = \"max\"\nof = \"amount\"\nover = \"2h\"\n\
        [feature.shops_1h]\nstream = \"card_payments\"\nkey = \"customer\"\ntake = \"distinct\"\n\
        of = \"terminal\"\nover = \"1h\"\n";
    begin(&mut project, "catalog/features.toml", features)?;
    Ok(project)
}

/// A tag, a window, and the stream of a window.
fn renamed() -> Result<Project, Failed> {
    let mut project = bank()?;
    for (from, to) in [
        ("customer.assets", "customer.holdings"),
        ("customer.outflow_24h", "customer.moved_24h"),
    ] {
        change(&mut project, "", from, to)?;
    }
    let tag = "[tag.holdings]\nwas = \"assets\"";
    change(&mut project, "catalog/tags.toml", "[tag.assets]", tag)?;
    let feature = "[feature.moved_24h]\nwas = \"outflow_24h\"";
    let features = "catalog/features.toml";
    change(&mut project, features, "[feature.outflow_24h]", feature)?;
    Ok(project)
}

/// Windows are longer and shorter.
fn stretched() -> Result<Project, Failed> {
    let mut project = bank()?;
    let features = "catalog/features.toml";
    change(
        &mut project,
        features,
        "over   = \"24h\"",
        "over   = \"3h\"",
    )?;
    change(
        &mut project,
        features,
        "over   = \"10m\"",
        "over   = \"5h\"",
    )?;
    change(&mut project, features, "over   = \"5m\"", "over   = \"4h\"")?;
    Ok(project)
}

/// The bank with timers by the days of transfers and complaints.
fn dated() -> Result<Project, Failed> {
    with_timers(
        "[timer.daily]\ndate = \"customer.moved\"\nat = \"09:00\"\nspread = \"10h\"\n\
         [timer.weekly]\ndate = \"customer.told\"\nevery = \"week\"\nspread = \"20h\"\n",
    )
}

/// Another hour, another tag, and one more.
fn dated_otherwise() -> Result<Project, Failed> {
    with_timers(
        "[timer.daily]\ndate = \"customer.moved\"\nat = \"11:00\"\nspread = \"11h\"\n\
         [timer.weekly]\ndate = \"customer.moved\"\nevery = \"week\"\nspread = \"20h\"\n\
         [timer.late]\ndate = \"customer.told\"\nat = \"12:00\"\nspread = \"6h\"\n",
    )
}

fn with_timers(timers: &str) -> Result<Project, Failed> {
    let mut project = bank()?;
    let tags = "[tag.moved]\ntype = \"date?\"\n\
         set = { on = \"transaction.transfer\", from = \"event.date\" }\n\
         [tag.told]\ntype = \"date?\"\nttl = \"30h\"\n\
         set = { on = [\"channel.complaint\", \"transaction.transfer\"], from = \"event.date\" }\n";
    begin(&mut project, "catalog/tags.toml", tags)?;
    begin(&mut project, "catalog/timers.toml", timers)?;
    Ok(project)
}

/// Brakes, cool-downs, caps and the memory of events reach further back.
fn patient() -> Result<Project, Failed> {
    let mut project = bank()?;
    let events = "catalog/events.toml";
    change(
        &mut project,
        events,
        "duplicates = \"7d\"",
        "duplicates = \"20m\"",
    )?;
    change(&mut project, "rules/fraud/", "\"10m\");", "\"9h\");")?;
    change(
        &mut project,
        events,
        "lateness   = \"5s\"",
        "lateness   = \"2m\"",
    )?;
    Ok(project)
}

/// Windows on the transfers out, and a rule that reads the first of them.
fn counted(windows: &[&str]) -> Result<Project, Failed> {
    let mut project = bank()?;
    let head = "stream = \"transfers_out\"\nkey = \"customer\"\n";
    let named = windows.iter().enumerate();
    let text = named.map(|(n, window)| format!("[feature.counted_{n}]\n{head}{window}\n"));
    begin(
        &mut project,
        "catalog/features.toml",
        &text.collect::<String>(),
    )?;
    change(
        &mut project,
        "rules/fraud/",
        "event.amount >= LARGE",
        "event.amount >= LARGE && customer.counted_0 != 7",
    )?;
    Ok(project)
}

/// The project of fences and haunts.
pub(super) fn places() -> Result<Project, Failed> {
    Ok(Project::read(&root().join("tests/projects/places"))?)
}

/// A fence before all others, another circle, another dwell, and haunts under other names or of other hours.
pub(super) fn fences() -> Result<[(&'static str, Project); 3], Failed> {
    let (path, rules) = ("catalog/fences.toml", "catalog/features.toml");
    let mut more = places()?;
    let fence = "[fence.aaa]\ncircle = { lat = 39.91, lon = 116.41, radius = \"2km\" }\n";
    begin(&mut more, path, fence)?;
    let mut redrawn = places()?;
    change(&mut redrawn, path, "radius = \"1km\"", "radius = \"3km\"")?;
    change(&mut redrawn, path, "dwell  = \"30m\"", "dwell  = \"20m\"")?;
    let mut renamed = places()?;
    let anew = "[feature.desk]\nwas    = \"office\"";
    change(&mut renamed, rules, "[feature.office]", anew)?;
    change(
        &mut renamed,
        rules,
        "accuracy = 500",
        "accuracy = 500\nover = \"20d\"",
    )?;
    Ok([("more", more), ("redrawn", redrawn), ("renamed", renamed)])
}

/// What may become of a project that tells customers of storms: other places and another rate, another
/// tag of the city, and nobody told.
pub(super) fn rounds() -> Result<[(&'static str, Project); 3], Failed> {
    let storms = || crate::audience::project("7/s");
    let mut moved = crate::audience::project("11/s");
    begin(&mut moved, "catalog/entities.toml", "[entity.branch]\n")?;
    let (from, to) = (
        "city = \"ref:city\"",
        "level = \"int?\"\ncity = \"ref:city\"",
    );
    change(&mut moved, "catalog/events.toml", from, to)?;
    begin(
        &mut moved,
        "catalog/tags.toml",
        "[tag.branch]\ntype = \"ref:branch?\"\n",
    )?;
    let mut renamed = storms();
    change(&mut renamed, "", "storm", "danger")?;
    let mut silent = storms();
    change(
        &mut silent,
        "rules/service/warn",
        "context.weather",
        "channel.asked",
    )?;
    change(
        &mut silent,
        "rules/service/warn",
        "audience(\"home\", \"7/s\");",
        "",
    )?;
    let (from, to) = ("event.alert == \"red\"", "true");
    change(&mut silent, "rules/service/warn", from, to)?;
    Ok([("moved", moved), ("renamed", renamed), ("silent", silent)])
}

/// Panes of half an hour, with two conditions; habits; sessions.
fn stepped() -> Result<Project, Failed> {
    counted(&[
        "take = \"count\"\nover = \"12h\"\nstep = \"30m\"\nwhere = \"event.amount >= 300\"",
        "take = \"sum\"\nof = \"amount\"\nover = \"6h\"\nstep = \"30m\"\nwhere = \"event.amount >= 500\"",
        "take = \"zscore\"\nof = \"amount\"\nover = \"1d\"",
        "take = \"new\"\nof = \"device\"\nover = \"12h\"",
        "take = \"count\"\nwindow = \"session\"\ngap = \"2h\"",
    ])
}

/// Other panes of one condition, the conditions the other way round, and other takes.
fn restepped() -> Result<Project, Failed> {
    counted(&[
        "take = \"count\"\nover = \"6h\"\nstep = \"30m\"\nwhere = \"event.amount >= 500\"",
        "take = \"avg\"\nof = \"amount\"\nover = \"12h\"\nstep = \"30m\"\nwhere = \"event.amount >= 300\"\ndefault = 0",
        "take = \"count\"\nover = \"8h\"\nstep = \"1h\"",
        "take = \"stddev\"\nof = \"amount\"\nover = \"2d\"",
        "take = \"distinct\"\nof = \"device\"\nover = \"12h\"",
    ])
}
