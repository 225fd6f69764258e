//! What a source took is written with what came of it: how far it read, and what was no event.

use super::super::answer::{Answer, Answers};
use super::super::commit::{Applied, Open};
use super::super::taken::{Rejected, Taken, place_name};
use crate::config::fleet::TOLD;
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
        for record in &taken.moved {
            let blurred = coarse::record(record, catalogue);
            batch.moved(last, blurred.as_ref().unwrap_or(record));
        }
        if &*taken.source == TOLD {
            // Whoever told it has taken it: here it may be too old to be counted.
            continue;
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
            Answer::Settled(_) | Answer::Duplicate | Answer::Elsewhere(_) => return None,
            Answer::Rejected(reject) => reject.clone(),
            Answer::Mismatch => Reject::new(Code::BadId, "/id", MISMATCH),
            Answer::TooLate => Reject::new(Code::TimeOutOfBounds, "/time", TOO_LATE),
        };
        let was_read = !matches!(answer, Answer::Rejected(_));
        let record = applied.records.get(line).filter(|_| was_read);
        let mut origin = origin.clone();
        if catalogue.places.coarse.is_some() {
            origin.value = blurred(record, catalogue);
        } else if origin.value.is_none() {
            origin.value = applied.records.get(line).cloned();
        }
        Some(Rejected::of(&taken.source, origin, &reject))
    })
}

/// What is kept of an event where no fine point may be: it has its data whatever form it came in. Of what is
/// no event nobody knows where a point may be.
fn blurred(record: Option<&Vec<u8>>, catalogue: &Catalogue) -> Option<Vec<u8>> {
    coarse::record(record?, catalogue)
}

const MISMATCH: &str = "this source has sent this id with other content before";
const TOO_LATE: &str = "further behind its customer's newest event than is waited for";

#[cfg(test)]
mod tests {
    use super::*;
    use rules::project::Project;

    #[test]
    fn under_coarse_no_fine_point_is_kept_of_what_was_refused() {
        let files = [(
            "catalog/events.toml",
            "[place]\ncoarse = 5\n[event.\"location.moved\"]\ntitle = { en = \"Moved\", zh = \"移动\" }\n\
             [event.\"location.moved\".data]\nat = \"place\"\n",
        )];
        let (catalogue, findings) = rules::catalogue::load::load(&Project::from_files(files));
        assert!(!findings.has_errors(), "{findings:?}");
        let record = br#"{"id":"1","type":"location.moved","customer":"C","time":1,
            "data":{"at":[31.23456,121.47891]}}"#;
        let kept = blurred(Some(&record.to_vec()), &catalogue).unwrap();
        let kept = String::from_utf8(kept).unwrap();
        assert!(
            kept.contains("\"at\":[31.") && !kept.contains("31.23456"),
            "{kept}"
        );
        assert_eq!(blurred(None, &catalogue), None);
    }
}
