//! What was expected beside what happened.
//!
//! A row is compared only in the members it names. The list is the whole list of the rule under
//! test: what it did and no row names is a difference. What other rules did beside it is not.

use super::model::Row;
use crate::decimal::Decimal;
use crate::value::Text;
use serde_json::Value as Json;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// One thing that happened: an action, or a refusal.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Ms after the start.
    pub at: i64,
    /// Which of the customer's events at that instant; `None` when a timer made it.
    pub n: Option<u32>,
    /// The customer.
    pub customer: Text,
    /// The rule.
    pub rule: Text,
    /// The action's id; refusals have none.
    pub action_id: Option<Text>,
    /// What a row may name of it.
    pub members: BTreeMap<String, Json>,
    /// Until when, for a refusal that ends by itself, ms after the start.
    pub until: Option<i64>,
}

/// One line of the comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Line<'a> {
    /// Expected, and it happened.
    Same {
        /// What was expected.
        row: &'a Row,
        /// What happened.
        seen: &'a Seen,
    },
    /// At that instant something else happened.
    Differs {
        /// What was expected.
        row: &'a Row,
        /// What happened.
        seen: &'a Seen,
    },
    /// It did not happen.
    Missing {
        /// What was expected.
        row: &'a Row,
    },
    /// It happened, and no row names it.
    Extra {
        /// What happened.
        seen: &'a Seen,
    },
}

impl Line<'_> {
    /// True where the expectation was met.
    #[must_use]
    pub fn is_same(&self) -> bool {
        matches!(self, Self::Same { .. })
    }

    fn at(&self) -> i64 {
        match self {
            Self::Same { row, .. } | Self::Differs { row, .. } | Self::Missing { row } => row.at,
            Self::Extra { seen } => seen.at,
        }
    }
}

/// Above this many pairs the rows are taken greedily.
const PAIRS_MAX: usize = 4_000_000;

/// Compares the rows with what happened, in the order of time.
#[must_use]
pub fn compare<'a>(rule: &str, rows: &'a [Row], seen: &'a [Seen]) -> Vec<Line<'a>> {
    let pairs = aligned(rows, seen);
    let mut lines = Vec::new();
    let mut spare: Vec<(usize, &Seen)> = Vec::new();
    for (at, one) in seen.iter().enumerate() {
        match pairs.iter().find(|(_, s)| *s == at) {
            Some((row, _)) => lines.extend(rows.get(*row).map(|row| Line::Same { row, seen: one })),
            None => spare.push((at, one)),
        }
    }
    for (at, row) in rows.iter().enumerate() {
        if pairs.iter().any(|(r, _)| *r == at) {
            continue;
        }
        // Something else of that rule at that instant is most likely what was meant.
        let near = spare.iter().position(|(_, s)| {
            s.at == row.at
                && s.rule == row.rule
                && s.members.get("action") == row.members.get("action")
        });
        let near = near.or_else(|| {
            let same = |s: &Seen| s.at == row.at && s.rule == row.rule;
            spare.iter().position(|(_, s)| same(s))
        });
        lines.push(match near {
            Some(near) => Line::Differs {
                row,
                seen: spare.remove(near).1,
            },
            None => Line::Missing { row },
        });
    }
    let extra = spare.into_iter().filter(|(_, s)| s.rule == rule);
    lines.extend(extra.map(|(_, seen)| Line::Extra { seen }));
    lines.sort_by_key(Line::at);
    lines
}

/// What happened that the row stands for, as far as is known: later events may bring more.
#[must_use]
pub fn answers<'a>(rows: &[Row], of: usize, seen: &'a [Seen]) -> Option<&'a Seen> {
    let pairs = greedy(rows.get(..=of)?, seen);
    let (_, at) = pairs.iter().find(|(row, _)| *row == of)?;
    seen.get(*at)
}

/// The most rows that can be paired with what happened, in order: (row, seen).
fn aligned(rows: &[Row], seen: &[Seen]) -> Vec<(usize, usize)> {
    let greedily = greedy(rows, seen);
    if greedily.len() == rows.len() || rows.len().saturating_mul(seen.len()) > PAIRS_MAX {
        return greedily;
    }
    // Longest common subsequence, from the end: best[r][s] of the rows from r and what happened from s.
    let width = seen.len() + 1;
    let mut best = vec![0u32; (rows.len() + 1) * width];
    let get = |best: &[u32], r: usize, s: usize| best.get(r * width + s).copied().unwrap_or(0);
    for (r, row) in rows.iter().enumerate().rev() {
        for (s, one) in seen.iter().enumerate().rev() {
            let value = if fits(row, one) {
                get(&best, r + 1, s + 1) + 1
            } else {
                get(&best, r + 1, s).max(get(&best, r, s + 1))
            };
            if let Some(place) = best.get_mut(r * width + s) {
                *place = value;
            }
        }
    }
    let (mut r, mut s) = (0, 0);
    let mut pairs = Vec::new();
    while let (Some(row), Some(one)) = (rows.get(r), seen.get(s)) {
        if fits(row, one) {
            pairs.push((r, s));
            (r, s) = (r + 1, s + 1);
        } else if get(&best, r + 1, s) >= get(&best, r, s + 1) {
            r += 1;
        } else {
            s += 1;
        }
    }
    pairs
}

/// Each row with the first thing that fits behind the one before.
fn greedy(rows: &[Row], seen: &[Seen]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let mut from = 0;
    for (at, row) in rows.iter().enumerate() {
        let found = seen.iter().skip(from).position(|one| fits(row, one));
        if let Some(found) = found {
            pairs.push((at, from + found));
            from += found + 1;
        }
    }
    pairs
}

fn fits(row: &Row, seen: &Seen) -> bool {
    row.at == seen.at
        && row.rule == seen.rule
        && row.n.is_none_or(|n| seen.n == Some(n))
        && row
            .customer
            .as_ref()
            .is_none_or(|who| *who == seen.customer)
        && row
            .members
            .iter()
            .all(|(key, want)| member_fits(key, want, seen))
}

/// True when what happened is what the row says of this member.
#[must_use]
pub fn member_fits(key: &str, want: &Json, seen: &Seen) -> bool {
    match seen.members.get(key) {
        // One reason of several may be named alone.
        Some(Json::Array(all)) if key == "reason" && want.is_string() => all.contains(want),
        Some(is) => value_fits(want, is),
        None => false,
    }
}

/// True when a value is what was written: amounts and numbers by value, tables in the members named.
fn value_fits(want: &Json, is: &Json) -> bool {
    match (want, is) {
        (Json::Object(want), Json::Object(is)) => want
            .iter()
            .all(|(key, want)| is.get(key).is_some_and(|is| value_fits(want, is))),
        (Json::Array(want), Json::Array(is)) => {
            want.len() == is.len() && want.iter().zip(is).all(|(want, is)| value_fits(want, is))
        }
        (Json::Number(_), Json::Number(_)) => same_number(want, is),
        // An amount prints as `8.88 USD`, and is written with or without its currency.
        (Json::Number(_) | Json::String(_), Json::String(text)) if want != is => {
            let amount = text.split_once(' ').filter(|(_, code)| code.len() == 3);
            amount.is_some_and(|(digits, _)| same_number(want, &Json::from(digits)))
        }
        _ => want == is,
    }
}

fn same_number(a: &Json, b: &Json) -> bool {
    let digits = |json: &Json| match json {
        Json::Number(number) => Decimal::parse(&number.to_string()),
        Json::String(text) => Decimal::parse(text),
        _ => None,
    };
    match (digits(a), digits(b)) {
        (Some(a), Some(b)) => a.compare(b) == Some(Ordering::Equal),
        _ => a == b,
    }
}
