//! What counters need of rules, found out before they do: to look at each rule of two books takes longer than
//! events may wait.

use super::RuleTally;
use rules::book::Book;
use rules::catalogue::EventId;
use rules::rule::{Mode, Rule};

/// The event types that each rule of a book is on, in rule order; a rule that is off is on none.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    events: Vec<EventId>,
    /// By place of the rule: where its own end.
    ends: Vec<usize>,
}

impl Heard {
    /// Of a book.
    #[must_use]
    pub fn of(book: &Book) -> Self {
        let mut heard = Self::default();
        for rule in &book.rules {
            if rule.header.mode != Mode::Off {
                heard.events.extend_from_slice(&rule.header.on);
            }
            heard.ends.push(heard.events.len());
        }
        heard
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[EventId]> {
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        let own = starts.zip(&self.ends);
        own.map(|(from, to)| self.events.get(from..*to).unwrap_or(&[]))
    }
}

/// A rule that was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Heir {
    /// Its place in the former book.
    from: usize,
    /// It reads as it did.
    is_same: bool,
}

/// Which rule of a former book goes on as which of a new one.
#[derive(Clone, Debug, Default)]
pub struct Heirs {
    /// By place of the new rule.
    rules: Vec<Option<Heir>>,
    /// Each stays where it is, as it is.
    is_same: bool,
}

impl Heirs {
    /// From one book to another, by the rules' ids.
    #[must_use]
    pub fn of(former: &Book, book: &Book) -> Self {
        let heir = |rule: &Rule| {
            let (ix, old) = former.rule_named(&rule.id)?;
            Some(Heir {
                from: usize::from(ix.0),
                is_same: old.version == rule.version,
            })
        };
        let rules: Vec<_> = book.rules.iter().map(heir).collect();
        let mut placed = rules.iter().enumerate();
        let stays = placed.all(|(from, heir)| {
            let is_same = true;
            *heir == Some(Heir { from, is_same })
        });
        Self {
            is_same: stays && former.rules.len() == book.rules.len(),
            rules,
        }
    }

    /// The counters of the former rules as those of the new ones.
    pub(super) fn share_out(&self, mut former: Vec<RuleTally>) -> Vec<RuleTally> {
        if self.is_same {
            return former;
        }
        let own = |heir: &Option<Heir>| {
            let counts = heir.and_then(|heir| {
                let mut counts = std::mem::take(former.get_mut(heir.from)?);
                if !heir.is_same {
                    counts.operands.clear();
                }
                Some(counts)
            });
            counts.unwrap_or_default()
        };
        self.rules.iter().map(own).collect()
    }
}
