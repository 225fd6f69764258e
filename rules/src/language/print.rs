//! The tree printed as source text again: operands that read alone, and corrected lines.

use super::tree::{Expr, ExprKind};
use crate::value::{Text, Value};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Names that are printed as their values.
pub type Constants = BTreeMap<Text, Value>;

/// How tightly an operator binds; brackets are written where a child binds less.
fn strength(kind: &ExprKind) -> u8 {
    match kind {
        ExprKind::Or(_) => 30,
        ExprKind::And(_) => 60,
        ExprKind::Binary(op, ..) => match op.as_str() {
            "|" | "^" => 30,
            "&" => 60,
            "==" | "!=" => 90,
            "<" | "<=" | ">" | ">=" => 130,
            "+" | "-" => 150,
            "*" | "/" | "%" => 180,
            "**" => 190,
            _ => 210,
        },
        ExprKind::In { .. } => 110,
        ExprKind::Fallback(_) => 135,
        ExprKind::Range { .. } => 140,
        ExprKind::Unary(..) => 220,
        ExprKind::Int(n) if *n < 0 => 220,
        ExprKind::Decimal(d) if *d < 0.0 => 220,
        _ => 255,
    }
}

/// The expression as text, constants folded in.
#[must_use]
pub fn print(expr: &Expr, constants: &Constants) -> String {
    let mut text = String::new();
    Printer { constants }.expr(expr, 0, &mut text);
    text
}

struct Printer<'a> {
    constants: &'a Constants,
}

impl Printer<'_> {
    fn expr(&self, expr: &Expr, least: u8, out: &mut String) {
        // `??` is bracketed wherever it is an operand, so that nobody needs to know how it binds.
        let mine = strength(&expr.kind);
        let bracket = mine < least || (least > 0 && mine == 135);
        if bracket {
            out.push('(');
        }
        self.bare(&expr.kind, mine, out);
        if bracket {
            out.push(')');
        }
    }

    fn bare(&self, kind: &ExprKind, mine: u8, out: &mut String) {
        match kind {
            ExprKind::And(items) => self.joined(items, " && ", mine + 1, out),
            ExprKind::Or(items) => self.joined(items, " || ", mine + 1, out),
            ExprKind::Fallback(items) => self.joined(items, " ?? ", mine + 1, out),
            ExprKind::Binary(op, _, left, right) => {
                self.expr(left, mine, out);
                let _ = write!(out, " {op} ");
                self.expr(right, mine + 1, out);
            }
            ExprKind::In {
                negated,
                needle,
                hay,
            } => {
                self.expr(needle, mine + 1, out);
                out.push_str(if *negated { " !in " } else { " in " });
                self.expr(hay, mine + 1, out);
            }
            ExprKind::Range { from, to, closed } => {
                self.expr(from, mine + 1, out);
                out.push_str(if *closed { "..=" } else { ".." });
                self.expr(to, mine + 1, out);
            }
            ExprKind::Unary(op, operand) => {
                out.push_str(op);
                self.expr(operand, mine, out);
            }
            ExprKind::Property(base, name, _) => {
                self.expr(base, 255, out);
                let _ = write!(out, ".{name}");
            }
            ExprKind::Method(base, name, _, args) => {
                self.expr(base, 255, out);
                let _ = write!(out, ".{name}(");
                self.joined(args, ", ", 0, out);
                out.push(')');
            }
            ExprKind::Index(base, place) => {
                self.expr(base, 255, out);
                out.push('[');
                self.expr(place, 0, out);
                out.push(']');
            }
            ExprKind::Call(name, args) => {
                let _ = write!(out, "{name}(");
                self.joined(args, ", ", 0, out);
                out.push(')');
            }
            ExprKind::List(items) => {
                out.push('[');
                self.joined(items, ", ", 0, out);
                out.push(']');
            }
            _ => self.leaf(kind, out),
        }
    }

    fn leaf(&self, kind: &ExprKind, out: &mut String) {
        match kind {
            ExprKind::Nothing => out.push_str("()"),
            ExprKind::Bool(b) => {
                let _ = write!(out, "{b}");
            }
            ExprKind::Int(n) => {
                let _ = write!(out, "{n}");
            }
            ExprKind::Decimal(d) => out.push_str(&decimal(*d)),
            ExprKind::Text(t) => out.push_str(&quoted(t)),
            ExprKind::Char(c) => {
                let _ = write!(out, "'{c}'");
            }
            ExprKind::Name(name) => match self.constants.get(name) {
                Some(value) => out.push_str(&literal(value)),
                None => out.push_str(name),
            },
            ExprKind::Map(members) => {
                out.push_str("#{ ");
                for (n, (name, _, value)) in members.iter().enumerate() {
                    out.push_str(if n > 0 { ", " } else { "" });
                    let _ = write!(out, "{}: ", quoted(name));
                    self.expr(value, 0, out);
                }
                out.push_str(" }");
            }
            ExprKind::Template(parts) => {
                out.push('`');
                for part in parts {
                    match &part.kind {
                        ExprKind::Text(text) => out.push_str(&text.replace('`', "``")),
                        _ => {
                            out.push_str("${");
                            self.expr(part, 0, out);
                            out.push('}');
                        }
                    }
                }
                out.push('`');
            }
            ExprKind::Block(body) => {
                // Only blocks of one expression are ever printed: templates hold them.
                if let [
                    super::tree::Stmt {
                        kind: super::tree::StmtKind::Expr(only),
                        ..
                    },
                ] = body.as_slice()
                {
                    self.expr(only, 0, out);
                } else {
                    out.push_str("{ … }");
                }
            }
            ExprKind::Refused(what) => out.push_str(what),
            _ => {}
        }
    }

    fn joined(&self, items: &[Expr], between: &str, least: u8, out: &mut String) {
        for (n, item) in items.iter().enumerate() {
            if n > 0 {
                out.push_str(between);
            }
            self.expr(item, least, out);
        }
    }
}

/// A decimal that reads back as a decimal.
fn decimal(number: f64) -> String {
    let text = format!("{number}");
    if text.contains('.') || text.contains("inf") || text.contains("NaN") {
        text
    } else {
        text + ".0"
    }
}

/// A text in double quotes.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ => out.push(letter),
        }
    }
    out.push('"');
    out
}

/// A constant as source text.
#[must_use]
pub fn literal(value: &Value) -> String {
    match value {
        Value::Bool(b) => b.to_string(),
        Value::Int(n) => n.to_string(),
        Value::Decimal(d) => decimal(*d),
        Value::Text(t) => quoted(t),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(literal).collect();
            format!("[{}]", items.join(", "))
        }
        _ => String::from("()"),
    }
}
