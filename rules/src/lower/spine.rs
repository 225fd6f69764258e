//! `when` as the operands of its `&&`: each is lowered once, and serves alone and with the others.

use super::code::{Code, Fun};
use super::{Condition, Lowering, Obstacle, What, chained};
use crate::language::tree::{Expr, ExprKind, FnDef, StmtKind};
use crate::value::Text;
use std::sync::Arc;

/// The operands of a `when`, lowered.
pub(crate) struct Operands {
    parts: Vec<Operand>,
    /// Variables that all of them need.
    locals: usize,
}

struct Operand {
    /// `None`: it has no native form.
    run: Option<Fun<bool>>,
    /// On facts of their declared types it always has a value.
    total: bool,
}

impl Lowering<'_> {
    /// The operands, and what of them is left to the interpreter.
    pub(crate) fn operands(
        mut self,
        parts: &[Expr],
        parameters: &(Text, Text),
    ) -> (Operands, Vec<Obstacle>) {
        let mut lowered = Vec::with_capacity(parts.len());
        for part in parts {
            self.enter(&parameters.0, &parameters.1);
            let operand = match self.expr(part).map(|node| (node.code, node.total)) {
                Ok((Code::Bool(run), total)) => Operand {
                    run: Some(run),
                    total,
                },
                other => {
                    let obstacle = self.obstacle(What::Expression, part.at);
                    self.obstacles.push(other.err().unwrap_or(obstacle));
                    Operand {
                        run: None,
                        total: false,
                    }
                }
            };
            lowered.push(operand);
        }
        let operands = Operands {
            parts: lowered,
            locals: self.locals,
        };
        if operands.run(0).is_none() {
            // All of it is interpreted, whatever follows.
            self.obstacles.truncate(1);
        }
        (operands, self.obstacles)
    }
}

impl Operands {
    /// True when the operand has native code that cannot raise.
    pub(crate) fn is_total(&self, at: usize) -> bool {
        self.parts.get(at).is_some_and(|part| part.total)
    }

    fn run(&self, at: usize) -> Option<&Fun<bool>> {
        self.parts.get(at)?.run.as_ref()
    }

    /// The operand alone.
    pub(crate) fn one(&self, at: usize) -> Option<Condition> {
        Some(Condition {
            run: Arc::clone(self.run(at)?),
            locals: self.locals,
        })
    }

    /// The operands at these places, one after the other; what has no native form is left to the
    /// interpreter when it is reached. `None` where that would be at once.
    pub(crate) fn all(&self, places: impl Iterator<Item = usize>) -> Option<Condition> {
        let mut tests: Vec<Fun<bool>> = Vec::new();
        for at in places {
            match self.run(at) {
                Some(run) => tests.push(Arc::clone(run)),
                None if tests.is_empty() => return None,
                None => tests.push(Arc::new(|_| None)),
            }
        }
        Some(Condition {
            run: chained(tests, true),
            locals: self.locals,
        })
    }
}

/// The operands of the `&&` of a function that is one expression, with its parameters.
pub(crate) fn spine(def: &FnDef) -> Option<(&[Expr], (Text, Text))> {
    let ([event, customer], [only]) = (def.params.as_slice(), def.body.as_slice()) else {
        return None;
    };
    let StmtKind::Expr(expr) = &only.kind else {
        return None;
    };
    let parts = match &expr.kind {
        ExprKind::And(parts) => parts.as_slice(),
        _ => std::slice::from_ref(expr),
    };
    Some((parts, (event.clone(), customer.clone())))
}
