//! Cases of peers that are windows: a hopping count, bands of a count, and "did so in the last ten
//! days". Theirs are buckets or closed intervals; ours is (t − w, t], so the borders are ours.

use std::sync::Arc;

use engine::engine::{Engine, Settings};
use engine::outcome::What;
use engine::shard::{Record, Show};
use kit::{Claimed, Failed, Trial, claim};
use rules::project::Project;
use rules::value::Value;

const DAY: i64 = 86_400_000;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        claim(
            "patterns::peers::k_hop_two_events_less_than_five_seconds_apart_are_counted_together",
            hop,
        ),
        claim(
            "patterns::peers::t_velocity_the_bands_of_a_count_in_a_day",
            velocity,
        ),
        claim(
            "patterns::peers::u_past_event_is_past_after_ten_days",
            past_event,
        ),
    ]
}

/// What a window of this length counts at each instant, ms.
fn counts(over: &str, times: &[i64]) -> Result<Vec<i64>, Failed> {
    let features = format!(
        "[stream.all]\non = \"channel.a\"\n[feature.n]\nstream = \"all\"\nkey = \"customer\"\ntake = \"count\"\nover = \"{over}\"\n"
    );
    let files = [
        (
            "catalog/events.toml",
            "[time]\nmax_past = \"400d\"\n[event.\"channel.a\"]\n",
        ),
        ("catalog/features.toml", features.as_str()),
    ];
    let (book, findings) = rules::compile::compile(&Project::from_files(files));
    let book = book.ok_or_else(|| format!("{findings:?}"))?;
    let settings = Settings {
        show: Show {
            columns: true,
            ..Show::default()
        },
        ..Settings::default()
    };
    let mut engine = Engine::new(Arc::new(book), &settings)?;
    let records = (1..).zip(times).map(|(line, time)| Record {
        line,
        bytes: serde_json::json!({
            "id": format!("a{line}"), "type": "channel.a", "customer": "c", "source": "s",
            "time": 1_772_416_800_000 + time, "data": {},
        })
        .to_string()
        .into_bytes(),
    });
    let mut outcomes = engine.push(records.collect())?.outcomes;
    outcomes.extend(engine.finish()?.outcomes);
    let count = |outcome: engine::outcome::Outcome| match outcome.what {
        What::Settled(settled) => match settled.row.as_slice() {
            [Value::Int(n)] => Some(*n),
            _ => None,
        },
        _ => None,
    };
    Ok(outcomes.into_iter().filter_map(count).collect())
}

fn is(got: &[i64], wanted: &[i64]) -> Claimed {
    if got == wanted {
        return Ok(());
    }
    Err(format!("wanted {wanted:?}, got {got:?}").into())
}

/// A window that hops by a second holds both events in two of its five places, which is to say that
/// they are less than five seconds apart; a sliding one says so at the second event.
fn hop() -> Claimed {
    is(&counts("5s", &[10_345, 13_251])?, &[1, 2])?;
    is(&counts("5s", &[10_345, 15_344])?, &[1, 2])?;
    is(&counts("5s", &[10_345, 15_345])?, &[1, 1])
}

/// Bands [..2) [2, 4) [4..): the four payments of a day fall into 1, 2, 2 and 3.
fn velocity() -> Claimed {
    let band = |n: i64| match n {
        ..2 => 1,
        2..4 => 2,
        _ => 3,
    };
    let bands = |times: &[i64]| -> Result<Vec<i64>, Failed> {
        Ok(counts("86400s", times)?.into_iter().map(band).collect())
    };
    is(&bands(&[0, 1_000, 2_000, DAY - 1])?, &[1, 2, 2, 3])?;
    // A day later to the millisecond the first is outside.
    is(&bands(&[0, 1_000, 2_000, DAY])?, &[1, 2, 2, 2])
}

/// Whether it happened is asked by another event of the stream: itself and the one before, or itself.
fn past_event() -> Claimed {
    is(&counts("10d", &[0, 3 * DAY])?, &[1, 2])?;
    is(&counts("10d", &[0, 15 * DAY])?, &[1, 1])?;
    is(&counts("10d", &[0, 10 * DAY])?, &[1, 1])
}
