//! Statements: what a block is worth on every path, and what nobody takes.

use super::{Checker, Role, Ty, Typed};
use crate::language::codes;
use crate::language::page::Corrected;
use crate::language::tree::{Arm, At, Expr, ExprKind, Stmt, StmtKind};
use crate::rule::Function;
use crate::value::Type;

impl Checker<'_> {
    /// The value of a block: of its last statement.
    pub(super) fn block_value(&mut self, body: &[Stmt], at: At) -> Typed {
        self.scopes.push(Vec::new());
        let saved = self.known.clone();
        let body: Vec<&Stmt> = body
            .iter()
            .filter(|stmt| stmt.kind != StmtKind::Empty)
            .collect();
        let mut value = Typed::new(Ty::Nothing, at);
        let mut ended = false;
        for (n, stmt) in body.iter().enumerate() {
            let last = n + 1 == body.len();
            value = self.statement(stmt, last);
            ended |= value.ty == Ty::Never;
            if !last {
                self.discard(stmt, &value);
            }
        }
        self.known = saved;
        self.scopes.pop();
        if ended {
            value.ty = Ty::Never;
        }
        value
    }

    fn discard(&self, stmt: &Stmt, value: &Typed) {
        let always = self.role == Role::Rule(Function::Always);
        let (en, zh) = match &value.ty {
            Ty::Action(_) | Ty::Actions => (
                "this action is given to nobody: only the last one of `then` counts".to_owned(),
                "此动作无人接收：`then` 只取最后一个".to_owned(),
            ),
            Ty::Of(_) | Ty::Map | Ty::EmptyList if !always || !is_call(stmt) => (
                "this value is given to nobody".to_owned(),
                "此值无人接收".to_owned(),
            ),
            _ => return,
        };
        let finding = self.page.error(codes::DISCARDED, value.at, en, zh);
        self.page.push(match value.ty {
            Ty::Action(_) | Ty::Actions => finding.fix(
                "put the actions into one array: `[first, second]`",
                "请把动作放入一个数组：`[第一个, 第二个]`",
            ),
            _ => finding.fix(
                "join it to the condition with `&&`, or remove it",
                "请用 `&&` 并入条件，或删除",
            ),
        });
    }

    fn statement(&mut self, stmt: &Stmt, last: bool) -> Typed {
        let nothing = Typed::new(Ty::Nothing, stmt.at);
        match &stmt.kind {
            StmtKind::Empty => nothing,
            StmtKind::Let { name, value, .. } => {
                let typed = self.expr(value);
                if let Some(scope) = self.scopes.last_mut() {
                    scope.push((name.clone(), typed));
                }
                nothing
            }
            StmtKind::Assign {
                op,
                op_at,
                target,
                value,
            } => {
                self.assign(op, *op_at, target, value);
                nothing
            }
            StmtKind::If {
                condition,
                then,
                otherwise,
            } => self.if_value(stmt, condition, then, otherwise.as_deref(), last),
            StmtKind::Switch { on, arms } => self.switch_value(stmt, on, arms, last),
            StmtKind::Loop(condition, body) => {
                if let Some(condition) = condition {
                    self.operand = Some(condition.at);
                    self.truth(condition);
                }
                self.loop_body(body, stmt.at);
                nothing
            }
            StmtKind::For { names, over, body } => {
                self.for_loop(names, over, body, stmt.at);
                nothing
            }
            StmtKind::Return(value) => {
                let typed = match value {
                    Some(value) => {
                        self.operand = Some(value.at);
                        self.expr(value)
                    }
                    None => nothing,
                };
                self.returns.push(typed);
                Typed::new(Ty::Never, stmt.at)
            }
            StmtKind::Leave => nothing,
            StmtKind::Block(body) => self.block_value(body, stmt.at),
            StmtKind::Expr(expr) => {
                self.operand = Some(expr.at);
                if last && self.calling.is_empty() {
                    self.pointless_fallback(expr);
                }
                self.expr(expr)
            }
            StmtKind::Refused(what) => self.refuse_host(what, stmt.at),
        }
    }

    fn loop_body(&mut self, body: &[Stmt], at: At) {
        let value = self.block_value(body, at);
        if let Some(last) = body.last() {
            self.discard(last, &value);
        }
    }

    fn for_loop(&mut self, names: &[crate::value::Text], over: &Expr, body: &[Stmt], at: At) {
        let walked = self.expr(over);
        let member = match &walked.ty {
            Ty::Of(Type::List(of)) => Ty::Of(of.as_ref().clone()),
            Ty::Range(of) => Ty::Of(of.clone()),
            Ty::Wrong | Ty::EmptyList => Ty::Wrong,
            _ => {
                self.page.push(self.page.error(
                    codes::ARGUMENT_TYPE,
                    over.at,
                    format!(
                        "`for` walks a list or a range, and this is {}",
                        walked.ty.en()
                    ),
                    format!("`for` 遍历列表或区间，而这是 {}", walked.ty.zh()),
                ));
                Ty::Wrong
            }
        };
        let mut scope = Vec::new();
        for (n, name) in names.iter().enumerate() {
            let ty = if n == 0 {
                member.clone()
            } else {
                Ty::Of(Type::Int)
            };
            scope.push((name.clone(), Typed::new(ty, at)));
        }
        self.scopes.push(scope);
        self.loop_body(body, at);
        self.scopes.pop();
    }

    fn if_value(
        &mut self,
        stmt: &Stmt,
        condition: &Expr,
        then: &[Stmt],
        otherwise: Option<&[Stmt]>,
        last: bool,
    ) -> Typed {
        self.operand = Some(condition.at);
        let truth = self.truth(condition);
        let saved = self.known.clone();
        self.known.and(&truth.yes);
        let first = self.block_value(then, stmt.at);
        self.known = saved.clone();
        let Some(otherwise) = otherwise else {
            if first.ty == Ty::Never {
                // What follows is reached only when the condition was false.
                self.known.and(&truth.no);
            } else if self.no_else(stmt, &first, last) {
                return Typed::wrong(stmt.at);
            }
            return Typed::new(Ty::Nothing, stmt.at);
        };
        self.known.and(&truth.no);
        let second = self.block_value(otherwise, stmt.at);
        self.known = saved;
        let ty = self.joined(&first.ty, &second);
        let at = if matches!(first.ty, Ty::Action(_)) {
            first.at
        } else {
            stmt.at
        };
        Typed::new(ty, at)
    }

    /// Says that `else` is missing; true when it did.
    fn no_else(&self, stmt: &Stmt, value: &Typed, last: bool) -> bool {
        let wanted = match self.role {
            Role::Rule(Function::Then) => true,
            Role::Rule(Function::Always) => false,
            _ => last || !matches!(value.ty, Ty::Nothing | Ty::Wrong),
        };
        if !wanted || !self.calling.is_empty() {
            return false;
        }
        self.page.push(
            self.page
                .error(
                    codes::NO_ELSE,
                    stmt.at,
                    "`if` without `else`: when the condition is false there is nothing".to_owned(),
                    "`if` 没有 `else`：条件不成立时没有结果".to_owned(),
                )
                .fix(
                    "move the condition into `when`, or write the `else`",
                    "请把条件移到 `when`，或写上 `else`",
                ),
        );
        true
    }

    fn switch_value(&mut self, stmt: &Stmt, on: &Expr, arms: &[Arm], last: bool) -> Typed {
        let looked = self.expr(on);
        self.can_switch(&looked);
        let mut ty: Option<Ty> = None;
        let mut complete = false;
        for arm in arms {
            for label in &arm.labels {
                let label = self.expr(label);
                self.equal_types(&looked, &label);
            }
            complete |= arm.labels.is_empty();
            if let Some(guard) = &arm.guard {
                self.operand = Some(guard.at);
                self.truth(guard);
            }
            let value = self.block_value(&arm.body, stmt.at);
            ty = Some(match ty {
                Some(before) => self.joined(&before, &value),
                None => value.ty,
            });
        }
        let ty = ty.unwrap_or(Ty::Nothing);
        if !complete && (last || self.role == Role::Rule(Function::Then)) {
            let value = Typed::new(ty.clone(), stmt.at);
            if self.no_else(stmt, &value, last) {
                return Typed::wrong(stmt.at);
            }
            return Typed::new(Ty::Nothing, stmt.at);
        }
        Typed::new(ty, stmt.at)
    }

    /// `switch` compares what is identical: only what has one way of being written.
    fn can_switch(&self, on: &Typed) {
        let fits = matches!(
            on.ty,
            Ty::Of(Type::Text | Type::Symbol(_) | Type::Int | Type::Bool) | Ty::Wrong
        );
        if !fits {
            self.page.push(
                self.page
                    .error(
                        codes::NOT_COMPARABLE,
                        on.at,
                        format!(
                            "`switch` chooses by text, symbol, int or bool, and this is {}",
                            on.ty.en()
                        ),
                        format!(
                            "`switch` 只能按 text、symbol、int、bool 选择，而这是 {}",
                            on.ty.zh()
                        ),
                    )
                    .fix(
                        "write `if … { … } else { … }`",
                        "请写 `if … { … } else { … }`",
                    ),
            );
        }
    }

    fn assign(&mut self, op: &str, op_at: At, target: &Expr, value: &Expr) {
        let typed = self.expr(value);
        let ExprKind::Name(name) = &target.kind else {
            let text = crate::language::print::print(target, self.constants);
            let corrected = (op == "=")
                .then(|| self.page.replaced(op_at, "=", "=="))
                .flatten();
            self.page.push(
                self.page
                    .error(
                        codes::ASSIGNMENT,
                        target.at,
                        format!("`{text}` cannot be assigned to: rules only read"),
                        format!("`{text}` 不能赋值：规则只读取"),
                    )
                    .fix("compare with `==`", "比较请用 `==`")
                    .maybe_corrected(corrected),
            );
            return;
        };
        let old = self.expr(target);
        if matches!(old.ty, Ty::Event | Ty::Customer) {
            self.page.push(self.page.error(
                codes::ASSIGNMENT,
                target.at,
                format!("`{name}` cannot be assigned to: rules only read"),
                format!("`{name}` 不能赋值：规则只读取"),
            ));
            return;
        }
        let result = match op.strip_suffix('=') {
            Some("") | None => typed,
            Some(operator) => self.arithmetic(operator, op_at, &old, &typed),
        };
        let joined = self.joined(&old.ty, &result);
        for scope in self.scopes.iter_mut().rev() {
            if let Some((_, known)) = scope.iter_mut().rev().find(|(known, _)| known == name) {
                // It is a literal no longer: what it holds depends on the path.
                *known = Typed::new(joined, known.at);
                return;
            }
        }
    }

    /// The type of two paths that meet.
    pub(super) fn joined(&mut self, first: &Ty, second: &Typed) -> Ty {
        match (first, &second.ty) {
            (Ty::Never, other) | (other, Ty::Never) => other.clone(),
            (Ty::Wrong, _) | (_, Ty::Wrong) => Ty::Wrong,
            // A rider is kept, so that the check of the result finds it.
            (Ty::Action(a), Ty::Action(b)) if b.verb.is_rider() && !a.verb.is_rider() => {
                Ty::Action(b.clone())
            }
            (Ty::Action(a), Ty::Actions) | (Ty::Actions, Ty::Action(a)) if !a.verb.is_rider() => {
                Ty::Actions
            }
            (Ty::Action(a), Ty::Action(_) | Ty::Actions) | (Ty::Actions, Ty::Action(a)) => {
                Ty::Action(a.clone())
            }
            (Ty::Of(Type::Symbol(_) | Type::Text), Ty::Of(Type::Symbol(_) | Type::Text)) => {
                Ty::Of(Type::Text)
            }
            (a, b) if a == b => a.clone(),
            (Ty::Mark, Ty::Nothing) | (Ty::Nothing, Ty::Mark) => Ty::Mark,
            (a, b) => {
                if self.role != Role::Rule(Function::Always) && !self.is_action_path(a, b) {
                    self.page.push(self.page.error(
                        codes::NOT_COMPARABLE,
                        second.at,
                        format!("one path gives {}, and another {}", a.en(), b.en()),
                        format!("一条路径得到 {}，另一条得到 {}", a.zh(), b.zh()),
                    ));
                    return Ty::Wrong;
                }
                Ty::Nothing
            }
        }
    }

    /// A path of `then` without an action is said by the check of its result.
    fn is_action_path(&self, a: &Ty, b: &Ty) -> bool {
        let action = |ty: &Ty| matches!(ty, Ty::Action(_) | Ty::Actions);
        (action(a) && *b == Ty::Nothing) || (action(b) && *a == Ty::Nothing)
    }
}

fn is_call(stmt: &Stmt) -> bool {
    matches!(&stmt.kind, StmtKind::Expr(expr) if matches!(expr.kind, ExprKind::Call(..)))
}
