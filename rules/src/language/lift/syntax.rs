//! What the parser could not read, in plain words.

use super::at;
use crate::finding::Words;
use crate::language::codes;
use crate::language::tokens::Token;
use crate::language::tree::At;
use rhai::{LexError, ParseError, ParseErrorType};

/// A syntax error: its code, where, why and what to do.
#[derive(Clone, Debug)]
pub struct Syntax {
    /// Its code.
    pub code: &'static str,
    /// Where.
    pub at: At,
    /// Why.
    pub cause: Words,
    /// What to do about it.
    pub fix: Words,
    /// Text to insert at the place, when that mends it.
    pub insert: Option<&'static str>,
}

pub(super) fn explain(error: &ParseError, tokens: &[Token<'_>]) -> Syntax {
    let place = at(error.position());
    if let ParseErrorType::MissingToken(wanted, _) = error.err_type() {
        return missing(wanted, place, tokens);
    }
    let (code, cause, fix) = words(error.err_type());
    Syntax {
        code,
        at: place,
        cause,
        fix,
        insert: None,
    }
}

/// The parser notices at the next word; what is missing belongs behind the word before.
fn missing(wanted: &str, place: At, tokens: &[Token<'_>]) -> Syntax {
    let before = tokens
        .iter()
        .take_while(|t| (t.line, t.column) < (place.line, place.column))
        .last();
    let (at, after) = match before {
        Some(token) => (
            At {
                line: token.line,
                column: token.end_column(),
            },
            statement_before(tokens, token),
        ),
        None => (place, String::new()),
    };
    let semicolon = wanted == ";";
    let code = if semicolon {
        codes::MISSING_SEMICOLON
    } else {
        codes::SYNTAX
    };
    Syntax {
        code,
        at,
        cause: Words::new(
            format!("`{wanted}` is missing after `{after}`"),
            format!("`{after}` 之后缺少 `{wanted}`"),
        ),
        fix: Words::new(
            format!("put `{wanted}` there"),
            format!("在此处加上 `{wanted}`"),
        ),
        insert: semicolon.then_some(";"),
    }
}

/// The last words of what stands before, `on(…)` for a call.
fn statement_before(tokens: &[Token<'_>], last: &Token<'_>) -> String {
    if !last.is(")") {
        return last.text.to_owned();
    }
    let mut depth = 0u32;
    let upto = tokens
        .iter()
        .take_while(|t| (t.line, t.column) <= (last.line, last.column));
    let all: Vec<&Token<'_>> = upto.collect();
    for (n, token) in all.iter().enumerate().rev() {
        if token.is(")") {
            depth += 1;
        } else if token.is("(") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                let name = n.checked_sub(1).and_then(|n| all.get(n));
                return name.map_or_else(|| ")".to_owned(), |t| format!("{}(…)", t.text));
            }
        }
    }
    last.text.to_owned()
}

fn words(kind: &ParseErrorType) -> (&'static str, Words, Words) {
    use ParseErrorType as Kind;
    let syntax = |en: String, zh: String, fix_en: &str, fix_zh: &str| {
        (
            codes::SYNTAX,
            Words::new(en, zh),
            Words::new(fix_en, fix_zh),
        )
    };
    match kind {
        Kind::UnexpectedEOF => syntax(
            "the file ends in the middle of an expression".into(),
            "文件在表达式中间结束".into(),
            "complete the last line",
            "请补全最后一行",
        ),
        Kind::BadInput(lexical) => lexical_words(lexical),
        Kind::UnknownOperator(op) => syntax(
            format!("`{op}` is not an operator of rules"),
            format!("`{op}` 不是规则语言的运算符"),
            "use `&& || ! == != < <= > >= + - * in ??`, and `if … { … } else { … }` for a choice",
            "可用 `&& || ! == != < <= > >= + - * in ??`；选择请写 `if … { … } else { … }`",
        ),
        Kind::Reserved(word) => (
            codes::RESERVED,
            Words::new(
                format!("`{word}` is a reserved word and cannot stand here"),
                format!("`{word}` 是保留字，不能出现在这里"),
            ),
            Words::new(
                "use another name; the catalogue can rename a member with `json = \"…\"`",
                "请换一个名称；目录中可用 `json = \"…\"` 改名",
            ),
        ),
        Kind::FnDuplicatedDefinition(name, _) => (
            codes::FUNCTION_TWICE,
            Words::new(
                format!("function `{name}` is written twice"),
                format!("函数 `{name}` 写了两次"),
            ),
            Words::new("keep one of them", "请只保留一个"),
        ),
        Kind::ExprTooDeep => (
            codes::TOO_DEEP,
            Words::new(
                "this expression is nested too deep".to_owned(),
                "表达式嵌套过深".to_owned(),
            ),
            Words::new(
                "move parts of it into helper functions or segments",
                "请把一部分移到辅助函数或分群中",
            ),
        ),
        Kind::AssignmentToConstant(name) => (
            codes::ASSIGNMENT,
            Words::new(
                format!("`{name}` is constant and cannot be assigned to"),
                format!("`{name}` 是常量，不能赋值"),
            ),
            Words::new("compare with `==`", "比较请用 `==`"),
        ),
        Kind::AssignmentToInvalidLHS(_) => (
            codes::ASSIGNMENT,
            Words::new("this cannot be assigned to", "此处不能赋值"),
            Words::new("compare with `==`", "比较请用 `==`"),
        ),
        other => structure_words(other),
    }
}

fn structure_words(kind: &ParseErrorType) -> (&'static str, Words, Words) {
    use ParseErrorType as Kind;
    let (en, zh) = match kind {
        Kind::PropertyExpected => (
            "a name is missing after the dot, or it is a reserved word".to_owned(),
            "点号之后缺少名称，或该名称是保留字".to_owned(),
        ),
        Kind::VariableExpected => (
            "a name is missing here".to_owned(),
            "此处缺少名称".to_owned(),
        ),
        Kind::ExprExpected(_) => (
            "an expression is missing here".to_owned(),
            "此处缺少表达式".to_owned(),
        ),
        Kind::DuplicatedProperty(name) => (
            format!("`{name}` stands twice in this payload"),
            format!("`{name}` 在此数据中出现两次"),
        ),
        Kind::WrongFnDefinition => (
            "a function cannot be written inside another one".to_owned(),
            "函数不能写在另一个函数里面".to_owned(),
        ),
        Kind::FnMissingName => (
            "the function has no name".to_owned(),
            "函数缺少名称".to_owned(),
        ),
        Kind::FnMissingParams(name) => (
            format!("`fn {name}` has no parameters: write `(event, customer)`"),
            format!("`fn {name}` 缺少参数：请写 `(event, customer)`"),
        ),
        Kind::FnDuplicatedParam(name, param) => (
            format!("`{param}` stands twice among the parameters of `{name}`"),
            format!("`{name}` 的参数 `{param}` 重复"),
        ),
        Kind::FnMissingBody(name) => (
            format!("`fn {name}` has no body `{{ … }}`"),
            format!("`fn {name}` 缺少函数体 `{{ … }}`"),
        ),
        Kind::WrongSwitchDefaultCase | Kind::WrongSwitchCaseCondition => (
            "`_` must be the last arm of `switch`, without a condition".to_owned(),
            "`_` 必须是 `switch` 的最后一支，且不带条件".to_owned(),
        ),
        Kind::LoopBreak => (
            "`break` and `continue` stand only inside a loop".to_owned(),
            "`break` 与 `continue` 只能用在循环中".to_owned(),
        ),
        Kind::LiteralTooLarge(..) => ("this text is too long".to_owned(), "文本过长".to_owned()),
        _ => (
            "this cannot be read as a rule".to_owned(),
            "此处无法按规则语言解读".to_owned(),
        ),
    };
    (
        codes::SYNTAX,
        Words::new(en, zh),
        Words::new(
            "compare with the rules of the demo project",
            "可对照示例项目中的规则",
        ),
    )
}

fn lexical_words(error: &LexError) -> (&'static str, Words, Words) {
    let (en, zh, fix_en, fix_zh) = match error {
        LexError::UnterminatedString => (
            "a text is not closed on this line".to_owned(),
            "文本在本行没有结束".to_owned(),
            "put `\"` at its end",
            "请在末尾加上 `\"`",
        ),
        LexError::MalformedEscapeSequence(what) => (
            format!("`{what}` is not an escape of a text"),
            format!("`{what}` 不是文本中的转义"),
            "write `\\\\` for a backslash",
            "反斜杠请写 `\\\\`",
        ),
        LexError::MalformedNumber(what) => (
            format!("`{what}` is not a number"),
            format!("`{what}` 不是数字"),
            "write it with digits, one point and `_` between groups",
            "请用数字、一个小数点，并可用 `_` 分组",
        ),
        LexError::MalformedChar(what) => (
            format!("`'{what}'` is not a text"),
            format!("`'{what}'` 不是文本"),
            "use double quotes",
            "请用双引号",
        ),
        LexError::MalformedIdentifier(what) => (
            format!("`{what}` is not a name"),
            format!("`{what}` 不是名称"),
            "a name is letters, digits and `_`, and starts with a letter",
            "名称由字母、数字和 `_` 组成，以字母开头",
        ),
        LexError::ImproperSymbol(what, _) | LexError::UnexpectedInput(what) => (
            format!("`{what}` cannot stand here"),
            format!("`{what}` 不能出现在这里"),
            "remove it, or look for a bracket or comma missing before it",
            "请删除，或检查其前是否缺少括号或逗号",
        ),
        _ => (
            "this cannot be read".to_owned(),
            "此处无法解读".to_owned(),
            "look for a quote or bracket that is not closed",
            "请检查未闭合的引号或括号",
        ),
    };
    (
        codes::SYNTAX,
        Words::new(en, zh),
        Words::new(fix_en, fix_zh),
    )
}
