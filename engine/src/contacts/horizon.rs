//! How far back contact history has to reach.

use super::Contacts;
use rules::book::Book;
use rules::catalogue::policy::SuppressCause;

/// Outcomes may answer an action this long, ms: 30 days.
const ANSWERS: i64 = 30 * 86_400_000;

/// How far back contact history has to reach for a book, ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Horizon {
    /// Actions: the longest cap or cool-down, and the time in which they may be answered.
    pub actions: i64,
    /// Outcomes: the longest `within` of a suppression.
    pub outcomes: i64,
    /// Events that come late may look back from so far ago.
    pub lateness: i64,
}

impl Horizon {
    /// What this book needs.
    #[must_use]
    pub fn of(book: &Book) -> Self {
        let caps = book.catalogue.caps.iter().map(|cap| cap.over);
        let cooldowns = book
            .rules
            .iter()
            .filter_map(|rule| rule.header.cooldown)
            .map(|cooldown| cooldown.over);
        let within = book
            .catalogue
            .suppressions
            .iter()
            .filter_map(|s| match s.cause {
                SuppressCause::Outcome { within, .. } => Some(within),
                SuppressCause::Event(_) => None,
            });
        Self {
            actions: caps.chain(cooldowns).max().unwrap_or(0).max(ANSWERS),
            outcomes: within.max().unwrap_or(0),
            lateness: book.catalogue.lateness_max(),
        }
    }
}

impl Contacts {
    /// Forgets what no question from `now − lateness` on can ask about.
    pub fn trim(&mut self, horizon: &Horizon, now: i64) {
        let before = now.saturating_sub(horizon.lateness);
        self.reservations
            .retain(|r| r.at.saturating_add(horizon.actions) > before || r.expires > before);
        self.holds.retain(|hold| hold.until > before);
        self.notes
            .retain(|note| note.at.saturating_add(horizon.outcomes) > before);
        for silence in self.silences.values_mut() {
            silence.trim(before);
        }
        self.silences.retain(|_, silence| !silence.is_empty());
    }
}
