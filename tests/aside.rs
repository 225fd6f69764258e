//! Asking changes nothing: what would be decided is what then is decided, and neither that question
//! nor a look at a customer leaves a trace.

use engine::engine::{Engine, Output, Settings};
use engine::outcome::{Outcome, What};
use engine::shard::{Record, Show};
use kit::{Claimed, Failed, Trial, claim};
use rules::book::Book;
use rules::project::Project;
use rules::value::Text;
use std::path::Path;
use std::sync::Arc;

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        claim("aside::a_trial_of_the_sample_day_leaves_no_trace", || {
            let events = kit::read(&kit::root().join("tests/samples/day.ndjson"))?;
            no_trace("rules/retail-bank", &events, true)
        }),
        claim("aside::a_trial_of_windows_leaves_no_trace", || {
            no_trace(
                "tests/projects/windows",
                &crate::windows::made_lines(11)?,
                false,
            )
        }),
        claim("aside::a_trial_of_what_all_share_leaves_no_trace", || {
            no_trace(
                "tests/projects/language",
                &crate::restart::terminals(),
                true,
            )
        }),
    ]
}

fn engine(book: &Arc<Book>, shards: usize) -> Result<Engine, Failed> {
    let settings = Settings {
        shards,
        show: Show {
            records: true,
            journal: true,
            ..Show::default()
        },
        ..Settings::default()
    };
    Ok(Engine::new(Arc::clone(book), &settings)?)
}

/// One event of so many is tried before it is taken: a state hash reads all there is.
const APART: usize = 19;
/// Events of a file that are taken.
const EVENTS: usize = 600;

/// A record, its customer and its time.
struct Line {
    record: Record,
    customer: Text,
    time: i64,
}

fn lines(events: &str) -> Result<Vec<Line>, Failed> {
    let mut lines = Vec::new();
    for text in events.lines().take(EVENTS) {
        let event: serde_json::Value = serde_json::from_str(text)?;
        let customer = event.get("customer").and_then(serde_json::Value::as_str);
        lines.push(Line {
            record: Record {
                line: 1,
                bytes: text.as_bytes().to_vec(),
            },
            customer: customer.unwrap_or_default().into(),
            time: engine::decode::peek_time(text.as_bytes()).unwrap_or(0),
        });
    }
    Ok(lines)
}

/// What came of the record itself.
fn own(output: &Output) -> Vec<&Outcome> {
    let outcomes = output.outcomes.iter();
    outcomes.filter(|o| o.line.is_some()).collect()
}

fn acts(output: &Output) -> bool {
    let mut own = own(output).into_iter();
    own.any(|o| matches!(&o.what, What::Settled(s) if !s.actions.is_empty()))
}

fn no_trace(project: &str, events: &str, acting: bool) -> Claimed {
    let project = Project::read(&kit::root().join(Path::new(project)))?;
    let (book, findings) = rules::compile::compile(&project);
    let book = book.ok_or_else(|| format!("the project does not compile: {findings:?}"))?;
    let book = Arc::new(book);
    let lines = lines(events)?;
    for shards in [1, 3] {
        let (mut asked, mut plain) = (engine(&book, shards)?, engine(&book, shards)?);
        let (mut now, mut acted) = (i64::MIN, false);
        for (nth, line) in lines.iter().enumerate() {
            now = now.max(line.time);
            let tried = match nth % APART {
                0 => Some(ask(&mut asked, line, now)?),
                _ => None,
            };
            plain.push_live(vec![line.record.clone()], now)?;
            let pushed = asked.push_live(vec![line.record.clone()], now)?;
            if let Some(tried) = tried {
                acted |= acts(&tried);
                if own(&tried) != own(&pushed) || tried.refused != pushed.refused {
                    return Err(format!("{tried:?}, and then {pushed:?}").into());
                }
            }
            plain.tick_live(now)?;
            asked.tick_live(now)?;
        }
        if asked.state_hash()? != plain.state_hash()? {
            return Err(format!("{shards} shards: another state at the end").into());
        }
        if asked.tally()? != plain.tally()? || asked.stand() != plain.stand() {
            return Err(format!("{shards} shards: other counters at the end").into());
        }
        if acting && !acted {
            return Err("no trial had an action: nothing is shown".into());
        }
    }
    Ok(())
}

/// Tries a record, twice, and looks at its customer.
fn ask(engine: &mut Engine, line: &Line, now: i64) -> Result<Output, Failed> {
    let before = (engine.state_hash()?, engine.stand(), engine.size()?);
    let tried = engine.try_live(line.record.clone(), now)?;
    engine.look(&line.customer, now)?;
    if engine.try_live(line.record.clone(), now)? != tried {
        return Err(format!("the second trial of {:?} says something else", line.record).into());
    }
    if (engine.state_hash()?, engine.stand(), engine.size()?) != before {
        return Err(format!("a trial of {:?} left a trace", line.record).into());
    }
    Ok(tried)
}
