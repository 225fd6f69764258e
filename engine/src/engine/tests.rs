//! A live engine: what is pending is done on a tick, and a tick that nobody could tell is not given.

mod withdrawal;

use super::*;
use crate::action::Action;
use rules::compile::compile;
use rules::project::Project;

/// 2026-03-02T00:00:00Z
const START: i64 = 1_772_409_600_000;

const EVENTS: &str = "[time]\nzone = \"UTC\"\nlateness = \"1s\"\nmax_future = \"5m\"\nmax_past = \"7d\"\n\
    [event.\"channel.a\"]\ntitle = { en = \"A\", zh = \"A\" }\n";
const TEAMS: &str = "[team.desk]\nsink = \"kafka\"\n";
const REASONS: &str = "[reason.R]\nen = \"r\"\nzh = \"r\"\ntell = false\n";
const OFFERS: &str = "[offer.call]\nkind = \"serve\"\ngroup = \"g\"\npurpose = \"service\"\n\
    title = { en = \"c\", zh = \"c\" }\n";
const MARKS: &str = "on(\"channel.a\");\nclass(\"service\");\ntitle(\"a\", \"a\");\npriority(1);\n\
    fn when(event, customer) { true }\n\
    fn then(event, customer) { serve(\"call\").to(\"desk\").reason(\"R\") }\n\
    fn always(event, customer) { remind(\"later\", \"10m\") }\n";
const WAKES: &str = "on(\"timer.later\");\nclass(\"service\");\ntitle(\"b\", \"b\");\npriority(1);\n\
    fn when(event, customer) { true }\n\
    fn then(event, customer) { serve(\"call\").to(\"desk\").reason(\"R\") }\n";

fn engine(shards: usize) -> Engine {
    let project = Project::from_files([
        ("catalog/events.toml", EVENTS),
        ("catalog/channels.toml", TEAMS),
        ("catalog/reasons.toml", REASONS),
        ("catalog/offers.toml", OFFERS),
        ("rules/service/marks.rhai", MARKS),
        ("rules/service/wakes.rhai", WAKES),
    ]);
    let (book, findings) = compile(&project);
    let book = book.unwrap_or_else(|| panic!("{findings:?}"));
    let settings = Settings {
        shards,
        ..Settings::default()
    };
    Engine::new(Arc::new(book), &settings).unwrap()
}

fn record(line: u64, time: i64) -> Record {
    let bytes = format!(
        "{{\"id\":\"e{line}\",\"type\":\"channel.a\",\"customer\":\"C{line}\",\"time\":{time},\"data\":{{}}}}"
    );
    Record {
        line,
        bytes: bytes.into_bytes(),
    }
}

fn actions(output: &Output) -> Vec<&Action> {
    let settled = output.outcomes.iter().filter_map(|o| match &o.what {
        What::Settled(settled) => Some(&settled.actions),
        _ => None,
    });
    settled.flatten().collect()
}

#[test]
fn a_live_timer_fires_on_the_tick_that_passes_it_and_no_tick_is_spent_before() {
    for shards in [1, 3] {
        let mut engine = engine(shards);
        let pushed = engine
            .push_live(vec![record(1, START), record(2, START)], START)
            .unwrap();
        assert_eq!(actions(&pushed).len(), 2);
        let due = START + 600_000 + 1_000;
        for now in [START, START + 300_000, due - 1] {
            assert_eq!(engine.tick_live(now).unwrap(), None);
        }
        assert_eq!(engine.stand().seq, 2);
        let fired = engine.tick_live(due).unwrap().unwrap();
        let told = actions(&fired);
        assert_eq!(told.len(), 2);
        assert!(
            fired
                .outcomes
                .iter()
                .all(|o| o.line.is_none() && o.place.seq == 3)
        );
        assert_eq!(engine.tick_live(due + 1_000_000).unwrap(), None);
    }
}

#[test]
fn live_events_wait_for_nobody_behind_them_and_each_is_answered() {
    let mut engine = engine(2);
    let ahead = START + 5 * 60_000;
    let records = vec![record(1, START), record(2, ahead), record(3, ahead + 1)];
    let output = engine.push_live(records, START).unwrap();
    let lines: Vec<Option<u64>> = output.outcomes.iter().map(|o| o.line).collect();
    assert_eq!(lines, [Some(1), Some(2)]);
    let refused: Vec<u64> = output.refused.iter().map(|r| r.line).collect();
    assert_eq!(refused, [3]);
}
