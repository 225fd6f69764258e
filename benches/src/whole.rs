//! Events through the engine with the rules in it: bytes in, outcomes out, one shard.

use crate::capture::records;
use crate::clock;
use crate::rivals::Fires;
use crate::traffic::Line;
use crate::workload::book_of;
use engine::engine::{Engine, Ready, Settings};
use engine::outcome::{Outcome, What};
use engine::plan::Plan;
use engine::shard::Show;
use rules::book::Book;
use rules::project::Project;
use std::sync::Arc;

/// What a run of the engine took, and what fired in it.
#[derive(Debug)]
pub struct Run {
    /// Events measured.
    pub events: usize,
    /// CPU time of the process for them, ns: all threads.
    pub cpu_ns: u64,
    /// Which rules fired on which of them.
    pub fires: Fires,
}

impl Run {
    /// CPU time per event, ns.
    #[must_use]
    pub fn ns_per_event(&self) -> u64 {
        self.cpu_ns / (self.events.max(1) as u64)
    }
}

/// Fills the state with the lines before the last `measured`, and measures those; with conditions
/// interpreted, or as the product does.
///
/// # Errors
/// The engine cannot run, or refused a line: said as text.
pub fn run(
    book: &Arc<Book>,
    lines: &[Line],
    measured: usize,
    interpret: bool,
) -> Result<Run, String> {
    let (before, behind) = lines.split_at(lines.len().saturating_sub(measured));
    let settings = Settings {
        show: Show {
            interpret,
            ..Show::default()
        },
        ..Settings::default()
    };
    let mut engine = Engine::new(Arc::clone(book), &settings).map_err(|e| e.to_string())?;
    // The sampled events come as history here: their windows matter, what they would fire does not.
    for chunk in before.chunks(settings.batch) {
        let history: Vec<Line> = chunk.iter().map(Line::recorded).collect();
        engine.push(records(&history)).map_err(|e| e.to_string())?;
    }
    engine.finish().map_err(|e| e.to_string())?;
    let mut outcomes = Vec::new();
    let mut cpu_ns = 0;
    let first = behind.first().map_or(0, |line| line.id);
    let mut chunks = behind.chunks(settings.batch);
    let mut open = true;
    while open {
        let records = chunks.next().map(records);
        open = records.is_some();
        let start = clock::process_ns();
        let output = match records {
            Some(records) => engine.push(records),
            None => engine.finish(),
        };
        cpu_ns += clock::process_ns().saturating_sub(start);
        let mut output = output.map_err(|e| e.to_string())?;
        if let Some(refused) = output.refused.first() {
            return Err(format!("line {}: {:?}", refused.line, refused.reject));
        }
        outcomes.append(&mut output.outcomes);
    }
    Ok(Run {
        events: behind.len(),
        cpu_ns,
        fires: fires(book, &outcomes, first)?,
    })
}

/// CPU time of the process for taking up a book in place of another of the same rules, ns: so long do events
/// wait. What can be made ready is made before, and what is retired is dropped behind, as a running node does.
///
/// # Errors
/// The project does not compile, or the engine cannot run: said as text.
pub fn exchange(book: &Arc<Book>, project: &Project) -> Result<u64, String> {
    let mut engine = Engine::new(Arc::clone(book), &Settings::default());
    let engine = engine.as_mut().map_err(|e| e.to_string())?;
    let next = Arc::new(book_of(project)?);
    let plan = Arc::new(Plan::build(&next, false).map_err(|e| e.to_string())?);
    let former = Plan::build(book, false).map_err(|e| e.to_string())?;
    let ready = Ready::of((book, &former), (&next, &plan), 1);
    // The first answer of a thread comes when it has started, and a node looks at its counters each second.
    engine.tally().map_err(|e| e.to_string())?;
    let start = clock::process_ns();
    let exchanged = engine.exchange(&next, &plan, ready, 1);
    // A node looks at its counters before it goes on.
    let counted = engine.tally();
    let took = clock::process_ns().saturating_sub(start);
    exchanged
        .and(counted)
        .map_err(|e| e.to_string())
        .map(|_| took)
}

/// What fired in these outcomes of the lines from `first` on: every rule whose condition held has a word in
/// the decision, chosen or refused.
///
/// # Errors
/// A decision names a rule that the book has not.
pub fn fires(book: &Book, outcomes: &[Outcome], first: u64) -> Result<Fires, String> {
    let mut fires = Fires::new();
    for outcome in outcomes {
        let (Some(line), What::Settled(settled)) = (outcome.line, &outcome.what) else {
            continue;
        };
        let Some(decision) = &settled.decision else {
            continue;
        };
        let at = u32::try_from(line.saturating_sub(first + 1)).unwrap_or(u32::MAX);
        let chosen = decision.chosen.iter().map(|chosen| &chosen.rule);
        let refused = decision.refused.iter().map(|refused| &refused.rule);
        for rule in chosen.chain(refused) {
            let (ix, _) = book.rule_named(rule).ok_or("a decision names no rule")?;
            fires.push((at, ix.0));
        }
    }
    fires.sort_unstable();
    fires.dedup();
    Ok(fires)
}
