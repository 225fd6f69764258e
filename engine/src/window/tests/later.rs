//! Windows read at the newest event of their track, and some time after it.

use super::*;

proptest! {
    #[test]
    fn a_window_read_later_says_what_a_search_says(
        mut events in events(), late in 0usize..20, cut in 1i64..60, later in 0i64..50,
    ) {
        let sorted = events.len().saturating_sub(late);
        events[..sorted].sort_by_key(|e| e.order);
        let (plain, fast) = (shape(), summarised());
        let (mut scanned, mut track) = (Track::default(), Track::default());
        let mut floor = -1;
        for e in &events {
            if e.order.time <= floor {
                continue;
            }
            scanned.insert(&plain, e.order, e.mask, e.cells.clone());
            track.insert(&fast, e.order, e.mask, e.cells.clone());
            let behind = at(track.newest() + later, u64::MAX);
            for (edge, over) in fast.lengths.iter().chain([&25]).enumerate() {
                for window in plainly(&fast, *over) {
                    for order in [e.order, behind] {
                        let searched = Window { summary: None, ..window.clone() };
                        let expected = read(&searched, &plain, &scanned, order, floor, false);
                        let known = Window { edge: Some(edge), ..window.clone() };
                        let known = read(&known, &fast, &track, order, floor, false);
                        prop_assert_eq!(known, expected, "{:?} {:?}", window, order);
                    }
                }
            }
            floor = floor.max(e.order.time - cut);
            scanned.trim(&plain, floor);
            track.trim(&fast, floor);
        }
    }
}

/// A window of every take that is read plainly.
fn plainly(shape: &Shape, over: i64) -> Vec<Window> {
    let takes = [
        (Take::Count, None),
        (Take::Sum, None),
        (Take::Avg, None),
        (Take::Distinct, Some(Kind::Distinct)),
        (Take::Min, Some(Kind::Extreme(Ordering::Less))),
        (Take::Max, Some(Kind::Extreme(Ordering::Greater))),
    ];
    let window = |(take, kind): (Take, Option<Kind>)| {
        let own = |of: &Summarised| of.cell == NUMBER && of.mask.is_none();
        let mut summaries = shape.summaries.iter();
        let place = summaries.position(|of| own(of) && Some(of.kind) == kind);
        let mut window = window(take, over, NUMBER, Type::Int);
        window.summary = place;
        window
    };
    takes.map(window).into()
}

#[test]
fn a_track_that_was_let_go_has_nothing_in_any_window() {
    let mut track = numbers(&[(1, 1, 1), (2, 2, 10)]);
    track.trim(&shape(), 2);
    let mut count = window(Take::Count, 7, NUMBER, Type::Int);
    count.edge = Some(1);
    let read = self::read(&count, &shape(), &track, at(3, 9), i64::MIN, false);
    assert_eq!(read, Value::Int(0));
}

#[test]
fn a_count_that_not_all_entries_add_to_is_kept_from_then_on() {
    let (shape, mut track) = (shape(), numbers(&[(1, 1, 5), (2, 2, 6)]));
    let whole = track.bytes();
    track.insert(&shape, at(3, 3), 0, vec![Cell::Empty, Cell::Empty]);
    assert!(track.bytes() > whole);
    let total = |after, measure| track.total(&shape, track.between(after, 9), measure);
    assert_eq!((total(0, 0), total(0, 1)), (3, 2));
    assert_eq!((total(1, 0), total(1, 1)), (2, 1));
    assert_eq!((total(2, 0), total(2, 1)), (1, 0));
}
