//! The desk a script works at: the facts of one call, the marks it has made, the work it has done.
//!
//! Functions that rhai calls own nothing and outlive every call, so the facts wait here, on the
//! calling thread, from the first to the last instruction of one call.

use super::fault::raise;
use crate::draft::Mark;
use crate::facts::Facts;
use rhai::EvalAltResult;
use std::cell::RefCell;

/// Elements (list members, bytes of text) that host functions may look at in one call.
const WORK: u32 = 100_000;
/// Marks of one call.
const MARKS: usize = 64;

thread_local! {
    static DESK: RefCell<Desk> = RefCell::default();
}

/// What lies on the desk.
#[derive(Default)]
pub(super) struct Desk {
    pub(super) facts: Facts,
    /// The marks made so far; `None` outside `fn always`.
    pub(super) marks: Option<Vec<Mark>>,
    work: u32,
}

/// Puts the facts on the desk.
pub(super) fn sit(facts: Facts, marks: bool) {
    DESK.with_borrow_mut(|desk| {
        *desk = Desk {
            facts,
            marks: marks.then(Vec::new),
            work: 0,
        };
    });
}

/// Clears the desk.
pub(super) fn rise() -> Desk {
    DESK.take()
}

/// Reads the facts.
pub(super) fn with_facts<T>(read: impl FnOnce(&mut Facts) -> T) -> T {
    DESK.with_borrow_mut(|desk| read(&mut desk.facts))
}

/// Accounts for looking at `elements` of a list or a text.
pub(super) fn spend(elements: usize) -> Result<(), Box<EvalAltResult>> {
    let elements = u32::try_from(elements).unwrap_or(u32::MAX);
    let within = DESK.with_borrow_mut(|desk| {
        desk.work = desk.work.saturating_add(elements);
        desk.work <= WORK
    });
    if within {
        Ok(())
    } else {
        Err(raise("the rule does too much work"))
    }
}

/// Makes a mark.
pub(super) fn mark(verb: &str, mark: Mark) -> Result<(), Box<EvalAltResult>> {
    DESK.with_borrow_mut(|desk| match &mut desk.marks {
        None => Err(raise(format!("`{verb}` belongs in `fn always`"))),
        Some(marks) if marks.len() >= MARKS => {
            Err(raise(format!("a rule makes at most {MARKS} marks")))
        }
        Some(marks) => {
            marks.push(mark);
            Ok(())
        }
    })
}
