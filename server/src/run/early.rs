//! Answers before the commit, for those who asked for them.

use super::answer::{Answer, Answers};
use super::ask::Reply;
use super::commit::Open;
use crate::config::Grade;
use engine::engine::Output;

/// Answers those who do not wait for the commit. What a duplicate repeats may not be committed yet,
/// so it is answered with the others. Gives the answers, where they were made: they are the same behind
/// the commit.
pub(super) fn answer(
    output: &Output,
    lines: usize,
    grades: &[Grade],
    open: &mut [Open],
) -> Option<Answers> {
    if !grades.contains(&Grade::Received) {
        return None;
    }
    let answers = Answers::of(output, lines);
    for (ask, grade) in open.iter_mut().zip(grades) {
        if *grade == Grade::Durable {
            continue;
        }
        let Some(all) = answers.span(ask.from, ask.count) else {
            continue;
        };
        if all.iter().any(|a| matches!(a, Answer::Duplicate)) {
            continue;
        }
        if let Some(reply) = ask.reply.take() {
            let _ = reply.send(Reply::Done(all, false));
        }
    }
    Some(answers)
}
