//! The parser's tree lifted into ours. The only module that touches the host language's own types:
//! they are declared volatile, and no author ever sees one of their names.

mod calls;
mod switch;
mod syntax;

use super::tokens::Token;
use super::tree::{At, Expr, ExprKind, FnDef, Script, Stmt, StmtKind};
use rhai::{ASTFlags, Engine, OptimizationLevel, Position};
use std::collections::BTreeMap;
pub use syntax::Syntax;

/// The deepest nesting of an expression.
pub const DEPTH: usize = 64;

/// The longest text, in bytes.
const TEXT_BYTES: usize = 1024;
/// Members of a list.
const LIST_MEMBERS: usize = 256;
/// Members of a payload.
const MAP_MEMBERS: usize = 64;
/// Variables of a function.
const VARIABLES: usize = 128;
/// Functions of a file.
const FUNCTIONS: usize = 64;

/// Parses a rule file.
///
/// # Errors
/// The first thing the parser could not read.
pub fn script(text: &str, tokens: &[Token<'_>]) -> Result<Script, Box<Syntax>> {
    let ast = engine()
        .compile(text)
        .map_err(|error| Box::new(syntax::explain(&error, tokens)))?;
    let lift = Lift::new(tokens);
    let statements = ast.statements().iter().map(|s| lift.stmt(s)).collect();
    let mut functions: Vec<FnDef> = ast
        .shared_lib()
        .iter_script_fn_info()
        .map(|(.., def)| lift.function(def))
        .collect();
    let mut left = ast.statements().len();
    ast.walk(&mut |path: &[rhai::ASTNode<'_>]| {
        if let [rhai::ASTNode::Stmt(stmt)] = path {
            if left > 0 {
                left -= 1;
            } else {
                let stmt = lift.stmt(stmt);
                let around = |f: &&mut FnDef| f.start <= stmt.at && stmt.at <= f.end;
                // The innermost one: a function as a value stands inside another.
                let home = functions.iter_mut().filter(around).max_by_key(|f| f.start);
                if let Some(function) = home {
                    function.body.push(stmt);
                }
            }
        }
        true
    });
    functions.sort_by_key(|f| f.at);
    Ok(Script {
        statements,
        functions,
    })
}

/// Parses one expression of a catalogue file.
///
/// # Errors
/// The first thing the parser could not read.
pub fn expression(text: &str, tokens: &[Token<'_>]) -> Result<Expr, Box<Syntax>> {
    let ast = engine()
        .compile_expression(text)
        .map_err(|error| Box::new(syntax::explain(&error, tokens)))?;
    let lift = Lift::new(tokens);
    let found = ast.statements().iter().map(|s| lift.stmt(s)).next();
    Ok(match found {
        Some(Stmt {
            kind: StmtKind::Expr(expr),
            ..
        }) => expr,
        Some(stmt) => Expr {
            at: stmt.at,
            kind: ExprKind::Block(vec![stmt]),
        },
        None => Expr {
            at: At { line: 1, column: 1 },
            kind: ExprKind::Nothing,
        },
    })
}

fn engine() -> Engine {
    let mut engine = Engine::new_raw();
    // Literals must stay as the author wrote them.
    engine.set_optimization_level(OptimizationLevel::None);
    // The bounds under which the interpreter compiles, so that what passes here compiles there.
    engine
        .set_max_expr_depths(DEPTH, DEPTH)
        .set_allow_anonymous_fn(false)
        .set_max_string_size(TEXT_BYTES)
        .set_max_array_size(LIST_MEMBERS)
        .set_max_map_size(MAP_MEMBERS)
        .set_max_variables(VARIABLES)
        .set_max_functions(FUNCTIONS);
    engine.disable_symbol("private");
    engine
}

struct Lift<'a> {
    tokens: &'a [Token<'a>],
    by_place: BTreeMap<At, usize>,
}

fn at(position: Position) -> At {
    let number = |n: Option<usize>| n.and_then(|n| u32::try_from(n).ok()).unwrap_or(1);
    At {
        line: number(position.line()),
        column: number(position.position()).max(1),
    }
}

impl<'a> Lift<'a> {
    fn new(tokens: &'a [Token<'a>]) -> Self {
        let place = |(n, t): (usize, &Token<'_>)| {
            let at = At {
                line: t.line,
                column: t.column,
            };
            (at, n)
        };
        Self {
            tokens,
            by_place: tokens.iter().enumerate().map(place).collect(),
        }
    }

    fn token(&self, place: At) -> Option<&Token<'a>> {
        self.tokens.get(*self.by_place.get(&place)?)
    }

    fn function(&self, def: &rhai::ScriptFuncDef) -> FnDef {
        let named = self
            .tokens
            .windows(2)
            .find(|pair| matches!(pair, [f, name] if f.is("fn") && name.text == def.name.as_str()));
        let start = at(def.body.start_position());
        let named = named.and_then(|pair| pair.get(1)).map(|t| At {
            line: t.line,
            column: t.column,
        });
        FnDef {
            name: def.name.clone(),
            at: named.unwrap_or(start),
            params: def.params.iter().cloned().collect(),
            body: Vec::new(),
            start,
            end: at(def.body.end_position()),
        }
    }

    fn block(&self, block: &rhai::StmtBlock) -> Vec<Stmt> {
        block.iter().map(|s| self.stmt(s)).collect()
    }

    fn stmt(&self, stmt: &rhai::Stmt) -> Stmt {
        use rhai::Stmt as Host;
        let mut place = at(stmt.position());
        let kind = match stmt {
            Host::Noop(_) => StmtKind::Empty,
            Host::Var(var, flags, _) => StmtKind::Let {
                name: var.0.name.clone(),
                name_at: at(var.0.pos),
                constant: flags.intersects(ASTFlags::CONSTANT),
                value: self.expr(&var.1),
            },
            Host::Assignment(both) => {
                let kind = self.assignment(both);
                if let StmtKind::Assign { target, .. } = &kind {
                    place = target.at;
                }
                kind
            }
            Host::If(flow, _) => StmtKind::If {
                condition: self.expr(&flow.expr),
                then: self.block(&flow.body),
                otherwise: (!flow.branch.is_empty() || !flow.branch.position().is_none())
                    .then(|| self.block(&flow.branch)),
            },
            Host::Switch(both, _) => StmtKind::Switch {
                on: self.expr(&both.0),
                arms: self.arms(place, &both.1),
            },
            Host::While(flow, _) => {
                let endless = matches!(flow.expr, rhai::Expr::Unit(_));
                let condition = (!endless).then(|| self.expr(&flow.expr));
                StmtKind::Loop(condition, self.block(&flow.body))
            }
            Host::Do(flow, ..) => {
                StmtKind::Loop(Some(self.expr(&flow.expr)), self.block(&flow.body))
            }
            Host::For(parts, _) => StmtKind::For {
                names: std::iter::once(&parts.0)
                    .chain(parts.1.as_ref())
                    .map(|ident| ident.name.clone())
                    .collect(),
                over: self.expr(&parts.2.expr),
                body: self.block(&parts.2.body),
            },
            Host::FnCall(call, position) => {
                let expr = self.call(call, *position);
                place = expr.at;
                StmtKind::Expr(expr)
            }
            Host::Block(block) => StmtKind::Block(self.block(block)),
            Host::TryCatch(..) => StmtKind::Refused("try"),
            Host::Expr(expr) => {
                let expr = self.expr(expr);
                place = expr.at;
                StmtKind::Expr(expr)
            }
            Host::BreakLoop(..) => StmtKind::Leave,
            Host::Return(_, flags, _) if flags.intersects(ASTFlags::BREAK) => {
                StmtKind::Refused("throw")
            }
            Host::Return(value, ..) => {
                StmtKind::Return(value.as_ref().map(|value| self.expr(value)))
            }
            _ => StmtKind::Refused("this statement"),
        };
        Stmt { kind, at: place }
    }

    fn assignment(&self, both: &(rhai::OpAssignment, rhai::BinaryExpr)) -> StmtKind {
        let op = both.0.get_op_assignment_info();
        StmtKind::Assign {
            op: op.map_or("=", |info| info.3).into(),
            op_at: at(both.0.position()),
            target: self.expr(&both.1.lhs),
            value: self.expr(&both.1.rhs),
        }
    }

    fn expr(&self, expr: &rhai::Expr) -> Expr {
        use rhai::Expr as Host;
        let place = at(expr.position());
        let list = |items: &[Host]| items.iter().map(|e| self.expr(e)).collect::<Vec<_>>();
        let kind = match expr {
            Host::Unit(_) => ExprKind::Nothing,
            Host::BoolConstant(b, _) => ExprKind::Bool(*b),
            Host::IntegerConstant(n, _) => ExprKind::Int(*n),
            Host::FloatConstant(d, _) => ExprKind::Decimal(**d),
            Host::CharConstant(c, _) => ExprKind::Char(*c),
            Host::StringConstant(s, _) => ExprKind::Text(s.clone()),
            Host::InterpolatedString(parts, _) => ExprKind::Template(list(parts)),
            Host::Array(items, _) => ExprKind::List(list(items)),
            Host::Map(map, _) => ExprKind::Map(
                map.0
                    .iter()
                    .map(|(key, value)| (key.name.clone(), at(key.pos), self.expr(value)))
                    .collect(),
            ),
            Host::Variable(name, ..) => ExprKind::Name(name.1.clone()),
            Host::ThisPtr(_) => ExprKind::Refused("this"),
            Host::Stmt(block) => {
                let body = self.block(block);
                let start = block.iter().next().map(|s| at(s.position()));
                let at = if block.position().is_none() {
                    start.unwrap_or(place)
                } else {
                    at(block.position())
                };
                return Expr {
                    at,
                    kind: ExprKind::Block(body),
                };
            }
            Host::FnCall(call, position) => return self.call(call, *position),
            Host::Dot(both, flags, _) => {
                let base = self.expr(&both.lhs);
                return self.dot(base, &both.rhs, *flags);
            }
            Host::Index(both, flags, _) => {
                let base = self.expr(&both.lhs);
                return self.index(base, &both.rhs, *flags);
            }
            Host::And(items, _) => return leftmost(place, ExprKind::And, list(items)),
            Host::Or(items, _) => return leftmost(place, ExprKind::Or, list(items)),
            Host::Coalesce(items, _) => return leftmost(place, ExprKind::Fallback, list(items)),
            Host::DynamicConstant(..) => ExprKind::Refused("a function as a value"),
            _ => ExprKind::Refused("this expression"),
        };
        Expr { kind, at: place }
    }

    /// `base.rest`, where the host chains to the right and we to the left.
    fn dot(&self, base: Expr, rest: &rhai::Expr, flags: ASTFlags) -> Expr {
        use rhai::Expr as Host;
        let start = base.at;
        if flags.intersects(ASTFlags::NEGATED) {
            return refused(start, "?.");
        }
        let kind = match rest {
            Host::Property(name, position) => {
                ExprKind::Property(Box::new(base), name.2.clone(), at(*position))
            }
            Host::MethodCall(call, position) => ExprKind::Method(
                Box::new(base),
                call.name.clone(),
                at(*position),
                call.args.iter().map(|e| self.expr(e)).collect(),
            ),
            Host::Dot(both, flags, _) => {
                let base = self.dot(base, &both.lhs, ASTFlags::empty());
                return self.dot(base, &both.rhs, *flags);
            }
            Host::Index(both, flags, _) => {
                let base = self.dot(base, &both.lhs, ASTFlags::empty());
                return self.index(base, &both.rhs, *flags);
            }
            _ => ExprKind::Refused("this expression"),
        };
        Expr { kind, at: start }
    }

    fn index(&self, base: Expr, rest: &rhai::Expr, flags: ASTFlags) -> Expr {
        use rhai::Expr as Host;
        let start = base.at;
        if flags.intersects(ASTFlags::NEGATED) {
            return refused(start, "?[");
        }
        let chained = !flags.intersects(ASTFlags::BREAK);
        let at_place = |base: Expr, place: &Host| Expr {
            kind: ExprKind::Index(Box::new(base), Box::new(self.expr(place))),
            at: start,
        };
        match rest {
            Host::Dot(both, flags, _) if chained => {
                self.dot(at_place(base, &both.lhs), &both.rhs, *flags)
            }
            Host::Index(both, flags, _) if chained => {
                self.index(at_place(base, &both.lhs), &both.rhs, *flags)
            }
            _ => at_place(base, rest),
        }
    }
}

fn refused(at: At, what: &'static str) -> Expr {
    Expr {
        kind: ExprKind::Refused(what),
        at,
    }
}

fn leftmost(place: At, kind: fn(Vec<Expr>) -> ExprKind, items: Vec<Expr>) -> Expr {
    Expr {
        at: items.first().map_or(place, |first| first.at),
        kind: kind(items),
    }
}

#[cfg(test)]
mod tests;
