//! Inline windows: `customer.count("stream", "10m")`, hoisted into anonymous features.

use super::{Checker, Ty, Typed};
use crate::catalogue::feature::{Feature, Key, Span, Stream, Take};
use crate::finding::Words;
use crate::language::codes;
use crate::language::say::with_nearest;
use crate::language::tree::{At, Expr, ExprKind};
use crate::value::{EntityKind, Text, Type, Value};

/// The window word of that name.
pub(super) fn take(name: &str) -> Option<Take> {
    Take::inline(name)
}

impl Checker<'_> {
    /// `base.take(…)` as an inline window; `None` when `base` has no windows.
    pub(super) fn window(
        &mut self,
        base: &Expr,
        take: Take,
        at: At,
        args: &[Expr],
        may_miss: bool,
    ) -> Option<Typed> {
        let key = match (&base.kind, self.quiet_type(base)) {
            (_, Ty::Customer) => Key::Customer,
            (_, Ty::Event) => return Some(self.on_event(take, at)),
            (ExprKind::Property(root, field, _), _) if self.quiet_type(root) == Ty::Event => {
                Key::Entity(self.ref_kind(field)?)
            }
            (_, Ty::Of(Type::Ref(kind))) => {
                // Only a name can be an alias of a reference.
                self.quiet_field(base)?;
                Key::Entity(kind)
            }
            _ => return None,
        };
        if self.subject.raw {
            self.page.push(self.page.error(
                codes::EXPRESSION_TYPE,
                at,
                "a window is state, and only the event's own members can be read here".to_owned(),
                "窗口是状态，此处只能读取事件自身的成员".to_owned(),
            ));
            return Some(Typed::wrong(base.at));
        }
        let Some(feature) = self.hoisted(key, take, at, args) else {
            return Some(Typed::wrong(base.at));
        };
        Some(self.read_window(base, feature, at, may_miss))
    }

    fn on_event(&mut self, take: Take, at: At) -> Typed {
        let name = take.name();
        self.page.push(
            self.page
                .error(
                    codes::WINDOW,
                    at,
                    "an event has no window; the customer or an entity has".to_owned(),
                    "事件没有窗口；客户或实体才有".to_owned(),
                )
                .fix(
                    format!("write `customer.{name}(…)` or `event.<field>.{name}(…)`"),
                    format!("请写 `customer.{name}(…)` 或 `event.<字段>.{name}(…)`"),
                ),
        );
        Typed::wrong(at)
    }

    fn ref_kind(&self, field: &str) -> Option<EntityKind> {
        let events = self.possible();
        let fields = events
            .iter()
            .filter_map(|id| self.world.catalogue.event(*id))
            .flat_map(|event| &event.fields)
            .filter(|known| known.name == field);
        fields
            .filter_map(|known| match known.ty {
                Type::Ref(kind) => Some(kind),
                _ => None,
            })
            .next()
    }

    fn read_window(&mut self, base: &Expr, feature: Feature, at: At, may_miss: bool) -> Typed {
        let field = match &base.kind {
            ExprKind::Property(_, field, _) => Some(field.clone()),
            _ => self.quiet_field(base),
        };
        let path = match &field {
            Some(field) => {
                let path = format!("event.{field}.{}", feature.name);
                self.found.entities.push((at, path.clone()));
                for id in self.possible() {
                    let slot = self.world.layout.event_ref(id, field, &feature.name);
                    self.found.reads.extend(slot);
                }
                path
            }
            _ => {
                let slot = self.world.layout.customer.get(&feature.name);
                self.found.reads.extend(slot.copied());
                format!("customer.{}", feature.name)
            }
        };
        let mut typed = Typed::of(feature.ty.clone(), base.at);
        typed.missing = feature.optional;
        if feature.optional && !may_miss {
            typed.missing = false;
            self.page.push(
                self.page
                    .error(
                        codes::MAYBE_MISSING,
                        at,
                        format!("`{path}` is missing while its window is empty"),
                        format!("窗口为空时 `{path}` 缺失"),
                    )
                    .fix(
                        "write `(… ?? 0)` with the value that is meant",
                        "请写 `(… ?? 0)`，并填入所需的值",
                    ),
            );
        }
        self.found.windows.push(feature);
        typed
    }

    fn hoisted(&mut self, key: Key, take: Take, at: At, args: &[Expr]) -> Option<Feature> {
        let (stream, field, over) = self.window_texts(take, at, args)?;
        let (stream, field) = (&stream, field.as_ref());
        let place = |n: usize| args.get(n).map_or(at, |arg| arg.at);
        let known = (0u16..)
            .zip(&self.world.catalogue.streams)
            .find(|(_, known)| known.name == *stream);
        let Some((id, known)) = known else {
            let streams = self.world.catalogue.streams.iter().map(|s| s.name.as_str());
            self.not_in_catalogue(
                "stream",
                "事件流",
                stream,
                place(0),
                streams.collect(),
                "features.toml",
            );
            return None;
        };
        let over_at = place(args.len().saturating_sub(1));
        let Some(length) = crate::duration::parse(&over).filter(|ms| *ms > 0) else {
            self.page.push(crate::language::header::not_duration(
                self.page, over_at, &over,
            ));
            return None;
        };
        self.carries(key, known, at)?;
        let ty = match field {
            Some(field) => self.field_type(known, field, place(1))?,
            None => Type::Int,
        };
        let ty = self.window_type(take, &ty, place(1))?;
        let normal = crate::duration::format(length);
        let name = match field {
            Some(field) => format!("{stream}.{}.{field}.{normal}", take.name()),
            None => format!("{stream}.{}.{normal}", take.name()),
        };
        Some(Feature {
            title: Words::new(name.clone(), name.clone()),
            name: name.into(),
            was: None,
            stream: id,
            filter: None,
            key,
            take,
            of: field.cloned(),
            span: Span::Sliding,
            over: length,
            step: None,
            delay: 0,
            current: true,
            min: None,
            default: Value::Missing,
            max: None,
            optional: take.may_miss(),
            ty,
            place: self.page.place(at),
        })
    }

    /// The stream, the field where the window has one, and the length.
    fn window_texts(
        &self,
        take: Take,
        at: At,
        args: &[Expr],
    ) -> Option<(Text, Option<Text>, Text)> {
        let literals: Option<Vec<Text>> = args
            .iter()
            .map(|arg| match self.quiet_literal(arg) {
                Some(Value::Text(text)) => Some(text),
                _ => None,
            })
            .collect();
        match literals.as_deref() {
            Some([stream, over]) if !take.needs_field() => {
                return Some((stream.clone(), None, over.clone()));
            }
            Some([stream, field, over]) if take.needs_field() => {
                return Some((stream.clone(), Some(field.clone()), over.clone()));
            }
            _ => {}
        }
        let shape = if take.needs_field() {
            format!("{}(\"stream\", \"field\", \"10m\")", take.name())
        } else {
            format!("{}(\"stream\", \"10m\")", take.name())
        };
        self.page.push(
            self.page
                .error(
                    codes::WINDOW,
                    at,
                    "a window takes literal texts: it is kept from the moment the rules load"
                        .to_owned(),
                    "窗口的参数须为字面文本：规则载入时即开始统计".to_owned(),
                )
                .fix(format!("write `{shape}`"), format!("请写 `{shape}`")),
        );
        None
    }

    /// Every event of the stream must say which entity it belongs to.
    fn carries(&mut self, key: Key, stream: &Stream, at: At) -> Option<()> {
        let Key::Entity(kind) = key else {
            return Some(());
        };
        for id in &stream.on {
            let Some(event) = self.world.catalogue.event(*id) else {
                continue;
            };
            let count = event
                .fields
                .iter()
                .filter(|f| f.ty == Type::Ref(kind))
                .count();
            if count != 1 {
                let entity = self.world.catalogue.entity(kind);
                let entity = entity.map_or("", |e| e.name.as_str());
                self.page.push(self.page.error(
                    codes::WINDOW,
                    at,
                    format!(
                        "`{}` of stream `{}` has {count} fields that refer to a `{entity}`; \
                         a window needs exactly one",
                        event.name, stream.name
                    ),
                    format!(
                        "事件流 `{}` 的 `{}` 有 {count} 个指向 `{entity}` 的字段；窗口需要恰好一个",
                        stream.name, event.name
                    ),
                ));
                return None;
            }
        }
        Some(())
    }

    fn field_type(&mut self, stream: &Stream, field: &str, at: At) -> Option<Type> {
        let mut found: Option<Type> = None;
        for id in &stream.on {
            let Some(event) = self.world.catalogue.event(*id) else {
                continue;
            };
            let known = event.fields.iter().find(|f| f.name == field);
            let same = known.is_some_and(|f| found.as_ref().is_none_or(|ty| *ty == f.ty));
            if !same {
                let finding = self.page.error(
                    codes::WINDOW,
                    at,
                    format!(
                        "`{}` of stream `{}` has no `{field}` of that type",
                        event.name, stream.name
                    ),
                    format!(
                        "事件流 `{}` 的 `{}` 没有该类型的 `{field}`",
                        stream.name, event.name
                    ),
                );
                let names = event.fields.iter().map(|f| f.name.as_str());
                self.page.push(with_nearest(finding, field, names));
                return None;
            }
            found = known.map(|f| f.ty.clone());
        }
        found
    }

    fn window_type(&mut self, take: Take, of: &Type, at: At) -> Option<Type> {
        use Type as T;
        let found = match (take, of) {
            (Take::Count | Take::Distinct, _) => Some(T::Int),
            (Take::Sum, T::Int | T::Money(_)) | (Take::Avg, T::Money(_) | T::Decimal) => {
                Some(of.clone())
            }
            (Take::Avg, T::Int) => Some(T::Decimal),
            (
                Take::Min | Take::Max,
                T::Int | T::Decimal | T::Money(_) | T::Time | T::Date | T::Duration,
            ) => Some(of.clone()),
            (Take::Last, _) => Some(of.clone()),
            _ => None,
        };
        if found.is_none() {
            self.page.push(self.page.error(
                codes::WINDOW,
                at,
                format!("`{}` is not taken of {of}", take.name()),
                format!("`{}` 不能用于 {of}", take.name()),
            ));
        }
        found
    }
}
