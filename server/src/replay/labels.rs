//! `--labels`: what the fraud rules are worth against frauds that are known, because they were planted.
//!
//! A rule *sees* an event when its condition was true there, whatever became of its candidate. Precision
//! is by event: of those it saw, how many are part of a fraud. Recall is by
//! incident: of those that are its to see, in how many it saw one event or more.

use anyhow::Context as _;
use engine::engine::Output;
use engine::outcome::What;
use hashbrown::HashMap;
use rules::book::Book;
use rules::finding::{Lang, Words};
use rules::rule::Class;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

/// One line of the file: `{"event":"s7","incident":3,"story":"takeover","rule":"fraud.transfer_after_reset"}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    event: String,
    incident: u64,
    story: String,
    /// `null`: no rule looks for it.
    rule: Option<String>,
}

/// Known frauds, and what the rules saw of them.
pub(super) struct Labels {
    /// The incident of each event.
    events: HashMap<String, u64>,
    incidents: BTreeMap<u64, Incident>,
    rules: BTreeMap<String, Seen>,
}

struct Incident {
    story: String,
    rule: Option<String>,
    /// Fraud rules that saw one of its events.
    seen_by: BTreeSet<String>,
}

/// What a rule saw.
#[derive(Default)]
struct Seen {
    events: u64,
    frauds: u64,
}

impl Labels {
    /// Reads a file of labels.
    pub(super) fn read(path: &Path, book: &Book) -> anyhow::Result<Self> {
        let named = path.display();
        let file = File::open(path).with_context(|| format!("cannot open `{named}`"))?;
        let mut labels = Self {
            events: HashMap::new(),
            incidents: BTreeMap::new(),
            rules: BTreeMap::new(),
        };
        for rule in book.rules.iter().filter(|r| r.header.class == Class::Fraud) {
            labels.rules.insert(rule.id.to_string(), Seen::default());
        }
        for (at, line) in BufReader::new(file).lines().enumerate() {
            let line = line.with_context(|| format!("cannot read `{named}`"))?;
            let read: Line = serde_json::from_str(&line).with_context(|| {
                format!(
                    "line {} of `{named}` is no label, as `deft gen --labels FILE` writes them",
                    at + 1
                )
            })?;
            if let Some(rule) = &read.rule
                && !labels.rules.contains_key(rule)
            {
                anyhow::bail!(
                    "line {} of `{named}`: the project has no fraud rule `{rule}`",
                    at + 1
                );
            }
            labels.events.insert(read.event, read.incident);
            labels.incidents.entry(read.incident).or_insert(Incident {
                story: read.story,
                rule: read.rule,
                seen_by: BTreeSet::new(),
            });
        }
        Ok(labels)
    }

    /// Notes what the fraud rules saw.
    pub(super) fn take(&mut self, output: &Output) {
        for outcome in &output.outcomes {
            let What::Settled(settled) = &outcome.what else {
                continue;
            };
            let Some(decision) = &settled.decision else {
                continue;
            };
            let chosen = decision.chosen.iter().map(|chosen| &chosen.rule);
            let lost = decision.refused.iter().map(|refused| &refused.rule);
            let mut saw: Vec<&str> = chosen.chain(lost).map(|rule| rule.as_str()).collect();
            saw.sort_unstable();
            saw.dedup();
            let incident = self.events.get(outcome.event_id.as_str()).copied();
            for rule in saw {
                let Some(seen) = self.rules.get_mut(rule) else {
                    continue;
                };
                seen.events += 1;
                if let Some(incident) =
                    incident.and_then(|incident| self.incidents.get_mut(&incident))
                {
                    seen.frauds += 1;
                    incident.seen_by.insert(rule.to_owned());
                }
            }
        }
    }

    /// One line a rule, then what is nobody's to see.
    pub(super) fn tell(&self, lang: Lang) -> Vec<String> {
        let head = Words::new(
            "fraud rules against the labels: of the events each saw, frauds; of its incidents, seen",
            "反欺诈规则与标注对比：所见事件中的欺诈占比；应见案件中的所见占比",
        );
        let mut lines = vec![head.get(lang).to_owned()];
        for (rule, seen) in &self.rules {
            let own = self.incidents.values();
            let own = own.filter(|incident| incident.rule.as_deref() == Some(rule.as_str()));
            let (mut incidents, mut found) = (0u64, 0u64);
            for incident in own {
                incidents += 1;
                found += u64::from(incident.seen_by.contains(rule));
            }
            let (precision, recall) = (share(seen.frauds, seen.events), share(found, incidents));
            let (frauds, events) = (seen.frauds, seen.events);
            let words = Words::new(
                format!(
                    "  {rule}: precision {precision} ({frauds} of {events}), \
                     recall {recall} ({found} of {incidents})"
                ),
                format!(
                    "  {rule}：精确率 {precision}（{frauds}/{events}），召回率 {recall}（{found}/{incidents}）"
                ),
            );
            lines.push(words.get(lang).to_owned());
        }
        let mut stray: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for incident in self
            .incidents
            .values()
            .filter(|incident| incident.rule.is_none())
        {
            let (incidents, seen) = stray.entry(&incident.story).or_default();
            *incidents += 1;
            *seen += u64::from(!incident.seen_by.is_empty());
        }
        for (story, (incidents, seen)) in stray {
            let words = Words::new(
                format!(
                    "  `{story}`: no rule looks for it; {seen} of {incidents} incidents were seen by \
                     some rule"
                ),
                format!(
                    "  `{story}`：没有针对它的规则；{incidents} 起中有 {seen} 起被某条规则看到"
                ),
            );
            lines.push(words.get(lang).to_owned());
        }
        lines
    }
}

/// Two digits, or a dash where there was nothing to divide by.
fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    // Hundredths, rounded half up: counts are far below what would overflow.
    let hundredths = (part.saturating_mul(200) + whole) / whole.saturating_mul(2);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_half_up_and_nothing_of_nothing_is_a_dash() {
        assert_eq!(share(0, 0), "–");
        assert_eq!(share(1, 3), "0.33");
        assert_eq!(share(2, 3), "0.67");
        assert_eq!(share(1, 200), "0.01");
        assert_eq!(share(7, 7), "1.00");
    }
}
