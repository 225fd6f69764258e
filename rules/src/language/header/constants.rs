//! `const NAME = literal;`

use super::Reader;
use crate::language::codes;
use crate::language::fold::{NotConstant, fold};
use crate::language::page::Page;
use crate::language::tree::{At, Expr};
use crate::value::{Text, Value};

impl Reader<'_> {
    pub(super) fn constant(&mut self, name: &Text, at: At, value: &Expr) {
        if self.declared.constants.contains_key(name) {
            self.twice(&format!("const {name}"), at);
            return;
        }
        let value = match fold(value, &self.declared.constants) {
            Ok(value) => value,
            Err(why) => {
                self.page.push(not_constant(self.page, name, value.at, why));
                // A value all the same, so that every use of the name is not a finding too.
                Value::Missing
            }
        };
        self.declared.constants.insert(name.clone(), value);
    }
}

fn not_constant(page: &Page, name: &str, at: At, why: NotConstant) -> crate::finding::Finding {
    let (en, zh) = match why {
        NotConstant::NotLiteral => (
            format!("`{name}` is not a literal, nor arithmetic of literals and earlier constants"),
            format!("`{name}` 不是字面值，也不是由字面值与前面的常量算得"),
        ),
        NotConstant::Division => (
            format!("`{name}` divides integers that do not divide evenly"),
            format!("`{name}` 中的整数不能整除"),
        ),
        NotConstant::Arithmetic => (
            format!("`{name}` cannot be computed"),
            format!("`{name}` 无法计算"),
        ),
    };
    let finding = page.error(codes::CONSTANT, at, en, zh);
    if why == NotConstant::Division {
        finding.fix("write a decimal: `5.0 / 2`", "请写小数：`5.0 / 2`")
    } else {
        finding.fix(
            "write the value itself: `const LARGE = 20_000;`",
            "请直接写值：`const LARGE = 20_000;`",
        )
    }
}
