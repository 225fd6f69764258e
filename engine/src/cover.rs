//! What a window knows of the time before it was declared. Events that came before are not in it, so
//! until its whole length lies behind that time its value is too small, and it is *cold*.

use crate::passage::Passage;
use crate::plan::{FeaturePlan, Plan};
use rules::book::Book;
use rules::catalogue::feature::Take;
use rules::catalogue::place::PlaceTake;
use rules::value::Text;
use std::collections::BTreeMap;

/// What a window knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cover {
    /// Every event dated later is in it, ms.
    pub since: i64,
    /// How far back it looks, ms.
    pub reach: i64,
}

impl Cover {
    /// From when on it knows its whole length, ms.
    #[must_use]
    pub fn warm(self) -> i64 {
        self.since.saturating_add(self.reach)
    }
}

/// Windows by feature that may not know their whole length; every other one does.
pub type Covers = BTreeMap<Text, Cover>;

/// A book with its plan.
#[derive(Clone, Copy)]
pub struct Laid<'b> {
    /// The book.
    pub book: &'b Book,
    /// Its plan.
    pub plan: &'b Plan,
}

/// What the windows of a book know that is taken up at `at` ms of the door's clock. Whatever came
/// before is dated at most `max_future` ahead of that.
#[must_use]
pub fn covers(passage: &Passage, old: Laid<'_>, new: Laid<'_>, known: &Covers, at: i64) -> Covers {
    let max_future = old.book.catalogue.time.max_future;
    let max_past = new.book.catalogue.time.max_past;
    let horizon = at.saturating_add(max_future);
    let former = Former {
        old,
        known,
        horizon,
    };
    let mut covers = Covers::new();
    for (feature, laid) in new.book.catalogue.features.iter().zip(&new.plan.features) {
        let reach = laid.window.reach();
        let since = match feature.take {
            Take::Place(PlaceTake::Haunt) => former.haunt(passage, &feature.name, reach),
            _ => former.since(passage, laid, reach),
        };
        let cover = Cover { since, reach };
        // Nobody who is still let in reads further back than this.
        if cover.warm() > at.saturating_sub(max_past) {
            covers.insert(feature.name.clone(), cover);
        }
    }
    covers
}

/// What the windows before knew.
struct Former<'a> {
    old: Laid<'a>,
    known: &'a Covers,
    /// Nothing that came so far is dated later, ms.
    horizon: i64,
}

impl Former<'_> {
    /// Since when a window of this reach has all: its rows, its cell and its mask are there since
    /// somebody asked for them.
    fn since(&self, passage: &Passage, laid: &FeaturePlan, reach: i64) -> i64 {
        let Some(way) = passage.way(laid.track) else {
            return self.horizon;
        };
        let window = &laid.window;
        let kin = || self.kin(way.from);
        let rows = match self.old.plan.tracks.get(way.from) {
            Some(track) if reach > track.reach => {
                let longest = kin().filter(|(f, _)| reach_of(f) >= track.reach);
                let kept = track.reach.saturating_add(self.old.plan.lateness_max);
                let kept = self.horizon.saturating_sub(kept);
                longest.map(|(_, since)| since).min().map(|s| s.max(kept))
            }
            _ => kin()
                .filter(|(f, _)| reach_of(f) >= reach)
                .map(|(_, since)| since)
                .min(),
        };
        let cell = match window_cell(laid) {
            None => Some(i64::MIN),
            Some(cell) => way.cells.get(cell).copied().flatten().and_then(|old| {
                let same = kin().filter(|(f, _)| window_cell(f) == Some(old));
                same.map(|(_, since)| since).min()
            }),
        };
        let mask = match window.mask {
            None => Some(i64::MIN),
            Some(bit) => way.mask(bit).and_then(|old| {
                let same = kin().filter(|(f, _)| f.window.mask == Some(old));
                same.map(|(_, since)| since).min()
            }),
        };
        match (rows, cell, mask) {
            (Some(rows), Some(cell), Some(mask)) => rows.max(cell).max(mask),
            _ => self.horizon,
        }
    }

    /// The same of a haunt, which goes on under its own name or the one it had.
    fn haunt(&self, passage: &Passage, name: &Text, reach: i64) -> i64 {
        let features = self.old.book.catalogue.features.iter();
        let mut former = features.filter(|f| passage.haunt(&f.name) == Some(name));
        let Some(former) = former.next() else {
            return self.horizon;
        };
        let known = self.known.get(&former.name);
        let since = known.map_or(i64::MIN, |cover| cover.since);
        if reach <= former.over {
            return since;
        }
        let kept = former.over.saturating_add(self.old.plan.lateness_max);
        since.max(self.horizon.saturating_sub(kept))
    }

    /// The windows of a former track, and since when each has all.
    fn kin(&self, track: usize) -> impl Iterator<Item = (&FeaturePlan, i64)> {
        let features = self.old.book.catalogue.features.iter();
        let features = features.zip(&self.old.plan.features);
        features
            .filter(move |(_, laid)| laid.track == track)
            .map(|(feature, laid)| {
                let known = self.known.get(&feature.name);
                (laid, known.map_or(i64::MIN, |cover| cover.since))
            })
    }
}

fn reach_of(laid: &FeaturePlan) -> i64 {
    laid.window.reach()
}

fn window_cell(laid: &FeaturePlan) -> Option<usize> {
    let window = &laid.window;
    let of_cells = window.take.needs_field() || laid.located.is_some();
    of_cells.then_some(window.cell).or(window.judged)
}
