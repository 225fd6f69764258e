//! Lateness is of whoever sends; a clock that is wrong moves nobody else.

use engine::engine::Engine;
use engine::outcome::{Outcome, What};
use engine::shard::Record;
use engine::time::Steady;
use kit::{Claimed, Failed};
use serde_json::json;

const EIGHT: i64 = 1_772_409_600_000;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

fn engine() -> Result<Engine, Failed> {
    let mut files = super::files("at = \"09:00\"", "90m");
    for (path, text) in &mut files {
        if *path == "catalog/events.toml" {
            text.push_str("[time.source.slow]\nlateness = \"10m\"\n");
        }
    }
    super::engine(&super::compiled(files)?, 2, false)
}

fn asked(source: &str, customer: &str, id: &str, time: i64) -> Record {
    let event = json!({
        "id": id, "type": "channel.asked", "customer": customer, "time": time, "source": source,
        "data": {},
    });
    Record {
        line: 1,
        bytes: event.to_string().into_bytes(),
    }
}

pub(super) fn is_of_the_source() -> Claimed {
    let mut engine = engine()?;
    engine.push_live(vec![asked("fast", "c1", "1", EIGHT)], EIGHT)?;
    for (source, behind, taken) in [
        ("fast", 1, false),
        ("slow", 10 * MINUTE, true),
        ("slow", 10 * MINUTE + 1, false),
    ] {
        let id = format!("{source}{behind}");
        let late = asked(source, "c1", &id, EIGHT - behind);
        let came = engine.push_live(vec![late], EIGHT)?;
        let [one] = came.outcomes.as_slice() else {
            return Err(format!("{id}: {came:?}").into());
        };
        let is_taken = matches!(&one.what, What::Settled(settled) if settled.late);
        if is_taken != taken || (!taken && one.what != What::TooLate) {
            return Err(format!("{id}: {:?}", one.what).into());
        }
    }
    Ok(())
}

/// An hour ahead is refused at the door, and the door's clock, the customer and the timers of all stay
/// where they were.
pub(super) fn a_wild_stamp_moves_nobody() -> Claimed {
    let mut engine = engine()?;
    engine.push_live(vec![asked("fast", "c1", "1", EIGHT)], EIGHT)?;
    let wild = asked("fast", "c1", "2", EIGHT + 2 * HOUR);
    let came = engine.push_live(vec![wild], EIGHT)?;
    if came.refused.len() != 1 || engine.stand().clock != Some(EIGHT) {
        return Err(format!("{came:?}, the clock at {:?}", engine.stand().clock).into());
    }
    let next = asked("fast", "c1", "3", EIGHT + 1);
    let came = engine.push_live(vec![next], EIGHT + 1)?;
    if !matches!(came.outcomes.as_slice(), [one] if matches!(&one.what, What::Settled(s) if !s.late))
    {
        return Err(format!("the next event of the customer: {:?}", came.outcomes).into());
    }
    Ok(())
}

/// The machine's clock is put an hour ahead, and back: what is decided of events is the same.
pub(super) fn jumps_change_nothing() -> Claimed {
    let decided = |jump: &dyn Fn(i64) -> i64| -> Result<Vec<Outcome>, Failed> {
        let mut engine = engine()?;
        let mut all = Vec::new();
        let mut steady = Steady::at(EIGHT, 0);
        for n in 0..600 {
            let time = EIGHT + n * 2_000;
            let door = steady.read(time + jump(n), time - EIGHT);
            let event = asked("fast", &format!("c{}", n % 40), &format!("e{n}"), time);
            let came = engine.push_live(vec![event], door)?;
            if let Some(refused) = came.refused.first() {
                return Err(format!("event {n} is refused: {refused:?}").into());
            }
            all.extend(came.outcomes.into_iter().filter(|o| o.line.is_some()));
            engine.tick_live(door)?;
        }
        Ok(all)
    };
    let straight = decided(&|_| 0)?;
    for (name, jump) in [("ahead", HOUR), ("back", -HOUR)] {
        let jumped = decided(&|n| if (200..400).contains(&n) { jump } else { 0 })?;
        let mut both = straight.iter().zip(&jumped);
        let parting = both.find(|(a, b)| (&a.event_id, &a.what) != (&b.event_id, &b.what));
        if parting.is_some() || jumped.len() != straight.len() {
            return Err(format!("{name}: {parting:?}").into());
        }
    }
    Ok(())
}
