//! The arms of a `switch`.

use super::Lift;
use crate::language::tokens::{Kind, Token, unquoted};
use crate::language::tree::{Arm, At, Expr, ExprKind, Stmt, StmtKind};
use crate::value::Text;

impl Lift<'_> {
    /// The arms of a `switch`. The parser keeps only hashes of their labels, so those are read from
    /// the tokens; the bodies stand in the order of the file.
    pub(super) fn arms(&self, place: At, cases: &rhai::SwitchCasesCollection) -> Vec<Arm> {
        let labels = self.labels(place);
        let body = |expr: &rhai::Expr| match self.expr(expr) {
            Expr {
                kind: ExprKind::Block(body),
                ..
            } => body,
            expr => vec![Stmt {
                at: expr.at,
                kind: StmtKind::Expr(expr),
            }],
        };
        cases
            .expressions
            .iter()
            .enumerate()
            .map(|(n, case)| Arm {
                labels: match labels.get(n) {
                    Some(labels) if !labels.is_empty() => labels.clone(),
                    _ if cases.def_case == Some(n) => Vec::new(),
                    // A label that is neither a literal nor a name.
                    _ => vec![super::refused(place, "this label")],
                },
                guard: match &case.lhs {
                    rhai::Expr::BoolConstant(true, position) if position.is_none() => None,
                    guard => Some(self.expr(guard)),
                },
                body: body(&case.rhs),
            })
            .collect()
    }

    fn labels(&self, place: At) -> Vec<Vec<Expr>> {
        let Some(start) = self.by_place.get(&place) else {
            return Vec::new();
        };
        let mut depth = 0u32;
        let mut all = Vec::new();
        let mut current: Option<Vec<Expr>> = None;
        let mut expecting = false;
        for token in self.tokens.iter().skip(*start) {
            match token.text {
                "{" | "#{" | "(" | "[" if token.kind == Kind::Mark => {
                    depth += 1;
                    expecting |= depth == 1 && token.text == "{";
                }
                "}" | ")" | "]" if token.kind == Kind::Mark => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 && token.text == "}" {
                        break;
                    }
                    // A block body needs no comma behind it.
                    expecting |= depth == 1 && token.text == "}";
                }
                "," if depth == 1 => expecting = true,
                "=>" if depth == 1 => {
                    all.push(current.take().unwrap_or_default());
                    expecting = false;
                }
                "if" if depth == 1 && expecting => expecting = false,
                _ if depth == 1 && expecting => {
                    let list = current.get_or_insert_with(Vec::new);
                    list.extend(label(token));
                }
                _ => {}
            }
        }
        all
    }
}

fn label(token: &Token<'_>) -> Option<Expr> {
    let kind = match token.kind {
        Kind::Text => ExprKind::Text(unquoted(token).into()),
        Kind::Number => {
            let digits = token.text.replace('_', "");
            match digits.parse::<i64>() {
                Ok(n) => ExprKind::Int(n),
                Err(_) => ExprKind::Decimal(digits.parse().ok()?),
            }
        }
        Kind::Char => ExprKind::Char(token.text.chars().nth(1)?),
        Kind::Word if token.text == "true" => ExprKind::Bool(true),
        Kind::Word if token.text == "false" => ExprKind::Bool(false),
        Kind::Word if token.text != "_" => ExprKind::Name(Text::from(token.text)),
        _ => return None,
    };
    Some(Expr {
        kind,
        at: At {
            line: token.line,
            column: token.column,
        },
    })
}
