//! Fences and haunts of one book in the next, by their names.

use rules::book::Book;
use rules::catalogue::feature::{Feature, Take};
use rules::catalogue::place::PlaceTake;
use rules::value::Text;
use std::collections::{BTreeMap, BTreeSet};

/// What goes on.
#[derive(Clone, Debug, Default)]
pub(super) struct Ways {
    fences: BTreeSet<Text>,
    /// By former name.
    haunts: BTreeMap<Text, Text>,
    stays: bool,
}

impl Ways {
    pub(super) fn of(old: &Book, new: &Book) -> Self {
        let (was, is) = (&old.catalogue.places, &new.catalogue.places);
        let alike = was.fences.iter().filter(|fence| {
            let mut heirs = is.fences.iter().filter(|heir| heir.name == fence.name);
            heirs.any(|heir| fence.is_like(heir))
        });
        let fences: BTreeSet<Text> = alike.map(|fence| fence.name.clone()).collect();
        let mut haunts = BTreeMap::new();
        for former in haunts_of(old) {
            let heir = haunts_of(new).find(|f| f.name == former.name);
            let heir =
                heir.or_else(|| haunts_of(new).find(|f| f.was.as_ref() == Some(&former.name)));
            if let Some(heir) = heir.filter(|heir| told(old, former) == told(new, heir)) {
                haunts.insert(former.name.clone(), heir.name.clone());
            }
        }
        let stays = fences.len() == was.fences.len()
            && haunts.len() == haunts_of(old).count()
            && haunts.iter().all(|(was, is)| was == is);
        Self {
            fences,
            haunts,
            stays,
        }
    }

    /// Nothing is let go of or renamed.
    pub(super) fn stays(&self) -> bool {
        self.stays
    }

    pub(super) fn fence(&self, name: &str) -> bool {
        self.fences.contains(name)
    }

    pub(super) fn haunt(&self, name: &str) -> Option<&Text> {
        self.haunts.get(name)
    }
}

fn haunts_of(book: &Book) -> impl Iterator<Item = &Feature> {
    let features = book.catalogue.features.iter();
    features.filter(|feature| feature.take == Take::Place(PlaceTake::Haunt))
}

/// All that gives the hours of a haunt their meaning.
fn told<'b>(book: &'b Book, haunt: &Feature) -> impl PartialEq + use<'b> {
    let catalogue = &book.catalogue;
    let stream = catalogue.streams.get(usize::from(haunt.stream));
    let text = |id| book.expression(id).map(|e| e.text.clone());
    let on = stream.iter().flat_map(|stream| &stream.on);
    let mut on: Vec<&Text> = on
        .filter_map(|id| catalogue.event(*id).map(|event| &event.name))
        .collect();
    on.sort_unstable();
    let filter = stream.and_then(|stream| stream.filter.as_ref());
    (
        on,
        filter.and_then(|filter| text(filter.id)),
        haunt.filter.as_ref().and_then(|filter| text(filter.id)),
        catalogue.places.features.get(&haunt.name).cloned(),
    )
}
