//! The functions of a rule as a whole: parameters, what they must give, and what the class needs.

use super::{ActionTy, Checker, Role, Ty, Typed};
use crate::draft::Verb;
use crate::language::codes;
use crate::language::tree::{At, Expr, ExprKind, FnDef, StmtKind};
use crate::rule::{Class, Function};
use crate::value::Type;

impl Checker<'_> {
    /// Checks a function that the engine calls. What `when` proves holds in all later ones.
    pub fn function_of_rule(&mut self, function: Function, def: &FnDef) {
        self.role = Role::Rule(function);
        let [event, customer] = def.params.as_slice() else {
            self.wrong_parameters(function, def);
            return;
        };
        self.enter((event.clone(), customer.clone()));
        self.calling.clear();
        self.memo.clear();
        self.returns.clear();
        let value = match spine(def).filter(|_| function == Function::When) {
            Some((parts, at)) => self.all_of_when(parts, at),
            None => self.block_value(&def.body, def.start),
        };
        let mut results = std::mem::take(&mut self.returns);
        if value.ty != Ty::Never || results.is_empty() {
            results.push(value);
        }
        for result in &results {
            match function {
                Function::Then => self.must_act(result, def),
                Function::Always => self.must_mark(result),
                _ => self.must_decide(result, def),
            }
        }
        self.scopes.clear();
        if function == Function::Then {
            self.reasons();
        }
        if function == Function::When {
            self.one_of_when(def);
        }
    }

    fn wrong_parameters(&self, function: Function, def: &FnDef) {
        let name = function.name();
        self.page.push(
            self.page
                .error(
                    codes::PARAMETERS,
                    def.at,
                    format!(
                        "`{name}` takes two parameters, and has {}",
                        def.params.len()
                    ),
                    format!("`{name}` 须有两个参数，现有 {} 个", def.params.len()),
                )
                .fix(
                    format!("write `fn {name}(event, customer)`"),
                    format!("请写 `fn {name}(event, customer)`"),
                ),
        );
    }

    /// A `when` that is one `&&`: what it proves holds in the other functions.
    fn all_of_when(&mut self, parts: &[Expr], at: At) -> Typed {
        let mut reads = Vec::with_capacity(parts.len());
        let truth = self.all_of(parts, Some(&mut reads));
        self.found.operands = reads;
        self.known = truth.yes;
        Typed::new(Ty::Of(Type::Bool), at)
    }

    /// A `when` that is one expression and no `&&`.
    fn one_of_when(&mut self, def: &FnDef) {
        let ([stmt], None) = (def.body.as_slice(), spine(def)) else {
            return;
        };
        let (StmtKind::Expr(expr), [event, customer]) = (&stmt.kind, def.params.as_slice()) else {
            return;
        };
        self.found.operands = vec![self.found.reads.clone()];
        // The same expression again, in silence: its findings have been said.
        let silent = self.page.fresh();
        let mut again = Checker::new(
            self.world,
            &silent,
            self.subject.clone(),
            self.constants,
            self.owner,
        );
        again.role = self.role;
        again.enter((event.clone(), customer.clone()));
        self.known = again.truth(expr).yes;
    }

    fn must_decide(&mut self, result: &Typed, def: &FnDef) {
        if result.ty == Ty::Nothing {
            let at = if result.at == def.start {
                def.at
            } else {
                result.at
            };
            self.page.push(
                self.page
                    .error(
                        codes::NOT_BOOL,
                        at,
                        format!("a path of `{}` is neither true nor false", def.name),
                        format!("`{}` 有一条路径没有真假结果", def.name),
                    )
                    .fix("end every path with a condition", "请让每条路径以条件结束"),
            );
            return;
        }
        self.must_be_bool(result);
    }

    fn must_act(&mut self, result: &Typed, def: &FnDef) {
        match &result.ty {
            Ty::Wrong | Ty::Actions => {}
            Ty::Action(action) if action.verb.is_rider() => self.only_riding(action),
            Ty::Action(_) => {}
            _ => {
                let at = if result.at == def.start {
                    def.at
                } else {
                    result.at
                };
                self.page.push(
                    self.page
                        .error(
                            codes::NO_ACTION,
                            at,
                            "a path of `then` gives no action".to_owned(),
                            "`then` 有一条路径没有动作".to_owned(),
                        )
                        .fix(
                            "end every path with an action or an array of actions",
                            "请让每条路径以动作或动作数组结束",
                        ),
                );
            }
        }
    }

    fn must_mark(&mut self, result: &Typed) {
        if matches!(result.ty, Ty::Mark | Ty::Nothing | Ty::Wrong | Ty::Never) {
            return;
        }
        self.page.push(self.page.error(
            codes::MISPLACED,
            result.at,
            format!("`always` holds marks, and this is {}", result.ty.en()),
            format!("`always` 中只写标记，而这是{}", result.ty.zh()),
        ));
    }

    /// A verdict says why.
    fn reasons(&self) {
        for (at, (verb, reason)) in &self.found.verbs {
            if verb.is_verdict() && !reason {
                let name = verb.name();
                self.page.push(
                    self.page
                        .error(
                            codes::NO_REASON,
                            *at,
                            format!("`{name}` needs a reason"),
                            format!("`{name}` 须写明原因"),
                        )
                        .fix(
                            "add `.reason(\"CODE\")` with a code of reasons.toml",
                            "请加上 `.reason(\"CODE\")`，代码取自 reasons.toml",
                        ),
                );
            }
        }
    }

    fn only_riding(&self, action: &ActionTy) {
        let name = action.verb.name();
        self.page.push(
            self.page
                .error(
                    codes::RIDER,
                    action.at,
                    format!("`{name}` rides with an action and cannot stand first"),
                    format!("`{name}` 附随动作，不能排在首位"),
                )
                .fix(
                    format!("put an action before it: `[hold().reason(\"…\"), {name}(\"…\")]`"),
                    format!("请在其前写一个动作：`[hold().reason(\"…\"), {name}(\"…\")]`"),
                ),
        );
    }

    /// An array of actions: the candidate, then riders and further verdicts.
    pub(super) fn actions_of(&mut self, items: &[Typed]) -> Option<Ty> {
        let (first, rest) = items.split_first()?;
        if !items.iter().any(|item| matches!(item.ty, Ty::Action(_))) {
            return None;
        }
        for item in items {
            if !matches!(item.ty, Ty::Action(_) | Ty::Wrong) {
                self.page.push(self.page.error(
                    codes::RIDER,
                    item.at,
                    format!("among actions stands {}", item.ty.en()),
                    format!("动作之间混入了 {}", item.ty.zh()),
                ));
                return Some(Ty::Wrong);
            }
        }
        let Ty::Action(candidate) = &first.ty else {
            return Some(Ty::Wrong);
        };
        if candidate.verb.is_rider() {
            self.only_riding(candidate);
            return Some(Ty::Wrong);
        }
        for item in rest {
            if let Ty::Action(action) = &item.ty {
                let rides = action.verb.is_rider()
                    || (action.verb.is_verdict() && candidate.verb.is_verdict());
                if !rides {
                    self.second(action);
                }
            }
        }
        Some(Ty::Actions)
    }

    fn second(&self, action: &ActionTy) {
        let name = action.verb.name();
        self.page.push(
            self.page
                .error(
                    codes::RIDER,
                    action.at,
                    format!("`{name}` cannot ride: a rule has one candidate"),
                    format!("`{name}` 不能附随：一条规则只有一个候选动作"),
                )
                .fix("write a rule of its own for it", "请为其另写一条规则"),
        );
    }

    /// What the class needs of the functions as a whole. `brake`: the rule declares one.
    pub fn whole_rule(&self, brake: bool) {
        let Some(owner) = self.owner else {
            return;
        };
        let has = |function: Function| owner.script.function(function.name());
        let top = At { line: 1, column: 1 };
        let missing = |name: &str| {
            self.page.push(
                self.page
                    .error(
                        codes::FUNCTION,
                        top,
                        format!("`fn {name}(event, customer)` is missing"),
                        format!("缺少 `fn {name}(event, customer)`"),
                    )
                    .fix(
                        format!("add `fn {name}(event, customer) {{ … }}`"),
                        format!("请加上 `fn {name}(event, customer) {{ … }}`"),
                    ),
            );
        };
        if has(Function::When).is_none() {
            missing("when");
        }
        match owner.class {
            Some(Class::Profile) => {
                if let Some(def) = has(Function::Then) {
                    self.page.push(
                        self.page
                            .error(
                                codes::FUNCTION,
                                def.at,
                                "a profile rule has no `then`: it only marks".to_owned(),
                                "profile 类规则没有 `then`：只写标记".to_owned(),
                            )
                            .fix("write its marks in `always`", "请把标记写在 `always` 中"),
                    );
                }
                if has(Function::Always).is_none() {
                    missing("always");
                }
            }
            Some(_) if has(Function::Then).is_none() => missing("then"),
            _ => {}
        }
        let stops =
            |(_, (verb, _)): &(&At, &(Verb, bool))| matches!(verb, Verb::Hold | Verb::Block);
        if owner.class != Some(Class::Fraud) {
            return;
        }
        if let (false, Some((at, (verb, _)))) = (brake, self.found.verbs.iter().find(stops)) {
            let name = verb.name();
            self.page.push(
                self.page
                    .error(
                        codes::BRAKE,
                        *at,
                        format!("a rule that can `{name}` needs a brake"),
                        format!("会 `{name}` 的规则须有 brake"),
                    )
                    .fix(
                        "add `brake(200, \"10m\");`: more firings than that pause the rule",
                        "请加上 `brake(200, \"10m\");`：触发超过此数即暂停规则",
                    ),
            );
        }
    }

    /// Functions that nobody calls.
    pub fn unused(&self) {
        let Some(owner) = self.owner else {
            return;
        };
        for def in &owner.script.functions {
            let asked = Function::ALL.iter().any(|f| f.name() == def.name);
            // A function as a value has been refused where it stands.
            let nameless = def.name.starts_with("anon$");
            if asked || nameless || self.found.called.contains(&def.name) {
                continue;
            }
            let finding = self.page.error(
                codes::UNUSED_FUNCTION,
                def.at,
                format!("nobody calls `{}`", def.name),
                format!("没有人调用 `{}`", def.name),
            );
            let known = Function::ALL.map(Function::name);
            let near = crate::finding::nearest(&def.name, known, 1);
            self.page.push(match near.first() {
                Some(near) => finding.fix(
                    format!("did you mean `{near}`?"),
                    format!("是否想写 `{near}`?"),
                ),
                None => finding.fix("remove it or call it", "请删除或调用它"),
            });
        }
    }
}

/// The operands of a function that is one `&&`, and where it starts.
fn spine(def: &FnDef) -> Option<(&[Expr], At)> {
    match def.body.as_slice() {
        [only] => match &only.kind {
            StmtKind::Expr(expr) => match &expr.kind {
                ExprKind::And(parts) => Some((parts, expr.at)),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}
