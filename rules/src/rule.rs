//! A rule: its declarations, and what its functions read.

use crate::catalogue::audience::Rate;
use crate::catalogue::{EventId, TagId};
use crate::finding::Words;
use crate::layout::Slot;
use crate::value::{EntityKind, Text, Value};
use std::sync::Arc;

/// The class of a rule: who beats whom is the engine's business, in one match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Verdicts.
    Fraud,
    /// Mandatory and service messages.
    Service,
    /// Keeping a customer.
    Retention,
    /// Selling.
    Commercial,
    /// Only marks.
    Profile,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Fraud,
        Self::Service,
        Self::Retention,
        Self::Commercial,
        Self::Profile,
    ];

    /// The word in `class("…")`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fraud => "fraud",
            Self::Service => "service",
            Self::Retention => "retention",
            Self::Commercial => "commercial",
            Self::Profile => "profile",
        }
    }

    /// The class called `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.name() == name)
    }
}

/// Whether a rule acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Mode {
    /// It acts.
    #[default]
    Live,
    /// It is judged and recorded, and never acts.
    Shadow,
    /// It is not evaluated.
    Off,
}

/// What an error of the rule means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OnError {
    /// As if it had not been there.
    #[default]
    Skip,
    /// As if it had asked to step up.
    StepUp,
    /// As if it had asked to hold.
    Hold,
    /// As if it had asked to block.
    Block,
}

/// `cooldown(d)` or `cooldown(d, "terminal")`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cooldown {
    /// Silence after an enacted action, ms.
    pub over: i64,
    /// Per entity of this kind instead of per customer.
    pub per: Option<EntityKind>,
}

/// The declarations of a rule file.
#[derive(Clone, Debug)]
pub struct Header {
    /// The event types it is evaluated on (`transaction.*` already spread out), sorted.
    pub on: Vec<EventId>,
    /// Its class.
    pub class: Class,
    /// What people call it.
    pub title: Words,
    /// 0…1000; fraud and service only.
    pub priority: u16,
    /// The lever of its score; commercial and retention only.
    pub lever: Option<Text>,
    /// First instant (included) and last (excluded), ms.
    pub valid: Option<(i64, i64)>,
    /// Silence after it acted.
    pub cooldown: Option<Cooldown>,
    /// Percent of customers it acts for.
    pub rollout: Option<u8>,
    /// Whether it acts.
    pub mode: Mode,
    /// What its error means.
    pub on_error: OnError,
    /// More than so many firings in so many ms pause it.
    pub brake: Option<(u32, i64)>,
    /// The tag by which customers are told of its events, which belong to none, and how fast.
    pub audience: Option<(TagId, Rate)>,
    /// Who answers for it.
    pub owner: Option<Text>,
    /// A free word.
    pub scene: Option<Text>,
    /// `cold("live")`: acts although a window it reads is not yet covered.
    pub cold_live: bool,
}

/// A function of a rule file that the engine calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Function {
    /// May the customer have it at all.
    Eligible,
    /// Does it make sense now.
    Applicable,
    /// Is it in the customer's interest.
    Suitable,
    /// The condition.
    When,
    /// The action.
    Then,
    /// The marks.
    Always,
}

impl Function {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Eligible,
        Self::Applicable,
        Self::Suitable,
        Self::When,
        Self::Then,
        Self::Always,
    ];

    /// Its name in the file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Eligible => "eligible",
            Self::Applicable => "applicable",
            Self::Suitable => "suitable",
            Self::When => "when",
            Self::Then => "then",
            Self::Always => "always",
        }
    }
}

/// One function a rule has, and the slots it may read.
#[derive(Clone, Debug)]
pub struct Body {
    /// Which.
    pub function: Function,
    /// Every slot its text (helpers included) can read, sorted, without repeats.
    pub reads: Vec<Slot>,
}

/// One operand of the `&&` spine of `when`: what why-not and coverage count.
#[derive(Clone, Debug)]
pub struct Operand {
    /// Its source, as text that reads alone: constants folded in.
    pub text: String,
    /// Line of its first character, from 1.
    pub line: u32,
    /// Its condition as an expression of the book.
    pub expression: crate::book::ExpressionId,
}

/// A compiled rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// `<folder>.<file stem>`: `fraud.new_device_new_payee`.
    pub id: Text,
    /// Path relative to the project.
    pub file: Arc<str>,
    /// Its source.
    pub source: Arc<str>,
    /// 12 hex digits of the SHA-256 of its canonical source (comments and spacing left out).
    pub version: Text,
    /// Its declarations.
    pub header: Header,
    /// Its constants, folded.
    pub constants: Vec<(Text, Value)>,
    /// The functions it has.
    pub bodies: Vec<Body>,
    /// The operands of the `&&` spine of `when`; one when there is no `&&`, none when `when` is
    /// more than one expression.
    pub operands: Vec<Operand>,
    /// Every window it can read, itself or through its offers, segments and derived words, by name.
    pub windows: Vec<Text>,
}

impl Rule {
    /// The function, if the file has it.
    #[must_use]
    pub fn body(&self, function: Function) -> Option<&Body> {
        self.bodies.iter().find(|b| b.function == function)
    }
}
