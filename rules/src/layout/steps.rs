//! What is read of the steps of a pattern by its own conditions.

use super::{EventPaths, Layout, Source};
use crate::catalogue::pattern::Pattern;
use crate::catalogue::{Catalogue, EventId};
use crate::value::Text;
use hashbrown::HashMap;

impl Layout {
    /// What the conditions of patterns on this event type read of earlier steps.
    pub(super) fn lay_steps(&mut self, catalogue: &Catalogue, id: EventId, paths: &mut EventPaths) {
        for (at, pattern) in (0u16..).zip(&catalogue.patterns) {
            let asked = pattern.conditions().filter(|c| c.on.contains(&id));
            for condition in asked.filter(|c| c.filter.is_some()) {
                for (step, unsure) in pattern.readable(condition.site) {
                    let Some(declared) = pattern.steps.get(step) else {
                        continue;
                    };
                    let hidden = pattern.hidden(condition.site, &declared.name);
                    let mut below = HashMap::new();
                    for (word, ty, optional) in Pattern::words(catalogue, declared) {
                        let path = format!("{}.{}", declared.name, word.name());
                        let name = Text::from(word.name());
                        let step = u16::try_from(step).unwrap_or(u16::MAX);
                        let source = Source::Step {
                            pattern: at,
                            step,
                            word,
                        };
                        below.insert(name, self.add(path, ty, optional || unsure, source));
                    }
                    paths.refs.insert(hidden.into(), below);
                }
            }
        }
    }
}
