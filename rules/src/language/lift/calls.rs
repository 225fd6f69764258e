//! Calls and operators, which are calls to the parser.

use super::{Lift, at};
use crate::language::tree::{At, Expr, ExprKind};
use rhai::Position;

impl Lift<'_> {
    pub(super) fn call(&self, call: &rhai::FnCallExpr, position: Position) -> Expr {
        let place = at(position);
        let args: Vec<Expr> = call.args.iter().map(|e| self.expr(e)).collect();
        let written = self.token(place).map(|t| t.text);
        // `a in b` becomes `contains(b, a)` in the parser; the token at its place tells them apart.
        let looks_in = matches!(written, Some("in" | "!in" | "!"));
        let name = call.name.as_str();
        match <[Expr; 2]>::try_from(args) {
            Ok([hay, needle]) if name == "contains" && looks_in => Expr {
                at: needle.at,
                kind: ExprKind::In {
                    negated: false,
                    needle: Box::new(needle),
                    hay: Box::new(hay),
                },
            },
            Ok([from, to]) if name == ".." || name == "..=" => Expr {
                at: from.at,
                kind: ExprKind::Range {
                    closed: name == "..=",
                    from: Box::new(from),
                    to: Box::new(to),
                },
            },
            Ok([left, right]) if call.op_token.is_some() => Expr {
                at: left.at,
                kind: ExprKind::Binary(call.name.clone(), place, left.into(), right.into()),
            },
            Ok(pair) => Expr {
                at: place,
                kind: ExprKind::Call(call.name.clone(), pair.into()),
            },
            Err(args) => self.call_of_others(call, place, args),
        }
    }

    fn call_of_others(&self, call: &rhai::FnCallExpr, place: At, args: Vec<Expr>) -> Expr {
        let kind = match <[Expr; 1]>::try_from(args) {
            Ok([operand]) if call.op_token.is_some() => match operand.kind {
                ExprKind::In { needle, hay, .. } if self.is_not_in(place) => {
                    return Expr {
                        at: needle.at,
                        kind: ExprKind::In {
                            negated: true,
                            needle,
                            hay,
                        },
                    };
                }
                kind => {
                    let operand = Expr {
                        kind,
                        at: operand.at,
                    };
                    ExprKind::Unary(call.name.clone(), operand.into())
                }
            },
            Ok(one) => ExprKind::Call(call.name.clone(), one.into()),
            Err(args) => ExprKind::Call(call.name.clone(), args),
        };
        Expr { kind, at: place }
    }

    /// `!in` is one operator to the parser and two tokens to us.
    fn is_not_in(&self, place: At) -> bool {
        let next = self
            .by_place
            .get(&place)
            .and_then(|n| self.tokens.get(n + 1));
        self.token(place).is_some_and(|t| t.is("!")) && next.is_some_and(|t| t.is("in"))
    }
}
