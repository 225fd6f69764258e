//! The plain read: a sliding window at the newest entry of its track or later, of which the track knows where it
//! begins, or nearly. Most reads are such. They look at the newest entry and at those that left since it came.

use super::read::Window;
use super::reader::Reader;
use super::track::stretch::Stretch;
use super::track::{Cell, Track};
use rules::catalogue::feature::{Span, Take};

/// What a plain read found. It is made a value in one go: a value that is looked at and handed on is copied
/// word by word, which takes longer than the read.
pub(super) enum Plain {
    /// So many.
    Count(i64),
    /// Of the type of the window.
    Sum(i64),
    /// Of numbers that add up to the first, and are so many.
    Average(i64, i64),
    /// The most extreme.
    Best(Cell),
    /// There is none.
    Nothing,
}

impl Window {
    /// The value where it is a plain one, missing or not; `None`: the window is read as any other.
    #[inline]
    pub(super) fn plain(&self, track: &Track, reader: &Reader<'_>, floor: i64) -> Option<Plain> {
        let length = self.edge.filter(|_| self.is_plain() && !reader.before)?;
        let after = reader.order.time.saturating_sub(self.over).max(floor);
        let stretch = || track.newest_stretch(length, after, reader.order);
        let sum = |stretch: &Stretch<'_>| {
            // More money than there is may not fit the totals.
            let fits = track.fits(stretch.count);
            fits.then(|| stretch.total(self.sum))
        };
        Some(match self.take {
            Take::Count => Plain::Count(stretch()?.total(self.count)),
            Take::Sum => Plain::Sum(sum(&stretch()?)?),
            Take::Avg => {
                let stretch = stretch()?;
                match stretch.total(self.count) {
                    0 => Plain::Nothing,
                    count => Plain::Average(sum(&stretch)?, count),
                }
            }
            Take::Distinct => {
                let count = track.sighted(self.summary?, &stretch()?)?;
                let exact = count <= self.most();
                Plain::Count(i64::try_from(count).ok().filter(|_| exact)?)
            }
            Take::Min | Take::Max => {
                match track.sighted_best((self.summary?, self.cell), &stretch()?)? {
                    Cell::Empty => Plain::Nothing,
                    best => Plain::Best(best),
                }
            }
            _ => return None,
        })
    }

    /// It ends now and slides, and has a value however few events there are.
    fn is_plain(&self) -> bool {
        self.span == Span::Sliding
            && self.delay == 0
            && self.current
            && self.step.is_none()
            && self.min.is_none()
    }
}
