//! What stands of patterns when another book takes over: a pattern that means the same and keeps no
//! more goes on, under whatever name; any other starts empty.

use super::live::{Live, Seen};
use super::plan::PatternPlan;
use super::standing::Standing;
use crate::plan::Plan;
use rules::value::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How a pattern goes on.
#[derive(Clone, Debug)]
pub(crate) struct PatternWay {
    /// Its place in the new plan.
    pub(crate) to: usize,
    /// By former type: its new place, and by new value the former one.
    types: Vec<Option<(u16, Vec<usize>)>>,
}

impl PatternWay {
    /// By former pattern, how it goes on; `None`: it does not.
    pub(crate) fn all(old: &Plan, new: &Plan) -> Vec<Option<Self>> {
        let mut ways: Vec<Option<Self>> = Vec::with_capacity(old.patterns.len());
        for former in &old.patterns {
            let way = Self::of(former, new);
            // What two lay claim to goes to the first.
            let taken = |way: &Self| ways.iter().flatten().any(|other| other.to == way.to);
            let way = way.filter(|way| !taken(way));
            ways.push(way);
        }
        ways
    }

    fn of(former: &PatternPlan, new: &Plan) -> Option<Self> {
        let named = new.patterns.iter().position(|p| p.name == former.name);
        let renamed = || {
            let was = |p: &PatternPlan| p.was.as_ref() == Some(&former.name);
            new.patterns.iter().position(was)
        };
        let to = named.or_else(renamed)?;
        let heir = new
            .patterns
            .get(to)
            .filter(|p| p.meaning == former.meaning)?;
        let mut types = Vec::with_capacity(former.types.len());
        for ty in &former.types {
            let place = heir.types.iter().position(|other| other.name == ty.name);
            let Some(place) = place else {
                types.push(None);
                continue;
            };
            let names = heir.types.get(place).map_or(&[][..], |other| &other.names);
            let value = |name| ty.names.iter().position(|known| known == name);
            let values: Option<Vec<usize>> = names.iter().map(value).collect();
            types.push(Some((u16::try_from(place).ok()?, values?)));
        }
        Some(Self { to, types })
    }

    /// Nothing moves.
    pub(crate) fn stays(ways: &[Option<Self>], old: &Plan, new: &Plan) -> bool {
        let same = |(at, way): (usize, &Option<Self>)| {
            let (Some(was), Some(is)) = (old.patterns.get(at), new.patterns.get(at)) else {
                return false;
            };
            way.as_ref().is_some_and(|way| way.to == at)
                && was.name == is.name
                && was.kept == is.kept
                && was.tells_unfinished == is.tells_unfinished
                && was.keep == is.keep
                && was.after == is.after
        };
        old.patterns.len() == new.patterns.len() && ways.iter().enumerate().all(same)
    }

    fn standing(
        &self,
        standing: Standing,
        value: &dyn Fn(Value) -> Option<Value>,
    ) -> Option<Standing> {
        let mut moved = Moved {
            way: self,
            value,
            done: BTreeMap::new(),
        };
        let now = moved.lives(standing.now)?;
        let past = match standing.past {
            None => None,
            Some(mut past) => {
                past.base = moved.lives(std::mem::take(&mut past.base))?;
                let recent = std::mem::take(&mut past.recent).into_iter();
                past.recent = recent
                    .map(|seen| moved.seen(&seen))
                    .collect::<Option<_>>()?;
                Some(past)
            }
        };
        Some(Standing { now, past })
    }
}

/// All that stands of a customer's patterns, where the new plan has it.
pub(crate) fn carried(
    standings: BTreeMap<usize, Standing>,
    ways: &[Option<PatternWay>],
    value: &dyn Fn(Value) -> Option<Value>,
) -> BTreeMap<usize, Standing> {
    let moved = standings.into_iter().filter_map(|(place, standing)| {
        let way = ways.get(place)?.as_ref()?;
        Some((way.to, way.standing(standing, value)?))
    });
    moved.collect()
}

/// Events on their way to a new plan: one that is shared stays so.
struct Moved<'a> {
    way: &'a PatternWay,
    value: &'a dyn Fn(Value) -> Option<Value>,
    done: BTreeMap<(i64, u64), Arc<Seen>>,
}

impl Moved<'_> {
    fn lives(&mut self, lives: Vec<Live>) -> Option<Vec<Live>> {
        lives.into_iter().map(|live| self.live(live)).collect()
    }

    fn live(&mut self, mut live: Live) -> Option<Live> {
        for taken in &mut live.taken {
            for seen in [&mut taken.first, &mut taken.last].into_iter().flatten() {
                *seen = self.seen(seen)?;
            }
        }
        Some(live)
    }

    /// `None` where an entity of it has no kind any more.
    fn seen(&mut self, seen: &Arc<Seen>) -> Option<Arc<Seen>> {
        let key = (seen.order.time, seen.order.seq);
        if let Some(done) = self.done.get(&key) {
            return Some(Arc::clone(done));
        }
        let (of, places) = self.way.types.get(usize::from(seen.of))?.as_ref()?;
        let values = places.iter().map(|place| {
            let value = seen.values.get(*place).cloned().unwrap_or_default();
            (self.value)(value)
        });
        let moved = Arc::new(Seen {
            of: *of,
            order: seen.order,
            print: seen.print,
            marks: seen.marks,
            values: values.collect::<Option<_>>()?,
        });
        self.done.insert(key, Arc::clone(&moved));
        Some(moved)
    }
}
