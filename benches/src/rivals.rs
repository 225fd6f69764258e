//! The ways to find the rules that fire on an event. All must name the same ones.

use crate::native::NativeBook;
use crate::plain::Plain;
use rules::book::Book;
use rules::facts::Facts;
use rules::interpreter::Interpreter;
use rules::rule::Function;

/// Which rules fired on which event: (event, rule), by place, sorted.
pub type Fires = Vec<(u32, u16)>;

/// The naive loop: every rule of the event's type is asked in turn.
///
/// # Errors
/// A rule raised: its text.
pub fn by_loop(
    book: &Book,
    interpreter: &mut Interpreter,
    facts: &mut Facts,
    fired: &mut Vec<u16>,
) -> Result<(), String> {
    let Some(event) = facts.event() else {
        return Ok(());
    };
    for rule in book.rules_on(event) {
        match interpreter.condition(*rule, Function::When, facts) {
            Ok(true) => fired.push(rule.0),
            Ok(false) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(())
}

/// All fires of the naive loop.
///
/// # Errors
/// As [`by_loop`].
pub fn fires_by_loop(
    book: &Book,
    interpreter: &mut Interpreter,
    facts: &mut [Facts],
) -> Result<Fires, String> {
    collect(facts, |facts, fired| {
        by_loop(book, interpreter, facts, fired)
    })
}

/// All fires of the hand-written match.
#[must_use]
pub fn fires_by_hand(book: &NativeBook, facts: &mut [Plain]) -> Fires {
    let all = collect(facts, |facts, fired| {
        book.matches(facts, fired);
        Ok(())
    });
    all.unwrap_or_default()
}

/// Runs `one` on each event's facts and notes what fired.
///
/// # Errors
/// The first of `one`.
pub fn collect<F>(
    facts: &mut [F],
    mut one: impl FnMut(&mut F, &mut Vec<u16>) -> Result<(), String>,
) -> Result<Fires, String> {
    let mut fires = Vec::new();
    let mut fired = Vec::new();
    for (at, facts) in (0u32..).zip(facts) {
        fired.clear();
        one(facts, &mut fired)?;
        fired.sort_unstable();
        fires.extend(fired.iter().map(|rule| (at, *rule)));
    }
    Ok(fires)
}
