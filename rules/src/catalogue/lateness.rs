//! How long is waited for what comes late.

use super::{Catalogue, TimeSettings};

impl TimeSettings {
    /// How far behind its customer's newest event an event of this sender still counts, ms.
    #[must_use]
    pub fn lateness_of(&self, source: &str) -> i64 {
        let own = self.sources.iter().find(|(name, _)| name == source);
        own.map_or(self.lateness, |(_, lateness)| *lateness)
    }
}

impl Catalogue {
    /// The longest that is waited for anything, ms.
    #[must_use]
    pub fn lateness_max(&self) -> i64 {
        let types = self.events.iter().filter_map(|event| event.lateness);
        let sources = self.time.sources.iter().map(|(_, lateness)| *lateness);
        types.chain(sources).fold(self.time.lateness, i64::max)
    }
}
