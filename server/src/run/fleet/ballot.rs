//! Whether all divisions can take a book up: what each says of the one that was proposed last, in the order in
//! which it stands on the topic of books. All read the same order, so all come to the same end.

use connectors::kafka::changelog::{Proposal, Vote};
use std::collections::BTreeSet;

/// A book that was proposed, and what was said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) proposal: Proposal,
    /// Proposals of the same book that came while this one was open: they are this one.
    same: Vec<String>,
    /// Divisions that can take it up.
    pub(crate) ready: BTreeSet<u16>,
    /// Divisions that have said nothing yet.
    pub(crate) waits: BTreeSet<u16>,
    /// Who cannot, and why.
    pub(crate) refused: Option<(u16, String)>,
}

impl Standing {
    fn of(proposal: Proposal, divisions: u16) -> Self {
        Self {
            proposal,
            same: Vec::new(),
            ready: BTreeSet::new(),
            waits: (0..divisions).collect(),
            refused: None,
        }
    }

    /// Nothing that is said still changes what becomes of it.
    pub(crate) fn is_settled(&self) -> bool {
        self.refused.is_some() || self.is_agreed()
    }

    /// All can take it up: all do.
    pub(crate) fn is_agreed(&self) -> bool {
        self.refused.is_none() && self.waits.is_empty()
    }

    /// Whether this is the proposal of that name.
    pub(crate) fn is(&self, id: &str) -> bool {
        self.proposal.id == id || self.same.iter().any(|same| same == id)
    }
}

/// The proposals, in their order.
#[derive(Debug)]
pub(crate) struct Ballot {
    divisions: u16,
    present: Option<Standing>,
    agreed: Option<Proposal>,
}

impl Ballot {
    pub(crate) fn new(divisions: u16) -> Self {
        Self {
            divisions,
            present: None,
            agreed: None,
        }
    }

    /// The last one that was proposed.
    pub(crate) fn present(&self) -> Option<&Standing> {
        self.present.as_ref()
    }

    /// The last one that all could take up: its book is in force in every division, or about to be.
    pub(crate) fn agreed(&self) -> Option<&Proposal> {
        self.agreed.as_ref()
    }

    /// A book is proposed. One that was open and is another book is given up for it; gives that one.
    pub(crate) fn propose(&mut self, proposal: Proposal) -> Option<Standing> {
        if let Some(open) = self.present.as_mut().filter(|open| !open.is_settled())
            && open.proposal.book == proposal.book
        {
            open.same.push(proposal.id);
            return None;
        }
        let former = self.present.replace(Standing::of(proposal, self.divisions));
        former.filter(|former| !former.is_settled())
    }

    /// A division says whether it can take it up. What is settled stays so.
    pub(crate) fn vote(&mut self, vote: Vote) {
        let open = self.present.as_mut();
        let Some(open) = open.filter(|open| !open.is_settled() && open.is(&vote.proposal)) else {
            return;
        };
        match vote.refused {
            Some(why) => open.refused = Some((vote.division, why)),
            None => {
                if open.waits.remove(&vote.division) {
                    open.ready.insert(vote.division);
                }
            }
        }
        if open.is_agreed() {
            self.agreed = Some(open.proposal.clone());
        }
    }
}

#[cfg(test)]
mod tests;
