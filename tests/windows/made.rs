//! A stream made to be difficult, the same for the same seed.

use std::collections::BTreeMap;

use kit::Seed;
use rules::book::Book;
use rules::catalogue::feature::{Feature, Key, Span};
use serde_json::{Map, Value, json};

const EVENTS: usize = 5_600;

/// When and where a stream plays.
#[derive(Clone, Copy)]
pub(super) struct Scene {
    pub(super) events: usize,
    /// The first instant, ms.
    pub(super) start: i64,
    /// The events stand in so many ms behind it.
    pub(super) horizon: usize,
    /// Customers who look say in which of these zones they are.
    pub(super) zones: &'static [&'static str],
}

/// 2026-03-02T01:00:00Z, and three hours.
const MORNING: Scene = Scene {
    events: EVENTS,
    start: 1_772_413_200_000,
    horizon: 3 * 3_600_000,
    zones: &[],
};

impl Scene {
    fn end(&self) -> i64 {
        self.start + i64::try_from(self.horizon).unwrap_or(0)
    }
}

/// One record, as the reference sees it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) kind: &'static str,
    pub(super) customer: String,
    pub(super) time: i64,
    /// The entity per kind; fields are called as their kind.
    pub(super) refs: BTreeMap<&'static str, String>,
    /// The other data members.
    pub(super) data: Map<String, Value>,
}

impl Event {
    /// The record as a line of JSON.
    pub(super) fn line(&self) -> String {
        let mut data = self.data.clone();
        for (name, id) in &self.refs {
            data.insert((*name).to_owned(), json!(id));
        }
        let (id, kind, customer, time) = (&self.id, self.kind, &self.customer, self.time);
        json!({"id": id, "type": kind, "customer": customer, "time": time, "source": "made", "data": data})
            .to_string()
    }
}

/// Which disorders there are.
#[derive(Clone, Copy)]
pub(super) struct Disorder {
    /// Some events come late, within the lateness.
    pub(super) late: bool,
    /// Some come later than that.
    pub(super) too_late: bool,
    /// Customers' clocks are up to minutes apart.
    pub(super) clocks: bool,
    /// Some ids come again with other content.
    pub(super) mismatches: bool,
}

/// A stream.
pub(super) struct Made {
    /// In the order they arrive.
    pub(super) arrived: Vec<Event>,
    /// The lateness of the catalogue, ms.
    pub(super) lateness: i64,
}

impl Made {
    pub(super) fn new(seed: u64, disorder: Disorder, book: &Book) -> Self {
        Self::on(MORNING, seed, disorder, book)
    }

    pub(super) fn on(scene: Scene, seed: u64, disorder: Disorder, book: &Book) -> Self {
        let mut seed = Seed::new(seed);
        let mut events: Vec<Event> = Vec::with_capacity(scene.events);
        for nth in 0..scene.events {
            let mut event = fresh(scene, &mut seed, nth);
            match seed.below(100) {
                0..50 => at_an_edge(scene, &mut event, &events, book, &mut seed),
                50..58 => at_an_equal_time(&mut event, &events, &mut seed),
                _ => {}
            }
            events.push(event);
        }
        let lateness = book.catalogue.time.lateness;
        let mut arriving: Vec<(i64, Event)> = Vec::with_capacity(scene.events * 2);
        for event in events {
            let arrival = event.time + delay(&event.customer, disorder, lateness, &mut seed);
            if seed.below(100) < 7 {
                // The last is beyond the horizon of duplicates: such a one is too late.
                let far = if disorder.too_late { 2_400_000 } else { 60_000 };
                let within = pick(&mut seed, [1_000, 30_000, 600_000, far]);
                let again = arrival + below(&mut seed, within);
                arriving.push((again, event.clone()));
            }
            if disorder.mismatches && seed.below(100) < 2 {
                let mut other = event.clone();
                other.data.insert("other".to_owned(), json!(1));
                other.customer.clone_from(&event.customer);
                if other.kind != "channel.look" {
                    other.data.insert("amount".to_owned(), json!("77.77"));
                    arriving.push((arrival + below(&mut seed, 5_000), other));
                }
            }
            arriving.push((arrival, event));
        }
        arriving.sort_by_key(|(arrival, _)| *arrival);
        Self {
            arrived: arriving.into_iter().map(|(_, event)| event).collect(),
            lateness,
        }
    }

    /// Of a thousand events, how many come behind a newer one of their customer.
    pub(super) fn late_share(&self) -> usize {
        let mut newest: BTreeMap<&str, i64> = BTreeMap::new();
        let mut late = 0;
        for event in &self.arrived {
            let newest = newest.entry(&event.customer).or_insert(i64::MIN);
            late += usize::from(event.time < *newest);
            *newest = event.time.max(*newest);
        }
        late * 1_000 / self.arrived.len().max(1)
    }
}

fn below(seed: &mut Seed, bound: usize) -> i64 {
    i64::try_from(seed.below(bound)).unwrap_or(0)
}

fn pick<T: Default, const N: usize>(seed: &mut Seed, of: [T; N]) -> T {
    let at = seed.below(N);
    of.into_iter().nth(at).unwrap_or_default()
}

fn fresh(scene: Scene, seed: &mut Seed, nth: usize) -> Event {
    let kind = match seed.below(10) {
        0..6 => "transaction.payment",
        6..9 => "transaction.withdrawal",
        _ => "channel.look",
    };
    let customer = format!("C{}", seed.below(12));
    let mut refs = BTreeMap::new();
    let mut data = Map::new();
    if kind != "transaction.withdrawal" {
        refs.insert("terminal", format!("T{}", seed.below(6)));
    }
    if kind != "channel.look" {
        refs.insert("card", format!("K{}", seed.below(9)));
        refs.insert("payee", format!("P{}", seed.below(7)));
        let cents = below(seed, 10_000);
        let amount = format!("{}.{:02}", cents / 100, cents % 100);
        data.insert("amount".to_owned(), json!(amount));
        let way = pick(seed, ["chip", "swipe", "online"]);
        data.insert("way".to_owned(), json!(way));
        let optional = [
            ("points", json!(below(seed, 200) - 100)),
            ("rate", json!(below(seed, 64) as f64 / 8.0 - 4.0)),
            ("memo", json!(pick(seed, ["a", "b", "c", "d", "日"]))),
            ("due", json!(scene.start + below(seed, scene.horizon))),
        ];
        for (name, value) in optional {
            if seed.below(3) > 0 {
                data.insert(name.to_owned(), value);
            }
        }
    }
    if kind == "channel.look"
        && let Some(zone) = scene.zones.get(seed.below(scene.zones.len().max(1) * 2))
    {
        data.insert("tz".to_owned(), json!(zone));
    }
    if kind == "transaction.payment" {
        data.insert("declined".to_owned(), json!(seed.below(3) == 0));
    }
    Event {
        id: format!("e{nth}"),
        kind,
        customer,
        time: scene.start + below(seed, scene.horizon),
        refs,
        data,
    }
}

/// Moves an event to the edge of some window, behind an earlier event of the same key.
fn at_an_edge(scene: Scene, event: &mut Event, events: &[Event], book: &Book, seed: &mut Seed) {
    let features: &[Feature] = &book.catalogue.features;
    let (Some(earlier), Some(feature)) = (
        events.get(seed.below(events.len())),
        features.get(seed.below(features.len())),
    ) else {
        return;
    };
    let edge = match feature.span {
        Span::Sliding => earlier.time + feature.over,
        Span::Session(gap) => earlier.time + gap,
        Span::Tumbling(origin) => {
            let passed = (earlier.time - origin).rem_euclid(feature.over);
            earlier.time - passed + feature.over
        }
        // Hours begin where days do.
        Span::Calendar(_) => earlier.time - earlier.time.rem_euclid(1_800_000) + 1_800_000,
    };
    let time = edge + feature.delay + below(seed, 3) - 1;
    if time >= scene.end() {
        return;
    }
    event.time = time;
    let mut share = |kind: rules::value::EntityKind| {
        let name = book.catalogue.entity(kind).map_or("", |e| e.name.as_str());
        if let (Some(own), Some(theirs)) = (event.refs.get_mut(name), earlier.refs.get(name)) {
            own.clone_from(theirs);
        }
    };
    match feature.key {
        Key::Customer => event.customer.clone_from(&earlier.customer),
        Key::Entity(kind) => share(kind),
        Key::Pair(kind) => {
            share(kind);
            event.customer.clone_from(&earlier.customer);
        }
    }
}

fn at_an_equal_time(event: &mut Event, events: &[Event], seed: &mut Seed) {
    if let Some(other) = events.get(seed.below(events.len())) {
        event.time = other.time;
        if seed.below(2) == 0 {
            event.customer.clone_from(&other.customer);
        }
    }
}

/// How long after its time an event arrives, ms.
fn delay(customer: &str, disorder: Disorder, lateness: i64, seed: &mut Seed) -> i64 {
    let clock = match customer {
        "C1" if disorder.clocks => 45_000,
        "C2" if disorder.clocks => 180_000,
        _ => 0,
    };
    let bound = usize::try_from(lateness).unwrap_or(0);
    let way = match seed.below(100) {
        0..8 if disorder.late => below(seed, bound),
        8..10 if disorder.too_late => lateness + below(seed, 3 * bound),
        _ => 0,
    };
    clock + way
}
