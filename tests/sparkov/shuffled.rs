//! The same stream in disorder, and which of its records something overtook.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use kit::{Claimed, Failed, Seed, TempDir, Trial, claim};
use serde_json::Value;

/// A disorder: how far records may be moved, in words of the catalogue and as a prefix of a time.
#[derive(Clone, Copy)]
pub(super) struct Block {
    lateness: &'static str,
    /// Times with this many equal first characters are in one block.
    prefix: usize,
}

pub(super) const TEN_MINUTES: Block = Block {
    lateness: "10m",
    prefix: "2019-01-01T00:0".len(),
};
pub(super) const ONE_HOUR: Block = Block {
    lateness: "1h",
    prefix: "2019-01-01T00".len(),
};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        claim(
            "sparkov::a_shuffle_keeps_equal_times_in_order",
            a_shuffle_keeps_equal_times_in_order,
        ),
        claim(
            "sparkov::only_what_an_earlier_record_follows_is_overtaken",
            overtaken_is_exact,
        ),
        claim("sparkov::lateness_is_set_and_nothing_else", lateness_is_set),
    ]
}

/// One record of the stream.
#[derive(Debug, Clone)]
pub(super) struct Line {
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
pub(super) struct Shuffled {
    pub(super) lines: Vec<Line>,
    pub(super) events: PathBuf,
    pub(super) project: PathBuf,
    _folder: TempDir,
}

impl Shuffled {
    pub(super) fn new(sorted: &Path, project: &Path, block: Block) -> Result<Self, Failed> {
        let text = kit::read(sorted)?;
        let lines: Vec<Line> = text.lines().map(Line::read).collect::<Result<_, _>>()?;
        let lines = shuffled(lines, block.prefix);
        let folder = kit::temp_dir("shuffled")?;
        let (events, copy) = (folder.join("events.ndjson"), folder.join("project"));
        let text: String = lines.iter().flat_map(|line| [&line.text, "\n"]).collect();
        kit::write(&events, text)?;
        kit::copy_tree(project, &copy)?;
        let catalogue = copy.join("catalog/events.toml");
        kit::write(
            &catalogue,
            with_lateness(&kit::read(&catalogue)?, block.lateness),
        )?;
        Ok(Self {
            lines,
            events,
            project: copy,
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
pub(super) fn overtaken(lines: &[Line]) -> BTreeSet<&str> {
    let mut earliest: BTreeMap<&str, &str> = BTreeMap::new();
    let mut overtaken = BTreeSet::new();
    for line in lines.iter().rev() {
        for key in [&*line.customer, &*line.terminal] {
            let time = earliest.entry(key).or_insert(&line.time);
            if *time < &*line.time {
                overtaken.insert(&*line.id);
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

fn overtaken_is_exact() -> Claimed {
    let line = |(id, customer, terminal, time): (&str, &str, &str, &str)| Line {
        text: String::new(),
        id: id.to_owned(),
        customer: customer.to_owned(),
        terminal: terminal.to_owned(),
        time: time.to_owned(),
    };
    let lines = [
        ("by-customer", "c1", "t1", "12"),
        ("by-terminal", "c2", "t2", "13"),
        ("by-neither", "c3", "t3", "19"),
        ("equal-time", "c4", "t4", "11"),
        ("late-itself", "c1", "t2", "10"),
        ("later", "c4", "t5", "11"),
    ]
    .map(line);
    let got: Vec<&str> = overtaken(&lines).into_iter().collect();
    if got == ["by-customer", "by-terminal"] {
        Ok(())
    } else {
        Err(format!("{got:?}").into())
    }
}

fn lateness_is_set() -> Claimed {
    let cases = [
        (
            "[time]\nzone = \"UTC\"\nlateness   = \"5s\"\n\n[x]\nlateness = \"1s\"\n",
            "[time]\nlateness = \"1h\"\nzone = \"UTC\"\n\n[x]\nlateness = \"1s\"\n",
        ),
        ("[x]\na = 1\n", "[x]\na = 1\n[time]\nlateness = \"1h\"\n"),
    ];
    for (text, expected) in cases {
        let got = with_lateness(text, "1h");
        if got != expected {
            return Err(format!("{got:?}, expected {expected:?}").into());
        }
    }
    Ok(())
}
