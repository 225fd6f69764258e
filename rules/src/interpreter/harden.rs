//! The only place where an engine is built, and the only way a script is compiled.
//!
//! The engine is raw: not one function of rhai's packages is in it. What a script may call is what
//! the rooms of this module register, and every bound is a count, so that the same script on the
//! same facts ends alike on every machine.

use super::fault;
use super::kinds::{BeforeView, CustomerView, Entity, EventView, Moment, Sketch, Span, Spot};
use super::{RuleError, operators};
use crate::money::Money;
use crate::value::Day;
use rhai::{AST, ASTNode, Array, Dynamic, Engine, Expr, OptimizationLevel, Position, Stmt};
use std::ops::{Range, RangeInclusive};

/// Steps of one call.
pub(super) const OPERATIONS: u64 = 10_000;
/// Functions calling functions.
pub(super) const CALL_LEVELS: usize = 16;
/// Nesting of an expression.
const DEPTH: usize = 64;
/// Members of a list, its inner lists included.
pub(super) const LIST_MEMBERS: usize = 256;
/// Members of a map, its inner maps included.
pub(super) const MAP_MEMBERS: usize = 64;
/// Text in one value: a field's own, or all that stands in a list. It is wider than what a rule may
/// build, because reading a fact must never be an error.
const FACT_BYTES: usize = 16 * 1024;
const VARIABLES: usize = 128;
const FUNCTIONS: usize = 64;
/// The longest script, in bytes.
pub(super) const SCRIPT_BYTES: usize = 32 * 1024;

/// Keywords of rhai that make code out of text, functions out of names, or errors into values. None
/// of them could be the name of a field: the catalogue refuses them.
const SYMBOLS: [&str; 16] = [
    "eval",
    "Fn",
    "call",
    "curry",
    "is_def_var",
    "is_def_fn",
    "type_of",
    "print",
    "debug",
    "import",
    "export",
    "private",
    "try",
    "catch",
    "throw",
    "this",
];

const OUR_WORDS: [&str; 10] = [
    "event", "customer", "ref", "duration", "time", "date", "place", "money", "action", "before",
];

/// True for a type name that [`engine`] registers.
pub(super) fn is_our_word(name: &str) -> bool {
    OUR_WORDS.contains(&name)
}

/// An engine with its bounds and its operators, and no other function yet.
pub(super) fn engine() -> Engine {
    let mut engine = Engine::new_raw();
    engine
        .set_optimization_level(OptimizationLevel::None)
        .set_fast_operators(false)
        .set_allow_anonymous_fn(false)
        .set_fail_on_invalid_map_property(true)
        .set_max_operations(OPERATIONS)
        .set_max_call_levels(CALL_LEVELS)
        .set_max_expr_depths(DEPTH, DEPTH)
        .set_max_string_size(FACT_BYTES)
        .set_max_array_size(LIST_MEMBERS)
        .set_max_map_size(MAP_MEMBERS)
        .set_max_variables(VARIABLES)
        .set_max_functions(FUNCTIONS);
    engine.set_max_strings_interned(0);
    for symbol in SYMBOLS {
        engine.disable_symbol(symbol);
    }
    engine
        .register_type_with_name::<EventView>("event")
        .register_type_with_name::<CustomerView>("customer")
        .register_type_with_name::<BeforeView>("before")
        .register_type_with_name::<Entity>("ref")
        .register_type_with_name::<Span>("duration")
        .register_type_with_name::<Moment>("time")
        .register_type_with_name::<Day>("date")
        .register_type_with_name::<Spot>("place")
        .register_type_with_name::<Money>("money")
        .register_type_with_name::<Sketch>("action")
        .register_iterator::<Range<i64>>()
        .register_iterator::<RangeInclusive<i64>>()
        .register_iterator::<Array>();
    // A constant stands at the top of its file, where rhai's functions cannot see it. A name the
    // parser has not found among the variables of its function (place 0) is looked up here.
    #[expect(
        deprecated,
        reason = "rhai marks this call as volatile, and the version is pinned"
    )]
    engine.on_var(|name, place, context| {
        if place > 0 {
            return Ok(None);
        }
        let constants = context.tag();
        if !constants.is_map() {
            return Ok(None);
        }
        let constants = constants.as_map_ref();
        Ok(constants.ok().and_then(|known| known.get(name).cloned()))
    });
    operators::register(&mut engine);
    engine
}

/// Compiles a script within its bounds. It may change its own variables and nothing else.
pub(super) fn compile(engine: &Engine, script: &str) -> Result<AST, RuleError> {
    if script.len() > SCRIPT_BYTES {
        return Err(RuleError {
            message: format!("the rule is longer than {SCRIPT_BYTES} bytes"),
            line: 0,
        });
    }
    let ast = engine
        .compile(script)
        .map_err(|error| fault::of_parse(&error))?;
    match changed_in_place(&ast) {
        None => Ok(ast),
        Some(at) => Err(RuleError {
            message: "a member of a list or a map cannot be changed".to_owned(),
            line: at.line().and_then(|l| u32::try_from(l).ok()).unwrap_or(0),
        }),
    }
}

/// Assigning to a member would let lists grow without their size being counted.
fn changed_in_place(ast: &AST) -> Option<Position> {
    let mut found = None;
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        if let Some(ASTNode::Stmt(Stmt::Assignment(assignment))) = path.last() {
            let (_, sides) = &**assignment;
            if !matches!(sides.lhs, Expr::Variable(..)) {
                found = Some(sides.lhs.start_position());
            }
        }
        found.is_none()
    });
    found
}

/// The map a script's constants stand in.
pub(super) fn constants(of: &[(crate::value::Text, crate::value::Value)]) -> Dynamic {
    if of.is_empty() {
        return Dynamic::UNIT;
    }
    let known = of
        .iter()
        .map(|(name, value)| (name.as_str().into(), super::convert::shown(value)));
    Dynamic::from_map(known.collect())
}
