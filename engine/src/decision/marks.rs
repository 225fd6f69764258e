//! Marks: what the rules whose condition was true leave behind, win or lose.

use super::{Fault, Marked};
use crate::scene::Scene;
use hashbrown::HashSet;
use rules::book::RuleIx;
use rules::draft::Mark;
use rules::rule::Function;
use rules::value::Text;

/// The marks of these rules, in rule order; the first writer of a tag or timer wins.
pub(super) fn gather(
    scene: &mut Scene<'_>,
    fired: &[RuleIx],
    faults: &mut Vec<Fault>,
) -> Vec<Marked> {
    let book = scene.book;
    let mut written: HashSet<(bool, Text)> = HashSet::new();
    let mut marks = Vec::new();
    for ix in fired {
        let Some(rule) = book.rule(*ix) else {
            continue;
        };
        if rule.body(Function::Always).is_none() {
            continue;
        }
        match scene.always(*ix) {
            Ok(all) => {
                for mark in all {
                    if written.insert(subject(&mark)) {
                        marks.push(Marked {
                            rule: rule.id.clone(),
                            mark,
                        });
                    }
                }
            }
            Err(error) => faults.push(Fault {
                rule: rule.id.clone(),
                function: Function::Always,
                message: error.message,
                line: error.line,
                shadow: false,
            }),
        }
    }
    marks
}

/// Tags and timers have names of their own.
fn subject(mark: &Mark) -> (bool, Text) {
    match mark {
        Mark::Tag { name, .. } | Mark::Untag { name } => (false, name.clone()),
        Mark::Remind { name, .. } | Mark::Forget { name } => (true, name.clone()),
    }
}
