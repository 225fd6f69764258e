//! The ways to find the rules that fire on an event. All must name the same ones.

use crate::native::NativeBook;
use crate::plain::Plain;
use crate::workload::Workload;
use rules::book::Book;
use rules::facts::Facts;
use rules::interpreter::Interpreter;
use rules::rule::Function;
use std::sync::Arc;

/// Which rules fired on which event: (event, rule), by place, sorted.
pub type Fires = Vec<(u32, u16)>;

/// Every rule of the event's type is asked in turn: with [`Interpreter::interpreted`] the naive loop,
/// with [`Interpreter::new`] the same in native code.
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

/// All fires of a loop.
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

/// The product's way: the index names the rules that can be true, and those are asked for what it does
/// not answer for.
///
/// # Errors
/// As [`by_loop`].
pub fn by_index(
    book: &Book,
    interpreter: &mut Interpreter,
    facts: &mut Facts,
    fired: &mut Vec<u16>,
) -> Result<(), String> {
    let Some(event) = facts.event() else {
        return Ok(());
    };
    let mut found = std::mem::take(&mut interpreter.survivors);
    if !book.native.index().candidates(event, facts, &mut found) {
        return Err("the index cannot say: a value is not of its declared type".to_owned());
    }
    for rule in &found.rules {
        let held = match interpreter.confirm(*rule, facts) {
            Some(held) => Ok(held),
            None => interpreter.condition(*rule, Function::When, facts),
        };
        match held {
            Ok(true) => fired.push(rule.0),
            Ok(false) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
    interpreter.survivors = found;
    Ok(())
}

/// All fires by the index.
///
/// # Errors
/// As [`by_loop`].
pub fn fires_by_index(
    book: &Book,
    interpreter: &mut Interpreter,
    facts: &mut [Facts],
) -> Result<Fires, String> {
    collect(facts, |facts, fired| {
        by_index(book, interpreter, facts, fired)
    })
}

/// How many rules the index leaves to be asked, over all these facts.
#[must_use]
pub fn survivors(book: &Book, interpreter: &mut Interpreter, facts: &mut [Facts]) -> usize {
    let index = book.native.index();
    let mut count = 0;
    for facts in facts {
        if let Some(event) = facts.event() {
            index.candidates(event, facts, &mut interpreter.survivors);
            count += interpreter.survivors.rules.len();
        }
    }
    count
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

/// A run whose fires differ has no result.
///
/// # Errors
/// They differ: who, and where first.
pub fn same(who: &str, got: &Fires, want: &Fires) -> Result<(), String> {
    if got == want {
        return Ok(());
    }
    let odd = got
        .iter()
        .find(|fire| want.binary_search(fire).is_err())
        .or_else(|| want.iter().find(|fire| got.binary_search(fire).is_err()));
    Err(format!(
        "{who} fired {} times, the hand-written match {}; they first differ at (event, rule) {odd:?}",
        got.len(),
        want.len()
    ))
}

/// Events the naive loop is let over: over 10,000 rules each takes it tens of milliseconds.
#[must_use]
pub fn naive_events(rules: usize, events: usize) -> usize {
    events.min((500_000 / rules.max(1)).max(64))
}

/// Lets all rivals match the workload once; the naive loop its first [`naive_events`].
///
/// # Errors
/// One of them fires otherwise than the hand-written match, or raised.
pub fn agree(workload: &mut Workload) -> Result<Fires, String> {
    let book = &workload.book;
    let want = fires_by_hand(&workload.native, &mut workload.plain);
    let mut slow = Interpreter::interpreted(Arc::clone(book));
    let count = naive_events(book.rules.len(), workload.facts.len());
    let first = workload.facts.get_mut(..count).unwrap_or_default();
    let got = fires_by_loop(book, &mut slow, first)?;
    let mut seen = want.clone();
    seen.retain(|(event, _)| usize::try_from(*event).is_ok_and(|event| event < count));
    same("the naive loop", &got, &seen)?;
    let mut quick = Interpreter::new(Arc::clone(book));
    let got = fires_by_loop(book, &mut quick, &mut workload.facts)?;
    same("the native loop", &got, &want)?;
    let got = fires_by_index(book, &mut quick, &mut workload.facts)?;
    same("the index", &got, &want)?;
    Ok(want)
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
