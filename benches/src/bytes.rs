//! What windows cost in memory: bytes per customer, by what they take and where they begin.

use crate::seed::Seed;
use engine::plan::Plan;
use engine::state::tracks::Tracks;
use engine::window::reader::Reader;
use engine::window::track::{Cell, Order};
use jiff::tz::TimeZone;
use rules::book::Book;
use rules::catalogue::feature::Key;
use rules::project::Project;
use rules::value::Value;

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Customers.
    pub customers: usize,
    /// Events of each, over thirty days.
    pub events: usize,
}

/// The size of the tests.
pub const SMOKE: Size = Size {
    customers: 40,
    events: 28,
};
/// The size of the table: the events of a customer's month.
pub const MONTH: Size = Size {
    customers: 20_000,
    events: 28,
};
/// A busy one's.
pub const BUSY: Size = Size {
    customers: 200,
    events: 2_000,
};

/// One window, measured.
#[derive(Clone, Debug)]
pub struct Row {
    /// As the catalogue has it: `stddev, calendar`.
    pub name: String,
    /// Bytes per customer while every event is within reach.
    pub bytes: u64,
    /// Bytes per customer when none is, and the shard has swept.
    pub left: u64,
    /// Of how many customers the window had a value at the end.
    pub known: usize,
}

const DAY: i64 = 86_400_000;
const START: i64 = 1_772_413_200_000;

/// What is taken, and the name it goes by.
const TAKES: [(&str, &str); 15] = [
    ("count", "take = \"count\""),
    ("sum", "take = \"sum\"\nof = \"amount\""),
    ("avg", "take = \"avg\"\nof = \"amount\""),
    ("min", "take = \"min\"\nof = \"amount\""),
    ("max", "take = \"max\"\nof = \"amount\""),
    ("distinct", "take = \"distinct\"\nof = \"country\""),
    ("first", "take = \"first\"\nof = \"country\""),
    ("last", "take = \"last\"\nof = \"country\""),
    ("nth_last", "take = \"nth_last\"\nnth = 2\nof = \"amount\""),
    ("new", "take = \"new\"\nof = \"country\""),
    ("stddev", "take = \"stddev\"\nof = \"amount\""),
    ("zscore", "take = \"zscore\"\nof = \"amount\""),
    ("quantile", "take = \"quantile\"\nq = 0.9\nof = \"amount\""),
    (
        "decay",
        "take = \"decay\"\nhalf_life = \"1d\"\nof = \"amount\"",
    ),
    ("hour_share", "take = \"hour_share\""),
];

const SPANS: [(&str, &str); 4] = [
    ("sliding 30d", "over = \"30d\""),
    ("tumbling 30d", "window = \"tumbling\"\nover = \"30d\""),
    ("calendar month", "window = \"calendar\"\nper = \"month\""),
    (
        "session 7d",
        "window = \"session\"\ngap = \"7d\"\nover = \"30d\"",
    ),
];

const EVENTS: &str = "[time]\nzone = \"UTC\"\nlateness = \"5s\"\n\n[event.\"transaction.payment\".data]\n\
    amount = { type = \"money\", currency = \"CNY\" }\ncountry = { type = \"symbol\" }\n";

/// Every take in a sliding window, a count in every other, and one stream that all takes share.
///
/// # Errors
/// The catalogue does not compile: said as text.
pub fn rows(size: Size, live: &dyn Fn() -> u64) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    let [(sliding, over), others @ ..] = SPANS;
    for (take, text) in TAKES {
        rows.push(row(
            size,
            format!("{take}, {sliding}"),
            &[(text, over)],
            live,
        )?);
    }
    for (span, over) in others {
        for (take, text) in TAKES
            .iter()
            .filter(|(take, _)| ["count", "stddev"].contains(take))
        {
            rows.push(row(size, format!("{take}, {span}"), &[(text, over)], live)?);
        }
    }
    let stepped = [("take = \"count\"", "over = \"30d\"\nstep = \"1d\"")];
    rows.push(row(
        size,
        "count, sliding 30d by 1d".to_owned(),
        &stepped,
        live,
    )?);
    let all: Vec<(&str, &str)> = SPANS
        .iter()
        .flat_map(|(_, over)| TAKES.iter().map(|(_, text)| (*text, *over)))
        .collect();
    let name = format!("all {} on one stream", all.len());
    rows.push(row(size, name, &all, live)?);
    Ok(rows)
}

fn row(
    size: Size,
    name: String,
    features: &[(&str, &str)],
    live: &dyn Fn() -> u64,
) -> Result<Row, String> {
    let book = book(features)?;
    let plan = Plan::build(&book, false).map_err(|e| e.to_string())?;
    let mut seed = Seed::new(7);
    let before = live();
    let mut customers: Vec<Tracks> = Vec::with_capacity(size.customers);
    for _ in 0..size.customers {
        customers.push(filled(&plan, size.events, &mut seed));
    }
    let share = |now: u64| now.saturating_sub(before) / size.customers.max(1) as u64;
    let bytes = share(live());
    let reader = Reader {
        order: Order {
            time: START + 29 * DAY,
            seq: u64::MAX,
        },
        before: false,
        zone: &TimeZone::UTC,
    };
    let has_value = |tracks: &&Tracks| {
        let mut values = plan.features.iter().map(|f| tracks.read(&plan, f, &reader));
        values.any(|value| value != Value::Missing)
    };
    let known = customers.iter().filter(has_value).count();
    for tracks in &mut customers {
        tracks.trim(&plan, Key::Customer, START + 1_000 * DAY);
    }
    Ok(Row {
        name,
        bytes,
        left: share(live()),
        known,
    })
}

fn book(features: &[(&str, &str)]) -> Result<Book, String> {
    let mut text = "[stream.payments]\non = \"transaction.payment\"\n".to_owned();
    for (n, (take, over)) in features.iter().enumerate() {
        let head = format!("[feature.f{n}]\nstream = \"payments\"\nkey = \"customer\"\n");
        text.push_str(&format!("\n{head}{take}\n{over}\n"));
    }
    let files = [
        ("catalog/events.toml", EVENTS),
        ("catalog/features.toml", text.as_str()),
    ];
    let (book, findings) = rules::compile::compile(&Project::from_files(files));
    book.ok_or_else(|| format!("{findings:?}"))
}

/// The tracks of a customer who pays now and then, mostly at home.
fn filled(plan: &Plan, events: usize, seed: &mut Seed) -> Tracks {
    const COUNTRIES: [&str; 4] = ["CN", "CN", "CN", "TH"];
    let mut tracks = Tracks::new(plan.customer_tracks);
    let step = 30 * DAY / i64::try_from(events).unwrap_or(1).max(1);
    for (n, seq) in (0i64..).zip(0u64..).take(events) {
        let amount = seed.amount(50_000);
        let country = seed.pick(&COUNTRIES).copied().unwrap_or("CN");
        let order = Order {
            time: START + n * step,
            seq,
        };
        for track in &plan.tracks {
            let cells = track.fields.iter().map(|field| match field.as_str() {
                "amount" => Cell::Number(amount),
                "#" => Cell::Number(1),
                _ => Cell::Text(country.into()),
            });
            tracks.insert(plan, track, order, 0, cells);
        }
    }
    tracks
}
