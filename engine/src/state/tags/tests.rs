//! A tag's past against a list of everything that was ever set.

use super::*;
use proptest::prelude::*;
use rules::catalogue::load::load;
use rules::project::Project;

const TAG: TagId = TagId(0);

fn tag() -> Tag {
    let text = "[tag.a]\ntype = \"int\"\ndefault = -1\nhistory = { keep = 5, within = \"100s\" }\n";
    load(&Project::from_files([("catalog/tags.toml", text)]))
        .0
        .tags[0]
        .clone()
}

fn value(n: i64, at: i64, seq: u64, ttl: Option<i64>) -> TagValue {
    TagValue {
        value: if n < 0 { Value::Missing } else { Value::Int(n) },
        at,
        seq,
        expires: ttl.map(|ttl| at + ttl),
        by: "t".into(),
        confidence: None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    /// Within what is kept, the past is what a look through all that was set says, whatever the order
    /// in which it came.
    #[test]
    fn the_past_is_what_was_set(
        sets in prop::collection::vec((0i64..9, 0i64..200_000, prop::option::of(1i64..90_000)), 1..12),
        ago in 0i64..100_000,
    ) {
        let tag = tag();
        let history = tag.history.unwrap();
        let mut tags = Tags::default();
        let mut all: Vec<TagValue> = Vec::new();
        for (seq, (n, at, ttl)) in (1u64..).zip(sets) {
            let set = value(n - 1, at, seq, ttl);
            tags.set(TAG, set.clone(), tag.history);
            all.push(set);
        }
        all.sort_by_key(|set| (set.at, set.seq));
        let newest = all.last().unwrap().clone();
        let time = newest.at - ago;
        let found = all.iter().rposition(|set| set.at <= time);
        // Beyond `keep` values nothing is known.
        let is_kept = found.is_some_and(|at| all.len() - 1 - at <= history.keep);
        let wanted = match found.and_then(|at| all.get(at)) {
            Some(set) if set.holds(time) && is_kept => set.value.clone(),
            _ => tag.default.clone(),
        };
        prop_assert_eq!(tags.read_as_of(TAG, &tag, time), wanted);
        // As the event that set it last saw it before.
        let before = all.iter().rev().nth(1).filter(|set| set.holds(newest.at));
        let before = before.map_or(tag.default.clone(), |set| set.value.clone());
        prop_assert_eq!(tags.read_before(TAG, &tag, (newest.at, newest.seq)), before);
        // Set anew in the order of what is kept, it is the same: so a snapshot makes it.
        let mut again = Tags::default();
        for (_, held) in tags.past().chain(tags.iter()) {
            again.set(TAG, held.clone(), tag.history);
        }
        prop_assert_eq!(again.past, tags.past);
        prop_assert_eq!(again.values, tags.values);
    }
}
