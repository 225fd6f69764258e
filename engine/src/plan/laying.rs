//! A feature laid on its track: the cells, masks, totals and summaries it needs there.

use super::{PlanError, TrackPlan};
use crate::limits::FILTERS_PER_TRACK_MAX;
use crate::window::read::{DISTINCT_MAX_DEFAULT, SCANNED_MAX_DEFAULT, Window};
use crate::window::spread::Sums;
use crate::window::summary::{Kind, Summarised};
use crate::window::track::{Measure, Total};
use rules::catalogue::feature::{Feature, Span, Take};
use std::cmp::Ordering;

/// Before a name: how many events have it, in a pane. Alone: how many there are.
pub(super) const COUNTED: &str = "#";

impl TrackPlan {
    /// The window of a feature, with all it needs.
    pub(super) fn lay(&mut self, feature: &Feature) -> Result<Window, PlanError> {
        let mask = self.lay_mask(feature)?;
        let (cell, counted) = self.lay_cells(feature);
        let mut measure = |total, cell| {
            let measure = Measure { cell, total, mask };
            place_of(&mut self.shape.measures, &measure)
        };
        let count = match counted {
            None => measure(Total::Count, cell),
            // A pane has counted already.
            Some(counted) => measure(Total::Sum, Some(counted)),
        };
        let sum = match feature.take {
            Take::Sum | Take::Avg => measure(Total::Sum, cell),
            _ => count,
        };
        let spread = match feature.take {
            Take::StdDev | Take::ZScore => Some(Sums {
                sum: measure(Total::Bounded, cell),
                squares: (
                    measure(Total::SquaresLow, cell),
                    measure(Total::SquaresHigh, cell),
                ),
            }),
            _ => None,
        };
        let kind = match feature.take {
            Take::Distinct | Take::New => Some(Kind::Distinct),
            Take::Min => Some(Kind::Extreme(Ordering::Less)),
            Take::Max => Some(Kind::Extreme(Ordering::Greater)),
            _ => None,
        };
        let summary = kind.zip(cell).map(|(kind, cell)| {
            let summarised = Summarised { kind, cell, mask };
            place_of(&mut self.shape.summaries, &summarised)
        });
        let most = match feature.take.is_scanned() {
            true => SCANNED_MAX_DEFAULT,
            false => DISTINCT_MAX_DEFAULT,
        };
        // A window that ended before now, or has no fixed length, begins elsewhere.
        let slides = feature.delay == 0 && feature.step.is_none() && feature.span == Span::Sliding;
        let edge = slides.then(|| place_of(&mut self.shape.lengths, &feature.over));
        Ok(Window {
            take: feature.take,
            count,
            sum,
            spread,
            cell: cell.unwrap_or(0),
            judged: cell.filter(|_| feature.take.leaves_out()),
            mask,
            summary,
            span: feature.span,
            step: feature.step,
            over: feature.over,
            edge,
            delay: feature.delay,
            current: feature.current,
            min: feature.min,
            default: feature.default.clone(),
            max: feature.max.unwrap_or(most),
            ty: feature.ty.clone(),
        })
    }

    /// The bit of its own condition.
    fn lay_mask(&mut self, feature: &Feature) -> Result<Option<u32>, PlanError> {
        let Some(filter) = &feature.filter else {
            return Ok(None);
        };
        let bit = place_of(&mut self.masks, &filter.id);
        if bit >= FILTERS_PER_TRACK_MAX {
            let (stream, most) = (&self.stream, FILTERS_PER_TRACK_MAX);
            return Err(PlanError(format!(
                "stream `{stream}` has more than {most} features with a `where` of their own: \
                 declare a stream with that condition instead"
            )));
        }
        Ok(Some(1u32 << bit))
    }

    /// The cell of its field, and the one that counts, where whole panes are kept.
    fn lay_cells(&mut self, feature: &Feature) -> (Option<usize>, Option<usize>) {
        let fields = &mut self.fields;
        if feature.step.is_some() {
            place_of(fields, &COUNTED.into());
        }
        let cell = feature.of.as_ref().map(|field| place_of(fields, field));
        let counted = feature.step.map(|_| match &feature.of {
            None => place_of(fields, &COUNTED.into()),
            Some(field) => place_of(fields, &format!("{COUNTED}{field}").into()),
        });
        self.shape.cells = self.fields.len();
        (cell, counted)
    }
}

/// The place of an item in a list, put there if it is new.
pub(super) fn place_of<T: PartialEq + Clone>(list: &mut Vec<T>, item: &T) -> usize {
    list.iter().position(|x| x == item).unwrap_or_else(|| {
        list.push(item.clone());
        list.len() - 1
    })
}
