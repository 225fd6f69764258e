//! What those who ask a node that does not lead may know: who does, and how far behind this one is.

use super::super::meters::Meters;
use connectors::kafka::changelog::Term;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Where a node of a fleet is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Place {
    /// It makes its copy.
    #[default]
    Behind,
    /// It follows: its copy is in memory, ready to lead.
    Standby,
    /// It leads, or is about to.
    Leads,
}

impl Place {
    /// Its word.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Behind => "restoring",
            Self::Standby => "standby",
            Self::Leads => "leads",
        }
    }
}

/// What is known of the fleet.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct State {
    pub(crate) place: Place,
    /// Where this node listens to everybody.
    pub(crate) listens: Option<SocketAddr>,
    /// Where it listens to other nodes, where it does.
    pub(crate) peers: Option<SocketAddr>,
    /// Who leads.
    pub(crate) leader: Option<Term>,
    /// The last number of the log that is here.
    pub(crate) seq: u64,
    /// Records of the changelog that are not here yet, as far as is known.
    pub(crate) behind: u64,
    /// How long it took to take the lead over, s; `None`: it never did.
    pub(crate) took: Option<f64>,
}

/// The same for all who ask.
#[derive(Default)]
pub(crate) struct Seen {
    state: Mutex<State>,
    /// Who leads which division.
    leaders: Mutex<BTreeMap<u16, Term>>,
    /// What is counted here, once anything is.
    meters: OnceLock<Arc<Meters>>,
}

impl Seen {
    /// What is known now.
    pub(crate) fn state(&self) -> State {
        let state = self.state.lock();
        state.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The term that is known of.
    pub(crate) fn term(&self) -> Option<u64> {
        self.state().leader.map(|leader| leader.term)
    }

    /// Who leads a division, as far as is known.
    pub(crate) fn leader_of(&self, division: u16) -> Option<Term> {
        let leaders = self.leaders.lock();
        let leaders = leaders.unwrap_or_else(PoisonError::into_inner);
        leaders.get(&division).cloned()
    }

    /// Takes note of who leads a division: the last word counts.
    pub(super) fn note_leader(&self, term: Term) {
        if let Some(division) = term.division {
            let leaders = self.leaders.lock();
            let mut leaders = leaders.unwrap_or_else(PoisonError::into_inner);
            leaders.insert(division, term);
        }
    }

    /// Takes note.
    pub(crate) fn note(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Takes note of a request that was handed on, and of how long its answer took, s.
    pub(crate) fn note_handed_on(&self, is_answered: bool, took: f64) {
        if let Some(meters) = self.meters.get() {
            meters.handed_on(is_answered, took);
        }
    }

    /// What is counted of this node, from here on for all who ask.
    pub(crate) fn count(&self, meters: &Arc<Meters>) {
        // A node has one set of meters in its life.
        let _ = self.meters.set(Arc::clone(meters));
    }

    /// The metrics of a node that does not lead; `None` before there are any.
    pub(crate) fn render(&self) -> Option<String> {
        let meters = self.meters.get()?;
        meters.gauge("deft_ready", None, 0.0);
        self.measure(meters);
        Some(meters.render())
    }

    /// What is measured when somebody looks.
    pub(crate) fn measure(&self, meters: &Meters) {
        let state = self.state();
        #[expect(clippy::cast_precision_loss, reason = "telemetry")]
        let number = |count: u64| count as f64;
        let leads = state.place == Place::Leads;
        meters.gauge("deft_fleet_leads", None, f64::from(u8::from(leads)));
        let term = state.leader.as_ref().map_or(0, |leader| leader.term);
        meters.gauge("deft_fleet_term", None, number(term));
        meters.gauge("deft_fleet_behind_records", None, number(state.behind));
        if let Some(took) = state.took {
            meters.gauge("deft_fleet_takeover_seconds", None, took);
        }
    }
}
