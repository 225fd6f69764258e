//! What a track keeps, whatever it has to have room for: numbers and times near and far, texts short, long, few
//! and many, decimals, masks; beside a sorted list.

use super::*;

const CELLS: usize = 3;

/// So many columns, or more than it is known of where they stand.
fn wide(measures: usize) -> Shape {
    let cells = [Some(0), None, Some(1), Some(2)];
    let each = (0..measures).map(|n| Measure {
        cell: cells[n % cells.len()],
        total: if n % 3 == 0 { Total::Sum } else { Total::Count },
        mask: (n % 5 == 4).then_some(BIT),
    });
    let summary = |kind, cell| Summarised {
        kind,
        cell,
        mask: None,
    };
    Shape {
        cells: CELLS,
        measures: each.collect(),
        summaries: vec![
            summary(Kind::Distinct, 1),
            summary(Kind::Extreme(Ordering::Less), 0),
            summary(Kind::Extreme(Ordering::Greater), 2),
        ],
        lengths: vec![5, 20, 1 << 33],
    }
}

fn cell() -> impl Strategy<Value = Cell> {
    let text = prop_oneof![
        "[ab]{0,2}",
        "[ab]{13,16}",
        (0u32..300).prop_map(|n| n.to_string()),
    ];
    prop_oneof![
        2 => Just(Cell::Empty),
        4 => (-50i64..50).prop_map(Cell::Number),
        1 => prop::sample::select(BORDERS.as_slice()).prop_map(Cell::Number),
        1 => prop::sample::select(&[0.0, -0.0, 1.5, f64::NAN][..]).prop_map(Cell::Decimal),
        4 => text.prop_map(|text| Cell::Text(text.into())),
    ]
}

/// Cells of one kind each for the most part, as those of streams are.
fn cells() -> impl Strategy<Value = Vec<Cell>> {
    let number = (-50i64..50).prop_map(Cell::Number);
    let word = "[a-d]".prop_map(|text| Cell::Text(text.into()));
    let plain = (number, word).prop_map(|(number, word)| vec![number, word, Cell::Empty]);
    prop_oneof![9 => plain, 1 => prop::collection::vec(cell(), CELLS)]
}

fn order() -> impl Strategy<Value = Order> {
    const FAR: [i64; 6] = [0, 1 << 20, 1 << 29, 1 << 33, 1 << 45, -(1 << 33)];
    let far = prop_oneof![9 => Just(0), 1 => prop::sample::select(FAR.as_slice())];
    let seq = prop_oneof![9 => 0u64..100, 1 => prop::sample::select(&[1 << 33, u64::MAX][..])];
    (0i64..60, far, seq).prop_map(|(time, far, seq)| at(time + far, seq))
}

/// The same bits: a number that is none is itself.
fn same(one: &Cell, other: &Cell) -> bool {
    match (one, other) {
        (Cell::Decimal(one), Cell::Decimal(other)) => one.to_bits() == other.to_bits(),
        _ => one == other,
    }
}

proptest! {
    #[test]
    fn a_row_says_what_was_put_in_whatever_comes_beside_it(
        came in prop::collection::vec((order(), prop_oneof![9 => Just(0), 1 => Just(BIT)], cells()), 1..150),
        measures in prop_oneof![Just(4usize), Just(22)],
        cuts in prop::collection::vec((0usize..150, 0usize..150), 0..5),
        sorted in any::<bool>(),
    ) {
        let shape = wide(measures);
        let mut came = came;
        if sorted {
            came.sort_by_key(|(order, ..)| *order);
        }
        let (mut track, mut kept) = (Track::default(), Vec::<Kept>::new());
        for (n, (order, mask, cells)) in came.into_iter().enumerate() {
            track.insert(&shape, order, mask, cells.clone());
            let place = kept.partition_point(|kept| kept.order <= order);
            kept.insert(place, Kept { order, mask, cells });
            for (_, cut) in cuts.iter().filter(|(when, _)| *when == n) {
                let until = kept[cut % kept.len()].order.time;
                track.trim(&shape, until);
                kept.retain(|kept| kept.order.time > until);
                if kept.is_empty() {
                    break;
                }
            }
            let rows: Vec<_> = track.iter().collect();
            prop_assert_eq!(rows.len(), kept.len());
            for ((order, mask, cells), kept) in rows.iter().zip(&kept) {
                prop_assert_eq!((order, mask), (&kept.order, &kept.mask));
                prop_assert!(cells.iter().zip(&kept.cells).all(|(a, b)| same(a, b)), "{:?} {:?}", cells, kept);
            }
            if kept.is_empty() {
                continue;
            }
            let after = kept[n % kept.len()].order.time;
            let range = track.between(after, i64::MAX);
            let inside: Vec<&Kept> = kept.iter().filter(|kept| kept.order.time > after).collect();
            for (place, measure) in shape.measures.iter().enumerate() {
                prop_assert_eq!(track.total(&shape, range, place), naive(*measure, &inside));
            }
            for (place, of) in shape.summaries.iter().enumerate() {
                let take = match of.kind {
                    Kind::Distinct => Take::Distinct,
                    Kind::Extreme(Ordering::Less) => Take::Min,
                    Kind::Extreme(_) => Take::Max,
                };
                let last = kept[kept.len() - 1].order;
                let mut window = window(take, last.time - after, of.cell, Type::Text);
                let scanned = read(&window, &shape, &track, last, i64::MIN, false);
                (window.summary, window.edge) = (Some(place), Some(n % 5));
                let known = read(&window, &shape, &track, last, i64::MIN, false);
                prop_assert_eq!(format!("{known:?}").replace("-0.0", "0.0"), format!("{scanned:?}").replace("-0.0", "0.0"));
            }
        }
    }
}
