//! Whether an operator has turned a rule off: itself, its class, or all.

use super::loss::Loss;
use super::policy::{Answer, Question};
use super::stages::Court;
use crate::refusal::Refusal;
use crate::switch::Switch;
use rules::rule::{Class, Rule};

impl Court<'_, '_> {
    /// The widest switch that is off says so. Rules of class profile act on nobody.
    pub(super) fn turned_off(&mut self, rule: &Rule) -> Option<Loss> {
        let class = rule.header.class;
        let all = (class != Class::Profile).then_some(Switch::All);
        let own = [Switch::Class(class), Switch::Rule(rule.id.clone())];
        all.into_iter().chain(own).find_map(|switch| {
            let question = Question::Off { switch };
            let closed = self.policy.ask(&question) != Answer::Free;
            let Question::Off { switch } = question else {
                return None;
            };
            closed.then(|| Loss::new(Refusal::RulePaused).by(switch.to_string()))
        })
    }
}
