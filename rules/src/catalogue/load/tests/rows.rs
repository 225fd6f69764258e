//! One row of `wrong.txt` for each thing that can be wrong with a project: a file that differs from a
//! good project, and the one finding it gives.

use crate::catalogue::load::{codes, load};
use crate::project::{Project, RULE_BYTES_MAX};
use std::collections::{BTreeMap, BTreeSet};

/// A project without a fault.
const GOOD: [(&str, &str); 8] = [
    (
        "catalog/entities.toml",
        "[entity.card]\nid = { pattern = \"^K[0-9]+$\" }\n[entity.terminal]\n",
    ),
    (
        "catalog/events.toml",
        "[event.\"transaction.payment\"]\n[event.\"transaction.payment\".data]\n\
         amount = { type = \"money\", currency = \"CNY\" }\ncard = \"ref:card\"\nfrom_card = \"ref:card?\"\n\
         terminal = \"ref:terminal\"\nshop = \"text\"\n\
         [event.\"channel.login\".data]\nshop = \"int\"\nterminal = \"ref:terminal\"\n\
         [event.\"location.fix\".data]\nlat = \"number?\"\nlon = \"number?\"\naccuracy = \"number?\"\ncard = \"ref:card?\"\n\
         [event.\"context.weather\".data]\nterminal = \"ref:terminal\"\n",
    ),
    (
        "catalog/features.toml",
        "[stream.payments]\non = \"transaction.payment\"\n[stream.both]\non = [\"transaction.payment\", \"channel.login\"]\n\
         [feature.payments_1h]\nstream = \"payments\"\nkey = \"terminal\"\ntake = \"count\"\nover = \"1h\"\n",
    ),
    (
        "catalog/lists.toml",
        "[list.good_cards]\nof = \"ref:card\"\n",
    ),
    ("catalog/channels.toml", "[channel.app]\n[channel.sms]\n"),
    (
        "catalog/offers.toml",
        "[offer.cover]\nkind = \"offer\"\npurpose = \"marketing\"\ngroup = \"insurance\"\nchannels = [\"app\"]\n",
    ),
    (
        "catalog/tags.toml",
        "[tag.birthday]\ntype = \"date?\"\n[tag.tier]\ntype = \"text?\"\n",
    ),
    ("rules/fraud/burst.rhai", ""),
];

fn with(file: &str, text: &[u8]) -> Project {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (path, text) in GOOD {
        // A file that is replaced may have declared what the others need: those stay out.
        let keep = match file {
            "catalog/events.toml" => path == "catalog/entities.toml" || path.starts_with("rules/"),
            _ => true,
        };
        if keep {
            files.insert(path.to_owned(), text.as_bytes().to_vec());
        }
    }
    files.insert(file.to_owned(), text.to_vec());
    Project::from_files(files)
}

fn judge(code: &str, line: u32, column: u32, file: &str, text: &str) -> Option<String> {
    let (_, findings) = load(&with(file, text.as_bytes()));
    let said: Vec<(&str, &str, u32, u32)> = findings
        .iter()
        .map(|f| (f.code, &*f.place.file, f.place.line, f.place.column))
        .collect();
    let bad_words = findings.iter().any(|f| {
        let fix = f
            .fix
            .as_ref()
            .is_none_or(|w| !w.en.is_empty() && !w.zh.is_empty());
        f.cause.en.is_empty() || f.cause.zh.is_empty() || !fix
    });
    let causes: Vec<&str> = findings.iter().map(|f| f.cause.en.as_str()).collect();
    (said != [(code, file, line, column)] || bad_words).then(|| {
        format!("{file}:\n{text}\nwanted {code} at {line}:{column}, got {said:?} {causes:?}")
    })
}

/// One row of `wrong.txt`.
struct Row<'a> {
    code: &'a str,
    line: u32,
    column: u32,
    file: &'a str,
    text: String,
}

fn rows() -> Vec<Row<'static>> {
    let mut rows: Vec<Row<'static>> = Vec::new();
    for line in include_str!("wrong.txt").split_inclusive('\n') {
        let Some(head) = line.strip_prefix("== ") else {
            if let Some(row) = rows.last_mut() {
                row.text.push_str(line);
            }
            continue;
        };
        let words: Vec<&str> = head.split_whitespace().collect();
        let (line, column) = words[2].split_once(':').unwrap();
        rows.push(Row {
            code: words[0],
            line: line.parse().unwrap(),
            column: column.parse().unwrap(),
            file: words[3],
            text: String::new(),
        });
    }
    rows
}

#[test]
fn the_good_project_gives_no_finding() {
    let (_, findings) = load(&Project::from_files(GOOD));
    assert!(findings.is_empty(), "{findings:?}");
}

#[test]
fn each_wrong_gives_its_one_finding_at_its_place() {
    let wrong: Vec<String> = rows()
        .iter()
        .filter_map(|row| judge(row.code, row.line, row.column, row.file, &row.text))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_code_has_a_row_and_is_used_once() {
    let rows: BTreeSet<&str> = rows().iter().map(|row| row.code).collect();
    let apart = [codes::TOO_LARGE];
    let missing: Vec<_> = codes::ALL
        .iter()
        .filter(|code| !rows.contains(*code) && !apart.contains(code))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    let all: BTreeSet<&str> = codes::ALL.into_iter().collect();
    assert_eq!(all.len(), codes::ALL.len());
}

#[test]
fn a_fence_that_nobody_can_enter_is_told() {
    let fence = "[fence.a]\ncircle = { lat = 1, lon = 1, radius = \"1km\" }\n";
    let events = "[event.\"channel.login\".data]\nlat = \"number?\"\n";
    let files = [
        ("catalog/events.toml", events),
        ("catalog/fences.toml", fence),
    ];
    let (_, findings) = load(&Project::from_files(files));
    let said: Vec<_> = findings.iter().map(|f| (f.code, f.place.line)).collect();
    assert_eq!(said, [(codes::NOT_LOCATED, 1)]);
}

#[test]
fn what_is_too_large_is_left_out() {
    let long = "/".repeat(RULE_BYTES_MAX + 1);
    assert_eq!(
        judge(codes::TOO_LARGE, 0, 0, "rules/fraud/long.rhai", &long),
        None
    );
    let just = "/".repeat(RULE_BYTES_MAX);
    let (_, findings) = load(&with("rules/fraud/long.rhai", just.as_bytes()));
    assert!(findings.is_empty(), "{findings:?}");
}

#[test]
fn what_is_not_utf8_is_told_with_its_place_and_read_all_the_same() {
    let project = with("catalog/tags.toml", b"[tag.a]\ntype = \"int?\"\n# \xff\n");
    let (c, findings) = load(&project);
    let said: Vec<_> = findings
        .iter()
        .map(|f| (f.code, f.place.line, f.place.column))
        .collect();
    assert_eq!(said, [(codes::NOT_UTF8, 3, 3)]);
    assert_eq!(c.tags.len(), 1);
}

#[test]
fn the_corrected_line_is_typed_out() {
    let rows = [
        (
            "catalog/tags.toml",
            "[tag.a]\ntype = \"int?\"\ntll = \"1d\" # soon\n",
            "ttl = \"1d\" # soon",
        ),
        (
            "catalog/events.toml",
            "[shape.s]\ncase = \"text?\"\n",
            "case_value = { type = \"text?\", json = \"case\" }",
        ),
        (
            "catalog/events.toml",
            "[shape.s]\ntype = { type = \"text?\", max = 9 }\n",
            "type_value = { type = \"text?\", max = 9, json = \"type\" }",
        ),
        (
            "catalog/tags.toml",
            "[tag.\"ａge\"]\ntype = \"int?\"\n",
            "[tag.age]",
        ),
        (
            "catalog/tags.toml",
            "[tag.a]\ntype = \"ref:crad?\"\n",
            "type = \"ref:card?\"",
        ),
        (
            "catalog/tags.toml",
            "[tag.a]\ntype ＝ \"int?\"，\n",
            "type = \"int?\",",
        ),
        (
            "catalog/tags.toml",
            "[tag.a]\ntype = \"int\"\n",
            "type = \"int?\"",
        ),
        (
            "catalog/events.toml",
            "[event.\"chanel.login\"]\n",
            "[event.\"channel.login\"]",
        ),
        (
            "catalog/events.toml",
            "[time]\nzone = \"Asia/Shangai\"\n",
            "zone = \"Asia/Shanghai\"",
        ),
    ];
    for (file, text, wanted) in rows {
        let (_, findings) = load(&with(file, text.as_bytes()));
        let said: Vec<_> = findings.iter().map(|f| f.corrected.as_deref()).collect();
        assert_eq!(said, [Some(wanted)], "{text}");
    }
}

/// Every good file cut at every place, and with every sign replaced: an answer, never a panic, and
/// always a catalogue.
#[test]
fn torn_files_give_findings_and_a_catalogue() {
    for (path, text) in GOOD {
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        for at in places {
            let (before, after) = text.split_at(at);
            let rest: String = after.chars().skip(1).collect();
            for torn in [
                before.to_owned(),
                format!("{before}\"{rest}"),
                format!("{before}[{rest}"),
                format!("{before}＝{rest}"),
                format!("{before}\n{rest}"),
            ] {
                let files = GOOD.map(|(p, t)| (p, if p == path { torn.as_str() } else { t }));
                let (c, findings) = load(&Project::from_files(files));
                assert!(c.event_named("outcome.shown").is_some());
                for finding in &findings {
                    assert!(!finding.place.file.is_empty(), "{finding:?}");
                }
            }
        }
    }
}
