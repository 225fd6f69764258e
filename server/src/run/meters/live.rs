//! What is counted of the book in force: its rules, and its windows.

use super::{Meters, received};
use engine::switch::{Standing, Switch};
use engine::tally::Tally;
use metrics::with_local_recorder;
use rules::book::Book;
use std::sync::PoisonError;

impl Meters {
    /// What became of the rules so far. Beyond the bound they are counted together.
    pub(crate) fn rules(&self, book: &Book, tally: &Tally) {
        with_local_recorder(&*self.recorder, || {
            metrics::counter!("deft_cascades_cut_total").absolute(tally.cascades_cut);
            metrics::counter!("deft_audience_told_total").absolute(tally.told);
            metrics::counter!("deft_audience_cut_total").absolute(tally.rounds_cut);
        });
        let mut rest = [0u64; 3];
        let write = |rule: &str, counts: [u64; 3]| {
            with_local_recorder(&*self.recorder, || {
                for (result, count) in ["true", "false", "error"].into_iter().zip(counts) {
                    let rule = rule.to_owned();
                    metrics::counter!("deft_rule_evaluations_total", "rule" => rule, "result" => result)
                        .absolute(count);
                }
            });
        };
        for (at, (rule, counts)) in book.rules.iter().zip(&tally.rules).enumerate() {
            let counts = [counts.held, counts.failed, counts.errors];
            if at < self.rules_max {
                write(&rule.id, counts);
            } else {
                for (sum, count) in rest.iter_mut().zip(counts) {
                    *sum = sum.saturating_add(count);
                }
            }
        }
        if book.rules.len() > self.rules_max {
            write("other", rest);
        }
    }

    /// What became of patterns so far: how many got to each step, and how they ended.
    pub(crate) fn patterns(&self, book: &Book, tally: &Tally) {
        let patterns = book.catalogue.patterns.iter().zip(&tally.patterns);
        with_local_recorder(&*self.recorder, || {
            for (pattern, counts) in patterns.take(self.rules_max) {
                let name = || pattern.name.to_string();
                for (step, count) in pattern.steps.iter().zip(&counts.reached) {
                    let step = step.name.to_string();
                    metrics::counter!("deft_pattern_steps_total", "pattern" => name(), "step" => step)
                        .absolute(*count);
                }
                for (result, count) in [
                    ("completed", counts.completed),
                    ("timed_out", counts.timed_out),
                    ("dropped", counts.dropped),
                    ("truncated", counts.truncated),
                    ("late", counts.late),
                    ("late_for_timer", counts.late_for_timer),
                ] {
                    metrics::counter!("deft_patterns_total", "pattern" => name(), "result" => result)
                        .absolute(count);
                }
            }
        });
    }

    /// Another book is in force.
    pub(crate) fn book(&self, former: &Book, book: &Book) {
        let counters = with_local_recorder(&*self.recorder, || received(book));
        *self
            .received
            .write()
            .unwrap_or_else(PoisonError::into_inner) = counters;
        self.cold(former, &Standing::default(), i64::MIN);
        for (hash, value) in [(&former.hash, 0.0), (&book.hash, 1.0)] {
            with_local_recorder(&*self.recorder, || {
                metrics::gauge!("deft_book_info", "book" => hash.to_string()).set(value);
            });
        }
    }

    /// Which windows do not know their whole length at `now` ms.
    pub(crate) fn cold(&self, book: &Book, standing: &Standing, now: i64) {
        with_local_recorder(&*self.recorder, || {
            for feature in book.catalogue.features.iter().take(self.rules_max) {
                let warm = standing.cold.get(&feature.name);
                let cold = warm.is_some_and(|warm| now < *warm);
                let feature = feature.name.to_string();
                metrics::gauge!("deft_feature_cold", "feature" => feature)
                    .set(f64::from(u8::from(cold)));
            }
        });
    }

    /// Which rules may not act, by order or by their brake.
    pub(crate) fn paused(&self, book: &Book, standing: &Standing) {
        with_local_recorder(&*self.recorder, || {
            for rule in book.rules.iter().take(self.rules_max) {
                let ordered = standing.off.contains_key(&Switch::Rule(rule.id.clone()));
                let paused = ordered || standing.braked.contains_key(&rule.id);
                let rule = rule.id.to_string();
                metrics::gauge!("deft_rule_paused", "rule" => rule)
                    .set(f64::from(u8::from(paused)));
            }
        });
    }
}
