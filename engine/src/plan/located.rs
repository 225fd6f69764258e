//! Features of places, fences and haunts, laid out.

use super::laying::place_of;
use super::{EventPlan, FeaturePlan, HauntPlan, LocatedPlan, Origin, Plan, PlanError};
use crate::place::measure::Fixes;
use rules::book::Book;
use rules::catalogue::feature::{Feature, Key, Take};
use rules::catalogue::place::{ACCURACY, From, LAT, LON, Located, PlaceTake};
use rules::catalogue::{EventId, EventType};
use rules::value::Text;

/// Where a haunt would have its track: it has none.
const NO_TRACK: usize = usize::MAX;

impl Plan {
    pub(super) fn lay_located(
        &mut self,
        book: &Book,
        feature: &Feature,
        take: PlaceTake,
    ) -> Result<FeaturePlan, PlanError> {
        let places = &book.catalogue.places;
        let located = places.features.get(&feature.name);
        let gate = located.and_then(|located| located.accuracy);
        let blur = places.blur;
        if take == PlaceTake::Haunt {
            // The window is laid out on a plan of its own: a haunt keeps no rows.
            let mut aside = Self::default();
            let track = aside.track_for(book, feature.stream, feature.key, None);
            let mut laid = aside.lay_feature(track, feature)?;
            laid.track = NO_TRACK;
            laid.located = Some(LocatedPlan {
                take,
                fixes: aside.fixes_on(track, gate, blur),
                from: None,
            });
            return Ok(laid);
        }
        let track = self.track_for(book, feature.stream, feature.key, None);
        let mut laid = self.lay_feature(track, feature)?;
        let fixes = self.fixes_on(track, gate, blur);
        laid.window.cell = fixes.lat;
        let from = match located.and_then(|located| located.from) {
            Some(From::Haunt(at)) => Some(Origin::Haunt(usize::from(at))),
            Some(From::Stream(stream)) => {
                let other = self.track_for(book, stream, Key::Customer, None);
                if let Some(track) = self.tracks.get_mut(other) {
                    track.reach = track.reach.max(feature.over);
                }
                Some(Origin::Track(other, self.fixes_on(other, gate, blur)))
            }
            None => None,
        };
        laid.located = Some(LocatedPlan { take, fixes, from });
        Ok(laid)
    }

    /// The cells of a track that hold its fixes, made if they are new.
    fn fixes_on(&mut self, track: usize, gate: Option<f64>, blur: f64) -> Fixes {
        let mut cells = [0; 3];
        if let Some(track) = self.tracks.get_mut(track) {
            cells = [LAT, LON, ACCURACY].map(|name| place_of(&mut track.fields, &Text::from(name)));
            track.shape.cells = track.fields.len();
        }
        let [lat, lon, accuracy] = cells;
        Fixes {
            lat,
            lon,
            accuracy,
            gate,
            blur,
        }
    }
}

impl EventPlan {
    /// What an event of this type says of where its customer is.
    pub(super) fn lay_places(&mut self, book: &Book, id: EventId, event: &EventType) {
        let places = &book.catalogue.places;
        self.fenced = !places.fences.is_empty() && places.on.contains(&id);
        for feature in &book.catalogue.features {
            let located = places.features.get(&feature.name);
            if let Some(haunt) = located.and_then(|located| self.haunt(book, id, feature, located))
            {
                self.haunts.push(haunt);
            }
        }
        let kept = self.fenced || !self.haunts.is_empty();
        self.whereabouts = event.whereabouts().filter(|_| kept);
    }

    fn haunt(
        &mut self,
        book: &Book,
        id: EventId,
        feature: &Feature,
        located: &Located,
    ) -> Option<HauntPlan> {
        let part = located.part?;
        let stream = book.catalogue.streams.get(usize::from(feature.stream))?;
        if feature.take != Take::Place(PlaceTake::Haunt) || !stream.on.contains(&id) {
            return None;
        }
        let conditions = [stream.filter.as_ref(), feature.filter.as_ref()];
        let conditions = conditions.into_iter().flatten();
        Some(HauntPlan {
            feature: feature.name.clone(),
            conditions: conditions
                .map(|filter| place_of(&mut self.conditions, &filter.id))
                .collect(),
            part,
            gate: located.accuracy,
            resolution: located.resolution,
        })
    }
}
