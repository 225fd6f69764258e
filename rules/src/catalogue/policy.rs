//! Reasons, offers, channels and the contact policy.

use super::{EventId, Expression};
use crate::finding::{Place, Words};
use crate::money::Money;
use crate::rule::Class;
use crate::value::{Text, Type};

/// An author's reason code: why we acted.
#[derive(Clone, Debug)]
pub struct Reason {
    /// `NEW_DEVICE_NEW_PAYEE`.
    pub code: Text,
    /// For the bank.
    pub text: Words,
    /// What a customer may read; `None`: never shown.
    pub tell: Option<Words>,
}

/// What kind of offer it is: which verb may name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferKind {
    /// `offer(id)`
    Offer,
    /// `retain(id)`
    Retain,
    /// `serve(id)`
    Serve,
}

/// What the customer is contacted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Needs consent.
    Marketing,
    /// Needs none.
    Service,
}

impl Purpose {
    /// The word in files and on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Marketing => "marketing",
            Self::Service => "service",
        }
    }
}

/// What `offer`, `retain` and `serve` name.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Its id.
    pub name: Text,
    /// Which verb may name it.
    pub kind: OfferKind,
    /// Its group, for caps and suppressions.
    pub group: Option<Text>,
    /// What people call it.
    pub title: Words,
    /// What the customer is contacted for.
    pub purpose: Purpose,
    /// First instant (included) and last (excluded), ms, by whole days in the bank's zone.
    pub valid: Option<(i64, i64)>,
    /// May the customer have it at all.
    pub eligible: Option<Expression>,
    /// Does it make sense now.
    pub applicable: Option<Expression>,
    /// Is it in the customer's interest.
    pub suitable: Option<Expression>,
    /// Value to the bank when converted.
    pub value: Option<Money>,
    /// Prior probability of acceptance.
    pub propensity: f64,
    /// Channels in order of preference.
    pub channels: Vec<Text>,
    /// Template ids by channel.
    pub templates: Vec<(Text, Text)>,
    /// How long the action stands, ms.
    pub expires: Option<i64>,
    /// Where it is declared.
    pub place: Place,
}

/// Hours in which a channel is silent, in the customer's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quiet {
    /// From, in ms of the local day, included.
    pub from: i64,
    /// To, in ms of the local day, excluded. Smaller than `from`: over midnight.
    pub to: i64,
}

/// A channel.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Its name.
    pub name: Text,
    /// What people call it.
    pub title: Words,
    /// The customer's address there; missing: not reachable. `None`: always reachable.
    pub addresses: Option<Expression>,
    /// What it may be used for; empty: everything.
    pub purposes: Vec<Purpose>,
    /// Actions per decision.
    pub top: u32,
    /// Hours of silence.
    pub quiet: Option<Quiet>,
    /// Only in the answer to a question, never pushed.
    pub reply: bool,
    /// Places on it that a question may ask to fill.
    pub placements: Vec<Placement>,
    /// Channels to fall back to.
    pub fallback: Vec<Text>,
    /// Where it is declared.
    pub place: Place,
}

/// A place on a channel: filled when somebody asks for it, never pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Its name.
    pub name: Text,
    /// Actions per decision.
    pub top: u32,
}

impl Channel {
    /// The placement of this name.
    #[must_use]
    pub fn placement(&self, name: &str) -> Option<&Placement> {
        self.placements.iter().find(|p| p.name == name)
    }
}

/// A team.
#[derive(Clone, Debug)]
pub struct Team {
    /// Its name.
    pub name: Text,
}

/// A process.
#[derive(Clone, Debug)]
pub struct Process {
    /// Its name.
    pub name: Text,
}

/// A list for `in_list(name, x)`.
#[derive(Clone, Debug)]
pub struct List {
    /// Its name.
    pub name: Text,
    /// The type of its members.
    pub of: Type,
    /// Its members, as text (ids of entities, customers or plain words), sorted.
    pub members: Vec<Text>,
}

/// What a cap counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CapScope {
    /// Each offer by itself.
    Offer,
    /// One group of offers.
    Group(Text),
    /// One channel.
    Channel(Text),
    /// One class.
    Class(Class),
    /// Everything.
    All,
}

/// A frequency cap over a sliding window, per customer.
#[derive(Clone, Debug)]
pub struct Cap {
    /// Its name: `by = "policy.<name>"` in a refusal.
    pub name: Text,
    /// What it counts.
    pub count: CapScope,
    /// At most so many …
    pub max: u32,
    /// … in (t − over, t], ms.
    pub over: i64,
}

/// What a suppression silences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuppressScope {
    /// The offer that was answered.
    Offer,
    /// Its group.
    Group,
    /// Its channel.
    Channel,
    /// Whole classes.
    Class,
}

/// What starts a suppression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SuppressCause {
    /// An event of the customer.
    Event(EventId),
    /// An outcome, so many times within so many ms.
    Outcome {
        /// The outcome's word, `ignored`.
        outcome: Text,
        /// How many.
        times: u32,
        /// Within (t − within, t], ms.
        within: i64,
    },
}

/// A suppression: silence for a while after something happened.
#[derive(Clone, Debug)]
pub struct Suppression {
    /// Its name: `by = "policy.<name>"` in a refusal.
    pub name: Text,
    /// What starts it.
    pub cause: SuppressCause,
    /// What it silences.
    pub scope: SuppressScope,
    /// The classes it silences; for other scopes empty means commercial and retention.
    pub classes: Vec<Class>,
    /// How long, ms.
    pub over: i64,
    /// An event that ends it early.
    pub until: Option<EventId>,
}

/// How consent arrives.
#[derive(Clone, Debug)]
pub struct Consent {
    /// The event type that carries it.
    pub on: EventId,
    /// Which purpose, an expression over `event`.
    pub purpose: Expression,
    /// Which channel.
    pub channel: Expression,
    /// Given or withdrawn.
    pub given: Expression,
}

/// Who may lift a verdict; a final block never is.
#[derive(Clone, Debug)]
pub struct Override {
    /// The list of customers it holds for.
    pub list: Text,
    /// What it lifts.
    pub lifts: Vec<crate::draft::Verb>,
}

/// A lever of the score: the business's thumb on the scale, named and dated.
#[derive(Clone, Debug)]
pub struct Lever {
    /// Its name.
    pub name: Text,
    /// Its weight.
    pub weight: f64,
    /// First instant (included) and last (excluded), ms.
    pub valid: Option<(i64, i64)>,
}
