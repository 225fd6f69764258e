//! The windows a rule can read: its own, and those behind the segments and derived words it reads and
//! behind what its offers ask of a customer.

use super::expressions::reads;
use super::rules::Checked;
use crate::book::{CompiledExpression, ExpressionId};
use crate::catalogue::Catalogue;
use crate::layout::{Layout, Slot, Source};
use crate::value::Text;
use std::collections::BTreeSet;

/// Their names, sorted.
pub(super) fn of(
    catalogue: &Catalogue,
    layout: &Layout,
    checked: &Checked,
    compiled: &[CompiledExpression],
) -> Vec<Text> {
    let mut open: Vec<Slot> = Vec::new();
    for body in &checked.rule.bodies {
        open.extend(&body.reads);
    }
    for offer in checked
        .offers
        .iter()
        .filter_map(|o| catalogue.offer_named(o))
    {
        let fits = [&offer.eligible, &offer.applicable, &offer.suitable];
        for fit in fits.into_iter().flatten() {
            open.extend(reads(compiled, fit.id));
        }
    }
    let mut seen: BTreeSet<Slot> = BTreeSet::new();
    let mut names: BTreeSet<Text> = BTreeSet::new();
    while let Some(slot) = open.pop() {
        if !seen.insert(slot) {
            continue;
        }
        match below(catalogue, layout, slot) {
            Some(Below::Window(at)) => {
                let feature = catalogue.features.get(usize::from(at));
                names.extend(feature.map(|f| f.name.clone()));
            }
            Some(Below::Expression(id)) => open.extend(reads(compiled, id)),
            None => {}
        }
    }
    names.into_iter().collect()
}

/// What a slot rests on.
enum Below {
    Window(u16),
    Expression(ExpressionId),
}

fn below(catalogue: &Catalogue, layout: &Layout, slot: Slot) -> Option<Below> {
    Some(match &layout.slot(slot)?.source {
        Source::EntityFeature { feature: at, .. }
        | Source::PairFeature(at)
        | Source::CustomerFeature(at)
        | Source::Before(at) => Below::Window(*at),
        Source::Truncated(of) => return below(catalogue, layout, *of),
        Source::Segment(id) => {
            Below::Expression(catalogue.segments.get(usize::from(id.0))?.when.id)
        }
        Source::EventDerived(at) | Source::CustomerDerived(at) => {
            Below::Expression(catalogue.derived.get(usize::from(*at))?.value.id)
        }
        _ => return None,
    })
}
