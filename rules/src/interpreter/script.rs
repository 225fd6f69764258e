//! One compiled script, with the state rhai keeps between its calls.

use super::kinds::{CustomerView, EventView};
use super::{RuleError, harden};
use crate::book::CompiledExpression;
use crate::rule::Rule;
use rhai::{
    AST, Caches, Dynamic, Engine, EvalAltResult, EvalContext, GlobalRuntimeState, Scope, Stmt,
};

/// A compiled script. Which function a name and its arguments mean is looked up once and kept.
pub(super) struct Script {
    ast: AST,
    helpers: Option<AST>,
    constants: Dynamic,
    global: GlobalRuntimeState,
    caches: Caches,
    scope: Scope<'static>,
}

impl Script {
    /// The script of a rule.
    pub(super) fn of_rule(engine: &Engine, rule: &Rule) -> Result<Self, RuleError> {
        let ast = harden::compile(engine, &rule.source)?;
        let constants = harden::constants(&rule.constants);
        Ok(Self::new(engine, ast, None, constants))
    }

    /// The script of an expression. `rule` gives the helper functions and constants it may use.
    pub(super) fn of_expression(
        engine: &Engine,
        expression: &CompiledExpression,
        rule: Option<&Self>,
    ) -> Result<Self, RuleError> {
        let ast = harden::compile(engine, &expression.text)?;
        let is_value = matches!(
            ast.statements(),
            [Stmt::Expr(_) | Stmt::FnCall(..) | Stmt::If(..) | Stmt::Switch(..)]
        );
        if !is_value || ast.has_functions() {
            return Err(RuleError {
                message: "an expression is one expression".to_owned(),
                line: 1,
            });
        }
        let helpers = rule.map(|rule| rule.ast.clone());
        let constants = rule.map_or(Dynamic::UNIT, |rule| rule.constants.clone());
        let mut script = Self::new(engine, ast, helpers, constants);
        let (event, customer) = &expression.parameters;
        script.scope.push_constant(event.as_str(), EventView);
        script.scope.push_constant(customer.as_str(), CustomerView);
        Ok(script)
    }

    fn new(engine: &Engine, ast: AST, helpers: Option<AST>, constants: Dynamic) -> Self {
        let mut script = Self {
            ast,
            helpers,
            constants,
            global: engine.new_global_runtime_state(),
            caches: Caches::new(),
            scope: Scope::new(),
        };
        script.renew(engine);
        script
    }

    /// Forgets what rhai kept: after a panic nobody can say in which state it is.
    pub(super) fn renew(&mut self, engine: &Engine) {
        self.caches = Caches::new();
        self.global = engine.new_global_runtime_state();
        self.global.tag = self.constants.clone();
        let libraries = self.helpers.iter().chain([&self.ast]);
        self.global
            .lib
            .extend(libraries.map(|ast| ast.shared_lib().clone()));
    }

    /// Calls a function of a rule with `event` and `customer`.
    pub(super) fn call(
        &mut self,
        engine: &Engine,
        function: &str,
    ) -> Result<Dynamic, Box<EvalAltResult>> {
        self.global.num_operations = 0;
        self.scope.clear();
        let mut event = Dynamic::from(EventView);
        let mut customer = Dynamic::from(CustomerView);
        EvalContext::new(
            engine,
            &mut self.global,
            &mut self.caches,
            &mut self.scope,
            None,
        )
        .call_fn_raw(function, false, false, &mut [&mut event, &mut customer])
    }

    /// The value of an expression. It is evaluated where it stands: calling a function would cost
    /// more than the comparison that most expressions are.
    pub(super) fn value(&mut self, engine: &Engine) -> Result<Dynamic, Box<EvalAltResult>> {
        self.global.num_operations = 0;
        self.scope.rewind(2);
        #[expect(
            deprecated,
            reason = "the pinned version has no other call that keeps its caches"
        )]
        engine.eval_statements_raw(
            &mut self.global,
            &mut self.caches,
            &mut self.scope,
            self.ast.statements(),
        )
    }
}
