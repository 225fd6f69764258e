//! Reading slots: what may be missing is guarded, and what does not exist is told with what does.

use super::{Checker, Typed};
use crate::catalogue::EventId;
use crate::finding::Finding;
use crate::language::codes;
use crate::language::page::Corrected;
use crate::language::say::with_nearest;
use crate::language::tree::At;
use crate::layout::Slot;
use crate::value::{Text, Type};
use std::collections::BTreeSet;

impl Checker<'_> {
    /// Notes the read of slots of one type, and refuses one that may be missing without a guard.
    pub(super) fn read(
        &mut self,
        slots: &[Slot],
        path: String,
        name_at: At,
        at: At,
        may_miss: bool,
    ) -> Typed {
        self.found.reads.extend(slots);
        let mut ty = None;
        let mut missing = false;
        for slot in slots {
            match self.world.slot_type(*slot) {
                Some((of, optional)) => {
                    missing |= optional;
                    ty = Some(of);
                }
                None => return Typed::wrong(at),
            }
        }
        let Some(ty) = ty else {
            return Typed::wrong(at);
        };
        missing &= !self.known.is_present(&path);
        if missing && !may_miss {
            self.page.push(self.unguarded(&path, &ty, name_at));
            missing = false;
        }
        Typed {
            missing,
            ..Typed::of(ty, at)
        }
    }

    fn unguarded(&self, path: &str, ty: &Type, at: At) -> Finding {
        let finding = self.page.error(
            codes::MAYBE_MISSING,
            at,
            format!("`{path}` may be missing, and missing is unequal to everything"),
            format!("`{path}` 可能缺失，而缺失与任何值都不相等"),
        );
        let (root, name) = path.split_once('.').unwrap_or((path, ""));
        if name.contains('.') || *ty == Type::Bool {
            let fallback = match ty {
                Type::Bool => "false",
                _ => "0",
            };
            return finding.fix(
                format!("write `({path} ?? {fallback})` with the value that is meant"),
                format!("请写 `({path} ?? {fallback})`，并填入所需的值"),
            );
        }
        let guard = format!("{root}.has(\"{name}\") && ");
        let corrected = self.guarded(&guard);
        finding
            .fix(
                format!(
                    "put `{}` before it, or write `({path} ?? …)`",
                    guard.trim_end()
                ),
                format!("请在其前加上 `{}`，或写 `({path} ?? …)`", guard.trim_end()),
            )
            .maybe_corrected(corrected)
    }

    /// The line with a guard before the operand being checked.
    pub(super) fn guarded(&self, guard: &str) -> Option<String> {
        let at = self.operand?;
        let line = self.page.line(at.line)?;
        let before = usize::try_from(at.column.checked_sub(1)?).ok()?;
        let opened = line.chars().take(before).filter(|c| !c.is_whitespace());
        // Behind an opened bracket, or inside a `!`, the guard would change the meaning.
        if matches!(opened.last(), Some('(' | '!' | '[')) {
            return None;
        }
        self.page.inserted(at, guard)
    }

    pub(super) fn unknown_customer_word(&self, name: &str, at: At) {
        let finding = self.page.error(
            codes::UNKNOWN_PATH,
            at,
            format!("there is no `customer.{name}`"),
            format!("没有 `customer.{name}`"),
        );
        let events = self.possible();
        let on_event = |id: &EventId| self.world.layout.event(*id, name).is_some();
        let finding = if events.iter().any(on_event) {
            finding.fix(
                format!("it is read as `event.{name}`"),
                format!("应读作 `event.{name}`"),
            )
        } else if let Some(field) = self.behind_event(name) {
            finding.fix(
                format!("it is read as `event.{field}.{name}`"),
                format!("应读作 `event.{field}.{name}`"),
            )
        } else {
            let known: BTreeSet<&str> = self
                .world
                .layout
                .customer
                .keys()
                .map(Text::as_str)
                .collect();
            with_nearest(finding, name, known.iter().copied())
        };
        let finding = if finding.fix.is_none() {
            let text = format!("[tag.{name}]\ntype = \"text?\"");
            finding.fix(
                format!("add this to tags.toml:\n{text}"),
                format!("请在 tags.toml 中加入：\n{text}"),
            )
        } else {
            finding
        };
        self.page.push(finding);
    }

    /// The field behind which an entity has this word.
    fn behind_event(&self, name: &str) -> Option<Text> {
        let events = self.possible();
        let paths = events
            .iter()
            .filter_map(|id| self.world.layout.events.get(usize::from(id.0)));
        let mut fields: Vec<&Text> = paths
            .flat_map(|paths| &paths.refs)
            .filter(|(_, below)| below.get(name).is_some_and(|slot| !self.of_step(*slot)))
            .map(|(field, _)| field)
            .collect();
        fields.sort();
        fields.first().map(|field| (*field).clone())
    }
}
