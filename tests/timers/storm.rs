//! A storm: very many timers due at one second. A tick fires a bounded number of them, and a live event
//! between two ticks is a batch of its own.

use engine::limits::{KEY_GROUPS, TIMERS_PER_TICK_MAX};
use engine::outcome::What;
use kit::Claimed;
use serde_json::json;

const EIGHT: i64 = 1_772_409_600_000;
const HOUR: i64 = 3_600_000;

pub(super) fn drains() -> Claimed {
    let wanted = super::timers("DEFT_STORM", 20_000);
    let book = super::book("at = \"09:00\"", "1h")?;
    let mut engine = super::engine(&book, 2, false)?;
    for from in (0..wanted).step_by(4_096) {
        let some = (from..wanted.min(from + 4_096)).map(|n| {
            let data = json!({ "day": "2026-03-02" });
            super::record(
                "profile.day",
                &format!("c{n}"),
                &format!("d{n}"),
                EIGHT,
                &data,
            )
        });
        engine.push_live(some.collect(), EIGHT)?;
    }
    let most = TIMERS_PER_TICK_MAX * usize::from(KEY_GROUPS);
    let (mut fired, mut ticks) = (0, 0);
    let mut now = EIGHT + HOUR;
    while let Some(output) = engine.tick_live(now)? {
        ticks += 1;
        if output.outcomes.len() > most {
            let many = output.outcomes.len();
            return Err(format!("one tick fires {many}, more than {most}").into());
        }
        fired += output.outcomes.len();
        // Somebody whose timer is still due somewhere in the queue, or has fired.
        let id = format!("live{ticks}");
        let live = super::record("channel.asked", &format!("x{ticks}"), &id, now, &json!({}));
        let came = engine.push_live(vec![live], now)?;
        let decided =
            matches!(came.outcomes.as_slice(), [one] if matches!(one.what, What::Settled(_)));
        if !decided {
            return Err(format!("a live event waits for the storm: {:?}", came.outcomes).into());
        }
        now += 100;
        if ticks > 1 + wanted {
            return Err("it does not drain".into());
        }
    }
    let least = wanted / most;
    if fired == wanted && ticks >= least {
        return Ok(());
    }
    Err(format!("{fired} of {wanted} fired in {ticks} ticks").into())
}
