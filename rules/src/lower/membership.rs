//! `needle in hay`: lists, ranges, and lists that a slot holds.

use super::code::{Code, Fun, Node};
use super::op::Op;
use super::operators::compare;
use super::{Lowering, Obstacle, What};
use crate::language::tree::{Expr, ExprKind};
use crate::value::{Text, Value};
use std::sync::Arc;

/// The longest list that is looked through member by member.
const SHORT: usize = 8;

/// The longest list a fact may hold; beyond it the interpreter refuses to read it.
pub(super) const LIST_MEMBERS: usize = 256;

impl Lowering<'_> {
    /// `needle in hay`
    pub(super) fn membership(&mut self, needle: &Expr, hay: &Expr) -> Result<Node, Obstacle> {
        let one = self.expr(needle)?;
        let obstacle = self.obstacle(What::Expression, needle.at);
        let found = if let ExprKind::List(items) = &hay.kind {
            let items: Result<Vec<Node>, _> = items.iter().map(|item| self.expr(item)).collect();
            in_nodes(one, items?)
        } else {
            let all = self.expr(hay)?;
            match (all.code, all.literal) {
                (Code::Range(first, last), _) => in_range(one, first, last, all.total),
                (_, Some(Value::List(items))) => {
                    self.spend(items.len(), hay.at)?;
                    let items: Option<Vec<Node>> = items.iter().map(Node::literal).collect();
                    items.and_then(|items| in_nodes(one, items))
                }
                (Code::Other(all), None) => in_fact(one, all),
                _ => None,
            }
        };
        found.ok_or(obstacle)
    }
}

/// A value among others. All of them are looked at, as the interpreter makes the list first.
fn in_nodes(one: Node, items: Vec<Node>) -> Option<Node> {
    let literal = items.iter().all(|item| item.literal.is_some());
    let count = items.len();
    let total = one.total && items.iter().all(|item| item.total);
    if let (Code::Text(text), true) = (&one.code, literal && count > 0) {
        let words: Option<Vec<Text>> = items
            .iter()
            .map(|item| match &item.literal {
                Some(Value::Text(word)) => Some(word.clone()),
                _ => None,
            })
            .collect();
        return Some(Node::truth(
            in_words(one.path.clone(), text.clone(), words?),
            total,
        ));
    }
    if count == 0 {
        let value = one.value()?;
        return Some(Node::truth(
            Arc::new(move |f| value(f).map(|_| false)),
            total,
        ));
    }
    let mut total = total;
    let mut tests: Vec<Fun<bool>> = Vec::with_capacity(count);
    for item in items {
        let node = compare(Op::Eq, one.clone(), item)?;
        total &= node.total;
        match node.code {
            Code::Bool(test) => tests.push(test),
            _ => return None,
        }
    }
    let fun: Fun<bool> = Arc::new(move |f| {
        f.spend(count)?;
        let mut found = false;
        for test in &tests {
            found |= test(f)?;
            if found && literal {
                break;
            }
        }
        Some(found)
    });
    Some(Node::truth(fun, total))
}

fn in_words(path: Option<super::paths::Path>, text: Fun<Text>, words: Vec<Text>) -> Fun<bool> {
    use super::paths::Path;
    let count = words.len();
    if let (Some(Path::Fixed(slot)), true) = (path, count <= SHORT) {
        return Arc::new(move |f| {
            f.spend(count)?;
            match f.facts.get(slot) {
                Value::Text(text) => Some(words.iter().any(|w| w.as_str() == text.as_str())),
                _ => None,
            }
        });
    }
    let words: hashbrown::HashSet<Text> = words.into_iter().collect();
    Arc::new(move |f| {
        f.spend(count)?;
        let text = text(f)?;
        Some(words.contains(text.as_str()))
    })
}

fn in_range(one: Node, first: Fun<i64>, last: Fun<i64>, ends: bool) -> Option<Node> {
    let total = one.total && ends;
    match one.code {
        Code::Int(number) => {
            let fun: Fun<bool> = Arc::new(move |f| {
                let (first, last) = (first(f)?, last(f)?);
                Some((first..=last).contains(&number(f)?))
            });
            Some(Node::truth(fun, total))
        }
        Code::Either(test, x, y) => {
            let x = in_range(*x, first.clone(), last.clone(), ends)?;
            let y = in_range(*y, first, last, ends)?;
            super::code::choose(test, x, y)
        }
        _ => None,
    }
}

/// A text in a list of texts that a slot holds.
fn in_fact(one: Node, all: Fun<Value>) -> Option<Node> {
    let Code::Text(text) = one.code else {
        return None;
    };
    let fun: Fun<bool> = Arc::new(move |f| {
        let Value::List(items) = all(f)? else {
            return None;
        };
        if items.len() > LIST_MEMBERS {
            return None;
        }
        f.spend(items.len())?;
        let text = text(f)?;
        for item in &items {
            match item {
                Value::Text(item) if item == &text => return Some(true),
                Value::Text(_) => {}
                _ => return None,
            }
        }
        Some(false)
    });
    Some(Node::truth(fun, false))
}
