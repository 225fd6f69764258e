//! Fences: who is within, entered and left fix by fix.
//!
//! Entered by a fix within; left by one that is farther outside than the margin; a fix that is worse
//! than the fence's accuracy says nothing. A late fix is put where it belongs and what came behind it
//! is gone through again: only if the customer stands on the other side now is that told.

use super::Fix;
use super::whereabouts::{Turn, Whereabouts, last_of};
use crate::change::Change;
use rules::catalogue::place::{Fence, FenceId, Places};
use rules::place::bounds::band;
use rules::value::Text;
use std::collections::BTreeSet;

/// Fences by the degrees of latitude they touch, so that few are looked at per fix.
#[derive(Clone, Debug, Default)]
pub struct Bands {
    bands: Vec<Vec<FenceId>>,
}

impl Bands {
    /// Sorts the fences of a catalogue.
    #[must_use]
    pub fn of(places: &Places) -> Self {
        if places.fences.is_empty() {
            return Self::default();
        }
        let mut bands = vec![Vec::new(); 180];
        for (at, fence) in (0u16..).zip(&places.fences) {
            let touched = bands.get_mut(fence.outline.bounds().bands());
            for band in touched.into_iter().flatten() {
                band.push(FenceId(at));
            }
        }
        Self { bands }
    }

    /// Fences that a point may lie in.
    fn near<'a>(&'a self, places: &'a Places, fix: Fix) -> impl Iterator<Item = FenceId> + 'a {
        let near = self.bands.get(band(fix.point.lat()));
        near.into_iter().flatten().copied().filter(move |id| {
            let fence = places.fences.get(usize::from(id.0));
            fence.is_some_and(|fence| fence.outline.bounds().may_hold(fix.point))
        })
    }
}

/// A fence that somebody entered or left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crossing {
    /// Which.
    pub fence: FenceId,
    /// Entered, or left.
    pub inside: bool,
    /// Since when within: of this stay, or of the one that ended, ms.
    pub since: i64,
    /// When, ms.
    pub at: i64,
}

/// What a fix changes, and what it makes happen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moved {
    /// To be written.
    pub changes: Vec<Change>,
    /// To be told, in the order of fences.
    pub crossings: Vec<Crossing>,
    /// Fences whose stay began at another time than was thought, with the time.
    pub restarted: Vec<(FenceId, i64)>,
}

/// What a fix says to somebody who is where `known` says.
#[must_use]
pub fn moved(places: &Places, bands: &Bands, known: &Whereabouts, fix: Fix) -> Moved {
    let behind = known.after(fix.order);
    let fixes = || std::iter::once(&fix).chain(behind);
    let mut concerned: BTreeSet<FenceId> = bands.near(places, fix).collect();
    for later in behind {
        concerned.extend(bands.near(places, *later));
    }
    let named = |name: &Text| places.fences.iter().position(|f| f.name == *name);
    let had = known.known().filter_map(named);
    concerned.extend(had.filter_map(|at| u16::try_from(at).ok().map(FenceId)));
    let mut found = Moved {
        changes: vec![Change::Located(fix)],
        ..Moved::default()
    };
    for id in concerned {
        if let Some(fence) = places.fences.get(usize::from(id.0)) {
            turned(fence, id, known, fixes(), fix, &mut found);
        }
    }
    found
}

/// Goes through the fixes from a fence's last certain turn on.
fn turned<'f>(
    fence: &Fence,
    id: FenceId,
    known: &Whereabouts,
    fixes: impl Iterator<Item = &'f Fix>,
    fix: Fix,
    found: &mut Moved,
) {
    let had = known.turns(&fence.name);
    let before = had.iter().filter(|turn| turn.order < fix.order);
    let mut inside = before.last().is_some_and(|turn| turn.inside);
    let mut turns = Vec::new();
    for fix in fixes {
        let now = stands(fence, inside, fix);
        if now != inside {
            inside = now;
            turns.push(Turn {
                order: fix.order,
                inside,
            });
        }
    }
    let old = had.iter().filter(|turn| turn.order >= fix.order);
    if old.eq(&turns) {
        return;
    }
    let was = last_of(had, |_| true);
    let kept = had.iter().filter(|turn| turn.order < fix.order).copied();
    let all: Vec<Turn> = kept.chain(turns.iter().copied()).collect();
    let is = last_of(&all, |_| true);
    found.changes.push(Change::FenceTurned {
        fence: fence.name.clone(),
        from: fix.order,
        turns,
    });
    let last = all.last().map_or(fix.order.time, |turn| turn.order.time);
    match (was, is) {
        (None, Some(since)) => found.crossings.push(Crossing {
            fence: id,
            inside: true,
            since: since.time,
            at: last,
        }),
        (Some(since), None) => found.crossings.push(Crossing {
            fence: id,
            inside: false,
            since: since.time.min(last),
            at: last,
        }),
        (Some(was), Some(is)) if was != is => found.restarted.push((id, is.time)),
        _ => {}
    }
}

/// On which side somebody stands by a fix who stood on this side before it.
fn stands(fence: &Fence, inside: bool, fix: &Fix) -> bool {
    if fix.accuracy > fence.accuracy {
        inside
    } else if inside {
        fence.outline.metres_outside(fix.point) <= fence.margin
    } else {
        fence.outline.holds(fix.point)
    }
}
