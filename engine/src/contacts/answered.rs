//! What an outcome changes, for whoever reported it.

use super::{Contacts, Heard, Recall};
use crate::change::Change;
use crate::outcome::{Answered, Suppressed};

impl Contacts {
    /// What the changes of an outcome will change; `None` when it is none of a known action. Asked
    /// before they are applied. Caps are counted behind them.
    #[must_use]
    pub fn answered(&self, heard: &Heard) -> Option<Answered> {
        let (action_id, word) = heard.answers.as_ref()?;
        let known = self.reservation(action_id);
        let mut answered = Answered {
            action_id: action_id.clone(),
            repeated: self.noted(word, action_id),
            ..Answered::default()
        };
        for change in &heard.changes {
            match change {
                Change::Confirmed { .. } => {
                    answered.confirmed = known.is_some_and(|r| !r.confirmed);
                }
                Change::Freed { .. } => answered.freed = known.is_some_and(|r| !r.freed),
                Change::ConsentSet {
                    purpose,
                    channel,
                    given: false,
                    ..
                } if self.consent(purpose, channel) != Some(false) => {
                    answered.opted_out = Some(channel.clone());
                }
                Change::SuppressionSet {
                    name,
                    scope,
                    at,
                    until,
                } if self.suppressed(name, scope.as_ref(), *at) < Some(*until) => {
                    answered.suppressed.push(Suppressed {
                        name: name.clone(),
                        scope: scope.clone(),
                        until: *until,
                    });
                }
                _ => {}
            }
        }
        let mut recalls = heard.recalls.iter();
        answered.hold_ended = recalls.any(|r| matches!(r, Recall::Released { .. }));
        Some(answered)
    }
}
