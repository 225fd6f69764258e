//! Statements: variables, `if`, `switch`, an early `return`.

use super::calls::{in_order, local};
use super::code::{Code, Fun, Node, choose};
use super::op::Op;
use super::operators::compare;
use super::{Lowering, Obstacle, What};
use crate::language::tree::{Arm, At, Expr, Stmt, StmtKind};
use crate::value::Value;
use std::sync::Arc;

impl Lowering<'_> {
    /// The value of a block. `tail`: what it returns is what its function returns. `truth`: it is
    /// the condition itself, so that whatever has no native form can be left to the interpreter when
    /// it is reached.
    pub(super) fn block(
        &mut self,
        body: &[Stmt],
        tail: bool,
        truth: bool,
    ) -> Result<Node, Obstacle> {
        self.scopes.push(Vec::new());
        let value = self.statements(body, tail, truth);
        self.scopes.pop();
        value
    }

    fn statements(&mut self, body: &[Stmt], tail: bool, truth: bool) -> Result<Node, Obstacle> {
        let Some((stmt, rest)) = body.split_first() else {
            return Err(self.obstacle(What::Statement, At::default()));
        };
        let last = rest.iter().all(|stmt| stmt.kind == StmtKind::Empty);
        match &stmt.kind {
            StmtKind::Empty => self.statements(rest, tail, truth),
            StmtKind::Let { name, value, .. } => {
                let value = self.expr(value)?;
                let (node, set) = self.bind(value, stmt.at)?;
                if let Some(scope) = self.scopes.last_mut() {
                    scope.push((name.clone(), node));
                }
                let rest = self.or_handed_over(truth, |l| l.statements(rest, tail, truth))?;
                let obstacle = self.obstacle(What::Statement, stmt.at);
                in_order(set.into_iter().collect(), rest).ok_or(obstacle)
            }
            StmtKind::If {
                condition,
                then,
                otherwise,
            } => {
                let (test, total) = self.test(condition)?;
                let otherwise = match otherwise {
                    Some(otherwise) if last => {
                        self.or_handed_over(truth, |l| l.block(otherwise, tail, truth))
                    }
                    // `if … { return … }`: the rest is what happens otherwise.
                    None if tail && leaves(then) => {
                        self.or_handed_over(truth, |l| l.statements(rest, tail, truth))
                    }
                    _ => return Err(self.obstacle(What::Statement, stmt.at)),
                }?;
                let then = self.or_handed_over(truth, |l| l.block(then, tail, truth))?;
                let obstacle = self.obstacle(What::Statement, stmt.at);
                choose(test, then, otherwise)
                    .map(|node| Node {
                        total: node.total && total,
                        ..node
                    })
                    .ok_or(obstacle)
            }
            StmtKind::Switch { on, arms } if last => self.switch(stmt, on, arms, tail, truth),
            StmtKind::Return(Some(value)) if tail => self.expr(value),
            StmtKind::Block(inner) if last => self.block(inner, tail, truth),
            StmtKind::Expr(expr) if last => self.expr(expr),
            StmtKind::Assign { .. } => Err(self.obstacle(What::Assignment, stmt.at)),
            StmtKind::Loop(..) | StmtKind::For { .. } => Err(self.obstacle(What::Loop, stmt.at)),
            _ => Err(self.obstacle(What::Statement, stmt.at)),
        }
    }

    /// A condition as a test, and whether it always has an answer.
    fn test(&mut self, condition: &Expr) -> Result<(Fun<bool>, bool), Obstacle> {
        let node = self.expr(condition)?;
        match node.code {
            Code::Bool(test) => Ok((test, node.total)),
            _ => Err(self.obstacle(What::Expression, condition.at)),
        }
    }

    /// What has no native form is left to the interpreter, where only true or false can come of it.
    pub(super) fn or_handed_over(
        &mut self,
        truth: bool,
        lower: impl FnOnce(&mut Self) -> Result<Node, Obstacle>,
    ) -> Result<Node, Obstacle> {
        match lower(self) {
            Err(obstacle) if truth => {
                self.obstacles.push(obstacle);
                Ok(Node::handed_over())
            }
            other => other,
        }
    }

    /// Keeps a value as a variable: how it is read, and how it is set.
    pub(super) fn bind(
        &mut self,
        value: Node,
        at: At,
    ) -> Result<(Node, Option<Fun<()>>), Obstacle> {
        if value.literal.is_some() || matches!(value.code, Code::Event | Code::Customer) {
            return Ok((value, None));
        }
        let place = self.locals;
        let read = local(place, &value.code);
        let (Some(read), Some(value)) = (read, value.value()) else {
            return Err(self.obstacle(What::Statement, at));
        };
        self.locals += 1;
        let set: Fun<()> = Arc::new(move |f| {
            let value = value(f)?;
            *f.locals.get_mut(place)? = value;
            Some(())
        });
        Ok((read, Some(set)))
    }

    /// Only over texts: labels of numbers may be ranges, which are told apart by the parser alone.
    fn switch(
        &mut self,
        stmt: &Stmt,
        on: &Expr,
        arms: &[Arm],
        tail: bool,
        truth: bool,
    ) -> Result<Node, Obstacle> {
        let obstacle = self.obstacle(What::Switch, stmt.at);
        let looked = self.expr(on)?;
        let total = looked.total;
        let (Code::Text(_), Some((default, before))) = (&looked.code, arms.split_last()) else {
            return Err(obstacle);
        };
        if !default.labels.is_empty() || arms.iter().any(|arm| arm.guard.is_some()) {
            return Err(obstacle);
        }
        let (read, set) = self.bind(looked, stmt.at)?;
        let mut value = self.or_handed_over(truth, |l| l.block(&default.body, tail, truth))?;
        // From the last arm to the first: the first label that fits counts.
        for arm in before.iter().rev() {
            let mut tests: Vec<Fun<bool>> = Vec::new();
            for label in &arm.labels {
                let label = self.text_of_label(label);
                let label = label.and_then(|text| Node::literal(&Value::Text(text)));
                let test = label.and_then(|label| compare(Op::Eq, read.clone(), label));
                match test.map(|node| node.code) {
                    Some(Code::Bool(test)) => tests.push(test),
                    _ => return Err(obstacle),
                }
            }
            if tests.is_empty() {
                return Err(obstacle);
            }
            let test: Fun<bool> = Arc::new(move |f| {
                for test in &tests {
                    if test(f)? {
                        return Some(true);
                    }
                }
                Some(false)
            });
            let body = self.or_handed_over(truth, |l| l.block(&arm.body, tail, truth))?;
            let Some(chosen) = choose(test, body, value) else {
                return Err(obstacle);
            };
            value = chosen;
        }
        let total = total && value.total;
        in_order(set.into_iter().collect(), value)
            .map(|node| Node { total, ..node })
            .ok_or(obstacle)
    }

    fn text_of_label(&self, label: &Expr) -> Option<crate::value::Text> {
        match &label.kind {
            crate::language::tree::ExprKind::Text(text) => Some(text.clone()),
            _ => None,
        }
    }
}

/// True when a block ends its function on every path that we know of.
fn leaves(body: &[Stmt]) -> bool {
    let last = body.iter().rfind(|stmt| stmt.kind != StmtKind::Empty);
    matches!(last.map(|stmt| &stmt.kind), Some(StmtKind::Return(Some(_))))
}
