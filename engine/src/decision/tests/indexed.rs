//! The index and native code only save time: a day decides alike with and without them.

use crate::engine::{Engine, Output, Settings};
use crate::shard::{Record, Show};
use crate::tally::{Depth, Tally};
use rules::compile::compile;
use rules::project::Project;
use std::path::Path;
use std::sync::Arc;

/// All that came of the sample day, and what was counted without looking into operands.
fn day(show: Show) -> (Output, String, Tally) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let project = Project::read(&root.join("rules/retail-bank")).unwrap();
    let book = Arc::new(compile(&project).0.unwrap());
    let settings = Settings {
        show: Show {
            records: true,
            columns: true,
            ..show
        },
        ..Settings::default()
    };
    let mut engine = Engine::new(book, &settings).unwrap();
    let text = std::fs::read_to_string(root.join("tests/samples/day.ndjson")).unwrap();
    let records = (1..).zip(text.lines()).map(|(line, text)| Record {
        line,
        bytes: text.as_bytes().to_vec(),
    });
    let mut all = Output::default();
    let mut take = |output: Output| {
        all.outcomes.extend(output.outcomes);
        all.refused.extend(output.refused);
    };
    take(engine.push(records.collect()).unwrap());
    take(engine.finish().unwrap());
    take(engine.drain().unwrap());
    let mut tally = engine.tally().unwrap();
    for rule in &mut tally.rules {
        rule.operands.clear();
    }
    let hash = engine.state_hash().unwrap().to_string();
    tally.depth = Depth::Whole;
    (all, hash, tally)
}

#[test]
fn a_day_decides_alike_by_the_index_by_all_rules_and_by_the_interpreter() {
    let indexed = day(Show::default());
    assert!(
        indexed
            .2
            .rules
            .iter()
            .any(|rule| rule.failed > 0 && rule.chosen > 0)
    );
    let all_rules = day(Show {
        depth: Depth::FirstFalse,
        ..Show::default()
    });
    assert_eq!(indexed, all_rules);
    let interpreted = day(Show {
        interpret: true,
        ..Show::default()
    });
    assert_eq!(indexed, interpreted);
}
