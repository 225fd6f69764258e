//! Whether state kept by one plan is state of another as it is.

use super::{Plan, TrackPlan};
use rules::book::Book;

impl Plan {
    /// True when every window of the other plan finds all it asks for in what this one keeps, track by
    /// track. Both books have the same catalogue files.
    #[must_use]
    pub fn serves(&self, book: &Book, other: (&Plan, &Book)) -> bool {
        let (plan, new) = other;
        let same = |(old, now): (&TrackPlan, &TrackPlan)| {
            let shape = (&old.stream, old.key, old.place, &old.shape, &old.fields)
                == (&now.stream, now.key, now.place, &now.shape, &now.fields);
            shape && now.reach <= old.reach && masks(book, old) == masks(new, now)
        };
        self.tracks.len() == plan.tracks.len() && self.tracks.iter().zip(&plan.tracks).all(same)
    }
}

/// Conditions by their texts: their places may have changed.
fn masks<'b>(book: &'b Book, track: &TrackPlan) -> Vec<Option<&'b str>> {
    let text = |id| book.expression(id).map(|e| e.text.as_str());
    track.masks.iter().map(|id| text(*id)).collect()
}
