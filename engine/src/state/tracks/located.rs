//! What tracks say of places: speed and distance between their newest fixes.

use super::{Tracks, floor};
use crate::place::Fix;
use crate::place::measure::{Fixes, kilometres};
use crate::plan::{FeaturePlan, LocatedPlan, Origin, Plan};
use crate::window::track::Order;
use rules::catalogue::place::PlaceTake;
use rules::value::Value;

impl Tracks {
    /// What a feature of places says for the event at `order`, haunts apart.
    pub(super) fn located(
        &self,
        plan: &Plan,
        feature: &FeaturePlan,
        located: &LocatedPlan,
        order: Order,
        before: bool,
    ) -> Value {
        let [newest, older] = self.newest_two(
            plan,
            (feature.track, &located.fixes),
            feature,
            order,
            before,
        );
        let value = match (located.take, located.from) {
            (PlaceTake::Speed | PlaceTake::Distance, _) => newest
                .zip(older)
                .map(|(newest, older)| located.fixes.between(located.take, newest, older)),
            (PlaceTake::DistanceFrom, Some(Origin::Track(track, fixes))) => {
                let [other, _] = self.newest_two(plan, (track, &fixes), feature, order, before);
                let pair = newest.zip(other);
                pair.map(|(here, there)| Value::Decimal(kilometres(there.point, here.point)))
            }
            _ => None,
        };
        value.unwrap_or_else(|| feature.window.default.clone())
    }

    /// The newest fix that a feature of places sees.
    pub(crate) fn newest_fix(
        &self,
        plan: &Plan,
        feature: &FeaturePlan,
        order: Order,
        before: bool,
    ) -> Option<Fix> {
        let located = feature.located.as_ref()?;
        let on = (feature.track, &located.fixes);
        let [newest, _] = self.newest_two(plan, on, feature, order, before);
        newest
    }

    fn newest_two(
        &self,
        plan: &Plan,
        (track, fixes): (usize, &Fixes),
        feature: &FeaturePlan,
        order: Order,
        before: bool,
    ) -> [Option<Fix>; 2] {
        let on_own = track == feature.track;
        let Some(track) = plan.tracks.get(track) else {
            return [None; 2];
        };
        let Some(kept) = self.tracks.get(track.place) else {
            return [None; 2];
        };
        let window = &feature.window;
        let floor = floor(kept.newest(), plan.lateness_max, window.over);
        let after = order.time.saturating_sub(window.over).max(floor);
        let range = if before {
            kept.before(after, order)
        } else {
            kept.up_to(after, order)
        };
        // The condition of the feature is one of its own stream.
        let mask = window.mask.filter(|_| on_own);
        let mut newest = fixes.newest_first(kept, range, mask);
        [newest.next(), newest.next()]
    }
}
