//! Rounds under the clock of a running node.

use super::{NINE, Told, book, engine, home, line, records, told, warning};
use std::collections::BTreeSet;

use engine::engine::Engine;
use engine::limits::{ROUNDS_MAX, TOLD_PER_TICK_MAX};
use engine::outcome::What;
use engine::switch::Switch;
use kit::{Claimed, Failed};
use serde_json::json;

/// Ticks of a running node up to an instant; what they told.
fn ticks(engine: &mut Engine, now: &mut i64, until: i64) -> Result<Told, Failed> {
    let mut all = Vec::new();
    while *now < until {
        *now += 100;
        if let Some(output) = engine.tick_live(*now)? {
            all.extend(told(&[output])?);
        }
    }
    Ok(all)
}

fn homes(engine: &mut Engine, many: usize, now: i64) -> Claimed {
    for from in (0..many).step_by(4_096) {
        let some = from..many.min(from + 4_096);
        let lines: Vec<String> = some.map(|who| home(who, "SH", now)).collect();
        engine.push_live(records(&lines), now)?;
    }
    Ok(())
}

pub(super) fn is_halted() -> Claimed {
    let book = book("20/s")?;
    let mut engine = engine(&book, 2, 50)?;
    let mut now = NINE;
    homes(&mut engine, 200, now)?;
    engine.push_live(records(&[warning("SH", "red", now)]), now)?;
    let before = ticks(&mut engine, &mut now, NINE + 2_000)?;
    let rule = || Switch::Rule("service.warn".into());
    let order = || ("a storm that is none".into(), "an operator".into());
    let off = engine.switch(rule(), false, order(), now + 50)?;
    let halted = ticks(&mut engine, &mut now, NINE + 60_000)?;
    let standing = engine.rounds()?;
    let waits = matches!(standing.as_slice(), [one] if one.halted && one.told > 0);
    let on = engine.switch(rule(), true, order(), now + 50)?;
    let first = ticks(&mut engine, &mut now, NINE + 61_000)?;
    let rest = ticks(&mut engine, &mut now, NINE + 90_000)?;
    let turned = told(&[off, on])?;
    let who: BTreeSet<&String> = [&before, &turned, &first, &rest]
        .into_iter()
        .flatten()
        .map(|(who, ..)| who)
        .collect();
    let all = before.len() + turned.len() + first.len() + rest.len();
    let paced = (39..=42).contains(&before.len()) && first.len() <= 21 && turned.len() <= 2;
    if waits && paced && halted.is_empty() && who.len() == 200 && all == 200 {
        let left = engine.rounds()?;
        return match left.as_slice() {
            [] => Ok(()),
            left => Err(format!("it does not end: {left:?}").into()),
        };
    }
    Err(format!(
        "before {}, halted {}, behind {} and {}, {all} over {} customers, {standing:?}",
        before.len(),
        halted.len(),
        first.len(),
        rest.len(),
        who.len()
    )
    .into())
}

pub(super) fn lets_events_through() -> Claimed {
    let many = 20_000;
    let book = book("10000/s")?;
    let mut engine = engine(&book, 2, 4_096)?;
    let mut now = NINE;
    homes(&mut engine, many, now)?;
    engine.push_live(records(&[warning("SH", "red", now)]), now)?;
    let (mut all, mut ticks) = (0, 0u64);
    while all < many {
        // A node that was away for a while makes up for it, and no tick is without bound.
        now += if ticks == 3 { 60_000 } else { 100 };
        ticks += 1;
        let output = engine.tick_live(now)?;
        let some = output.map_or(0, |output| output.outcomes.len());
        if u64::try_from(some)? > TOLD_PER_TICK_MAX {
            return Err(format!("one tick tells {some}").into());
        }
        all += some;
        let id = format!("live{ticks}");
        let ask = line("channel.asked", Some("nobody"), &id, now, &json!({}));
        let came = engine.push_live(records(&[ask]), now)?;
        let decided =
            matches!(came.outcomes.as_slice(), [one] if matches!(one.what, What::Settled(_)));
        if !decided || ticks > 100 {
            return Err(format!("a live event waits: {:?}", came.outcomes).into());
        }
    }
    // Two seconds at that rate are twenty ticks; those that made up for a minute took some of them.
    if all == many && ticks >= 9 {
        return Ok(());
    }
    Err(format!("{all} of {many} were told in {ticks} ticks").into())
}

pub(super) fn rounds_are_bounded() -> Claimed {
    let book = book("1/s")?;
    let mut engine = engine(&book, 2, 4_096)?;
    let mut now = NINE;
    let many = ROUNDS_MAX + 76;
    let lines: Vec<String> = (0..many)
        .flat_map(|n| {
            let city = format!("city{n}");
            [home(n, &city, now), warning(&city, "red", now)]
        })
        .collect();
    engine.push_live(records(&lines), now)?;
    let told = ticks(&mut engine, &mut now, NINE + 5_000)?;
    let cut = engine.tally()?.rounds_cut;
    if told.len() == ROUNDS_MAX && cut == 76 && engine.rounds()?.is_empty() {
        return Ok(());
    }
    Err(format!("{} were told, {cut} rounds cut", told.len()).into())
}

/// Two shards and two customers: what the city says is read by both, and not before the tick.
pub(super) fn entity_tags_are_seen() -> Claimed {
    let book = book("1/m")?;
    let mut engine = engine(&book, 3, 50)?;
    let mut now = NINE;
    homes(&mut engine, 12, now)?;
    let ask = |n: usize, who: usize, now: i64| {
        let (customer, id) = (format!("c{who}"), format!("a{n}-{who}"));
        line("channel.asked", Some(&customer), &id, now, &json!({}))
    };
    let acts = |engine: &mut Engine, n: usize, now: i64| -> Result<usize, Failed> {
        let asks: Vec<String> = (0..12).map(|who| ask(n, who, now)).collect();
        let output = engine.push_live(records(&asks), now)?;
        let acts = output.outcomes.iter().filter(
            |outcome| matches!(&outcome.what, What::Settled(settled) if !settled.actions.is_empty()),
        );
        Ok(acts.count())
    };
    engine.push_live(records(&[warning("SH", "red", now)]), now)?;
    let before = acts(&mut engine, 0, now)?;
    ticks(&mut engine, &mut now, NINE + 100)?;
    let behind = acts(&mut engine, 1, now)?;
    let late = acts(&mut engine, 2, NINE + 3_600_000)?;
    if (before, behind, late) == (0, 12, 0) {
        return Ok(());
    }
    Err(format!("before the tick {before}, behind it {behind}, an hour later {late}").into())
}

/// A round that no rule listens to ends with the next tick; its event is no less the newest about the city.
pub(super) fn ends_unheard() -> Claimed {
    for (mode, heard) in [("live", true), ("off", false)] {
        let mut files = super::files("20/s");
        for (path, text) in &mut files {
            if path.ends_with("warn.rhai") {
                text.insert_str(0, &format!("mode(\"{mode}\");\n"));
            }
        }
        let book = super::compiled(files)?;
        let mut engine = engine(&book, 2, 50)?;
        let mut now = NINE;
        homes(&mut engine, 200, now)?;
        engine.push_live(records(&[warning("SH", "red", now)]), now)?;
        let told = ticks(&mut engine, &mut now, NINE + 1_000)?;
        let standing = engine.rounds()?;
        if standing.is_empty() == heard || told.is_empty() == heard {
            return Err(format!("{mode}: {} told, {standing:?}", told.len()).into());
        }
    }
    Ok(())
}
