//! What should have come of a log: its inputs once more through an engine that nothing interrupts.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use engine::division::Division;
use engine::door::{OrderBy, Stand};
use engine::engine::{Engine, Settings};
use engine::journal::Entry;
use engine::log::codec::{Kinds, decode_all};
use engine::log::{Disk, Files, Frame, Log, Options, Section, StoreId, View, verify};
use engine::outcome::What;
use engine::plan::Plan;
use engine::shard::{Record, Show};
use kit::{Claimed, Failed};
use rules::project::Project;
use serde_json::Value;

/// What a log says, and what its inputs say.
pub(crate) struct Oracle {
    /// The state's hash by the changes that were recorded, and by the inputs run anew.
    pub(crate) hashes: [String; 2],
    /// Actions of the run, by id: the line of each.
    pub(crate) actions: BTreeMap<String, String>,
    /// Inputs by event id: how often each is in the log.
    pub(crate) inputs: BTreeMap<String, usize>,
    /// How many inputs the run decided about: another division decides about the others.
    pub(crate) own: usize,
}

impl Oracle {
    /// Reads a store that nobody writes to.
    pub(crate) fn of(data: &Path) -> Result<Self, Failed> {
        Self::of_all(&[data])
    }

    /// Reads copies of one store, of which each begins where the one before is known no further.
    pub(crate) fn of_all(copies: &[&Path]) -> Result<Self, Failed> {
        Self::of_division(copies, None)
    }

    /// The same of a node that decides about these customers alone.
    pub(crate) fn of_division(
        copies: &[&Path],
        division: Option<Division>,
    ) -> Result<Self, Failed> {
        let files: Arc<dyn Files> = Arc::new(Disk);
        let data = copies.first().ok_or("no store")?;
        let project = Project::read(&kit::root().join("rules/retail-bank"))?;
        let book = Arc::new(rules::compile::compile(&project).0.ok_or("no book")?);
        let settings = settings(division);
        let engine = || Engine::new(Arc::clone(&book), &settings);
        let (mut recorded, mut run) = (engine()?, engine()?);
        let (mut log, _) = Log::open(files, data, &Options::new(StoreId([0; 16]), ""))?;
        let kinds = Kinds::of_book(&mut log, &book, &Plan::build(&book, false)?);
        let view = log.view();
        let (mut clock, mut actions, mut inputs) = (None, BTreeMap::new(), BTreeMap::new());
        let mut own = 0;
        let frames = frames(view, copies)?;
        let durable = frames.last().map_or(0, Frame::last_seq);
        for frame in frames {
            clock = Some(frame.door());
            for section in [Section::Changes, Section::Shared] {
                for item in frame.items(section) {
                    let bytes = item.payload.ok_or("erased")?;
                    recorded.restore(decode_all::<Entry>(&kinds, bytes)?)?;
                }
            }
            let mut records = Vec::new();
            for (line, input) in (1..).zip(frame.inputs()) {
                let bytes = input.payload.unwrap_or_default().to_vec();
                let event: Value = serde_json::from_slice(&bytes)?;
                *inputs.entry(text(&event, "/id")).or_insert(0) += 1;
                records.push(Record { line, bytes });
            }
            // A tick is one, whatever is due before it; a restart ticks once for what it may have found pending.
            let output = if records.is_empty() {
                run.pulse(frame.door())?
            } else {
                run.push_live(records, frame.door())?
            };
            if run.stand().seq != frame.last_seq() {
                let (seq, last) = (run.stand().seq, frame.last_seq());
                return Err(format!("the run is at {seq}, the log at {last}").into());
            }
            for outcome in &output.outcomes {
                let is_own = outcome.line.is_some() && outcome.what != What::Elsewhere;
                own += usize::from(is_own);
                let What::Settled(settled) = &outcome.what else {
                    continue;
                };
                for action in settled.actions.iter().chain(&settled.withdrawn) {
                    actions.insert(action.id.to_string(), action.to_json());
                }
            }
        }
        recorded.restored(Stand {
            seq: durable,
            clock,
            last_tick: clock.unwrap_or(0),
        })?;
        let (recorded, run) = (recorded.state_hash()?, run.state_hash()?);
        Ok(Self {
            hashes: [recorded, run].map(|hash| hash.to_string()),
            actions,
            inputs,
            own,
        })
    }

    /// The changes that were recorded make the state that the inputs make when nothing interrupts them.
    pub(crate) fn expect_state(&self) -> Claimed {
        let [recorded, run] = &self.hashes;
        if recorded == run {
            return Ok(());
        }
        Err(format!("recorded {recorded}, run anew {run}").into())
    }

    /// The same, and these events are in the log once each.
    pub(crate) fn expect_inputs(&self, expected: &[String]) -> Claimed {
        self.expect_state()?;
        let lost: Vec<&String> = expected
            .iter()
            .filter(|id| !self.inputs.contains_key(*id))
            .collect();
        let twice: Vec<_> = self
            .inputs
            .iter()
            .filter(|(_, count)| **count > 1)
            .collect();
        if lost.is_empty() && twice.is_empty() && self.inputs.len() == expected.len() {
            return Ok(());
        }
        let count = self.inputs.len();
        Err(format!(
            "{count} inputs of {}; lost {lost:?}, twice {twice:?}",
            expected.len()
        )
        .into())
    }

    /// These lines are the run's actions, each once.
    pub(crate) fn expect_actions(&self, lines: &[String]) -> Claimed {
        let mut told: BTreeMap<String, usize> = BTreeMap::new();
        for line in lines {
            let action: Value = serde_json::from_str(line)?;
            let id = text(&action, "/id");
            if self.actions.get(&id) != Some(line) {
                return Err(format!("not an action of the run: {line}").into());
            }
            *told.entry(id).or_insert(0) += 1;
        }
        let lost: Vec<&String> = self
            .actions
            .keys()
            .filter(|id| !told.contains_key(*id))
            .collect();
        let twice: Vec<_> = told.iter().filter(|(_, count)| **count > 1).collect();
        if lost.is_empty() && twice.is_empty() {
            return Ok(());
        }
        Err(format!(
            "{} actions; lost {lost:?}, twice {twice:?}",
            self.actions.len()
        )
        .into())
    }
}

fn settings(division: Option<Division>) -> Settings {
    Settings {
        shards: 3,
        order: OrderBy::Arrival,
        division,
        show: Show {
            records: true,
            ..Show::default()
        },
        ..Settings::default()
    }
}

pub(crate) fn text(value: &Value, pointer: &str) -> String {
    let text = value.pointer(pointer).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

/// The batches of these copies, each once. `view` is of the first.
fn frames(view: View, copies: &[&Path]) -> Result<Vec<Frame>, Failed> {
    let files: Arc<dyn Files> = Arc::new(Disk);
    for data in copies {
        if let Some(problem) = verify(&files, data)?.problems.first() {
            return Err(format!("not sound: {problem:?}").into());
        }
    }
    let mut views = vec![view];
    for data in copies.iter().skip(1) {
        views.push(View::open(Arc::clone(&files), data)?);
    }
    let mut frames = Vec::new();
    for (at, view) in views.iter().enumerate() {
        let end = views.get(at + 1).map_or(u64::MAX, View::first_seq);
        for frame in view.frames_since(view.first_seq().saturating_sub(1))? {
            let frame = frame?;
            if frame.last_seq() < end {
                frames.push(frame);
            }
        }
    }
    Ok(frames)
}
