//! Home and office on weeks that were made to have them.

use kit::{Claimed, Failed, Seed};
use rules::place::Point;
use rules::value::Value;

use super::reference::{Side, metres};
use super::traces::{Seen, off, share};
use super::{book, column, run};

const HOUR: i64 = 3_600_000;
/// 2026-03-02T00:00:00+08:00, a Monday.
const MONDAY: i64 = 1_772_380_800_000;
const DAYS: i64 = 21;

/// Three weeks of a customer with a home and an office; the phone sleeps now and then, some evenings
/// and lunches are elsewhere.
fn weeks(seed: u64, who: &str) -> Result<(Vec<Seen>, Point, Point), Failed> {
    let mut seed = Seed::new(seed);
    let centre = Point::new(39.9, 116.4).ok_or("a city")?;
    let somewhere = |seed: &mut Seed| off(centre, share(seed) * 24_000.0, share(seed) * 24_000.0);
    let home = somewhere(&mut seed);
    let mut office = somewhere(&mut seed);
    while metres(home, office) < 3_000.0 {
        office = somewhere(&mut seed);
    }
    let mut events = Vec::new();
    for hour in 0..DAYS * 24 {
        let (day, clock) = (hour / 24, hour % 24);
        let works = day % 7 < 5 && (9..18).contains(&clock);
        let strays = seed.below(10) == 0 || (12..13).contains(&clock) || (18..21).contains(&clock);
        let at = if strays {
            somewhere(&mut seed)
        } else if works {
            office
        } else {
            home
        };
        // Traffic says nothing: the strays are told as often as all the rest.
        let fixes = if strays { 6 } else { seed.below(3) as i64 };
        for n in 0..fixes {
            let jitter = |seed: &mut Seed| (share(seed) - 0.5) * 160.0;
            let (north, east) = (jitter(&mut seed), jitter(&mut seed));
            events.push(Seen {
                id: format!("{who}-{hour}-{n}"),
                kind: "location.fix",
                customer: who.to_owned(),
                card: None,
                time: MONDAY + hour * HOUR + n * 300_000 + 60_000,
                at: Some(off(at, north, east)),
                accuracy: Some(40.0),
                sides: [Side::Far; 3],
            });
        }
    }
    Ok((events, home, office))
}

/// The places that the last event of a run saw, and how far it was from home.
struct Found {
    home: Option<Point>,
    office: Option<Point>,
    from_home: Option<f64>,
}

fn found(events: &[Seen]) -> Result<Found, Failed> {
    let book = book()?;
    let came = run(&book, events, 1, 200)?;
    let last = events.iter().max_by_key(|e| e.time).ok_or("no event")?;
    let (row, _) = came.events.get(&last.id).ok_or("no word")?;
    let place = |name: &str| -> Result<Option<Point>, Failed> {
        Ok(match row.get(column(&book, name)?) {
            Some(Value::Place(lat, lon)) => Point::new(*lat, *lon),
            _ => None,
        })
    };
    let from_home = match row.get(column(&book, "from_home_km")?) {
        Some(Value::Decimal(km)) => Some(*km),
        _ => None,
    };
    Ok(Found {
        home: place("home")?,
        office: place("office")?,
        from_home,
    })
}

pub(super) fn are_found() -> Claimed {
    for seed in 1..=8 {
        let (events, home, office) = weeks(seed, "C1")?;
        let found = found(&events)?;
        let near = |at: Option<Point>, truth: Point| at.is_some_and(|at| metres(at, truth) < 900.0);
        if !near(found.home, home) || !near(found.office, office) {
            let Found {
                home: h, office: o, ..
            } = found;
            return Err(format!("seed {seed}: {h:?} {o:?}, truly {home:?} {office:?}").into());
        }
        let last = events.iter().max_by_key(|e| e.time).and_then(|e| e.at);
        let truth = last
            .zip(found.home)
            .map(|(at, home)| metres(at, home) / 1_000.0);
        let off = found
            .from_home
            .zip(truth)
            .map(|(got, truth)| (got - truth).abs());
        if off.is_none_or(|off| off > 0.002) {
            return Err(format!("from home {:?}, truly {truth:?}", found.from_home).into());
        }
    }
    // Four hours at night are not yet a home.
    let (events, ..) = weeks(1, "C1")?;
    let first: Vec<Seen> = events
        .into_iter()
        .take_while(|e| e.time < MONDAY + 4 * HOUR)
        .collect();
    match found(&first)?.home {
        None => Ok(()),
        Some(home) => Err(format!("four hours made {home:?} a home").into()),
    }
}

/// Neighbours swapped within the lateness leave no trace.
pub(super) fn in_any_order() -> Claimed {
    let book = book()?;
    let (mut events, ..) = weeks(3, "C1")?;
    for event in &mut events {
        // Two fixes of one visit stand within the lateness.
        let start = event.time - (event.time - MONDAY) % HOUR;
        event.time = start + (event.time - start) / 5;
    }
    let sorted = run(&book, &events, 1, 100)?;
    let mut swapped = events.clone();
    for pair in swapped.chunks_mut(2) {
        if let [first, second] = pair
            && second.time - first.time < 120_000
        {
            pair.swap(0, 1);
        }
    }
    let other = run(&book, &swapped, 1, 100)?;
    let order = |events: &[Seen]| events.iter().map(|e| e.id.clone()).collect::<Vec<_>>();
    if order(&events) == order(&swapped) {
        return Err("nothing was swapped: nothing is shown".into());
    }
    let last = events.last().ok_or("no event")?;
    let (one, two) = (sorted.events.get(&last.id), other.events.get(&last.id));
    if sorted.hash != other.hash && one.map(|w| &w.0) != two.map(|w| &w.0) {
        return Err("another order made other haunts".into());
    }
    Ok(())
}
