//! Who does the work changes nothing: few records are worked on by the thread that pushes them, many by
//! the shards' own threads, and both come to the same outcomes, changes and state.

use engine::engine::{Engine, Output, Settings};
use engine::shard::{Record, Show};
use kit::{Claimed, Failed, Trial, claim};
use rules::book::Book;
use rules::interpreter::STACK_BYTES;
use rules::project::Project;
use std::path::Path;
use std::sync::Arc;

/// Records of one push, by turns: below the bound, at it, and above.
const PUSHES: [usize; 6] = [1, 7, 8, 9, 2, 40];
/// The bound.
const INLINE: usize = 8;

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        claim(
            "inline::the_sample_day_is_the_same_whoever_works_on_it",
            || {
                let events = kit::read(&kit::root().join("tests/samples/day.ndjson"))?;
                same("rules/retail-bank", &events)
            },
        ),
        claim(
            "inline::what_all_share_is_the_same_whoever_works_on_it",
            || same("tests/projects/language", &crate::restart::terminals()),
        ),
    ]
}

fn same(project: &str, events: &str) -> Claimed {
    let project = Project::read(&kit::root().join(Path::new(project)))?;
    let book = Arc::new(rules::compile::compile(&project).0.ok_or("no book")?);
    let records = (1..).zip(events.lines()).map(|(line, text)| Record {
        line,
        bytes: text.as_bytes().to_vec(),
    });
    let records: Vec<Record> = records.collect();
    // Scripts run on the stack of whoever pushes.
    let work = move || -> Result<(), String> {
        for shards in [1, 3] {
            let said = |e: Failed| e.message().unwrap_or("no words").to_owned();
            let by_shards = run(&book, &records, shards, 0).map_err(said)?;
            let by_both = run(&book, &records, shards, INLINE).map_err(said)?;
            if by_shards.0.iter().all(|o| o.entries.is_empty()) {
                return Err("nothing changed: nothing is shown".to_owned());
            }
            if by_shards != by_both {
                return Err(format!("{shards} shards: the two differ"));
            }
        }
        Ok(())
    };
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
    let thread = thread.spawn(work)?;
    Ok(thread.join().map_err(|_| "the thread broke down")??)
}

type Came = (Vec<Output>, String);

fn run(book: &Arc<Book>, records: &[Record], shards: usize, inline: usize) -> Result<Came, Failed> {
    let settings = Settings {
        shards,
        inline,
        show: Show {
            records: true,
            journal: true,
            ..Show::default()
        },
        ..Settings::default()
    };
    let mut engine = Engine::new(Arc::clone(book), &settings)?;
    let mut came = Vec::new();
    let mut rest = records;
    for count in PUSHES.into_iter().cycle() {
        let (some, behind) = rest.split_at(count.min(rest.len()));
        rest = behind;
        came.push(engine.push(some.to_vec())?);
        if rest.is_empty() {
            break;
        }
    }
    came.push(engine.finish()?);
    came.push(engine.drain()?);
    Ok((came, engine.state_hash()?.to_string()))
}
