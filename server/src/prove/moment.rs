//! What a decision did at one instant of a case, in the words a row may use.

use engine::action::Action;
use engine::decision::Decision;
use engine::refusal::Refusal;
use rules::cases::compare::Seen;
use rules::draft::Verb;
use rules::value::Text;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// One step of a case.
pub(super) struct Moment<'a> {
    /// The start of the case, ms since the epoch.
    pub(super) start: i64,
    /// Ms after it.
    pub(super) at: i64,
    /// Which of the customer's events at that instant; `None` when a timer made it.
    pub(super) n: Option<u32>,
    /// The customer.
    pub(super) customer: &'a Text,
}

impl Moment<'_> {
    /// The actions, in order.
    pub(super) fn actions(&self, decision: &Decision, actions: &[Action]) -> Vec<Seen> {
        let seen = actions.iter().map(|action| {
            let ends = expires(decision, &action.data.action_id);
            let lasts = ends.map(|ends| ends - self.at - self.start);
            Seen {
                action_id: Some(action.data.action_id.clone()),
                ..self.seen(&action.data.rule, action_members(action, lasts))
            }
        });
        seen.collect()
    }

    /// The refusals, in order; a rule that only watches is refused at the end.
    pub(super) fn refusals(&self, decision: &Decision) -> Vec<Seen> {
        let refused = decision.refused.iter().map(|refused| {
            let loss = &refused.loss;
            let (id, by) = (refused.id.as_ref(), loss.by.as_deref());
            Seen {
                until: loss.until.map(|ms| ms - self.start),
                ..self.seen(
                    &refused.rule,
                    refusal_members(refused.verb, id, loss.code, by),
                )
            }
        });
        let watching = decision.shadow.iter().map(|shadow| {
            let (verb, id) = (Some(shadow.verb), shadow.id.as_ref());
            let members = refusal_members(verb, id, Refusal::ShadowOnly, None);
            self.seen(&shadow.rule, members)
        });
        refused.chain(watching).collect()
    }

    fn seen(&self, rule: &Text, members: BTreeMap<String, Json>) -> Seen {
        Seen {
            at: self.at,
            n: self.n,
            customer: self.customer.clone(),
            rule: rule.clone(),
            action_id: None,
            members,
            until: None,
        }
    }
}

/// Until when an action stands; a rider as long as what it rides with.
fn expires(decision: &Decision, action_id: &Text) -> Option<i64> {
    let chosen = decision.chosen.iter().find(|chosen| {
        chosen.action_id == *action_id || chosen.riders.iter().any(|r| r.action_id == *action_id)
    });
    chosen?.expires
}

fn action_members(action: &Action, lasts: Option<i64>) -> BTreeMap<String, Json> {
    let data = &action.data;
    let text = |text: &Option<Text>| text.as_ref().map(|t| Json::from(t.as_str()));
    let reasons: Vec<Json> = data
        .reasons
        .iter()
        .map(|r| Json::from(r.as_str()))
        .collect();
    let payload: serde_json::Map<String, Json> = data
        .data
        .iter()
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    let members = [
        ("action", Some(Json::from(data.verb))),
        ("offer", text(&data.offer)),
        ("group", text(&data.group)),
        ("method", text(&data.method)),
        ("process", text(&data.process)),
        ("channel", text(&data.channel)),
        ("team", text(&data.team)),
        ("subject", Some(Json::from(action.subject.as_str()))),
        ("reason", Some(Json::Array(reasons))),
        ("expires", lasts.map(Json::from)),
        ("lasts", lasts.filter(|_| stops(data.verb)).map(Json::from)),
        ("data", Some(Json::Object(payload))),
    ];
    present(members)
}

/// Holds and blocks last; everything else expires.
fn stops(verb: &str) -> bool {
    matches!(Verb::named(verb), Some(Verb::Hold | Verb::Block))
}

fn refusal_members(
    verb: Option<Verb>,
    id: Option<&Text>,
    code: Refusal,
    by: Option<&str>,
) -> BTreeMap<String, Json> {
    let id = id.map(|id| Json::from(id.as_str()));
    let offers = matches!(verb, Some(Verb::Offer | Verb::Retain | Verb::Serve));
    let (offer, method) = if offers { (id, None) } else { (None, id) };
    present([
        ("action", verb.map(|verb| Json::from(verb.name()))),
        ("offer", offer),
        ("method", method),
        ("code", Some(Json::from(code.code()))),
        ("by", by.map(Json::from)),
    ])
}

fn present<const N: usize>(members: [(&str, Option<Json>); N]) -> BTreeMap<String, Json> {
    let members = members.into_iter();
    members
        .filter_map(|(key, value)| Some((key.to_owned(), value?)))
        .collect()
}
