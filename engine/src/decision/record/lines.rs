//! The lists of a record: chosen, refused, shadow, marks, errors.

use crate::decision::loss::{Fate, Loss};
use crate::decision::{Chosen, Fault, Marked, Refused, Rider, Shadowed};
use crate::event::Event;
use crate::refusal::{CHOSEN, Refusal};
use rules::book::Book;
use rules::draft::Mark;
use rules::value::{EntityKey, Text, time_text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A chosen action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChosenLine {
    /// Its id.
    pub action_id: Text,
    /// The rule.
    pub rule: Text,
    /// Its class.
    pub class: String,
    /// The verb.
    #[serde(rename = "do")]
    pub verb: String,
    /// The offer or method.
    pub id: Option<Text>,
    /// `card:K1`
    pub subject: Option<String>,
    /// The channel.
    pub channel: Option<Text>,
    /// A place on the channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<Text>,
    /// The other channels that would have done.
    pub fallback: Vec<Text>,
    /// The team.
    pub team: Option<Text>,
    /// Why.
    pub reasons: Vec<Text>,
    /// The score, where it was ordered by score.
    pub score: Option<f64>,
    /// Not before.
    pub not_before: Option<String>,
    /// Not after.
    pub expires: Option<String>,
    /// The author's payload.
    pub data: BTreeMap<String, serde_json::Value>,
    /// Asked for because the rule failed.
    pub by_error: bool,
    /// What happens with it.
    pub riders: Vec<RiderLine>,
}

/// What rides with a chosen action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiderLine {
    /// Its id.
    pub action_id: Text,
    /// The verb.
    #[serde(rename = "do")]
    pub verb: String,
    /// The team or process.
    pub id: Option<Text>,
    /// The author's payload.
    pub data: BTreeMap<String, serde_json::Value>,
}

/// A candidate that lost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefusedLine {
    /// The rule.
    pub rule: Text,
    /// The verb; `None` when the rule could not be evaluated.
    #[serde(rename = "do")]
    pub verb: Option<String>,
    /// The offer or method.
    pub id: Option<Text>,
    /// `card:K1`
    pub subject: Option<String>,
    /// The stage.
    pub stage: String,
    /// The code.
    pub code: String,
    /// Who said so.
    pub by: Option<Text>,
    /// Until when.
    pub until: Option<String>,
}

/// What a rule that only watches would have done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShadowLine {
    /// The rule.
    pub rule: Text,
    /// The verb.
    #[serde(rename = "do")]
    pub verb: String,
    /// The offer or method.
    pub id: Option<Text>,
    /// `card:K1`
    pub subject: Option<String>,
    /// Always `SHADOW_ONLY`.
    pub code: String,
    /// `CHOSEN`, or the code of the refusal it would have got.
    pub would: String,
    /// Who would have said so.
    pub by: Option<Text>,
    /// The channel it would have gone out by.
    pub channel: Option<Text>,
}

/// A mark and who left it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarkLine {
    /// The rule.
    pub rule: Text,
    /// `tag`, `untag`, `remind` or `forget`.
    #[serde(rename = "do")]
    pub verb: String,
    /// The tag or timer.
    pub name: Text,
    /// The tag's value.
    pub value: Option<serde_json::Value>,
    /// The tag's life, or how long the timer runs.
    pub after: Option<String>,
}

/// A rule that could not be evaluated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultLine {
    /// The rule.
    pub rule: Text,
    /// Which of its functions.
    pub function: String,
    /// What went wrong.
    pub message: String,
    /// The line, 0 when it is not known.
    pub line: u32,
    /// The rule only watches.
    pub shadow: bool,
}

impl ChosenLine {
    pub(super) fn of(book: &Book, event: &Event, chosen: &Chosen) -> Self {
        let draft = &chosen.draft;
        let not_before = draft
            .not_before
            .map(|after| event.time.saturating_add(after));
        Self {
            action_id: chosen.action_id.clone(),
            rule: chosen.rule.clone(),
            class: chosen.class.name().to_owned(),
            verb: draft.verb.name().to_owned(),
            id: draft.id.clone(),
            subject: entity(book, draft.subject.as_ref()),
            channel: chosen.channel.clone(),
            placement: chosen.placement.clone(),
            fallback: chosen.fallback.clone(),
            team: draft.team.clone(),
            reasons: draft.reasons.clone(),
            score: chosen.score,
            not_before: not_before.map(time_text),
            expires: chosen.expires.map(time_text),
            data: payload(&draft.data),
            by_error: chosen.by_error,
            riders: chosen.riders.iter().map(RiderLine::of).collect(),
        }
    }
}

impl RiderLine {
    fn of(rider: &Rider) -> Self {
        Self {
            action_id: rider.action_id.clone(),
            verb: rider.draft.verb.name().to_owned(),
            id: rider.draft.id.clone(),
            data: payload(&rider.draft.data),
        }
    }
}

impl RefusedLine {
    pub(super) fn of(book: &Book, refused: &Refused) -> Self {
        let Loss { code, by, until } = &refused.loss;
        Self {
            rule: refused.rule.clone(),
            verb: refused.verb.map(|verb| verb.name().to_owned()),
            id: refused.id.clone(),
            subject: entity(book, refused.subject.as_ref()),
            stage: code.stage().name().to_owned(),
            code: code.code().to_owned(),
            by: by.clone(),
            until: until.map(time_text),
        }
    }
}

impl ShadowLine {
    pub(super) fn of(book: &Book, shadowed: &Shadowed) -> Self {
        let (would, by, channel) = match &shadowed.would {
            Fate::Chosen(win) => (CHOSEN, None, win.channel.clone()),
            Fate::Refused(loss) => (loss.code.code(), loss.by.clone(), None),
        };
        Self {
            rule: shadowed.rule.clone(),
            verb: shadowed.verb.name().to_owned(),
            id: shadowed.id.clone(),
            subject: entity(book, shadowed.subject.as_ref()),
            code: Refusal::ShadowOnly.code().to_owned(),
            would: would.to_owned(),
            by,
            channel,
        }
    }
}

impl MarkLine {
    pub(super) fn of(marked: &Marked) -> Self {
        let (verb, name, value, after) = match &marked.mark {
            Mark::Tag { name, value, ttl } => ("tag", name, Some(value.to_json()), *ttl),
            Mark::Untag { name } => ("untag", name, None, None),
            Mark::Remind { name, after } => ("remind", name, None, Some(*after)),
            Mark::Forget { name } => ("forget", name, None, None),
        };
        Self {
            rule: marked.rule.clone(),
            verb: verb.to_owned(),
            name: name.clone(),
            value,
            after: after.map(rules::duration::format),
        }
    }
}

impl FaultLine {
    pub(super) fn of(fault: &Fault) -> Self {
        Self {
            rule: fault.rule.clone(),
            function: fault.function.name().to_owned(),
            message: fault.message.clone(),
            line: fault.line,
            shadow: fault.shadow,
        }
    }
}

fn payload(data: &BTreeMap<String, rules::value::Value>) -> BTreeMap<String, serde_json::Value> {
    data.iter().map(|(k, v)| (k.clone(), v.to_json())).collect()
}

fn entity(book: &Book, key: Option<&EntityKey>) -> Option<String> {
    let key = key?;
    let kind = book.catalogue.entity(key.kind)?;
    Some(format!("{}:{}", kind.name, key.id))
}
