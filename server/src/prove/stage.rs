//! One run of a case on an engine of its own.

use super::moment::Moment;
use super::words::{at_text, event_words};
use engine::change::Change;
use engine::engine::{Engine, Output, Settings};
use engine::outcome::{Outcome, Settled, What};
use engine::shard::{Record, Show};
use engine::tally::{Depth, RuleTally};
use rules::book::Book;
use rules::cases::compare::{Seen, answers};
use rules::cases::model::{Answered, CaseFile, FactRow, Run, Sent};
use rules::finding::Words;
use rules::layout::Slot;
use rules::value::{Text, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What happened in a run.
#[derive(Default)]
pub(super) struct Played {
    /// Actions, in order.
    pub(super) actions: Vec<Seen>,
    /// Refusals, in order.
    pub(super) refusals: Vec<Seen>,
    /// What should not happen in a case: events not taken, rules that could not be evaluated.
    pub(super) problems: Vec<Words>,
    /// Facts that are not as claimed.
    pub(super) facts: Vec<WrongFact>,
    /// By instant: the first operand of the rule under test that was false.
    pub(super) first_false: BTreeMap<i64, String>,
    /// The counters of the rule under test.
    pub(super) tally: RuleTally,
}

/// A fact that is not as claimed.
pub(super) struct WrongFact {
    pub(super) at: i64,
    pub(super) path: String,
    pub(super) want: Value,
    /// `None` when no event saw it.
    pub(super) got: Option<Value>,
    pub(super) place: rules::finding::Place,
}

/// What is fed, in the order of time.
enum Feed<'a> {
    Event(&'a Sent),
    Outcome(&'a Answered),
}

/// A step that was settled, for the facts it saw.
struct Step {
    at: i64,
    customer: Text,
    n: Option<u32>,
    watched: Vec<Value>,
}

struct Stage<'a> {
    book: &'a Book,
    file: &'a CaseFile,
    run: &'a Run,
    engine: Engine,
    /// By line, from 1: what was fed.
    fed: Vec<Option<&'a Sent>>,
    steps: Vec<Step>,
    played: Played,
}

/// Plays a run on an engine that knows only `book`.
pub(super) fn play(book: &Arc<Book>, file: &CaseFile, run: &Run) -> anyhow::Result<Played> {
    let watch = watched(run);
    let settings = Settings {
        show: Show {
            watch: watch.clone(),
            depth: Depth::Each,
            ..Show::default()
        },
        // A case is a few events, and who proves one has the stack.
        inline: usize::MAX,
        ..Settings::default()
    };
    let mut stage = Stage {
        book,
        file,
        run,
        engine: Engine::new(Arc::clone(book), &settings)?,
        fed: Vec::new(),
        steps: Vec::new(),
        played: Played::default(),
    };
    stage.give()?;
    for feed in feeds(run) {
        match feed {
            Feed::Event(sent) => {
                let bytes = event_json(book, file, sent);
                stage.feed(bytes, Some(sent))?;
            }
            Feed::Outcome(answered) => stage.answer(answered)?,
        }
    }
    if let Some(until) = run.until {
        let before = stage.tally()?;
        let output = stage.engine.advance(file.start.saturating_add(until))?;
        stage.take(output, &before)?;
    }
    stage.played.tally = stage.tally()?;
    let facts = run
        .facts
        .iter()
        .flat_map(|row| stage.wrong_facts(row, &watch));
    stage.played.facts = facts.collect();
    Ok(stage.played)
}

/// Every slot the run's facts name, each once.
fn watched(run: &Run) -> Vec<Slot> {
    let facts = run.facts.iter().flat_map(|row| &row.facts);
    let mut slots: Vec<Slot> = facts.map(|fact| fact.slot).collect();
    slots.sort_unstable();
    slots.dedup();
    slots
}

/// Events and outcomes by time; at one instant the events first.
fn feeds(run: &Run) -> Vec<Feed<'_>> {
    let events = run.events.iter().map(|e| (e.at, Feed::Event(e)));
    let outcomes = run.outcomes.iter().map(|o| (o.at, Feed::Outcome(o)));
    let mut all: Vec<_> = events.chain(outcomes).collect();
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, feed)| feed).collect()
}

fn event_json(book: &Book, file: &CaseFile, sent: &Sent) -> Vec<u8> {
    let kind = book.catalogue.event(sent.kind);
    let mut record = serde_json::json!({
        "id": sent.id.as_str(),
        "type": kind.map_or("", |kind| kind.name.as_str()),
        "source": sent.source.as_str(),
        "time": file.start.saturating_add(sent.at),
        "data": sent.data,
    });
    if !sent.customer.is_empty()
        && let Some(members) = record.as_object_mut()
    {
        members.insert("customer".to_owned(), sent.customer.as_str().into());
    }
    record.to_string().into_bytes()
}

impl<'a> Stage<'a> {
    /// State before the first event.
    fn give(&mut self) -> anyhow::Result<()> {
        let at = self.file.start;
        for (customer, given) in &self.run.given {
            let mut changes = Vec::new();
            for (name, (id, value)) in &given.tags {
                let ttl = self.book.catalogue.tag(*id).and_then(|tag| tag.ttl);
                changes.push(Change::TagSet {
                    tag: name.clone(),
                    value: value.clone(),
                    at,
                    seq: 0,
                    expires: ttl.map(|ttl| at.saturating_add(ttl)),
                    by: "case".into(),
                    confidence: None,
                });
            }
            for ((purpose, channel), given) in &given.consent {
                changes.push(Change::ConsentSet {
                    purpose: purpose.clone(),
                    channel: channel.clone(),
                    given: *given,
                    at,
                    seq: 0,
                });
            }
            if !changes.is_empty() {
                self.engine.given(customer, changes)?;
            }
            for (list, members) in &given.lists {
                for member in members {
                    self.engine.extend_list(list, member)?;
                }
            }
        }
        Ok(())
    }

    /// One record, alone, so that what it did is known before the next.
    fn feed(&mut self, bytes: Vec<u8>, sent: Option<&'a Sent>) -> anyhow::Result<()> {
        self.fed.push(sent);
        let before = self.tally()?;
        let line = u64::try_from(self.fed.len()).unwrap_or(u64::MAX);
        let mut output = self.engine.push(vec![Record { line, bytes }])?;
        let rest = self.engine.finish()?;
        output.outcomes.extend(rest.outcomes);
        output.refused.extend(rest.refused);
        self.take(output, &before)
    }

    /// Reports back on an action that was taken.
    fn answer(&mut self, answered: &Answered) -> anyhow::Result<()> {
        if answers(&self.run.expect, answered.of, &self.played.actions).is_none() {
            // What a deadline has brought by then may be what is answered.
            let before = self.tally()?;
            let at = self.file.start.saturating_add(answered.at);
            let output = self.engine.advance(at)?;
            self.take(output, &before)?;
        }
        let seen = answers(&self.run.expect, answered.of, &self.played.actions);
        let Some((id, customer)) =
            seen.and_then(|s| Some((s.action_id.clone()?, s.customer.clone())))
        else {
            let (of, at) = (answered.of + 1, at_text(answered.at));
            self.played.problems.push(Words::new(
                format!("nothing to answer at {at}: expected action {of} has not happened by then"),
                format!("{at} 无从回应：第 {of} 个预期动作此时尚未发生"),
            ));
            return Ok(());
        };
        let mut data = serde_json::Map::new();
        data.insert("action_id".into(), id.as_str().into());
        if let Some(channel) = &answered.channel {
            data.insert("channel".into(), channel.as_str().into());
        }
        if let Some(value) = answered.value {
            data.insert("value".into(), value.into());
        }
        let record = serde_json::json!({
            "id": format!("outcome-{}", self.fed.len() + 1),
            "type": format!("outcome.{}", answered.outcome),
            "customer": customer.as_str(),
            "source": "case",
            "time": self.file.start.saturating_add(answered.at),
            "data": data,
        });
        self.feed(record.to_string().into_bytes(), None)
    }

    fn tally(&mut self) -> anyhow::Result<RuleTally> {
        let tally = self.engine.tally()?;
        let place = self.book.rule_named(&self.file.rule).map(|(ix, _)| ix);
        let place = place.map_or(usize::MAX, |ix| usize::from(ix.0));
        Ok(tally.rules.into_iter().nth(place).unwrap_or_default())
    }

    fn take(&mut self, output: Output, before: &RuleTally) -> anyhow::Result<()> {
        for refused in &output.refused {
            let sent = self.sent(Some(refused.line));
            let what = event_words(sent);
            let cause = &refused.reject;
            self.played.problems.push(Words::new(
                format!("{} was not taken: {cause}", what.en),
                format!("{}未被接收：{cause}", what.zh),
            ));
        }
        let now = self.tally()?;
        for outcome in output.outcomes {
            self.note_false(&outcome, before, &now);
            self.settle(outcome);
        }
        Ok(())
    }

    fn sent(&self, line: Option<u64>) -> Option<&'a Sent> {
        let at = usize::try_from(line?).ok()?.checked_sub(1)?;
        self.fed.get(at).copied().flatten()
    }

    /// The first operand that became false once more.
    fn note_false(&mut self, outcome: &Outcome, before: &RuleTally, now: &RuleTally) {
        let rule = self.book.rule_named(&self.file.rule).map(|(_, rule)| rule);
        let operands = rule.map_or(&[][..], |rule| &rule.operands);
        let failed = |at: usize, tally: &RuleTally| tally.operands.get(at).map_or(0, |o| o.failed);
        let first = operands
            .iter()
            .enumerate()
            .find(|(at, _)| failed(*at, now) > failed(*at, before));
        if let Some((_, operand)) = first {
            let at = outcome.place.deadline.saturating_sub(self.file.start);
            self.played
                .first_false
                .entry(at)
                .or_insert_with(|| operand.text.clone());
        }
    }

    fn settle(&mut self, outcome: Outcome) {
        let sent = self.sent(outcome.line);
        let What::Settled(settled) = outcome.what else {
            return; // A repeat or a late one: that nothing happens is what such a case is about.
        };
        let step = Step {
            at: outcome.place.deadline.saturating_sub(self.file.start),
            customer: outcome.place.key,
            n: sent.map(|sent| sent.n),
            watched: settled.watched.clone(),
        };
        if settled.unknown_action {
            let at = at_text(step.at);
            self.played.problems.push(Words::new(
                format!("the outcome at {at} answers an action that is no longer known"),
                format!("{at} 的结果所回应的动作已无记录"),
            ));
        }
        self.note(&step, &settled);
        self.steps.push(step);
    }

    fn note(&mut self, step: &Step, settled: &Settled) {
        let Some(decision) = settled.decision.as_deref() else {
            return;
        };
        for fault in &decision.faults {
            let (at, rule, message) = (at_text(step.at), &fault.rule, &fault.message);
            self.played.problems.push(Words::new(
                format!(
                    "{rule} could not be evaluated at {at}: {message} (line {})",
                    fault.line
                ),
                format!("{rule} 在 {at} 执行出错：{message}（第 {} 行）", fault.line),
            ));
        }
        let moment = Moment {
            start: self.file.start,
            at: step.at,
            n: step.n,
            customer: &step.customer,
        };
        let played = &mut self.played;
        played
            .actions
            .extend(moment.actions(decision, &settled.actions));
        played.refusals.extend(moment.refusals(decision));
    }

    fn wrong_facts(&self, row: &FactRow, watch: &[Slot]) -> Vec<WrongFact> {
        let step = self.steps.iter().find(|step| {
            step.at == row.at
                && row
                    .customer
                    .as_ref()
                    .is_none_or(|who| *who == step.customer)
                && step.n == row.n
        });
        let facts = row.facts.iter().filter_map(|fact| {
            let place = watch.iter().position(|slot| *slot == fact.slot);
            let got = step.and_then(|step| step.watched.get(place?)).cloned();
            let same = got.as_ref().is_some_and(|got| same(&fact.value, got));
            (!same).then(|| WrongFact {
                at: row.at,
                path: fact.path.clone(),
                want: fact.value.clone(),
                got,
                place: fact.place.clone(),
            })
        });
        facts.collect()
    }
}

/// Equal, and for decimals equal as far as an author can write them.
fn same(want: &Value, got: &Value) -> bool {
    match (want, got) {
        (Value::Decimal(want), Value::Decimal(got)) => {
            (want - got).abs() <= 1e-9 * want.abs().max(got.abs())
        }
        _ => want == got,
    }
}
