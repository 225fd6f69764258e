//! Marks: what the rules whose condition was true leave behind, win or lose.

use super::decide::Fired;
use super::{Fault, Marked};
use crate::scene::Scene;
use hashbrown::HashSet;
use rules::draft::Mark;
use rules::rule::Function;
use rules::value::Text;

/// The marks of these rules, in rule order; the first writer of a tag or timer wins.
pub(super) fn gather(
    scene: &mut Scene<'_>,
    mut fired: Vec<Fired>,
    faults: &mut Vec<Fault>,
) -> Vec<Marked> {
    let book = scene.book;
    fired.sort_by_key(|fired| fired.ix);
    let mut at = 0;
    let mut written: HashSet<(bool, Text)> = HashSet::new();
    let mut marks = Vec::new();
    for fired in fired {
        let Some(rule) = book.rule(fired.ix) else {
            continue;
        };
        if rule.body(Function::Always).is_none() {
            continue;
        }
        if fired.at != at {
            at = fired.at;
            scene.turn(at);
        }
        match scene.always(fired.ix) {
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
    if at > 0 {
        scene.turn(0);
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
