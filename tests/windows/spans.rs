//! Every take in every kind of window, by every kind of key, equals a rescan by its definition: where
//! clocks are turned, at new year, and wherever the seed leads.

use std::sync::Arc;

use engine::door::OrderBy;
use kit::{Claimed, Failed, Trial, claim};
use rules::book::Book;
use rules::project::Project;

use super::made::{Disorder, Made, Scene};
use super::{WILD, compiled, equals_a_rescan, whoever_works};

/// Zones that turn their clocks at midnight, by half an hour, twice, or never.
const ZONES: &[&str] = &[
    "America/New_York",
    "America/Havana",
    "America/St_Johns",
    "Asia/Beirut",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Asia/Kathmandu",
    "nowhere",
];
const HOURS: usize = 3_600_000;
const EVENTS: usize = 1_500;

/// Clocks go back in America, and a month begins; forward in Europe and Beirut; back in Australia and
/// New Zealand; a year begins.
const SCENES: [Scene; 4] = [
    scene(1_793_503_800_000, 9 * HOURS),
    scene(1_774_731_600_000, 6 * HOURS),
    scene(1_775_314_800_000, 4 * HOURS),
    scene(1_798_711_200_000, 8 * HOURS),
];

const fn scene(start: i64, horizon: usize) -> Scene {
    Scene {
        events: EVENTS,
        start,
        horizon,
        zones: ZONES,
    }
}

/// The promises of this file.
pub(super) fn trials() -> Vec<Trial> {
    vec![
        claim(
            "windows::every_take_in_every_window_equals_a_rescan",
            || every_take_in_every_window(OrderBy::Arrival),
        ),
        claim(
            "windows::every_take_in_every_window_equals_a_rescan_in_order_of_event_time",
            || every_take_in_every_window(OrderBy::EventTime),
        ),
        claim(
            "windows::shards_and_batches_change_no_take_in_no_window",
            || {
                let book = book()?;
                let [first, ..] = SCENES;
                let made = Made::on(first, 3, WILD, &book);
                whoever_works(&book, &made, OrderBy::Arrival)
            },
        ),
    ]
}

pub(super) fn book() -> Result<Arc<Book>, Failed> {
    compiled(&Project::read(&kit::root().join("tests/projects/spans"))?)
}

/// The stream that a restart and a change of the catalogue are tried with.
pub(crate) fn lines(seed: u64) -> Result<String, Failed> {
    let [first, ..] = SCENES;
    let made = Made::on(first, seed, WILD, &*book()?);
    Ok(made.arrived.iter().map(|e| e.line() + "\n").collect())
}

/// Over each scene once; as often as `DEFT_WINDOW_CASES` asks for.
fn every_take_in_every_window(order: OrderBy) -> Claimed {
    let asked = std::env::var("DEFT_WINDOW_CASES").ok();
    let asked: usize = asked.map_or(Ok(0), |asked| asked.replace('_', "").parse())?;
    let book = book()?;
    let (mut compared, mut seed) = (0, 0);
    while seed < SCENES.len() as u64 || compared < asked {
        seed += 1;
        let place = (seed as usize - 1) % SCENES.len();
        let scene = SCENES.get(place).ok_or("no scene")?;
        // Some streams are tidy: what is exact at an edge shows only where nothing else disturbs.
        let disorder = match seed % 3 {
            0 => Disorder {
                late: false,
                too_late: false,
                clocks: false,
                mismatches: false,
            },
            _ => WILD,
        };
        let made = Made::on(*scene, seed, disorder, &book);
        compared += equals_a_rescan(&book, &made, order, seed)?;
    }
    if asked > 0 {
        eprintln!("{compared} values of {seed} streams compared");
    }
    if compared < 100_000 {
        return Err(format!("only {compared} values were compared").into());
    }
    Ok(())
}
