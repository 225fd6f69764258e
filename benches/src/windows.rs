//! Windows and nothing else: the tracks of many customers, fed and read as the engine does it.

use crate::fields::COUNTRIES;
use crate::seed::Seed;
use crate::workload::{SEED, book_of};
use crate::{catalogue, clock};
use engine::plan::{Plan, TrackPlan};
use engine::shard::AHEAD;
use engine::state::customer::Customer;
use engine::state::tracks::{Tracks, cell};
use engine::window::reader::Reader;
use engine::window::track::{Cell, Order};
use hashbrown::HashMap;
use jiff::tz::TimeZone;
use rules::catalogue::feature::Take;
use rules::project::Project;
use rules::value::{Text, Value};
use std::fmt::Write;
use std::hint::black_box;

/// 2026-03-02T00:00:00Z, ms.
const START: i64 = 1_772_409_600_000;
/// A recorded week, ms.
const WEEK: i64 = 7 * 24 * 3_600_000;
/// Recorded events per customer in the mean.
const EACH: u64 = 28;

/// The windows of so many features: 1, 8 or 24, over 1 h, 24 h and 7 d.
fn features(count: usize) -> String {
    let takes = [
        ("count", "payments", "count", ""),
        ("sum", "payments", "sum", "of = \"amount\"\n"),
        ("avg", "payments", "avg", "of = \"amount\"\ndefault = 0\n"),
        ("max", "payments", "max", "of = \"amount\"\ndefault = 0\n"),
        ("min", "payments", "min", "of = \"amount\"\ndefault = 0\n"),
        ("countries", "seen", "distinct", "of = \"country\"\n"),
        ("devices", "seen", "distinct", "of = \"device\"\n"),
        ("failed", "failures", "count", ""),
    ];
    let mut text = String::from(catalogue::STREAMS);
    let all = ["24h", "1h", "7d"].into_iter();
    let all = all.flat_map(|over| takes.map(|take| (over, take)));
    for (over, (name, stream, take, more)) in all.take(count) {
        let _ = writeln!(
            text,
            "[feature.{name}_{over}]\nstream = \"{stream}\"\nkey = \"customer\"\n\
             take = \"{take}\"\nover = \"{over}\"\n{more}"
        );
    }
    text
}

/// A plan of DW1's events with so many features.
///
/// # Errors
/// The catalogue does not compile: said as text.
pub fn plan(count: usize) -> Result<Plan, String> {
    let mut files = catalogue::files();
    for (path, text) in &mut files {
        if path.ends_with("features.toml") {
            *text = features(count);
        }
    }
    let book = book_of(&Project::from_files(files))?;
    Plan::build(&book, false).map_err(|e| e.to_string())
}

/// One event of one customer.
#[derive(Clone, Debug)]
pub struct Happening {
    customer: u64,
    order: Order,
    /// It is a payment, and of how much.
    amount: Option<i64>,
    country: Text,
    device: Text,
    failed: bool,
}

/// Events without end, customers by Zipf (s = 1).
pub struct Happenings {
    weights: Vec<u64>,
    countries: Vec<Text>,
    seed: Seed,
    order: Order,
    pace: u64,
}

impl Happenings {
    /// Of so many customers: a week holds 28 events for each in the mean.
    #[must_use]
    pub fn of(customers: u64) -> Self {
        let mut total = 0;
        let weight = |rank| {
            total += (1u64 << 32) / rank;
            total
        };
        Self {
            weights: (1..=customers.max(1)).map(weight).collect(),
            countries: COUNTRIES.iter().map(|name| Text::from(*name)).collect(),
            seed: Seed::new(SEED),
            order: Order {
                time: START,
                seq: 0,
            },
            pace: u64::try_from(WEEK).unwrap_or(0) / (customers.max(1) * EACH),
        }
    }

    fn next(&mut self) -> Happening {
        let drawn = self.seed.below(self.weights.last().copied().unwrap_or(1));
        let customer = self.weights.partition_point(|sum| *sum <= drawn) as u64;
        self.order.seq += 1;
        self.order.time += self.seed.amount(2 * self.pace + 1);
        let kind = self.seed.below(10);
        let amount = (kind < 6).then(|| 1 + self.seed.amount(200_000));
        let abroad = if self.seed.percent(12) {
            self.seed.below(16)
        } else {
            customer % 16
        };
        let country = usize::try_from(abroad)
            .ok()
            .and_then(|at| self.countries.get(at));
        let device = customer * 8 + self.seed.below(8) * self.seed.below(8) / 8;
        Happening {
            customer,
            order: self.order,
            amount,
            country: country.cloned().unwrap_or_default(),
            device: Text::from(format!("d{device}")),
            failed: kind == 6 && self.seed.percent(50),
        }
    }
}

/// Customers with their windows.
pub struct Windows<'a> {
    plan: &'a Plan,
    ways: Vec<Way<'a>>,
    customers: HashMap<Text, Customer>,
    names: Vec<Text>,
}

/// An event's way into one track.
struct Way<'a> {
    track: &'a TrackPlan,
    stream: Stream,
    /// By cell: which field.
    cells: Vec<Field>,
}

/// What the stream is of: the product has this as bits of the event, found before.
#[derive(Clone, Copy)]
enum Stream {
    Payments,
    Failures,
    All,
}

#[derive(Clone, Copy)]
enum Field {
    Amount,
    Country,
    Device,
}

impl Way<'_> {
    fn wants(&self, event: &Happening) -> bool {
        match self.stream {
            Stream::Payments => event.amount.is_some(),
            Stream::Failures => event.failed,
            Stream::All => true,
        }
    }

    fn cells<'e>(&'e self, event: &'e Happening) -> impl Iterator<Item = Cell> + 'e {
        self.cells.iter().map(|field| match field {
            Field::Amount => event.amount.map_or(Cell::Empty, Cell::Number),
            Field::Country => Cell::Text(event.country.clone()),
            Field::Device => Cell::Text(event.device.clone()),
        })
    }
}

impl<'a> Windows<'a> {
    /// So many customers of whom nothing is known yet.
    #[must_use]
    pub fn new(plan: &'a Plan, customers: u64) -> Self {
        let names: Vec<Text> = (0..customers).map(|id| format!("c{id}").into()).collect();
        let field = |name: &Text| match name.as_str() {
            "amount" => Field::Amount,
            "country" => Field::Country,
            _ => Field::Device,
        };
        let stream = |track: &TrackPlan| match track.stream.as_str() {
            "payments" => Stream::Payments,
            "failures" => Stream::Failures,
            _ => Stream::All,
        };
        let way = |track: &'a TrackPlan| Way {
            track,
            stream: stream(track),
            cells: track.fields.iter().map(field).collect(),
        };
        Self {
            plan,
            ways: plan.tracks.iter().map(way).collect(),
            customers: (names.iter().cloned())
                .map(|name| (name, Customer::new(plan)))
                .collect(),
            names,
        }
    }

    /// Takes an event into every window it is for.
    pub fn take(&mut self, event: &Happening) {
        self.live(event, |_| ());
    }

    /// Takes an event into every window it is for, and reads every feature as it sees it.
    pub fn take_and_read(&mut self, event: &Happening, seen: &mut Vec<Value>) {
        let (plan, reader) = (self.plan, reader(event));
        seen.clear();
        self.live(event, |windows| {
            let read = |feature| windows.read(plan, feature, &reader);
            seen.extend(plan.features.iter().map(read));
        });
    }

    /// Finds the customer once, takes the event and goes on.
    fn live(&mut self, event: &Happening, behind: impl FnOnce(&Tracks)) {
        let at = usize::try_from(event.customer).ok();
        let Some(name) = at.and_then(|at| self.names.get(at)) else {
            return;
        };
        let Some(customer) = self.customers.get_mut(name.as_str()) else {
            return;
        };
        let windows = &mut customer.windows;
        for way in self.ways.iter().filter(|way| way.wants(event)) {
            let cells = way.cells(event);
            windows.insert(self.plan, way.track, event.order, 0, cells);
        }
        behind(windows);
    }

    /// Finds the customer, and looks at it: what any program would have to do.
    #[must_use]
    pub fn look(&self, event: &Happening) -> i64 {
        let customer = self.found(event);
        customer.map_or(0, |customer| customer.windows.newest)
    }

    /// The same with what the windows of the next events will need: so does the product ahead of its steps.
    #[must_use]
    pub fn touch(&self, ahead: &[Happening]) -> i64 {
        let found = ahead.iter().filter_map(|event| self.found(event));
        let windows: Vec<&Tracks> = found.map(|customer| &customer.windows).collect();
        Tracks::touch(&windows)
    }

    fn found(&self, event: &Happening) -> Option<&Customer> {
        let name = self.names.get(usize::try_from(event.customer).ok()?)?;
        self.customers.get(name.as_str())
    }
}

fn reader(event: &Happening) -> Reader<'static> {
    static ZONE: TimeZone = TimeZone::UTC;
    Reader {
        order: event.order,
        before: false,
        zone: &ZONE,
    }
}

/// What a size took.
#[derive(Clone, Copy, Debug)]
pub struct Took {
    /// Looking at the customer alone, ns per event.
    pub floor_ns: f64,
    /// Taking the event into all windows and reading each, ns per event.
    pub whole_ns: f64,
    /// Memory that the filled windows and their customers have resident, bytes.
    pub bytes: u64,
}

/// Fills a week of so many customers, then measures so many events.
pub fn measure(plan: &Plan, customers: u64, measured: usize) -> Took {
    let mut happenings = Happenings::of(customers);
    let before = resident();
    let mut windows = Windows::new(plan, customers);
    for _ in 0..customers * EACH {
        windows.take(&happenings.next());
    }
    let mut best = Took {
        floor_ns: f64::INFINITY,
        whole_ns: f64::INFINITY,
        bytes: resident().saturating_sub(before),
    };
    let mut seen = Vec::with_capacity(plan.features.len());
    for _ in 0..3 {
        let events: Vec<Happening> = (0..measured).map(|_| happenings.next()).collect();
        let per = |ns: u64| ns as f64 / measured.max(1) as f64;
        let start = clock::thread_ns();
        for event in &events {
            black_box(windows.look(event));
        }
        let looked = clock::thread_ns();
        for batch in events.chunks(AHEAD) {
            black_box(windows.touch(batch));
            for event in batch {
                windows.take_and_read(event, &mut seen);
                black_box(&seen);
            }
        }
        let end = clock::thread_ns();
        best.floor_ns = best.floor_ns.min(per(looked - start));
        best.whole_ns = best.whole_ns.min(per(end - looked));
    }
    best
}

/// Lets so many events happen and counts each window anew over all that happened before, by its definition;
/// averages alone are left to their sums.
///
/// # Errors
/// A window says something else: which, and what.
pub fn agree(plan: &Plan, customers: u64, events: usize) -> Result<(), String> {
    let mut happenings = Happenings::of(customers);
    let mut windows = Windows::new(plan, customers);
    let mut past: Vec<Happening> = Vec::new();
    let mut seen = Vec::new();
    for _ in 0..events {
        let now = happenings.next();
        past.push(now.clone());
        windows.take_and_read(&now, &mut seen);
        for (feature, value) in plan.features.iter().zip(&seen) {
            let way = windows
                .ways
                .get(feature.track)
                .ok_or("a feature has no track")?;
            let after = now.order.time - feature.window.over;
            let mine = past
                .iter()
                .rev()
                .take_while(|event| event.order.time > after);
            let mine = mine.filter(|event| event.customer == now.customer && way.wants(event));
            let cells = |event| way.cells(event).nth(feature.window.cell);
            let counted = recount(feature.window.take, mine.map(cells));
            if counted
                .as_ref()
                .is_some_and(|counted| *counted != cell(value))
            {
                let take = feature.window.take.name();
                return Err(format!(
                    "{take} is {value:?}, counted anew {counted:?}: {now:?}"
                ));
            }
        }
    }
    Ok(())
}

fn recount(take: Take, cells: impl Iterator<Item = Option<Cell>>) -> Option<Cell> {
    let cells: Vec<Cell> = cells.map(Option::unwrap_or_default).collect();
    let numbers = || {
        cells.iter().filter_map(|cell| match cell {
            Cell::Number(n) => Some(*n),
            _ => None,
        })
    };
    Some(Cell::Number(match take {
        Take::Count => i64::try_from(cells.len()).unwrap_or(i64::MAX),
        Take::Sum => numbers().sum(),
        // Their default.
        Take::Max => numbers().max().unwrap_or(0),
        Take::Min => numbers().min().unwrap_or(0),
        Take::Distinct => {
            let mut words: Vec<&str> = cells.iter().filter_map(word).collect();
            words.sort_unstable();
            words.dedup();
            i64::try_from(words.len()).unwrap_or(i64::MAX)
        }
        _ => return None,
    }))
}

fn word(cell: &Cell) -> Option<&str> {
    match cell {
        Cell::Text(word) => Some(word.as_str()),
        _ => None,
    }
}

/// Memory this process has resident, bytes; 0 where nobody says.
fn resident() -> u64 {
    let said = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = said.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1_024
}
