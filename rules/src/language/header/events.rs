//! `on(…)`: event types by name, and what cannot start a rule.

use super::Reader;
use super::arguments::Arguments;
use crate::catalogue::{EventId, Family};
use crate::language::codes;
use crate::language::say::with_nearest;
use crate::language::tree::At;

impl Reader<'_> {
    pub(super) fn on(&mut self, args: &Arguments<'_>) {
        if args.len() == 0 {
            args.wrong(args.place(0), "(\"transaction.transfer\")");
            self.declared.on_unsure = true;
        }
        for n in 0..args.len() {
            match args.text(n) {
                Some(name) => self.trigger(&name, args.place(n)),
                None => self.declared.on_unsure = true,
            }
        }
        self.declared.on.sort_unstable();
        self.declared.on.dedup();
    }

    fn trigger(&mut self, name: &str, at: At) {
        let found: Vec<EventId> = match name.strip_suffix(".*") {
            Some(family) => self.family(family),
            None => self.catalogue.event_named(name).into_iter().collect(),
        };
        let told = |id: &EventId| {
            let event = self.catalogue.event(*id);
            event.is_some_and(|event| event.family == Family::Told)
        };
        let found: Vec<EventId> = found.into_iter().filter(|id| !told(id)).collect();
        if found.is_empty() {
            self.declared.on_unsure = true;
            self.unknown_event(name, at);
        }
        for id in found {
            let event = self.catalogue.event(id);
            if event.is_some_and(|event| event.family == Family::Context) {
                self.keyless.push((id, at));
            } else {
                self.declared.on.push(id);
            }
        }
    }

    fn family(&self, family: &str) -> Vec<EventId> {
        let all = (0u16..).zip(&self.catalogue.events);
        let of = |event: &crate::catalogue::EventType| {
            let (first, rest) = event.name.split_once('.').unwrap_or((&event.name, ""));
            let own = !matches!(event.family, Family::Context | Family::Told);
            first == family && !rest.contains('.') && own
        };
        all.filter(|(_, event)| of(event))
            .map(|(id, _)| EventId(id))
            .collect()
    }

    /// `segment.vip.entered` names no segment, or no change of one.
    fn unknown_change(&self, rest: &str, name: &str, at: At) {
        let finding = self.page.error(
            codes::UNKNOWN_EVENT,
            at,
            format!("`{name}` is no change of a segment"),
            format!("`{name}` 不是分群的变化"),
        );
        let segments = self.catalogue.segments.iter();
        let known: Vec<String> = segments
            .flat_map(|s| ["entered", "left"].map(|how| format!("segment.{}.{how}", s.name)))
            .collect();
        let finding = with_nearest(finding, name, known.iter().map(String::as_str));
        let segment = rest.split('.').next().unwrap_or(rest);
        self.page.push(if finding.fix.is_some() {
            finding
        } else {
            let (way_in, way_out) = ("entered", "left");
            let names = format!("`segment.{segment}.{way_in}`, `segment.{segment}.{way_out}`");
            finding.fix(
                format!("there are {names}, once tags.toml declares `[segment.{segment}]`"),
                format!("在 tags.toml 中声明 `[segment.{segment}]` 后可用 {names}"),
            )
        });
    }

    fn unknown_event(&self, name: &str, at: At) {
        if let Some(rest) = name.strip_prefix("segment.") {
            self.unknown_change(rest, name, at);
            return;
        }
        if let Some(timer) = name.strip_prefix("timer.") {
            let call = format!("`remind(\"{timer}\", \"6h\");`");
            let date = format!("`[timer.{timer}]`");
            self.page.push(
                self.page
                    .error(
                        codes::UNKNOWN_EVENT,
                        at,
                        format!(
                            "no rule sets `{timer}` with `remind`, and timers.toml has no such date"
                        ),
                        format!("没有规则用 `remind` 设置 `{timer}`，timers.toml 也未声明"),
                    )
                    .fix(
                        format!(
                            "write {call} in `always` of another rule, or {date} in timers.toml"
                        ),
                        format!(
                            "请在另一条规则的 `always` 中写 {call}，或在 timers.toml 中写 {date}"
                        ),
                    ),
            );
            return;
        }
        let finding = self.page.error(
            codes::UNKNOWN_EVENT,
            at,
            format!("there is no event type `{name}`"),
            format!("没有事件类型 `{name}`"),
        );
        let known = self.catalogue.events.iter().map(|event| event.spoken());
        let mut finding = with_nearest(finding, name, known);
        if finding.fix.is_none() {
            let text = format!("[event.\"{name}\"]\ntitle = {{ en = \"…\", zh = \"…\" }}");
            finding = finding.fix(
                format!("add this to events.toml:\n{text}"),
                format!("请在 events.toml 中加入：\n{text}"),
            );
        }
        self.page.push(finding);
    }
}
