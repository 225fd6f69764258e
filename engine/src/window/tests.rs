//! Tracks and windows against the plainest thing that can be true: a sorted list, rescanned.

mod borders;
mod kinds;
mod later;
mod rows;

use super::read::{DISTINCT_MAX_DEFAULT, Window};
use super::reader::Reader;
use super::summary::{Kind, Summarised};
use super::track::{Cell, Measure, Order, Shape, Total, Track};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use rules::catalogue::feature::{Span, Take};
use rules::value::{Text, Type, Value};
use std::cmp::Ordering;

/// The cells of the tests' events: a number, and a text.
const NUMBER: usize = 0;
const WORD: usize = 1;
const BIT: u32 = 1 << 3;

/// Numbers at the ends of 32 and 64 bits.
const BORDERS: [i64; 7] = [
    i64::MAX,
    i64::MIN,
    i32::MAX as i64,
    i32::MIN as i64,
    i32::MIN as i64 + 1,
    i32::MAX as i64 + 1,
    i32::MIN as i64 - 1,
];

#[derive(Clone, Debug)]
struct Kept {
    order: Order,
    mask: u32,
    cells: Vec<Cell>,
}

fn shape() -> Shape {
    let measure = |cell, sum, mask| Measure {
        cell,
        total: if sum { Total::Sum } else { Total::Count },
        mask,
    };
    Shape {
        cells: 2,
        measures: vec![
            measure(None, false, None),
            measure(Some(NUMBER), false, None),
            measure(Some(NUMBER), true, None),
            measure(None, false, Some(BIT)),
            measure(Some(NUMBER), true, Some(BIT)),
            measure(Some(WORD), false, None),
        ],
        summaries: Vec::new(),
        lengths: vec![1, 7, 20, 39],
    }
}

/// The same with a summary for every kind of read.
fn summarised() -> Shape {
    let summary = |kind, cell, mask| Summarised { kind, cell, mask };
    let mut summaries = Vec::new();
    for cell in [NUMBER, WORD] {
        for mask in [None, Some(BIT)] {
            summaries.push(summary(Kind::Distinct, cell, mask));
            summaries.push(summary(Kind::Extreme(Ordering::Less), cell, mask));
            summaries.push(summary(Kind::Extreme(Ordering::Greater), cell, mask));
        }
    }
    Shape {
        summaries,
        ..shape()
    }
}

/// What a measure adds up to over these events, by its definition.
fn naive(measure: Measure, kept: &[&Kept]) -> i128 {
    let wanted = kept
        .iter()
        .filter(|k| measure.mask.is_none_or(|bit| k.mask & bit != 0));
    wanted
        .map(|k| match measure.cell.and_then(|at| k.cells.get(at)) {
            None => 1,
            Some(Cell::Empty) => 0,
            Some(Cell::Number(n)) if measure.total == Total::Sum => i128::from(*n),
            Some(_) => i128::from(measure.total != Total::Sum),
        })
        .sum()
}

fn number() -> impl Strategy<Value = Cell> {
    prop_oneof![
        2 => Just(Cell::Empty),
        5 => (-50i64..50).prop_map(Cell::Number),
        1 => prop::sample::select(BORDERS.as_slice()).prop_map(Cell::Number),
    ]
}

fn word() -> impl Strategy<Value = Cell> {
    prop_oneof![
        Just(Cell::Empty),
        "[abc]".prop_map(|t| Cell::Text(Text::from(t))),
    ]
}

/// Events numbered as they come, with few enough times that many are equal. The first of them have every cell
/// and no mask, as most events of most streams.
fn events() -> impl Strategy<Value = Vec<Kept>> {
    let event = (0i64..40, prop_oneof![Just(0), Just(BIT)], number(), word());
    let events = prop::collection::vec(event, 0..60);
    (events, 0u64..60).prop_map(|(events, whole)| {
        let numbered = (1u64..).zip(events);
        numbered
            .map(|(seq, (time, mask, number, word))| {
                let filled = |cell: Cell, other: Cell| match cell {
                    Cell::Empty if seq <= whole => other,
                    cell => cell,
                };
                Kept {
                    order: Order { time, seq },
                    mask: if seq <= whole { 0 } else { mask },
                    cells: vec![
                        filled(number, Cell::Number(1)),
                        filled(word, Cell::Text("d".into())),
                    ],
                }
            })
            .collect()
    })
}

fn filled(events: &[Kept]) -> Track {
    let mut track = Track::default();
    for e in events {
        track.insert(&shape(), e.order, e.mask, e.cells.clone());
    }
    track
}

fn contents(track: &Track) -> Vec<(Order, u32, Vec<Cell>)> {
    track.iter().collect()
}

/// Every total over (after, until], for all bounds there are.
fn totals(track: &Track, above: i64) -> Vec<i128> {
    let shape = shape();
    let mut all = Vec::new();
    for after in above..42 {
        for until in after..42 {
            let range = track.between(after, until);
            all.extend((0..shape.measures.len()).map(|m| track.total(&shape, range, m)));
        }
    }
    all
}

fn window(take: Take, over: i64, cell: usize, ty: Type) -> Window {
    // Which of `shape`'s measures count and sum the cell.
    let (count, sum) = match (take, cell) {
        (Take::Count | Take::New, _) => (0, 0),
        (_, NUMBER) => (1, 2),
        _ => (5, 5),
    };
    Window {
        take,
        count,
        sum,
        spread: None,
        cell,
        judged: None,
        mask: None,
        summary: None,
        span: Span::Sliding,
        step: None,
        over,
        edge: None,
        delay: 0,
        current: true,
        min: None,
        default: Value::Missing,
        max: DISTINCT_MAX_DEFAULT,
        ty,
    }
}

fn at(time: i64, seq: u64) -> Order {
    Order { time, seq }
}

fn read(w: &Window, shape: &Shape, track: &Track, order: Order, floor: i64, before: bool) -> Value {
    let reader = Reader {
        order,
        before,
        zone: &TimeZone::UTC,
    };
    w.read(shape, track, &reader, floor)
}

fn numbers(list: &[(i64, u64, i64)]) -> Track {
    let mut track = Track::default();
    for (time, seq, n) in list {
        let cells = vec![Cell::Number(*n), Cell::Empty];
        track.insert(&shape(), at(*time, *seq), 0, cells);
    }
    track
}

proptest! {
    #[test]
    fn the_order_of_arrival_leaves_no_trace(events in events()) {
        let mut sorted = events.clone();
        sorted.sort_by_key(|e| e.order);
        let (came, ordered) = (filled(&events), filled(&sorted));
        prop_assert_eq!(contents(&came), contents(&ordered));
        prop_assert_eq!(totals(&came, -1), totals(&ordered, -1));
    }

    #[test]
    fn a_total_is_the_sum_of_what_is_in_its_range(
        events in events(), after in -2i64..42, until in -2i64..42, seq in 0u64..62,
    ) {
        let (shape, track) = (shape(), filled(&events));
        let order = at(until, seq);
        let ranges = [
            (track.between(after, until), |o: Order, edge: Order| o.time <= edge.time),
            (track.up_to(after, order), |o: Order, edge: Order| o <= edge),
            (track.before(after, order), |o: Order, edge: Order| o < edge),
        ] as [(_, fn(Order, Order) -> bool); 3];
        for (range, within) in ranges {
            let inside: Vec<&Kept> = events
                .iter()
                .filter(|e| e.order.time > after && within(e.order, order))
                .collect();
            prop_assert_eq!(range.len(), inside.len());
            for (m, measure) in shape.measures.iter().enumerate() {
                prop_assert_eq!(track.total(&shape, range, m), naive(*measure, &inside));
            }
            let mut sorted = inside.clone();
            sorted.sort_by_key(|e| e.order);
            let masked = sorted.iter().filter(|e| e.mask & BIT != 0);
            let words: Vec<Cell> = masked.map(|e| e.cells[WORD].clone()).collect();
            let read: Vec<Cell> = track.cells(&shape, range, WORD, Some(BIT)).collect();
            prop_assert_eq!(read, words);
        }
    }

    #[test]
    fn letting_go_changes_no_answer_above_the_floor(
        events in events(), cuts in prop::collection::vec((0usize..60, -1i64..40), 1..6),
    ) {
        // `floor` only rises, and what comes at or below it is not taken: as `Tracks` does it.
        let (mut whole, mut trimmed) = (Track::default(), Track::default());
        let mut floor = i64::MIN;
        for (n, e) in events.iter().enumerate() {
            whole.insert(&shape(), e.order, e.mask, e.cells.clone());
            if e.order.time > floor {
                trimmed.insert(&shape(), e.order, e.mask, e.cells.clone());
            }
            for (_, cut) in cuts.iter().filter(|(when, _)| *when == n) {
                floor = floor.max(*cut);
                trimmed.trim(&shape(), floor);
            }
        }
        let above: Vec<_> =
            contents(&whole).into_iter().filter(|(o, ..)| o.time > floor).collect();
        prop_assert_eq!(trimmed.len(), above.len());
        prop_assert_eq!(contents(&trimmed), above);
        prop_assert_eq!(totals(&trimmed, floor.max(-1)), totals(&whole, floor.max(-1)));
    }

    #[test]
    fn a_summary_says_what_a_scan_says(
        many in prop::collection::vec(events(), 1..8), late in 0usize..40,
        reads in prop::collection::vec((0usize..400, 1i64..60, 0i64..3, any::<bool>()), 1..30),
    ) {
        // Stretches of 40 ms one behind the other, each sorted but for a few.
        let mut kept: Vec<Kept> = Vec::new();
        for (stretch, mut events) in (0i64..).zip(many) {
            let sorted = events.len().saturating_sub(late);
            events[..sorted].sort_by_key(|e| e.order);
            for mut e in events {
                e.order = at(e.order.time + stretch * 25, kept.len() as u64 + 1);
                kept.push(e);
            }
        }
        let (plain, fast) = (shape(), summarised());
        let (mut scanned, mut track) = (Track::default(), Track::default());
        let mut floor = i64::MIN;
        for (n, e) in kept.iter().enumerate() {
            if e.order.time <= floor {
                continue;
            }
            scanned.insert(&plain, e.order, e.mask, e.cells.clone());
            track.insert(&fast, e.order, e.mask, e.cells.clone());
            for (_, over, delay, before) in reads.iter().filter(|(when, ..)| when % kept.len() == n) {
                for (place, of) in fast.summaries.iter().enumerate() {
                    let take = match of.kind {
                        Kind::Distinct => Take::Distinct,
                        Kind::Extreme(Ordering::Less) => Take::Min,
                        Kind::Extreme(_) => Take::Max,
                    };
                    let ty = if of.cell == NUMBER { Type::Int } else { Type::Text };
                    let mut window = window(take, *over, of.cell, ty);
                    (window.mask, window.delay) = (of.mask, *delay);
                    window.max = if over % 2 == 0 { 2 } else { 1_000 };
                    let expected = read(&window, &plain, &scanned, e.order, floor, *before);
                    // Wherever a window is thought to begin, it begins where it does.
                    window.edge = [None, Some(0), Some(3), Some(9)][place % 4];
                    window.summary = Some(place);
                    let read = self::read(&window, &fast, &track, e.order, floor, *before);
                    prop_assert_eq!(read, expected, "{:?} {:?}", window, e.order);
                    if of.kind == Kind::Distinct {
                        window.take = Take::New;
                        window.judged = Some(of.cell);
                        let known = self::read(&window, &fast, &track, e.order, floor, *before);
                        window.summary = None;
                        let plainly = self::read(&window, &plain, &scanned, e.order, floor, *before);
                        prop_assert_eq!(known, plainly, "{:?} {:?}", window, e.order);
                    }
                }
                floor = floor.max(e.order.time - 40 - over);
                scanned.trim(&plain, floor);
                track.trim(&fast, floor);
                if over % 7 == 0 {
                    // Too many: the oldest go, equal times or not.
                    scanned.shed(&plain, 70);
                    track.shed(&fast, 70);
                }
            }
        }
    }

    #[test]
    fn where_a_window_begins_is_known_or_found(
        mut events in events(), late in 0usize..20, cut in 1i64..60, over in 1i64..45,
    ) {
        let sorted = events.len().saturating_sub(late);
        events[..sorted].sort_by_key(|e| e.order);
        let (shape, mut track) = (shape(), Track::default());
        let mut floor = -1;
        for e in events.iter().filter(|e| e.order.time > -1) {
            if e.order.time <= floor {
                continue;
            }
            track.insert(&shape, e.order, e.mask, e.cells.clone());
            for (edge, length) in shape.lengths.iter().chain([&over]).enumerate() {
                let after = (e.order.time - length).max(floor);
                let found = track.up_to(after, e.order);
                let known = track.up_to_from(after, e.order, Some(edge));
                prop_assert_eq!(known, found);
                for measure in 0..shape.measures.len() {
                    let total = |range| track.total(&shape, range, measure);
                    prop_assert_eq!(total(known), total(found));
                }
            }
            floor = floor.max(e.order.time - cut);
            track.trim(&shape, floor);
        }
    }

    #[test]
    fn an_average_is_the_nearest_double(events in events(), time in 0i64..40, over in 1i64..40) {
        let window = window(Take::Avg, over, NUMBER, Type::Decimal);
        let inside: Vec<i128> = events
            .iter()
            .filter(|e| e.order.time > time - over && e.order.time <= time)
            .filter_map(|e| match e.cells[NUMBER] {
                Cell::Number(n) => Some(i128::from(n)),
                _ => None,
            })
            .collect();
        let expected = if inside.is_empty() {
            Value::Missing
        } else {
            Value::Decimal(inside.iter().sum::<i128>() as f64 / inside.len() as f64)
        };
        let read = self::read(&window, &shape(), &filled(&events), at(time, u64::MAX), i64::MIN, false);
        prop_assert_eq!(read, expected);
    }
}
