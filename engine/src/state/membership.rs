//! The segments that rules are told the changes of: which of them a customer is in, as of its last step.

use rules::value::Text;

/// What is known of a customer's segments: by name, in or out. Who has never been looked at is neither.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Membership {
    known: Vec<(Text, bool)>,
}

impl Membership {
    /// In or out; `None` before the first look.
    #[must_use]
    pub fn of(&self, segment: &str) -> Option<bool> {
        let at = self.place(segment).ok()?;
        self.known.get(at).map(|(_, inside)| *inside)
    }

    /// Notes a look.
    pub fn set(&mut self, segment: Text, inside: bool) {
        match self.place(&segment) {
            Ok(at) => {
                if let Some(known) = self.known.get_mut(at) {
                    known.1 = inside;
                }
            }
            Err(at) => {
                self.known.reserve_exact(1);
                self.known.insert(at, (segment, inside));
            }
        }
    }

    /// Everything that is known, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&Text, bool)> {
        self.known.iter().map(|(name, inside)| (name, *inside))
    }

    /// Forgets the segments that nobody is told of any more.
    pub fn retain(&mut self, is_watched: impl Fn(&Text) -> bool) {
        self.known.retain(|(name, _)| is_watched(name));
    }

    fn place(&self, segment: &str) -> Result<usize, usize> {
        self.known
            .binary_search_by(|(known, _)| known.as_str().cmp(segment))
    }
}
