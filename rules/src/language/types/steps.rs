//! Steps of a pattern: by their names in its conditions, behind `event` in rules.

use super::{Checker, StepName, Ty, Typed};
use crate::language::codes;
use crate::language::say::with_nearest;
use crate::language::tree::{At, Expr, ExprKind};
use crate::layout::{Slot, Source};
use crate::value::Text;
use std::collections::BTreeSet;

impl Checker<'_> {
    /// `salary.amount` in a condition of the pattern; `None` where the base is no step.
    pub(super) fn step_word(
        &mut self,
        base: &Expr,
        name: &Text,
        name_at: At,
        at: At,
        may_miss: bool,
    ) -> Option<Typed> {
        let ExprKind::Name(root) = &base.kind else {
            return None;
        };
        let step = self.step_named(root)?.clone();
        let Some(hidden) = step.hidden else {
            self.later_step(root, base.at);
            return Some(Typed::wrong(at));
        };
        if self.subject.unsure {
            return Some(Typed::wrong(at));
        }
        let layout = self.world.layout;
        let mut slots: BTreeSet<Slot> = BTreeSet::new();
        let mut known: BTreeSet<&str> = BTreeSet::new();
        for event in self.possible() {
            let paths = layout.events.get(usize::from(event.0));
            if let Some(below) = paths.and_then(|paths| paths.refs.get(&hidden)) {
                known.extend(below.keys().map(Text::as_str));
                slots.extend(below.get(name));
            }
        }
        if slots.is_empty() {
            let finding = self.page.error(
                codes::UNKNOWN_PATH,
                name_at,
                format!(
                    "there is no `{root}.{name}`: the event types of the step do not all have it"
                ),
                format!("没有 `{root}.{name}`：该步骤的事件类型并非都有此字段"),
            );
            self.page.push(with_nearest(finding, name, known));
            return Some(Typed::wrong(at));
        }
        let slots: Vec<Slot> = slots.into_iter().collect();
        Some(self.read(&slots, format!("{root}.{name}"), name_at, at, may_miss))
    }

    /// True where the name is a step, which is no value by itself; says so.
    pub(super) fn step_alone(&mut self, name: &Text, at: At) -> bool {
        let Some(step) = self.step_named(name) else {
            return false;
        };
        if step.hidden.is_none() {
            self.later_step(name, at);
            return true;
        }
        self.page.push(
            self.page
                .error(
                    codes::UNKNOWN_NAME,
                    at,
                    format!("`{name}` is a step, not a value"),
                    format!("`{name}` 是步骤，不是值"),
                )
                .fix(
                    format!("read a field of its event: `{name}.amount`, `{name}.time`"),
                    format!("请读取其事件的字段：`{name}.amount`、`{name}.time`"),
                ),
        );
        true
    }

    /// The name of `event.<step>.first`, where the base is a repeated step.
    pub(super) fn first_of_step(&self, base: &Expr, word: &Text) -> Option<Text> {
        let ExprKind::Property(root, step, _) = &base.kind else {
            return None;
        };
        if word != "first" || self.quiet_type(root) != Ty::Event {
            return None;
        }
        let first: Text = format!("{step}.first").into();
        let has = |id: &crate::catalogue::EventId| {
            let paths = self.world.layout.events.get(usize::from(id.0));
            paths.is_some_and(|paths| paths.refs.contains_key(&first))
        };
        self.possible().iter().any(has).then_some(first)
    }

    /// True for what only the conditions of one pattern read, by the step's own name.
    pub(super) fn of_step(&self, slot: Slot) -> bool {
        let spec = self.world.layout.slot(slot);
        spec.is_some_and(|spec| matches!(spec.source, Source::Step { .. }))
    }

    fn step_named(&self, name: &str) -> Option<&StepName> {
        self.subject.steps.iter().find(|step| step.name == name)
    }

    fn later_step(&self, name: &str, at: At) {
        let earlier = |step: &&StepName| step.hidden.is_some();
        let earlier = self.subject.steps.iter().find(earlier);
        let finding = self.page.error(
            codes::LATER_STEP,
            at,
            format!("`{name}` has no event yet when this is asked: only earlier steps can be read"),
            format!("判断此条件时 `{name}` 还没有事件：只能读取更早的步骤"),
        );
        self.page.push(match earlier {
            Some(step) => finding.fix(
                format!(
                    "read an earlier step, such as `{}`, or ask this at a later step",
                    step.name
                ),
                format!(
                    "请读取更早的步骤，如 `{}`，或把条件写在更后的步骤上",
                    step.name
                ),
            ),
            None => finding.fix(
                "read the event itself: `event.amount`",
                "请读取事件本身：`event.amount`",
            ),
        });
    }
}
