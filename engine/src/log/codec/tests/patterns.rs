//! What stands of patterns, of any shape.

use super::{text, value};
use crate::pattern::{Kept, Live, Past, Seen, Standing, Taken, Told};
use crate::window::track::Order;
use proptest::prelude::*;
use std::sync::Arc;

/// Events with orders of their own, as those of one customer have.
fn events() -> impl Strategy<Value = Vec<Arc<Seen>>> {
    let one = (
        any::<u16>(),
        any::<i64>(),
        any::<u128>(),
        any::<u64>(),
        prop::collection::vec(value(), 0..3),
    );
    prop::collection::vec(one, 1..6).prop_map(|all| {
        (0u64..)
            .zip(all)
            .map(|(seq, (of, time, print, marks, values))| {
                let order = Order { time, seq };
                Arc::new(Seen {
                    of,
                    order,
                    print,
                    marks,
                    values,
                })
            })
            .collect()
    })
}

type Shape = (
    i64,
    u64,
    usize,
    [bool; 3],
    u128,
    Vec<(
        u32,
        Option<prop::sample::Index>,
        Option<prop::sample::Index>,
    )>,
);

fn shape() -> impl Strategy<Value = Shape> {
    let taken = (
        any::<u32>(),
        any::<Option<prop::sample::Index>>(),
        any::<Option<prop::sample::Index>>(),
    );
    (
        any::<i64>(),
        any::<u64>(),
        0usize..20,
        any::<[bool; 3]>(),
        any::<u128>(),
        prop::collection::vec(taken, 0..3),
    )
}

fn live((time, seq, at, [moved, waits, told], print, taken): Shape, events: &[Arc<Seen>]) -> Live {
    let event = |index: Option<prop::sample::Index>| index.map(|i| Arc::clone(i.get(events)));
    let taken = taken.into_iter().map(|(count, first, last)| Taken {
        count,
        first: event(first),
        last: event(last),
    });
    Live {
        begun: Order { time, seq },
        newest: Order {
            time: time.wrapping_add(1),
            seq,
        },
        at,
        taken: taken.collect(),
        moved,
        waits,
        told,
        print,
    }
}

pub(super) fn kept() -> impl Strategy<Value = Kept> {
    let types = prop::collection::vec((text(), prop::collection::vec(text(), 0..3)), 0..3);
    let lives = || prop::collection::vec(shape(), 0..3);
    let told = prop::collection::vec((any::<i64>(), any::<u128>(), any::<bool>()), 0..3);
    let past = prop::option::of((lives(), any::<i64>(), any::<u64>(), told, any::<i64>()));
    (text(), types, events(), lives(), past).prop_map(|(pattern, types, events, now, past)| {
        let all = |lives: Vec<Shape>| lives.into_iter().map(|one| live(one, &events)).collect();
        let past = past.map(|(base, time, seq, told, passed)| {
            let told = told
                .into_iter()
                .map(|(at, print, waited)| Told { at, print, waited });
            Box::new(Past {
                base: all(base),
                floor: Order { time, seq },
                recent: events.clone(),
                told: told.collect(),
                passed,
            })
        });
        Kept {
            pattern,
            types: types.into(),
            standing: Standing {
                now: all(now),
                past,
            },
        }
    })
}
