//! Two events that are told to the same customers in one tick.

use super::*;

const MARKET: &str = r#"
[event."context.market".data]
city = "ref:city"
alert = { type = "symbol", values = ["none", "red"] }
"#;

/// Nobody's time goes back: who was told of the one is not told of the other at an earlier instant, and of
/// two things at one instant each has a place of its own.
pub(super) fn time_goes_on() -> Claimed {
    let rule = WARN
        .replace("RATE", "100/s")
        .replace("context.weather", "context.market");
    let mut files = files("100/s");
    for (path, text) in &mut files {
        if *path == "catalog/events.toml" {
            text.push_str(MARKET);
        }
    }
    files.push(("rules/service/market.rhai", rule));
    let book = compiled(files)?;
    let start = NINE + 1_000;
    let mut lines: Vec<String> = (0..5).map(|who| home(who, "SH", NINE)).collect();
    // The market is later by time, and told first by name.
    lines.push(warning("SH", "red", start));
    let data = json!({ "city": "SH", "alert": "red" });
    lines.push(line("context.market", None, "m", start + 40, &data));
    lines.push(line(
        "channel.asked",
        Some("nobody"),
        "x",
        start + 2_000,
        &json!({}),
    ));
    for shards in [1, 3] {
        let mut engine = engine(&book, shards, 50)?;
        let mut seen: BTreeMap<String, Vec<(i64, u64, u32)>> = BTreeMap::new();
        for output in push(&mut engine, &lines)? {
            for outcome in output
                .outcomes
                .iter()
                .filter(|outcome| outcome.line.is_none())
            {
                let place = &outcome.place;
                let told = seen.entry(place.key.to_string()).or_default();
                told.push((place.deadline, place.seq, place.ordinal));
            }
        }
        let both = seen.values().filter(|told| told.len() == 2).count();
        if both != 5 {
            return Err(format!("{shards} shards: {seen:?}").into());
        }
        for (who, mut told) in seen {
            let market = told.iter().map(|(at, ..)| *at).max();
            let early = told.iter().any(|(at, ..)| Some(*at) != market);
            told.dedup();
            if early || told.len() != 2 {
                return Err(format!("{shards} shards, {who}: {told:?}").into());
            }
        }
    }
    Ok(())
}
