//! What a class requires and what it does not have.

use super::Declared;
use crate::language::codes;
use crate::language::page::Page;
use crate::rule::{Class, OnError};

pub(super) fn check(page: &Page, declared: &Declared) {
    for (name, line) in [
        ("on", "on(\"transaction.transfer\");"),
        ("class", "class(\"commercial\");"),
        ("title", "title(\"…\", \"…\");"),
    ] {
        if !declared.places.contains_key(name) {
            page.push(
                page.whole(
                    codes::MISSING_DECLARATION,
                    format!("`{name}(…)` is missing"),
                    format!("缺少 `{name}(…)`"),
                )
                .fix(
                    format!("add `{line}` at the top"),
                    format!("请在开头加上 `{line}`"),
                ),
            );
        }
    }
    if let Some(class) = declared.class {
        fits_class(page, declared, class);
        errors(page, declared, class);
    }
}

fn fits_class(page: &Page, declared: &Declared, class: Class) {
    let verdicts = matches!(class, Class::Fraud | Class::Service);
    let selling = matches!(class, Class::Commercial | Class::Retention);
    let name = class.name();
    if let (false, Some(at)) = (verdicts, declared.places.get("priority")) {
        let finding = page.error(
            codes::NOT_FOR_CLASS,
            *at,
            format!("a {name} rule has no `priority`"),
            format!("{name} 类规则没有 `priority`"),
        );
        page.push(if selling {
            finding.fix(
                format!("{name} rules are ordered by score; use lever"),
                format!("{name} 类规则按得分排序，请用 lever"),
            )
        } else {
            finding.fix("remove it", "请删除")
        });
    }
    if let (false, Some(at)) = (selling, declared.places.get("lever")) {
        let finding = page.error(
            codes::NOT_FOR_CLASS,
            *at,
            format!("a {name} rule has no `lever`"),
            format!("{name} 类规则没有 `lever`"),
        );
        page.push(if verdicts {
            finding.fix(
                format!("{name} rules are ordered by `priority`"),
                format!("{name} 类规则按 `priority` 排序"),
            )
        } else {
            finding.fix("remove it", "请删除")
        });
    }
}

fn errors(page: &Page, declared: &Declared, class: Class) {
    let place = declared.places.get("on_error");
    match (class, declared.on_error, place) {
        (Class::Fraud, None, None) => page.push(
            page.whole(
                codes::ON_ERROR,
                "a fraud rule says what its own error means".to_owned(),
                "fraud 类规则须声明出错时如何处理".to_owned(),
            )
            .fix(
                "add `on_error(\"step_up\");`: one of `step_up`, `hold`, `block`",
                "请加上 `on_error(\"step_up\");`：可用 `step_up`、`hold`、`block`",
            ),
        ),
        (Class::Fraud, Some(OnError::Skip), Some(at)) => page.push(
            page.error(
                codes::ON_ERROR,
                *at,
                "a fraud rule may not skip its own error".to_owned(),
                "fraud 类规则出错时不得跳过".to_owned(),
            )
            .fix(
                "use one of `step_up`, `hold`, `block`",
                "可用 `step_up`、`hold`、`block`",
            ),
        ),
        _ => {}
    }
}
