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
            // No event could be read of it, so nobody knows where in it a point may be.
            let hidden = catalogue.places.coarse.map(|_| {
                let mut rejected = rejected.clone();
                rejected.origin.value = None;
                rejected
            });
            let kept = hidden.as_ref().unwrap_or(rejected);
            batch.reject(last, |out| kept.write(out));
        }
        for rejected in refused(ask, taken, applied, answers, catalogue) {
            batch.reject(last, |out| rejected.write(out));
        }
    }
}

/// Records of an ask that were handed to the engine and are no events, or none that can be taken.
fn refused<'a>(
    ask: &'a Open,
    taken: &'a Taken,
    applied: &'a Applied,
    answers: &'a Answers,
    catalogue: &'a Catalogue,
) -> impl Iterator<Item = Rejected> + 'a {
    let answers = answers.look(ask.from, ask.count);
    let lines = taken.origins.iter().zip(ask.from..).zip(answers);
    lines.filter_map(|((origin, line), answer)| {
        let reject = match answer {
            Answer::Settled(_) | Answer::Duplicate => return None,
            Answer::Rejected(reject) => reject.clone(),
            Answer::Mismatch => Reject::new(Code::BadId, "/id", MISMATCH),
            Answer::TooLate => Reject::new(Code::TimeOutOfBounds, "/time", TOO_LATE),
        };
        let mut origin = origin.clone();
        let record = applied.records.get(line);
        if catalogue.places.coarse.is_some() {
            // No fine point is kept here either. The record has its data whatever form it came in; of one that
            // is no event nobody knows where a point may be.
            let was_read = !matches!(answer, Answer::Rejected(_));
            origin.value = record
                .filter(|_| was_read)
                .and_then(|record| coarse::record(record, catalogue));
        } else if origin.value.is_none() {
            origin.value = record.cloned();
        }
        Some(Rejected::of(&taken.source, origin, &reject))
    })
}

const MISMATCH: &str = "this source has sent this id with other content before";
const TOO_LATE: &str = "further behind its customer's newest event than is waited for";
