//! One hop through a reference, and no more.

use super::{Checker, Typed};
use crate::catalogue::Tag;
use crate::language::codes;
use crate::language::say::with_nearest;
use crate::language::tree::At;
use crate::value::{Text, Type};
use std::collections::BTreeSet;

impl Checker<'_> {
    pub(super) fn hop(&mut self, at: At) -> Typed {
        self.page.push(
            self.page
                .error(
                    codes::TWO_HOPS,
                    at,
                    "only one hop through a reference can be read, straight from the event"
                        .to_owned(),
                    "只能直接从事件经一次引用读取".to_owned(),
                )
                .fix(
                    "write `event.<field>.<feature>`",
                    "请写 `event.<字段>.<特征>`",
                ),
        );
        Typed::wrong(at)
    }

    pub(super) fn customer_ref(&self, field: &str) -> Option<&Tag> {
        let tag = self.world.catalogue.tag_named(field)?;
        let tag = self.world.catalogue.tag(tag)?;
        matches!(tag.ty, Type::Ref(_)).then_some(tag)
    }

    /// `customer.<tag>.<name>`: a tag of the entity that the tag refers to.
    pub(super) fn behind_customer(
        &mut self,
        [field, name]: [&Text; 2],
        name_at: At,
        at: At,
        may_miss: bool,
    ) -> Typed {
        if let Some(slot) = self.world.layout.behind(field, name) {
            let path = format!("customer.{field}.{name}");
            return self.read(&[slot], path, name_at, at, may_miss);
        }
        let known = self.world.layout.behind.get(field);
        let known = known.into_iter().flatten().map(|(name, _)| name.as_str());
        let known: BTreeSet<&str> = known.collect();
        let finding = self.page.error(
            codes::UNKNOWN_PATH,
            name_at,
            format!("there is no `customer.{field}.{name}`: what a tag refers to is read by its own tags"),
            format!("没有 `customer.{field}.{name}`：经标签只能读取所指实体自身的标签"),
        );
        let mut finding = with_nearest(finding, name, known);
        if finding.fix.is_none() {
            finding = finding.fix(
                format!(
                    "declare `{name}` among the `tags` of the entity, or read a window through a field of the event"
                ),
                format!("请在该实体的 `tags` 中声明 `{name}`，或经事件字段读取窗口"),
            );
        }
        self.page.push(finding);
        Typed::wrong(at)
    }
}
