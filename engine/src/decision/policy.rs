//! What the decision asks about the customer's history and about what all customers share.
//!
//! Two answer: [`super::live::Live`] from state, [`super::recorded::Recorded`] from a decision
//! record. Each question has a key and each answer a JSON form, so a record holds exactly what was
//! consulted, and an explanation can put the same questions to it.

use crate::switch::Switch;
use rules::catalogue::policy::Purpose;
use rules::value::{EntityKey, Text, time_text};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// How the key of a question for a cold window begins.
pub(crate) const COLD: &str = "cold ";

/// A question of the decision.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// Is the rule paused by its brake?
    Braked {
        /// The rule.
        rule: Text,
    },
    /// Has an operator turned it off?
    Off {
        /// What.
        switch: Switch,
    },
    /// Does the window not know its whole length yet?
    Cold {
        /// The feature.
        feature: Text,
    },
    /// Does the customer stand on this list?
    Listed {
        /// The list.
        list: Text,
    },
    /// Is a hold or block of the customer in force?
    Hold,
    /// Did the customer agree?
    Consent {
        /// To what.
        purpose: Purpose,
        /// Where.
        channel: Text,
    },
    /// Is a suppression of the policy in force?
    Suppressed {
        /// Its name.
        name: Text,
        /// The offer, group or channel asked about; `None` for whole classes.
        scope: Option<Text>,
    },
    /// Did the rule act within its cool-down?
    Cooling {
        /// The rule.
        rule: Text,
        /// On this entity; `None`: for this customer.
        subject: Option<EntityKey>,
        /// Its cool-down, ms.
        over: i64,
    },
    /// How much of a cap is used?
    Used {
        /// Its name.
        cap: Text,
        /// The offer, where the cap counts each offer by itself.
        offer: Option<Text>,
    },
    /// Is the channel in its quiet hours?
    Quiet {
        /// The channel.
        channel: Text,
    },
}

impl Question {
    /// Its key in a record.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Braked { rule } => format!("brake {rule}"),
            Self::Off { switch } => format!("off {switch}"),
            Self::Cold { feature } => format!("{COLD}{feature}"),
            Self::Listed { list } => format!("list {list}"),
            Self::Hold => "hold".to_owned(),
            Self::Consent { purpose, channel } => format!("consent {}/{channel}", purpose.name()),
            Self::Suppressed { name, scope: None } => format!("suppress {name}"),
            Self::Suppressed {
                name,
                scope: Some(scope),
            } => format!("suppress {name} {scope}"),
            Self::Cooling {
                rule,
                subject: None,
                ..
            } => format!("cooldown {rule}"),
            Self::Cooling {
                rule,
                subject: Some(key),
                ..
            } => format!("cooldown {rule} {}:{}", key.kind.0, key.id),
            Self::Used { cap, offer: None } => format!("cap {cap}"),
            Self::Used {
                cap,
                offer: Some(offer),
            } => format!("cap {cap} {offer}"),
            Self::Quiet { channel } => format!("quiet {channel}"),
        }
    }

    /// True when a record says nothing where the answer is no: of every candidate it is asked whether
    /// it is turned off and whether its windows are cold, and hardly ever one is.
    #[must_use]
    pub fn is_tacit(&self) -> bool {
        matches!(self, Self::Off { .. } | Self::Cold { .. })
    }
}

/// What a customer said about being contacted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// Never asked, or never answered.
    None,
    /// Agreed.
    Given,
    /// Agreed once, and took it back.
    Withdrawn,
}

/// The answer to a question.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// No: nothing stands against it.
    Free,
    /// Yes: from what is known, until then (excluded); `None`: no end is known.
    Closed {
        /// Until, ms.
        until: Option<i64>,
        /// The rule behind it, where one is.
        by: Option<Text>,
    },
    /// What the customer said.
    Agreed(Agreement),
    /// How many of a cap are used, and when it has room again, where it has none.
    Used {
        /// How many count now.
        count: u32,
        /// When one more fits, ms.
        room: Option<i64>,
    },
}

impl Answer {
    /// Closed until then, by nobody in particular.
    #[must_use]
    pub fn until(until: i64) -> Self {
        Self::Closed {
            until: Some(until),
            by: None,
        }
    }

    /// Its form in a record.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let time = |ms: &Option<i64>| ms.map_or(Json::Null, |ms| Json::String(time_text(ms)));
        match self {
            Self::Free => Json::Bool(false),
            Self::Closed { until, by: None } => json!({ "until": time(until) }),
            Self::Closed {
                until,
                by: Some(by),
            } => json!({ "until": time(until), "by": by.as_str() }),
            Self::Agreed(Agreement::None) => Json::from("none"),
            Self::Agreed(Agreement::Given) => Json::from("given"),
            Self::Agreed(Agreement::Withdrawn) => Json::from("withdrawn"),
            Self::Used { count, room: None } => json!({ "used": count }),
            Self::Used { count, room } => json!({ "used": count, "room": time(room) }),
        }
    }

    /// Reads back [`Answer::to_json`].
    #[must_use]
    pub fn from_json(json: &Json) -> Option<Self> {
        let time = |json: Option<&Json>| match json {
            None | Some(Json::Null) => Some(None),
            Some(Json::String(text)) => {
                let instant: jiff::Timestamp = text.parse().ok()?;
                Some(Some(instant.as_millisecond()))
            }
            Some(_) => None,
        };
        match json {
            Json::Bool(false) => Some(Self::Free),
            Json::String(word) => Some(Self::Agreed(match word.as_str() {
                "none" => Agreement::None,
                "given" => Agreement::Given,
                "withdrawn" => Agreement::Withdrawn,
                _ => return None,
            })),
            Json::Object(members) => match members.get("used") {
                Some(count) => Some(Self::Used {
                    count: u32::try_from(count.as_u64()?).ok()?,
                    room: time(members.get("room"))?,
                }),
                None => Some(Self::Closed {
                    until: time(members.get("until"))?,
                    by: members.get("by").and_then(Json::as_str).map(Text::from),
                }),
            },
            _ => None,
        }
    }
}

/// Whoever answers: state, or a decision record.
pub trait Policy {
    /// The answer to a question, as of the event's time.
    fn look(&mut self, question: &Question) -> Answer;
    /// The customer's zone.
    fn zone(&self) -> &jiff::tz::TimeZone;
    /// No window is cold: nobody needs to ask of each.
    fn is_warm(&self) -> bool {
        false
    }
}

/// A policy whose answers are noted, each question put at most once.
pub struct Noted<'a> {
    policy: &'a mut dyn Policy,
    views: BTreeMap<String, Answer>,
}

impl<'a> Noted<'a> {
    /// Nothing asked yet.
    pub fn new(policy: &'a mut dyn Policy) -> Self {
        Self {
            policy,
            views: BTreeMap::new(),
        }
    }

    /// Asks, and notes the answer.
    pub fn ask(&mut self, question: &Question) -> Answer {
        if question.is_tacit() {
            let answer = self.policy.look(question);
            if answer != Answer::Free {
                self.views.insert(question.key(), answer.clone());
            }
            return answer;
        }
        let key = question.key();
        if let Some(answer) = self.views.get(&key) {
            return answer.clone();
        }
        let answer = self.policy.look(question);
        self.views.insert(key, answer.clone());
        answer
    }

    /// True when a window of these is cold. Every one that is, is noted.
    pub fn is_cold(&mut self, windows: &[Text]) -> bool {
        if windows.is_empty() || self.policy.is_warm() {
            return false;
        }
        let mut cold = false;
        for feature in windows {
            let feature = feature.clone();
            cold |= self.ask(&Question::Cold { feature }) != Answer::Free;
        }
        cold
    }

    /// The customer's zone.
    #[must_use]
    pub fn zone(&self) -> &jiff::tz::TimeZone {
        self.policy.zone()
    }

    /// What was asked and answered.
    #[must_use]
    pub fn into_views(self) -> BTreeMap<String, Answer> {
        self.views
    }
}
