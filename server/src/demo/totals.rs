//! What a demo came to: the counters that Prometheus reads, since the first live event.

use crate::run::node::Node;
use rules::finding::{Lang, Words};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The kinds of action.
const KINDS: [&str; 4] = ["fraud-block", "next-best-offer", "retention", "service"];

/// The counters as they were when the bank began to live.
pub(crate) struct Totals {
    node: Arc<Node>,
    before: Counts,
}

/// Sums of counters by one of their labels.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    settled: u64,
    actions: BTreeMap<String, u64>,
    reasons: BTreeMap<String, u64>,
    outcomes: u64,
}

impl Totals {
    /// Counts from here on.
    pub(crate) fn from_now(node: Arc<Node>) -> Self {
        let before = Counts::read(&node.meters.render());
        Self { node, before }
    }

    /// Says what it came to; true when an action of every kind went out.
    pub(crate) fn tell(&self, lang: Lang) -> bool {
        let after = Counts::read(&self.node.meters.render());
        let since = |now: &BTreeMap<String, u64>, then: &BTreeMap<String, u64>| {
            let mut counts: Vec<(String, u64)> = now
                .iter()
                .map(|(name, count)| {
                    let before = then.get(name).copied().unwrap_or(0);
                    (name.clone(), count.saturating_sub(before))
                })
                .filter(|(_, count)| *count > 0)
                .collect();
            counts.sort();
            counts
        };
        let actions = since(&after.actions, &self.before.actions);
        let mut refused = since(&after.reasons, &self.before.reasons);
        refused.retain(|(reason, _)| reason != "CHOSEN");
        let (decided, outcomes) = (
            after.settled.saturating_sub(self.before.settled),
            after.outcomes.saturating_sub(self.before.outcomes),
        );
        let none = if matches!(lang, Lang::En) {
            "none"
        } else {
            "无"
        };
        let (went, lost) = (list(&actions, none), list(&refused, none));
        let told = Words::new(
            format!(
                "{decided} events and steps decided, {outcomes} outcomes reported\n\
                 actions: {went}\nrefused: {lost}"
            ),
            format!(
                "已决策 {decided} 个事件与步骤，收到 {outcomes} 个反馈\n动作：{went}\n拒绝：{lost}"
            ),
        );
        eprintln!("{}", told.get(lang));
        let missing: Vec<&str> = KINDS
            .into_iter()
            .filter(|kind| actions.iter().all(|(name, _)| name != kind))
            .collect();
        if !missing.is_empty() {
            let missing = missing.join(", ");
            let told = Words::new(
                format!("no action of kind {missing} went out"),
                format!("未发出以下种类的动作：{missing}"),
            );
            eprintln!("{}", told.get(lang));
        }
        missing.is_empty()
    }
}

fn list(counts: &[(String, u64)], none: &str) -> String {
    if counts.is_empty() {
        return none.to_owned();
    }
    let parts = counts.iter().map(|(name, count)| format!("{name} {count}"));
    parts.collect::<Vec<_>>().join(", ")
}

impl Counts {
    /// Reads the text that Prometheus reads.
    fn read(text: &str) -> Self {
        let mut counts = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((series, value)) = line.rsplit_once(' ') else {
                continue;
            };
            let Ok(value) = value.parse::<u64>() else {
                continue;
            };
            let (name, labels) = series.split_once('{').unwrap_or((series, ""));
            let label = |of: &str| {
                let of = format!("{of}=\"");
                let rest = labels.split(of.as_str()).nth(1)?;
                Some(rest.split('"').next().unwrap_or("").to_owned())
            };
            match name {
                "deft_events_settled_total" => counts.settled += value,
                "deft_outcomes_total" => counts.outcomes += value,
                "deft_actions_total" => {
                    *counts
                        .actions
                        .entry(label("kind").unwrap_or_default())
                        .or_default() += value;
                }
                "deft_candidates_total" => {
                    *counts
                        .reasons
                        .entry(label("reason").unwrap_or_default())
                        .or_default() += value;
                }
                _ => {}
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_summed_by_their_label() {
        let text = "# HELP deft_actions_total x\n\
            deft_actions_total{channel=\"app\",kind=\"service\"} 2\n\
            deft_actions_total{channel=\"sms\",kind=\"service\"} 3\n\
            deft_candidates_total{reason=\"NO_CONSENT\"} 4\n\
            deft_events_settled_total{result=\"decided\"} 9\n";
        let counts = Counts::read(text);
        assert_eq!(counts.actions.get("service"), Some(&5));
        assert_eq!(counts.reasons.get("NO_CONSENT"), Some(&4));
        assert_eq!((counts.settled, counts.outcomes), (9, 0));
    }
}
