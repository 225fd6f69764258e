//! What a decision record holds: every slot the book can read on an event type.

use super::expressions::reads;
use super::rules::Checked;
use crate::book::CompiledExpression;
use crate::catalogue::Catalogue;
use crate::layout::Slot;
use crate::rule::{Class, Mode};
use std::collections::BTreeSet;

/// By event type: the slots of its rules, of their offers and of the channels they may use.
pub(super) fn of(
    catalogue: &Catalogue,
    rules: &[Checked],
    compiled: &[CompiledExpression],
) -> Vec<Vec<Slot>> {
    let mut record = vec![BTreeSet::new(); catalogue.events.len()];
    for checked in rules {
        let header = &checked.rule.header;
        if header.mode == Mode::Off {
            continue;
        }
        let mut slots: BTreeSet<Slot> = BTreeSet::new();
        for body in &checked.rule.bodies {
            slots.extend(&body.reads);
        }
        for name in &checked.offers {
            let Some(offer) = catalogue.offer_named(name) else {
                continue;
            };
            let fits = [&offer.eligible, &offer.applicable, &offer.suitable];
            for fit in fits.into_iter().flatten() {
                slots.extend(reads(compiled, fit.id));
            }
        }
        if !matches!(header.class, Class::Fraud | Class::Profile) {
            let addresses = catalogue
                .channels
                .iter()
                .filter_map(|c| c.addresses.as_ref());
            for address in addresses {
                slots.extend(reads(compiled, address.id));
            }
        }
        for event in &header.on {
            if let Some(all) = record.get_mut(usize::from(event.0)) {
                all.extend(&slots);
            }
        }
    }
    record
        .into_iter()
        .map(|slots| slots.into_iter().collect())
        .collect()
}
