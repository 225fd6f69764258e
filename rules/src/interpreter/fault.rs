//! What went wrong in a script, in the author's words. No type name of the interpreter gets out.

use super::RuleError;
use rhai::{EvalAltResult, ParseError, ParseErrorType, Position};

/// An error a host function raises.
pub(super) fn raise(message: impl Into<String>) -> Box<EvalAltResult> {
    let message: String = message.into();
    Box::new(EvalAltResult::ErrorRuntime(message.into(), Position::NONE))
}

/// The outcome of a script that did not compile.
pub(super) fn of_parse(error: &ParseError) -> RuleError {
    let message = match error.err_type() {
        ParseErrorType::ExprTooDeep => "an expression is nested too deeply".to_owned(),
        ParseErrorType::TooManyFunctions => "the rule has too many functions".to_owned(),
        _ => "the rule cannot be read".to_owned(),
    };
    RuleError {
        message,
        line: line(error.position()),
    }
}

/// The outcome of a script that raised.
pub(super) fn of_run(error: &EvalAltResult) -> RuleError {
    let inner = error.unwrap_inner();
    let at = [inner.position(), error.position()]
        .into_iter()
        .find(|at| !at.is_none())
        .unwrap_or(Position::NONE);
    RuleError {
        message: message(inner),
        line: line(at),
    }
}

fn line(at: Position) -> u32 {
    at.line()
        .and_then(|line| u32::try_from(line).ok())
        .unwrap_or(0)
}

fn message(error: &EvalAltResult) -> String {
    use EvalAltResult as E;
    match error {
        E::ErrorRuntime(value, _) => value
            .as_immutable_string_ref()
            .map_or_else(|_| "the rule raised an error".to_owned(), |t| t.to_string()),
        E::ErrorFunctionNotFound(signature, _) => unknown_function(signature),
        E::ErrorVariableNotFound(name, _) => format!("`{name}` is not known here"),
        E::ErrorDotExpr(text, _) => match text.split('\'').nth(1) {
            Some(name) => format!("`.{name}` is not known here"),
            None => "what stands after the dot is not known here".to_owned(),
        },
        E::ErrorPropertyNotFound(name, _) => format!("`.{name}` is not known here"),
        E::ErrorMismatchDataType(_, found, _) | E::ErrorMismatchOutputType(_, found, _) => {
            format!("true or false is needed here, not {}", author_word(found))
        }
        E::ErrorIndexingType(..) => "`[…]` takes a position in a list".to_owned(),
        E::ErrorArrayBounds(..) | E::ErrorIndexNotFound(..) => {
            "the list has no such position".to_owned()
        }
        E::ErrorStringBounds(..) => "the text has no such position".to_owned(),
        E::ErrorFor(_) => "`for` goes over a list or a range".to_owned(),
        E::ErrorArithmetic(..) => "the result is too large".to_owned(),
        E::ErrorNonPureMethodCallOnConstant(..) | E::ErrorAssignmentToConstant(..) => {
            "this cannot be changed".to_owned()
        }
        E::ErrorTooManyOperations(_) => "the rule takes too many steps".to_owned(),
        E::ErrorTooManyVariables(_) => "the rule has too many variables".to_owned(),
        E::ErrorStackOverflow(_) => "functions call each other too deeply".to_owned(),
        E::ErrorDataTooLarge(what, _) if what.contains("string") => {
            "a text in the rule is too long".to_owned()
        }
        E::ErrorDataTooLarge(..) => "a list or map in the rule is too large".to_owned(),
        E::ErrorUnboundThis(_) => "`this` is not known here".to_owned(),
        _ => "the rule could not be evaluated".to_owned(),
    }
}

/// `starts_with (i64, &str | ImmutableString | String)` → "there is no `starts_with` that takes int,
/// text".
fn unknown_function(signature: &str) -> String {
    let Some((name, types)) = signature.split_once(" (") else {
        return format!("there is no `{signature}`");
    };
    let types: Vec<&str> = types
        .strip_suffix(')')
        .unwrap_or(types)
        .split(", ")
        .filter(|t| !t.is_empty())
        .map(author_word)
        .collect();
    if types.is_empty() {
        return format!("there is no `{name}()`");
    }
    format!("there is no `{name}` that takes {}", types.join(", "))
}

/// The author's word for a type name of the interpreter.
fn author_word(name: &str) -> &str {
    match name {
        "()" => "a missing value",
        "i64" => "int",
        "f64" => "decimal",
        "bool" => "bool",
        "char" => "a character",
        "array" | "Array" => "list",
        "map" | "Map" => "map",
        "Fn" | "FnPtr" => "function",
        text if text.contains("tring") => "text",
        range if range.contains("ange") => "range",
        ours if super::harden::is_our_word(ours) => ours,
        _ => "this",
    }
}
