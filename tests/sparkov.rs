//! 52,495 card purchases, and the exact answer to each.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use kit::{Claimed, Failed, Replayed, Seed, Table, TempDir, Trial, claim, claim_on_shared, replay};
use serde_json::Value;

/// A disorder: how far records may be moved, in words of the catalogue and as a prefix of a time.
#[derive(Clone, Copy)]
struct Block {
    lateness: &'static str,
    /// Times with this many equal first characters are in one block.
    prefix: usize,
}

const TEN_MINUTES: Block = Block {
    lateness: "10m",
    prefix: "2019-01-01T00:0".len(),
};
const ONE_HOUR: Block = Block {
    lateness: "1h",
    prefix: "2019-01-01T00".len(),
};

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        claim(
            "sparkov::a_shuffle_keeps_equal_times_in_order",
            a_shuffle_keeps_equal_times_in_order,
        ),
        claim_on_shared("sparkov::every_row_is_exact", every_row_is_exact),
        claim_on_shared(
            "sparkov::shards_and_batches_change_no_byte",
            shards_and_batches_change_no_byte,
        ),
    ];
    for block in [TEN_MINUTES, ONE_HOUR] {
        trials.push(claim_on_shared(
            format!("sparkov::shuffled_within_{block}_and_sorted_again_every_row_is_exact"),
            move |shared| event_time(shared, block),
        ));
        trials.push(claim_on_shared(
            format!(
                "sparkov::shuffled_within_{block}_and_taken_as_it_arrives_the_state_is_the_same"
            ),
            move |shared| arrival(shared, block),
        ));
    }
    trials
}

fn every_row_is_exact(shared: &Path) -> Claimed {
    let run = replay(&events(shared), &project(), &[])?;
    no_rejects(&run)?;
    equal(&run.features, &expected(shared)?)
}

fn shards_and_batches_change_no_byte(shared: &Path) -> Claimed {
    let expected = expected(shared)?;
    let mut first: Option<String> = None;
    for shards in ["1", "2", "3", "8"] {
        for batch in ["1", "64", "1024"] {
            let further = ["--shards", shards, "--batch", batch, "--state-hash"];
            let run = replay(&events(shared), &project(), &further)?;
            let of = |failed: Failed| {
                let what = failed.message().unwrap_or("").to_owned();
                Failed::from(format!("{shards} shards, batches of {batch}: {what}"))
            };
            equal(&run.features, &expected).map_err(of)?;
            let hash = run.state_hash().map_err(of)?;
            let reference = first.get_or_insert_with(|| hash.clone());
            if *reference != hash {
                return Err(of(
                    format!("state hash {hash}, with one shard {reference}").into()
                ));
            }
        }
    }
    Ok(())
}

fn event_time(shared: &Path, block: Block) -> Claimed {
    let shuffled = Shuffled::new(shared, block)?;
    let run = replay(
        &shuffled.events,
        &shuffled.project,
        &["--order", "event_time"],
    )?;
    no_rejects(&run)?;
    let rows = equal_rows(&run.features, &expected(shared)?, |_| true)?;
    if rows == shuffled.lines.len() {
        Ok(())
    } else {
        Err(format!("{rows} rows compared").into())
    }
}

fn arrival(shared: &Path, block: Block) -> Claimed {
    let shuffled = Shuffled::new(shared, block)?;
    let hashed = ["--order", "arrival", "--state-hash"];
    let sorted = replay(&events(shared), &shuffled.project, &hashed)?;
    let run = replay(&shuffled.events, &shuffled.project, &hashed)?;
    no_rejects(&run)?;
    let (hash, of_sorted) = (run.state_hash()?, sorted.state_hash()?);
    if hash != of_sorted {
        return Err(format!("state hash {hash}, of the sorted stream {of_sorted}").into());
    }
    let overtaken = overtaken(&shuffled.lines);
    let rows = equal_rows(&run.features, &expected(shared)?, |id| {
        !overtaken.contains_key(id)
    })?;
    // Both kinds must be there, else this has shown nothing.
    if overtaken.is_empty() || rows + overtaken.len() != shuffled.lines.len() {
        return Err(format!("{rows} rows compared, {} overtaken", overtaken.len()).into());
    }
    Ok(())
}

fn events(shared: &Path) -> PathBuf {
    shared.join("data/sparkov/events.ndjson")
}

fn expected(shared: &Path) -> Result<String, Failed> {
    kit::read(&shared.join("data/sparkov/expected_features.csv"))
}

fn project() -> PathBuf {
    kit::root().join("tests/projects/sparkov")
}

fn no_rejects(run: &Replayed) -> Claimed {
    match run.rejects.first() {
        None => Ok(()),
        Some(first) => Err(format!("{} rejects, the first {first:?}", run.rejects.len()).into()),
    }
}

fn equal(got: &str, expected: &str) -> Claimed {
    kit::first_difference(got, expected).map_or(Ok(()), |difference| Err(difference.into()))
}

/// Compares the rows of these events, whatever their order; says how many there were.
fn equal_rows(got: &str, expected: &str, counts: impl Fn(&str) -> bool) -> Result<usize, Failed> {
    let (got, expected) = (Table::parse(got)?, Table::parse(expected)?);
    if got.header != expected.header {
        return Err(format!(
            "the header is {:?}, expected {:?}",
            got.header, expected.header
        )
        .into());
    }
    if got.rows.len() != expected.rows.len() {
        return Err(format!("{} rows, expected {}", got.rows.len(), expected.rows.len()).into());
    }
    let by_id: BTreeMap<&str, &Vec<String>> = got.ids().zip(&got.rows).collect();
    let (mut compared, mut wrong) = (0, Vec::new());
    for (id, row) in expected
        .ids()
        .zip(&expected.rows)
        .filter(|(id, _)| counts(id))
    {
        compared += 1;
        match by_id.get(id) {
            Some(found) if *found == row => {}
            found => wrong.push(format!("{id}\n  got      {found:?}\n  expected {row:?}")),
        }
    }
    match wrong.first() {
        None => Ok(compared),
        Some(first) => Err(format!("{} rows differ, the first {first}", wrong.len()).into()),
    }
}

/// One record of the stream.
#[derive(Debug, Clone)]
struct Line {
    text: String,
    id: String,
    customer: String,
    terminal: String,
    /// RFC 3339 in UTC with whole seconds: its text sorts as the time does.
    time: String,
}

impl Line {
    fn read(text: &str) -> Result<Self, Failed> {
        let event: Value = serde_json::from_str(text)?;
        let member = |pointer: &str| {
            let value = event.pointer(pointer).and_then(Value::as_str);
            value
                .map(str::to_owned)
                .ok_or_else(|| format!("no `{pointer}` in {text}"))
        };
        Ok(Self {
            text: text.to_owned(),
            id: member("/id")?,
            customer: member("/customer")?,
            terminal: member("/data/terminal")?,
            time: member("/time")?,
        })
    }
}

/// The stream in disorder, and a project that is patient enough for it.
struct Shuffled {
    lines: Vec<Line>,
    events: PathBuf,
    project: PathBuf,
    _folder: TempDir,
}

impl Shuffled {
    fn new(shared: &Path, block: Block) -> Result<Self, Failed> {
        let text = kit::read(&events(shared))?;
        let lines: Vec<Line> = text.lines().map(Line::read).collect::<Result<_, _>>()?;
        let lines = shuffled(lines, block.prefix);
        let folder = kit::temp_dir("shuffled")?;
        let (events, project) = (folder.join("events.ndjson"), folder.join("project"));
        let text: String = lines.iter().flat_map(|line| [&line.text, "\n"]).collect();
        kit::write(&events, text)?;
        kit::copy_tree(&self::project(), &project)?;
        let catalogue = project.join("catalog/events.toml");
        kit::write(
            &catalogue,
            with_lateness(&kit::read(&catalogue)?, block.lateness),
        )?;
        Ok(Self {
            lines,
            events,
            project,
            _folder: folder,
        })
    }
}

impl fmt::Display for Block {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.lateness)
    }
}

/// Shuffles within each block; records of one instant keep their order, which is their arrival.
fn shuffled(lines: Vec<Line>, prefix: usize) -> Vec<Line> {
    let mut seed = Seed::new(7);
    let mut out = Vec::with_capacity(lines.len());
    for block in lines.chunk_by(|a, b| a.time.get(..prefix) == b.time.get(..prefix)) {
        let mut order: Vec<usize> = (0..block.len()).collect();
        seed.shuffle(&mut order);
        // Each place says which instant stands there; who of that instant is as before.
        let mut waiting: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
        for line in block.iter().rev() {
            waiting.entry(&line.time).or_default().push(line);
        }
        let times = order
            .iter()
            .filter_map(|&index| block.get(index))
            .map(|line| &*line.time);
        out.extend(
            times
                .filter_map(|time| waiting.get_mut(time)?.pop())
                .cloned(),
        );
    }
    out
}

/// The records that a later arrival of the same customer or terminal belongs before.
fn overtaken(lines: &[Line]) -> BTreeMap<&str, ()> {
    let mut earliest: BTreeMap<&str, &str> = BTreeMap::new();
    let mut overtaken = BTreeMap::new();
    for line in lines.iter().rev() {
        for key in [&*line.customer, &*line.terminal] {
            let time = earliest.entry(key).or_insert(&line.time);
            if *time < &*line.time {
                overtaken.insert(&*line.id, ());
            }
            *time = (*time).min(&line.time);
        }
    }
    overtaken
}

/// The same catalogue file with this lateness under `[time]`.
fn with_lateness(text: &str, lateness: &str) -> String {
    let said = format!("lateness = \"{lateness}\"");
    let (mut out, mut section, mut told) = (Vec::new(), "", false);
    for line in text.lines() {
        let bare = line.trim();
        if bare.starts_with('[') {
            section = bare;
        }
        let own = section == "[time]" && bare.split(['=', ' ']).next() == Some("lateness");
        if !own {
            out.push(line);
        }
        if bare == "[time]" {
            out.push(&said);
            told = true;
        }
    }
    if !told {
        out.extend(["[time]", &said]);
    }
    out.join("\n") + "\n"
}

fn a_shuffle_keeps_equal_times_in_order() -> Claimed {
    let line = |index: usize| Line {
        text: String::new(),
        id: format!("{index:02}"),
        customer: String::new(),
        terminal: String::new(),
        time: format!("2019-01-01T00:{:02}:00Z", index / 3),
    };
    let lines: Vec<Line> = (0..90).map(line).collect();
    let out = shuffled(lines.clone(), TEN_MINUTES.prefix);
    let ids = |lines: &[Line]| lines.iter().map(|line| line.id.clone()).collect::<Vec<_>>();
    if ids(&out) == ids(&lines) {
        return Err("nothing was moved".into());
    }
    let blocks = |lines: &[Line]| {
        lines
            .iter()
            .filter_map(|line| line.time.get(..TEN_MINUTES.prefix).map(str::to_owned))
            .collect::<Vec<_>>()
    };
    if blocks(&out) != blocks(&lines) {
        return Err("a record left its block".into());
    }
    // A stable sort by time undoes the shuffle exactly when equal times kept their order.
    let mut again = out;
    again.sort_by(|a, b| a.time.cmp(&b.time));
    if ids(&again) == ids(&lines) {
        Ok(())
    } else {
        Err(format!("{:?}", ids(&again)).into())
    }
}
