//! Words behind `event.` and `customer.`: each is a slot, or a finding.

use super::{Checker, Ty, Typed};
use crate::catalogue::EventId;
use crate::language::codes;
use crate::language::page::Corrected;
use crate::language::say::with_nearest;
use crate::language::tree::{At, Expr, ExprKind};
use crate::layout::{Slot, Source};
use crate::value::{Text, Type};
use std::collections::BTreeSet;

impl Checker<'_> {
    pub(super) fn property(
        &mut self,
        base: &Expr,
        name: &Text,
        name_at: At,
        at: At,
        may_miss: bool,
    ) -> Typed {
        if let Some(typed) = self.step_word(base, name, name_at, at, may_miss) {
            return typed;
        }
        if let ExprKind::Property(root, field, _) = &base.kind {
            if let Some(first) = self.first_of_step(root, field) {
                return self.entity(&first, name, name_at, base, may_miss);
            }
            if self.is_reference(root) {
                return self.hop(name_at);
            }
            match self.quiet_type(root) {
                Ty::Event => return self.entity(field, name, name_at, base, may_miss),
                Ty::Customer if self.customer_ref(field).is_some() => {
                    let path = [field, name];
                    return self.behind_customer(path, name_at, base.at, may_miss);
                }
                _ => {}
            }
        }
        let owner = self.expr(base);
        match &owner.ty {
            Ty::Event => self.event_word(name, name_at, at, may_miss),
            Ty::Customer => self.customer_word(name, name_at, at, may_miss),
            Ty::Before => self.before_word(name, name_at, at, may_miss),
            Ty::Of(Type::Int) if owner.literal.is_some() => self.unit(&owner, name, name_at),
            Ty::Of(Type::Ref(_)) => match owner.field.clone() {
                Some(field) => self.entity(&field, name, name_at, base, may_miss),
                None => self.hop(name_at),
            },
            Ty::Wrong => Typed::wrong(at),
            _ => self.no_word(&owner, name, name_at),
        }
    }

    /// True for `event.<field>` where the field refers to an entity.
    fn is_reference(&self, expr: &Expr) -> bool {
        let ExprKind::Property(root, field, _) = &expr.kind else {
            return false;
        };
        let refers = |id: &EventId| {
            let paths = self.world.layout.events.get(usize::from(id.0));
            paths.is_some_and(|paths| paths.refs.contains_key(field))
        };
        self.quiet_type(root) == Ty::Event && self.possible().iter().any(refers)
    }

    fn unit(&mut self, owner: &Typed, name: &str, at: At) -> Typed {
        const UNITS: [&str; 6] = [
            "milliseconds",
            "seconds",
            "minutes",
            "hours",
            "days",
            "weeks",
        ];
        let one = |unit: &&str| unit.strip_suffix('s') == Some(name);
        if UNITS.contains(&name) || UNITS.iter().any(one) {
            return Typed::of(Type::Duration, owner.at);
        }
        let finding = self.page.error(
            codes::UNKNOWN_METHOD,
            at,
            format!("`{name}` is not a unit of time"),
            format!("`{name}` 不是时间单位"),
        );
        self.page.push(with_nearest(finding, name, UNITS));
        Typed::wrong(owner.at)
    }

    fn no_word(&mut self, owner: &Typed, name: &str, at: At) -> Typed {
        if let ("len", Ty::Of(Type::Text | Type::Symbol(_) | Type::List(_))) = (name, &owner.ty) {
            return Typed::of(Type::Int, owner.at);
        }
        let finding = self.page.error(
            codes::UNKNOWN_METHOD,
            at,
            format!("{} has no `{name}`", owner.ty.en()),
            format!("{} 没有 `{name}`", owner.ty.zh()),
        );
        self.page.push(finding);
        Typed::wrong(owner.at)
    }

    pub(super) fn event_word(&mut self, name: &Text, name_at: At, at: At, may_miss: bool) -> Typed {
        if self.subject.unsure {
            return Typed::wrong(at);
        }
        let events = self.possible();
        let slot = |id: &EventId| self.world.layout.event(*id, name);
        let slots: Vec<Option<Slot>> = events.iter().map(slot).collect();
        let Some(slots) = self.on_all(name, name_at, &events, &slots, "") else {
            return Typed::wrong(at);
        };
        if self.subject.raw && !self.only_raw(&slots, name, name_at) {
            return Typed::wrong(at);
        }
        if name == "type" {
            let names = events
                .iter()
                .filter_map(|id| self.world.catalogue.event(*id));
            let names = names.map(|event| event.spoken().into()).collect();
            self.found.reads.extend(slots);
            return Typed::of(Type::Symbol(names), at);
        }
        let mut typed = self.read(&slots, format!("event.{name}"), name_at, at, may_miss);
        typed.field = matches!(typed.ty, Ty::Of(Type::Ref(_))).then(|| name.clone());
        typed
    }

    fn only_raw(&self, slots: &[Slot], name: &str, at: At) -> bool {
        let computed = slots
            .iter()
            .filter_map(|s| self.world.layout.slot(*s))
            .any(|s| {
                matches!(
                    s.source,
                    Source::EventDerived(_) | Source::PairFeature(_) | Source::EntityFeature { .. }
                )
            });
        if computed {
            self.page.push(
                self.page
                    .error(
                        codes::EXPRESSION_TYPE,
                        at,
                        format!("`event.{name}` is computed, and only the event's own members can be read here"),
                        format!("`event.{name}` 是计算所得，此处只能读取事件自身的成员"),
                    )
                    .fix("write out what it stands for", "请直接写出其内容"),
            );
        }
        !computed
    }

    /// The slots of a word that every possible event type has with one type.
    fn on_all(
        &mut self,
        name: &str,
        at: At,
        events: &[EventId],
        slots: &[Option<Slot>],
        prefix: &str,
    ) -> Option<Vec<Slot>> {
        let found: BTreeSet<Slot> = slots.iter().flatten().copied().collect();
        if found.is_empty() {
            self.unknown_event_word(name, at, prefix);
            return None;
        }
        let types: Vec<_> = found.iter().map(|s| self.world.slot_type(*s)).collect();
        let first = types.first().cloned().flatten().map(|(ty, _)| ty);
        let differs = types
            .iter()
            .any(|ty| ty.as_ref().map(|(ty, _)| ty) != first.as_ref());
        if slots.iter().all(Option::is_some) && !differs {
            return Some(found.into_iter().collect());
        }
        let with = slots.iter().zip(events).find(|(slot, _)| slot.is_some());
        let with = with.and_then(|(_, id)| self.world.catalogue.event(*id));
        let with = with.map_or("…", |event| event.name.as_str()).to_owned();
        let lacking = slots.iter().zip(events).find(|(slot, _)| slot.is_none());
        let lacking = lacking.and_then(|(_, id)| self.world.catalogue.event(*id));
        let path = format!("event.{prefix}{name}");
        let (en, zh) = match lacking {
            Some(event) => (
                format!("`{path}` does not exist on `{}`", event.name),
                format!("`{}` 上没有 `{path}`", event.name),
            ),
            None => (
                format!("`{path}` has another type on each of this rule's events"),
                format!("`{path}` 在本规则的各事件上类型不同"),
            ),
        };
        let guard = format!("event.type == \"{with}\" && ");
        let finding = self
            .page
            .error(codes::NOT_ON_ALL, at, en, zh)
            .fix(
                format!("put `{}` before it", guard.trim_end()),
                format!("请在其前加上 `{}`", guard.trim_end()),
            )
            .maybe_corrected(self.guarded(&guard));
        self.page.push(finding);
        None
    }

    fn unknown_event_word(&self, name: &str, at: At, prefix: &str) {
        let mut known: BTreeSet<&str> = BTreeSet::new();
        for id in self.possible() {
            if let Some(paths) = self.world.layout.events.get(usize::from(id.0)) {
                match prefix.strip_suffix('.') {
                    Some(field) => known.extend(
                        paths
                            .refs
                            .get(field)
                            .into_iter()
                            .flatten()
                            .map(|(n, _)| n.as_str()),
                    ),
                    None => known.extend(paths.names.keys().map(Text::as_str)),
                }
            }
        }
        let finding = self.page.error(
            codes::UNKNOWN_PATH,
            at,
            format!("there is no `event.{prefix}{name}`"),
            format!("没有 `event.{prefix}{name}`"),
        );
        let elsewhere = self.subject.customer && self.world.layout.customer.contains_key(name);
        let finding = if elsewhere {
            finding.fix(
                format!("it is read as `customer.{name}`"),
                format!("应读作 `customer.{name}`"),
            )
        } else {
            with_nearest(finding, name, known.iter().copied())
        };
        self.page.push(finding);
    }

    /// `event.<field>.<name>`: a feature of the entity that the field refers to.
    fn entity(
        &mut self,
        field: &Text,
        name: &Text,
        name_at: At,
        base: &Expr,
        may_miss: bool,
    ) -> Typed {
        let at = base.at;
        if self.subject.unsure {
            return Typed::wrong(at);
        }
        let events = self.possible();
        let is_ref = |id: &EventId| {
            let paths = self.world.layout.events.get(usize::from(id.0));
            paths.is_some_and(|paths| paths.refs.contains_key(field))
        };
        if !events.iter().any(is_ref) {
            // Not a reference anywhere: the field itself is unknown, or has nothing behind it.
            let owner = self.expr_that(base, true);
            return match &owner.ty {
                Ty::Wrong => owner,
                Ty::Of(Type::Ref(_)) => self.hop(name_at),
                _ => self.no_word(&owner, name, name_at),
            };
        }
        if self.subject.raw {
            self.only_own(field, name, name_at);
            return Typed::wrong(at);
        }
        let slot = |id: &EventId| {
            let slot = self.world.layout.event_ref(*id, field, name);
            slot.filter(|slot| !self.of_step(*slot))
        };
        let slots: Vec<Option<Slot>> = events.iter().map(slot).collect();
        let prefix = format!("{field}.");
        let Some(slots) = self.on_all(name, name_at, &events, &slots, &prefix) else {
            return Typed::wrong(at);
        };
        let computed = |slot: &Slot| {
            let spec = self.world.layout.slot(*slot);
            spec.is_some_and(|spec| matches!(spec.source, Source::EntityFeature { .. }))
        };
        if slots.iter().any(computed) {
            self.found
                .entities
                .push((name_at, format!("event.{field}.{name}")));
        }
        self.read(
            &slots,
            format!("event.{field}.{name}"),
            name_at,
            at,
            may_miss,
        )
    }

    fn only_own(&self, field: &str, name: &str, at: At) {
        self.page.push(self.page.error(
            codes::EXPRESSION_TYPE,
            at,
            format!(
                "`event.{field}.{name}` is state, and only the event's own members can be read here"
            ),
            format!("`event.{field}.{name}` 是状态，此处只能读取事件自身的成员"),
        ));
    }

    pub(super) fn customer_word(
        &mut self,
        name: &Text,
        name_at: At,
        at: At,
        may_miss: bool,
    ) -> Typed {
        if name == "before" {
            return Typed::new(Ty::Before, at);
        }
        match self.world.layout.customer.get(name) {
            Some(slot) => self.read(&[*slot], format!("customer.{name}"), name_at, at, may_miss),
            None => {
                self.unknown_customer_word(name, name_at);
                Typed::wrong(at)
            }
        }
    }

    fn before_word(&mut self, name: &Text, name_at: At, at: At, may_miss: bool) -> Typed {
        if let Some(slot) = self.world.layout.before.get(name) {
            let path = format!("customer.before.{name}");
            return self.read(&[*slot], path, name_at, at, may_miss);
        }
        let finding = self.page.error(
            codes::UNKNOWN_PATH,
            name_at,
            format!(
                "there is no `customer.before.{name}`: \
                 windows of the customer and tags with `history` have a state before"
            ),
            format!(
                "没有 `customer.before.{name}`：只有客户的窗口和带 `history` 的标签才有此前的状态"
            ),
        );
        let known: BTreeSet<&str> = self.world.layout.before.keys().map(Text::as_str).collect();
        self.page
            .push(with_nearest(finding, name, known.iter().copied()));
        Typed::wrong(at)
    }
}
