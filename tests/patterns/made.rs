//! Random patterns and random streams.

use kit::Seed;

use super::run::Event;

/// How a step stands behind what was before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Between {
    Strict,
    Relaxed,
    Any,
}

/// What becomes of the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    Restart,
    Ignore,
    Each,
    SkipToNext,
    SkipPastLast,
}

/// A condition: of the event alone, or beside the first step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Nothing,
    /// `event.v >= n`
    Least(i64),
    /// `event.v` is not below that of the first step.
    NotBelowFirst,
}

#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) kind: String,
    pub(super) least: u32,
    pub(super) more: bool,
    pub(super) optional: bool,
    pub(super) between: Between,
    pub(super) asked: Asked,
}

#[derive(Clone, Debug)]
pub(super) struct Never {
    pub(super) step: usize,
    pub(super) kind: String,
    pub(super) next: bool,
}

/// A pattern.
#[derive(Clone, Debug)]
pub(super) struct Spec {
    pub(super) steps: Vec<Step>,
    pub(super) never: Vec<Never>,
    /// The type that may not follow, and for how long.
    pub(super) absent: Option<(String, Asked, i64)>,
    pub(super) within: i64,
    pub(super) any_order: bool,
    pub(super) after: After,
}

const KINDS: [&str; 3] = ["a", "b", "c"];

fn pick<T: Copy>(seed: &mut Seed, of: &[T]) -> T {
    of[seed.below(of.len())]
}

impl Spec {
    pub(super) fn made(seed: &mut Seed) -> Self {
        let count = 1 + seed.below(3);
        let any_order = count > 1 && seed.below(5) == 0;
        let after = pick(
            seed,
            &[
                After::Restart,
                After::Ignore,
                After::Each,
                After::SkipToNext,
                After::SkipPastLast,
            ],
        );
        let alone = matches!(after, After::Restart | After::Ignore);
        let mut betweens = vec![Between::Strict, Between::Relaxed, Between::Relaxed];
        if !alone {
            betweens.push(Between::Any);
        }
        let all = pick(seed, &betweens);
        let mut steps = Vec::new();
        for at in 0..count {
            let repeats = seed.below(4) == 0;
            let edge = at == 0 || at + 1 == count || any_order;
            let asked = match seed.below(5) {
                0 => Asked::Least(1),
                1 if at > 0 && !any_order => Asked::NotBelowFirst,
                _ => Asked::Nothing,
            };
            steps.push(Step {
                kind: pick(seed, &KINDS).to_owned(),
                least: if repeats { 1 + seed.below(2) as u32 } else { 1 },
                more: repeats && seed.below(2) == 0,
                optional: !edge && seed.below(3) == 0,
                between: if any_order {
                    all
                } else {
                    pick(seed, &betweens)
                },
                asked,
            });
        }
        let mut never = Vec::new();
        if seed.below(3) == 0 {
            never.push(Never {
                step: seed.below(count),
                kind: pick(seed, &["a", "b", "c", "d"]).to_owned(),
                next: seed.below(3) == 0,
            });
        }
        let absent = (seed.below(4) == 0).then(|| {
            let asked = if any_order || seed.below(2) == 0 {
                Asked::Nothing
            } else {
                Asked::NotBelowFirst
            };
            (
                pick(seed, &["b", "c", "d"]).to_owned(),
                asked,
                3 + seed.below(12) as i64,
            )
        });
        Self {
            steps,
            never,
            absent,
            within: 4 + seed.below(25) as i64,
            any_order,
            after,
        }
    }

    pub(super) fn toml(&self) -> String {
        let mut text = format!(
            "within = \"{}ms\"\nfunnel = {}\n",
            self.within,
            self.steps.len() > 1
        );
        let asked = |asked: Asked| match asked {
            Asked::Nothing => String::new(),
            Asked::Least(n) => format!(", where = \"(event.v ?? 0) >= {n}\""),
            Asked::NotBelowFirst => ", where = \"(event.v ?? 0) >= (s0.v ?? 0)\"".to_owned(),
        };
        let word = |between: Between| match between {
            Between::Strict => "strict",
            Between::Relaxed => "relaxed",
            Between::Any => "any",
        };
        text.push_str("steps = [\n");
        for (at, step) in self.steps.iter().enumerate() {
            text.push_str(&format!(
                "  {{ name = \"s{at}\", on = \"channel.{}\"",
                step.kind
            ));
            if step.more {
                text.push_str(&format!(", times = {{ at_least = {} }}", step.least));
            } else if step.least > 1 {
                text.push_str(&format!(", times = {}", step.least));
            }
            if step.optional {
                text.push_str(", optional = true");
            }
            if !self.any_order {
                text.push_str(&format!(", between = \"{}\"", word(step.between)));
            }
            text.push_str(&format!("{} }},\n", asked(step.asked)));
        }
        text.push_str("]\n");
        if self.any_order {
            let between = self.steps.first().map_or(Between::Relaxed, |s| s.between);
            text.push_str(&format!(
                "order = \"any\"\nbetween = \"{}\"\n",
                word(between)
            ));
        }
        for never in &self.never {
            text.push_str(&format!(
                "never = [ {{ after = \"s{}\", on = \"channel.{}\", next = {} }} ]\n",
                never.step, never.kind, never.next
            ));
        }
        if let Some((kind, cond, within)) = &self.absent {
            text.push_str(&format!(
                "absent = {{ on = \"channel.{kind}\", within = \"{within}ms\"{} }}\n",
                asked(*cond)
            ));
        }
        let (after, keep) = match self.after {
            After::Restart => ("restart", 1),
            After::Ignore => ("ignore", 1),
            After::Each => ("each", 64),
            After::SkipToNext => ("skip_to_next", 64),
            After::SkipPastLast => ("skip_past_last", 64),
        };
        text.push_str(&format!("after = \"{after}\"\nkeep = {keep}\n"));
        text
    }
}

pub(super) fn customer(number: u64) -> String {
    format!("c{number}")
}

/// Events of one customer, sorted; some at equal instants.
pub(super) fn stream(seed: &mut Seed, number: u64) -> Vec<Event> {
    let mut time = 0;
    let count = 4 + seed.below(9);
    let mut events = Vec::with_capacity(count);
    for nth in 0..count {
        time += [0, 1, 1, 2, 3, 5, 9][seed.below(7)];
        let kind = pick(seed, &["a", "a", "b", "b", "c", "c", "d"]);
        events.push(Event {
            customer: customer(number),
            id: format!("{kind}{nth}"),
            time,
            v: Some(seed.below(4) as i64),
        });
    }
    events
}

/// The same events as they arrive when some are late, by less than is waited for. Events of one
/// instant stay in their order: it is that of their arrival.
pub(super) fn shuffled(seed: &mut Seed, events: &[Event], lateness: i64) -> Vec<Event> {
    let mut keyed: Vec<(i64, usize, Event)> = Vec::new();
    let mut delays: Vec<(i64, i64)> = Vec::new();
    for (nth, event) in events.iter().enumerate() {
        let same = delays.iter().find(|(time, _)| *time == event.time).copied();
        let (_, delay) = same.unwrap_or_else(|| {
            let delay = if seed.below(3) == 0 {
                seed.below(usize::try_from(lateness).unwrap_or(1)) as i64
            } else {
                0
            };
            delays.push((event.time, delay));
            (event.time, delay)
        });
        keyed.push((event.time + delay, nth, event.clone()));
    }
    keyed.sort_by_key(|(at, nth, _)| (*at, *nth));
    keyed.into_iter().map(|(_, _, event)| event).collect()
}

pub(super) fn words(events: &[Event]) -> String {
    let word = |e: &Event| format!("{}:{}@{}:{}", e.customer, e.id, e.time, e.v.unwrap_or(0));
    events.iter().map(word).collect::<Vec<_>>().join(" ")
}
