//! What a source took is written with what came of it: how far it read, and what was no event.

use super::super::answer::{Answer, Answers};
use super::super::commit::{Applied, Open};
use super::super::taken::{Rejected, Taken, place_name};
use engine::log::Batch;
use engine::log::bytes::put_varint;
use engine::place::coarse;
use engine::reject::{Code, Reject};
use rules::catalogue::Catalogue;

/// Writes what the sources of a batch took.
pub(super) fn write(
    batch: &mut Batch,
    applied: &Applied,
    answers: &Answers,
    catalogue: &Catalogue,
) {
    let last = applied.stand.seq;
    for ask in &applied.asks {
        let Some(taken) = &ask.taken else { continue };
        for (partition, next) in taken.next.all() {
            let mut bytes = Vec::new();
            put_varint(u64::try_from(next).unwrap_or(0), &mut bytes);
            batch.offset(&place_name(&taken.source, partition), &bytes);
        }
        for rejected in &taken.rejects {
            batch.reject(last, |out| rejected.write(out));
        }
        for mut rejected in refused(ask, taken, applied, answers) {
            // What no fine point may be kept of is not kept here either.
            let value = rejected.origin.value.as_deref().unwrap_or_default();
            if let Some(blurred) = coarse::record(value, catalogue) {
                rejected.origin.value = Some(blurred);
            }
            batch.reject(last, |out| rejected.write(out));
        }
    }
}

/// Records of an ask that were handed to the engine and are no events, or none that can be taken.
fn refused<'a>(
    ask: &'a Open,
    taken: &'a Taken,
    applied: &'a Applied,
    answers: &Answers,
) -> impl Iterator<Item = Rejected> + 'a {
    let answers = answers.span(ask.from, ask.count).unwrap_or_default();
    let lines = taken.origins.iter().zip(ask.from..).zip(answers);
    lines.filter_map(|((origin, line), answer)| {
        let reject = match answer {
            Answer::Settled(_) | Answer::Duplicate => return None,
            Answer::Rejected(reject) => reject,
            Answer::Mismatch => Reject::new(Code::BadId, "/id", MISMATCH),
            Answer::TooLate => Reject::new(Code::TimeOutOfBounds, "/time", TOO_LATE),
        };
        let mut origin = origin.clone();
        if origin.value.is_none() {
            origin.value = applied.records.get(line).cloned();
        }
        Some(Rejected::of(&taken.source, origin, &reject))
    })
}

const MISMATCH: &str = "this source has sent this id with other content before";
const TOO_LATE: &str = "further behind its customer's newest event than is waited for";
