//! Atoms: what an operand says of one slot and literals.

use crate::layout::Slot;
use crate::lower::op::Op;
use crate::value::Text;
use std::cmp::Ordering;

/// What the index may know of a rule on one event type.
#[derive(Clone, Debug, Default)]
pub(crate) struct Atoms {
    /// The rule can never be true there.
    pub(crate) never: bool,
    /// The ways in which all that is known of it can hold; one where no `||` was taken apart.
    pub(crate) ways: Vec<Way>,
    /// The operands that the index does not answer for, by place.
    pub(crate) rest: Vec<usize>,
}

/// Tests that must all hold: by slot, one each.
pub(crate) type Way = Vec<(Slot, Test)>;

/// A literal beside a slot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Key {
    Number(i64),
    Word(Text),
}

/// A condition on the value of one slot.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Test {
    /// Always so.
    Const(bool),
    /// There is a value.
    There,
    /// A truth that is so.
    Holds {
        /// What it is where there is no value.
        missing: bool,
    },
    Is {
        op: Op,
        key: Key,
        missing: bool,
    },
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
}

/// What is known of a value when a test is asked.
pub(crate) enum Known<'a> {
    Missing,
    Bool(bool),
    /// Its order against a literal.
    Against(&'a dyn Fn(&Key) -> Ordering),
    /// It is there.
    Any,
}

impl Test {
    /// Its answer.
    pub(crate) fn holds(&self, known: &Known<'_>) -> bool {
        match (self, known) {
            (Self::Const(held), _) => *held,
            (Self::There, Known::Missing) => false,
            (Self::There, _) => true,
            (Self::Holds { missing } | Self::Is { missing, .. }, Known::Missing) => *missing,
            (Self::Holds { .. }, Known::Bool(held)) => *held,
            (Self::Is { op, key, .. }, Known::Against(order)) => op.holds(order(key)),
            // A question that does not fit the value rules nobody out; the reader makes none.
            (Self::Holds { .. } | Self::Is { .. }, _) => true,
            (Self::All(tests), known) => tests.iter().all(|test| test.holds(known)),
            (Self::Any(tests), known) => tests.iter().any(|test| test.holds(known)),
            (Self::Not(test), known) => !test.holds(known),
        }
    }

    /// Its literals.
    pub(crate) fn keys<'a>(&'a self, found: &mut Vec<&'a Key>) {
        match self {
            Self::Const(_) | Self::There | Self::Holds { .. } => {}
            Self::Is { key, .. } => found.push(key),
            Self::All(tests) | Self::Any(tests) => {
                for test in tests {
                    test.keys(found);
                }
            }
            Self::Not(test) => test.keys(found),
        }
    }

    /// The numbers among its literals, in order.
    pub(crate) fn numbers(&self) -> Vec<i64> {
        self.own(|key| match key {
            Key::Number(n) => Some(*n),
            Key::Word(_) => None,
        })
    }

    /// The words among its literals, in order.
    pub(crate) fn words(&self) -> Vec<&Text> {
        self.own(|key| match key {
            Key::Word(word) => Some(word),
            Key::Number(_) => None,
        })
    }

    fn own<'a, T: Ord>(&'a self, of: impl Fn(&'a Key) -> Option<T>) -> Vec<T> {
        let mut keys = Vec::new();
        self.keys(&mut keys);
        let mut own: Vec<T> = keys.into_iter().filter_map(of).collect();
        own.sort_unstable();
        own.dedup();
        own
    }

    /// Its answer to a word.
    pub(crate) fn of_word(&self, word: &str) -> bool {
        self.holds(&Known::Against(&|key| match key {
            Key::Word(other) => word.cmp(other.as_str()),
            Key::Number(_) => Ordering::Less,
        }))
    }

    /// Its answer to a word that it does not name.
    pub(crate) fn of_other_word(&self) -> bool {
        // Words are asked for equality alone, so that any order that is not equal will do.
        self.holds(&Known::Against(&|_| Ordering::Less))
    }

    /// The stretches of whole numbers for which it holds: ascending, apart from each other.
    pub(crate) fn stretches(&self) -> Vec<(i64, i64)> {
        let own = self.numbers();
        let mut found: Vec<(i64, i64)> = Vec::new();
        for at in 0..=own.len() * 2 {
            let order = |key: &Key| match key {
                Key::Number(n) => own
                    .binary_search(n)
                    .map_or(Ordering::Equal, |n| at.cmp(&(n * 2 + 1))),
                Key::Word(_) => Ordering::Equal,
            };
            if !self.holds(&Known::Against(&order)) {
                continue;
            }
            let Some((low, high)) = place_of(&own, at) else {
                continue;
            };
            match found.last_mut() {
                Some(last) if last.1.checked_add(1) == Some(low) => last.1 = high,
                _ => found.push((low, high)),
            }
        }
        found
    }
}

/// The numbers at an odd place: the number itself; at an even one: the gap before it. `None` for a
/// gap without a number.
fn place_of(own: &[i64], at: usize) -> Option<(i64, i64)> {
    if at % 2 == 1 {
        let own = *own.get(at / 2)?;
        return Some((own, own));
    }
    let low = match (at / 2).checked_sub(1).and_then(|before| own.get(before)) {
        Some(before) => before.checked_add(1)?,
        None => i64::MIN,
    };
    let high = match own.get(at / 2) {
        Some(behind) => behind.checked_sub(1)?,
        None => i64::MAX,
    };
    (low <= high).then_some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(op: Op, key: i64) -> Test {
        Test::Is {
            op,
            key: Key::Number(key),
            missing: false,
        }
    }

    #[test]
    fn stretches_are_what_holds() {
        let between = Test::All(vec![is(Op::Ge, 3), is(Op::Lt, 7)]);
        assert_eq!(between.stretches(), [(3, 6)]);
        let but = Test::All(vec![is(Op::Ne, 5), is(Op::Gt, 3), is(Op::Le, 7)]);
        assert_eq!(but.stretches(), [(4, 4), (6, 7)]);
        assert_eq!(is(Op::Lt, i64::MIN).stretches(), []);
        assert_eq!(is(Op::Ge, i64::MIN).stretches(), [(i64::MIN, i64::MAX)]);
        assert_eq!(
            Test::Not(Box::new(is(Op::Gt, 4))).stretches(),
            [(i64::MIN, 4)]
        );
        let none = Test::All(vec![is(Op::Lt, 3), is(Op::Gt, 3)]);
        assert_eq!(none.stretches(), []);
    }
}
