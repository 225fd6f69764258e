//! The catalogue: what exists. Events, entities, tags, segments, streams, features, and the policy
//! that decides who may be told what. Everything that can change a decision stands here, and is part
//! of the book's hash.
//!
//! Names are resolved once, at load: below, things refer to each other by place ([`EventId`] …).

pub mod audience;
pub mod dated;
pub mod expression;
pub mod feature;
pub mod kept;
mod lateness;
pub mod load;
pub mod pattern;
pub mod place;
pub mod policy;
pub mod validity;

pub use expression::Expression;

use crate::finding::{Place, Words};
use crate::value::{EntityKind, Text, Type, Value};
use audience::Audience;
use dated::DatedTimer;
use feature::{Derived, Feature, Stream};
use pattern::Pattern;
use policy::{
    Cap, Channel, Consent, Lever, List, Offer, Override, Process, Reason, Suppression, Team,
};

/// An event type, by its place in [`Catalogue::events`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub u16);

/// A tag, by its place in [`Catalogue::tags`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TagId(pub u16);

/// A segment, by its place in [`Catalogue::segments`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentId(pub u16);

/// Everything the project's `catalog/` says.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// `[time]`.
    pub time: TimeSettings,
    /// Event types, in declared order; the built-in `outcome.*` types follow the declared ones.
    pub events: Vec<EventType>,
    /// How events of no customer come to customers, where some rule is on one.
    pub audiences: Vec<Audience>,
    /// Entity kinds.
    pub entities: Vec<Entity>,
    /// Tags of a customer.
    pub tags: Vec<Tag>,
    /// Timers by a date.
    pub dated: Vec<DatedTimer>,
    /// Named conditions over tags and features.
    pub segments: Vec<Segment>,
    /// Named filters over events.
    pub streams: Vec<Stream>,
    /// Windows over streams. Inline windows of rules are appended by the book.
    pub features: Vec<Feature>,
    /// Declared pure expressions.
    pub derived: Vec<Derived>,
    /// Patterns of events.
    pub patterns: Vec<Pattern>,
    /// `[feature.…]` and `[derived.…]` names in declared order: the columns of `--features`.
    pub columns: Vec<Column>,
    /// Authors' reason codes.
    pub reasons: Vec<Reason>,
    /// What `offer`, `retain` and `serve` name.
    pub offers: Vec<Offer>,
    /// Channels.
    pub channels: Vec<Channel>,
    /// Teams for `.to()` and `notify()`.
    pub teams: Vec<Team>,
    /// Methods for `step_up()`.
    pub methods: Vec<Method>,
    /// Processes for `trigger()`.
    pub processes: Vec<Process>,
    /// Lists for `in_list()`.
    pub lists: Vec<List>,
    /// Frequency caps.
    pub caps: Vec<Cap>,
    /// Suppressions after an event or an outcome.
    pub suppressions: Vec<Suppression>,
    /// How consent arrives.
    pub consent: Option<Consent>,
    /// Who may lift a verdict.
    pub overrides: Option<Override>,
    /// Levers of the score.
    pub levers: Vec<Lever>,
    /// Fences, and what else is computed of places.
    pub places: place::Places,
    /// Class switches: `commercial`, `retention` and so on; on unless said otherwise.
    pub classes_off: Vec<crate::rule::Class>,
}

/// One column of `--features`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// By place in [`Catalogue::features`].
    Feature(u16),
    /// By place in [`Catalogue::derived`].
    Derived(u16),
}

/// `[time]`: the clock's part of the catalogue.
#[derive(Clone, Debug)]
pub struct TimeSettings {
    /// The bank's zone; a customer's `tz` tag wins.
    pub zone: jiff::tz::TimeZone,
    /// Its name, for the hash and for messages.
    pub zone_name: String,
    /// How far behind the newest event of its customer an event still counts, ms.
    pub lateness: i64,
    /// The same of the events of one sender, ms; an event type's own goes before it.
    pub sources: Vec<(Text, i64)>,
    /// How far ahead of the door's clock an event may be, ms.
    pub max_future: i64,
    /// How far behind the door's clock an event may be, ms.
    pub max_past: i64,
    /// Horizon of duplicate suppression, ms.
    pub duplicates: i64,
}

/// The family of an event type: the word before the first dot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `channel.*`
    Channel,
    /// `transaction.*`
    Transaction,
    /// `location.*`
    Location,
    /// `profile.*`
    Profile,
    /// `outcome.*`, built in.
    Outcome,
    /// `context.*`, keyless.
    Context,
    /// An event of `context.*` as a customer is told it.
    Told,
    /// `segment.*`, made by changes of segments.
    Segment,
    /// `timer.*`, made by `remind` and by `timers.toml`.
    Timer,
    /// `fence.*`, made by fences.
    Fence,
    /// `pattern.*`, made by patterns.
    Pattern,
}

/// An event type.
#[derive(Clone, Debug)]
pub struct EventType {
    /// Its full name, `transaction.transfer`.
    pub name: Text,
    /// Its family.
    pub family: Family,
    /// What people call it.
    pub title: Words,
    /// Its data members, shapes first; the place in here is the place in `Event::fields`.
    pub fields: Vec<Field>,
    /// What to do with a member that is not declared.
    pub extra: Extra,
    /// The verdict of `decide` when nothing fires; `None` where no verdict is expected.
    pub answer: Option<crate::draft::Verb>,
    /// Overrides `[time] lateness`, ms.
    pub lateness: Option<i64>,
    /// How urgent it is at the door of a running service.
    pub admission: Option<crate::rule::Class>,
    /// Where it is declared.
    pub place: Place,
}

/// What to do with a data member that the catalogue does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Extra {
    /// Leave it out.
    #[default]
    Ignore,
    /// Refuse the event.
    Refuse,
}

/// One data member of an event type.
#[derive(Clone, Debug)]
pub struct Field {
    /// The name rules use.
    pub name: Text,
    /// The member's name in JSON.
    pub json: Text,
    /// Its type.
    pub ty: Type,
    /// True for `T?`: may be absent. Always false when there is a default.
    pub optional: bool,
    /// The value of an absent member; [`Value::Missing`] when there is none.
    pub default: Value,
    /// Least value (int, decimal, money), included.
    pub min: Value,
    /// Greatest value (int, decimal, money), included.
    pub max: Value,
    /// Longest text, in code points.
    pub max_len: Option<usize>,
    /// Not shown in logs and records.
    pub sensitive: bool,
    /// What people call it.
    pub title: Words,
}

/// An entity kind.
#[derive(Clone, Debug)]
pub struct Entity {
    /// Its name, `card`.
    pub name: Text,
    /// What an id must look like.
    pub pattern: Option<regex::Regex>,
    /// Show only the last so many characters of an id.
    pub mask_last: Option<usize>,
    /// State is freed after this silence, ms.
    pub idle: Option<i64>,
    /// Its own tags.
    pub tags: Vec<Tag>,
}

/// A tag of a customer or an entity: a named fact with a source, a time and possibly an expiry.
#[derive(Clone, Debug)]
pub struct Tag {
    /// Its name.
    pub name: Text,
    /// What it was called before: its values are kept.
    pub was: Option<Text>,
    /// What people call it.
    pub title: Words,
    /// Its type.
    pub ty: Type,
    /// True when it may be missing: no default.
    pub optional: bool,
    /// Its value while unset; [`Value::Missing`] when there is none.
    pub default: Value,
    /// How long a value holds, ms.
    pub ttl: Option<i64>,
    /// Older than this: stale, ms.
    pub stale: Option<i64>,
    /// Rules that may `tag()` it; empty: any.
    pub writers: Vec<Text>,
    /// A personal trait: unread in non-personalised mode.
    pub personal: bool,
    /// Events that set it, and from what.
    pub set: Vec<TagSetter>,
    /// How much of its past is kept.
    pub history: Option<History>,
    /// What it was so long ago, under names of their own: name and ms.
    pub ago: Vec<(Text, i64)>,
    /// Where it is declared.
    pub place: Place,
}

/// How much of a tag's past is kept: values count from the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    /// So many former values at most.
    pub keep: usize,
    /// Those that held within this time before the newest, ms.
    pub within: i64,
}

impl Tag {
    /// Some event says how sure it is of the value.
    #[must_use]
    pub fn has_confidence(&self) -> bool {
        self.set.iter().any(|setter| setter.confidence.is_some())
    }

    /// The name that its confidence is read by.
    #[must_use]
    pub fn confidence_name(&self) -> Text {
        format!("{}_confidence", self.name).into()
    }
}

/// An event type that sets a tag.
#[derive(Clone, Debug)]
pub struct TagSetter {
    /// The event type.
    pub on: EventId,
    /// The value, an expression over `event`. A missing value leaves the tag as it is.
    pub from: Expression,
    /// How sure it is, 0 to 1: an expression over `event`.
    pub confidence: Option<Expression>,
}

/// A named condition over tags and features.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Its name.
    pub name: Text,
    /// What people call it.
    pub title: Words,
    /// The condition, over `customer`.
    pub when: Expression,
    /// The event of a customer coming in, where some rule is on it.
    pub entered: Option<EventId>,
    /// The event of a customer going out, where some rule is on it.
    pub left: Option<EventId>,
}

/// A method of stepping up.
#[derive(Clone, Debug)]
pub struct Method {
    /// Its name, `face`.
    pub name: Text,
    /// How long the challenge stands, ms.
    pub expires: Option<i64>,
}

impl Catalogue {
    /// The event type called `name`.
    #[must_use]
    pub fn event_named(&self, name: &str) -> Option<EventId> {
        let at = self.events.iter().position(|e| e.name == name)?;
        u16::try_from(at).ok().map(EventId)
    }

    /// The event type with this id.
    #[must_use]
    pub fn event(&self, id: EventId) -> Option<&EventType> {
        self.events.get(usize::from(id.0))
    }

    /// The entity kind called `name`.
    #[must_use]
    pub fn entity_named(&self, name: &str) -> Option<EntityKind> {
        let at = self.entities.iter().position(|e| e.name == name)?;
        u16::try_from(at).ok().map(EntityKind)
    }

    /// The entity kind.
    #[must_use]
    pub fn entity(&self, kind: EntityKind) -> Option<&Entity> {
        self.entities.get(usize::from(kind.0))
    }

    /// The tag called `name`.
    #[must_use]
    pub fn tag_named(&self, name: &str) -> Option<TagId> {
        let at = self.tags.iter().position(|t| t.name == name)?;
        u16::try_from(at).ok().map(TagId)
    }

    /// The tag with this id.
    #[must_use]
    pub fn tag(&self, id: TagId) -> Option<&Tag> {
        self.tags.get(usize::from(id.0))
    }

    /// The dated timer called `name`.
    #[must_use]
    pub fn dated_named(&self, name: &str) -> Option<&DatedTimer> {
        self.dated.iter().find(|t| t.name == name)
    }

    /// The offer called `name`.
    #[must_use]
    pub fn offer_named(&self, name: &str) -> Option<&Offer> {
        self.offers.iter().find(|o| o.name == name)
    }

    /// The channel called `name`.
    #[must_use]
    pub fn channel_named(&self, name: &str) -> Option<&Channel> {
        self.channels.iter().find(|c| c.name == name)
    }

    /// The reason called `code`.
    #[must_use]
    pub fn reason_named(&self, code: &str) -> Option<&Reason> {
        self.reasons.iter().find(|r| r.code == code)
    }

    /// The list called `name`.
    #[must_use]
    pub fn list_named(&self, name: &str) -> Option<&List> {
        self.lists.iter().find(|l| l.name == name)
    }
}
