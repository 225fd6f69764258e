//! `event.has("x")` and `customer.has("x")`.

use super::{Checker, Ty, Typed};
use crate::finding::Finding;
use crate::language::codes;
use crate::language::page::Corrected;
use crate::language::tree::{At, Expr};
use crate::value::{Type, Value};

impl Checker<'_> {
    /// `event.has("x")`, `customer.has("x")`.
    pub(super) fn has(&mut self, owner: &Typed, args: &[Expr], name_at: At) -> Typed {
        let answer = Typed::of(Type::Bool, owner.at);
        let literal = match args {
            [only] => self.quiet_literal(only),
            _ => None,
        };
        let (Some(Value::Text(name)), [only]) = (literal, args) else {
            self.page.push(
                self.page
                    .error(
                        codes::HAS,
                        name_at,
                        "`has` takes one literal text".to_owned(),
                        "`has` 只接受一个字面文本".to_owned(),
                    )
                    .fix("write `has(\"name\")`", "请写 `has(\"名称\")`"),
            );
            return answer;
        };
        let typed = match owner.ty {
            Ty::Event => self.event_word(&name, only.at, owner.at, true),
            _ => self.customer_word(&name, only.at, owner.at, true),
        };
        let word = if owner.ty == Ty::Event {
            "event"
        } else {
            "customer"
        };
        let path = format!("{word}.{name}");
        if typed.ty == Ty::BOOL {
            self.page.push(self.has_on_bool(&path, owner.at, name_at));
        } else if !typed.missing && matches!(typed.ty, Ty::Of(_)) && !self.known.is_present(&path) {
            self.page.push(
                self.page
                    .warning(
                        codes::NEVER_MISSING,
                        name_at,
                        format!("`{path}` is never missing, so this is always true"),
                        format!("`{path}` 不会缺失，此处恒为真"),
                    )
                    .fix("leave it out", "请省略"),
            );
        }
        answer
    }

    fn has_on_bool(&self, path: &str, start: At, at: At) -> Finding {
        let name = path.rsplit('.').next().unwrap_or(path);
        let root = path.split('.').next().unwrap_or(path);
        let old = format!("{root}.has(\"{name}\")");
        self.page
            .error(
                codes::HAS,
                at,
                format!(
                    "`has` is not asked of `{path}`, which is true or false: \
                     it would also be true after it was set to false"
                ),
                format!("`{path}` 是真假值，不用 `has`：设为 false 之后 `has` 仍为真"),
            )
            .fix(format!("write `{path}`"), format!("请写 `{path}`"))
            .maybe_corrected(self.page.replaced(start, &old, path))
    }
}
