//! The plain read: a sliding window at the newest entry of its track, of which the track knows where it begins.
//! Most reads are such. They look at no entry but the newest.

use super::read::Window;
use super::reader::Reader;
use super::track::{Shape, Total, Track};
use rules::catalogue::feature::{Span, Take};
use rules::value::Value;

impl Window {
    /// The value where it is a plain one, missing or not; `None`: the window is read as any other.
    pub(super) fn plain(
        &self,
        shape: &Shape,
        track: &Track,
        reader: &Reader<'_>,
        floor: i64,
    ) -> Option<Value> {
        let length = self.edge.filter(|_| self.is_plain() && !reader.before)?;
        let after = reader.order.time.saturating_sub(self.over).max(floor);
        let stretch = track.newest_stretch(length, after, reader.order)?;
        let sum = || {
            // More money than there is may not fit the totals.
            let fits = track.fits(stretch.count);
            let is_sum = shape.measures.get(self.sum)?.total == Total::Sum;
            stretch.total(self.sum).filter(|_| fits && is_sum)
        };
        Some(match self.take {
            Take::Count => Value::Int(stretch.total(self.count)?),
            Take::Sum => self.number(i128::from(sum()?)),
            Take::Avg => {
                let count = stretch.total(self.count)?;
                self.average(i128::from(sum()?), i128::from(count))
            }
            Take::Distinct => {
                let count = track.sighted(self.summary?, after)?;
                let exact = count <= self.most();
                Value::Int(i64::try_from(count).ok().filter(|_| exact)?)
            }
            Take::Min | Take::Max => match track.sighted_best(self.summary?, after)? {
                Some(best) => self.value(&best),
                None => Value::Missing,
            },
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
