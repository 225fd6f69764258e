//! One compiled script, with the state rhai keeps between its calls.

use super::kinds::{CustomerView, EventView};
use super::{RuleError, harden};
use crate::book::CompiledExpression;
use crate::rule::Rule;
use rhai::{AST, Caches, Dynamic, Engine, EvalAltResult, EvalContext, GlobalRuntimeState, Scope};

/// The function an expression is wrapped in.
pub(super) const VALUE: &str = "deft_value";

/// A compiled script. Which function a name and its arguments mean is looked up once and kept.
pub(super) struct Script {
    ast: AST,
    helpers: Option<AST>,
    constants: Dynamic,
    global: GlobalRuntimeState,
    caches: Caches,
}

impl Script {
    /// The script of a rule.
    pub(super) fn of_rule(engine: &Engine, rule: &Rule) -> Result<Self, RuleError> {
        let ast = harden::compile(engine, &rule.source)?;
        Ok(Self::new(
            engine,
            ast,
            None,
            harden::constants(&rule.constants),
        ))
    }

    /// The script of an expression; its text keeps its line numbers. `rule` gives the helper
    /// functions and constants it may use.
    pub(super) fn of_expression(
        engine: &Engine,
        expression: &CompiledExpression,
        rule: Option<&Self>,
    ) -> Result<Self, RuleError> {
        let (event, customer) = &expression.parameters;
        let text = &expression.text;
        let ast = harden::compile(
            engine,
            &format!("fn {VALUE}({event}, {customer}) {{ {text}\n}}"),
        )?;
        if ast.iter_functions().count() != 1 || !ast.statements().is_empty() {
            return Err(RuleError {
                message: "an expression is one expression".to_owned(),
                line: 1,
            });
        }
        let helpers = rule.map(|rule| rule.ast.clone());
        let constants = rule.map_or(Dynamic::UNIT, |rule| rule.constants.clone());
        Ok(Self::new(engine, ast, helpers, constants))
    }

    fn new(engine: &Engine, ast: AST, helpers: Option<AST>, constants: Dynamic) -> Self {
        let mut script = Self {
            ast,
            helpers,
            constants,
            global: engine.new_global_runtime_state(),
            caches: Caches::new(),
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

    /// Calls `function` with `event` and `customer`.
    pub(super) fn call(
        &mut self,
        engine: &Engine,
        function: &str,
    ) -> Result<Dynamic, Box<EvalAltResult>> {
        self.global.num_operations = 0;
        let mut scope = Scope::new();
        let mut event = Dynamic::from(EventView);
        let mut customer = Dynamic::from(CustomerView);
        EvalContext::new(engine, &mut self.global, &mut self.caches, &mut scope, None).call_fn_raw(
            function,
            false,
            false,
            &mut [&mut event, &mut customer],
        )
    }
}
