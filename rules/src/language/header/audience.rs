//! `audience("home_city", "500/s")`: whom an event is told that belongs to no customer.

use super::Reader;
use super::arguments::Arguments;
use crate::catalogue::audience::Rate;
use crate::catalogue::{Catalogue, EventType, TagId};
use crate::language::codes;
use crate::language::say::with_nearest;
use crate::language::tree::At;
use crate::value::{EntityKind, Type};

const SHAPE: &str = "(\"home_city\", \"500/s\")";

impl Reader<'_> {
    pub(super) fn audience(&mut self, args: &Arguments<'_>) {
        let Some((tag, rate)) = args.two_texts(SHAPE) else {
            return;
        };
        let (tag, rate) = (
            self.tag(&tag, args.place(0)),
            self.rate(&rate, args.place(1)),
        );
        self.declared.audience = tag.zip(rate);
    }

    fn rate(&self, text: &str, at: At) -> Option<Rate> {
        let rate = Rate::parse(text);
        if rate.is_none() {
            self.page.push(
                self.page
                    .error(
                        codes::AUDIENCE,
                        at,
                        format!("`{text}` is no number of customers in a second or a minute"),
                        format!("`{text}` 不是每秒或每分钟的客户数"),
                    )
                    .fix(
                        "write `500/s` or `60/m`, at most `10000/s`",
                        "请写 `500/s` 或 `60/m`，至多 `10000/s`",
                    ),
            );
        }
        rate
    }

    fn tag(&self, name: &str, at: At) -> Option<TagId> {
        let refers = |ty: &Type| matches!(ty, Type::Ref(_));
        let found = self.catalogue.tag_named(name);
        let tag = found.and_then(|id| self.catalogue.tag(id));
        if tag.is_some_and(|tag| refers(&tag.ty)) {
            return found;
        }
        let (en, zh) = match tag {
            Some(_) => (
                format!("tag `{name}` refers to no entity, so no event can be about the same one"),
                format!("标签 `{name}` 不指向实体，无法与事件对应"),
            ),
            None => (
                format!("there is no tag `{name}`"),
                format!("没有名为 `{name}` 的标签"),
            ),
        };
        let all = self.catalogue.tags.iter().filter(|tag| refers(&tag.ty));
        let known = all.map(|tag| tag.name.as_str());
        let mut finding = with_nearest(self.page.error(codes::AUDIENCE, at, en, zh), name, known);
        if finding.fix.is_none() {
            finding = finding.fix(
                "name a tag of type `ref:<entity>`, of the entity that the event is about",
                "请写类型为 `ref:<实体>` 的标签，且与事件所指实体相同",
            );
        }
        self.page.push(finding);
        None
    }

    /// The event types of no customer become those that a customer is told.
    pub(super) fn told(&mut self) {
        let declared = self.declared.places.get("audience").copied();
        let Some(at) = declared else {
            for (id, at) in &self.keyless {
                if let Some(event) = self.catalogue.event(*id) {
                    self.nobody(event, *at);
                }
            }
            self.declared.on_unsure |= !self.keyless.is_empty();
            return;
        };
        for id in &self.declared.on {
            if let Some(event) = self.catalogue.event(*id) {
                self.has_customer(event, at);
            }
        }
        let Some((tag, _)) = self.declared.audience else {
            self.declared.on_unsure = true;
            return;
        };
        for (id, place) in &self.keyless {
            let mut audiences = self.catalogue.audiences.iter();
            match audiences.find(|a| a.event == *id && a.tag == tag) {
                Some(audience) => self.declared.on.push(audience.told),
                None => {
                    self.declared.on_unsure = true;
                    self.about_nobody(*id, tag, *place);
                }
            }
        }
        self.declared.on.sort_unstable();
        self.declared.on.dedup();
    }

    fn nobody(&self, event: &EventType, at: At) {
        let name = &event.name;
        self.page.push(
            self.page
                .error(
                    codes::AUDIENCE,
                    at,
                    format!("`{name}` belongs to no customer, and nothing says whom it is told"),
                    format!("`{name}` 不属于任何客户，且未说明告知哪些客户"),
                )
                .fix(
                    format!(
                        "add `audience{SHAPE};`: a tag that refers to the same entity, and how fast"
                    ),
                    format!("请加上 `audience{SHAPE};`：指向同一实体的标签，以及速率"),
                ),
        );
    }

    fn has_customer(&self, event: &EventType, at: At) {
        let name = event.spoken();
        self.page.push(
            self.page
                .error(
                    codes::AUDIENCE,
                    at,
                    format!("`{name}` has a customer of its own: an audience is for `context.*`"),
                    format!("`{name}` 本有客户：audience 只用于 `context.*`"),
                )
                .fix(
                    "leave `audience(…)` out, or part the rule in two",
                    "请删除 `audience(…)`，或分成两条规则",
                ),
        );
    }

    fn about_nobody(&self, id: crate::catalogue::EventId, tag: TagId, at: At) {
        let (Some(event), Some(tag)) = (self.catalogue.event(id), self.catalogue.tag(tag)) else {
            return;
        };
        let kind = match tag.ty {
            Type::Ref(kind) => kind_name(self.catalogue, kind),
            _ => "",
        };
        let (name, tag) = (&event.name, &tag.name);
        self.page.push(
            self.page
                .error(
                    codes::AUDIENCE,
                    at,
                    format!("`{name}` does not refer to one `{kind}`, as tag `{tag}` does"),
                    format!("`{name}` 没有恰好一个指向 `{kind}` 的字段，而标签 `{tag}` 指向它"),
                )
                .fix(
                    format!("give the event one field of type `ref:{kind}` that is required"),
                    format!("请为事件声明一个必填的 `ref:{kind}` 类型字段"),
                ),
        );
    }
}

fn kind_name(catalogue: &Catalogue, kind: EntityKind) -> &str {
    catalogue.entity(kind).map_or("", |e| e.name.as_str())
}

/// The one field by which an event refers to an entity of this kind, by place.
pub(crate) fn field_of(event: &EventType, kind: EntityKind) -> Option<usize> {
    let fields = event.fields.iter().enumerate();
    let mut refers = fields.filter(|(_, field)| field.ty == Type::Ref(kind));
    let (at, field) = refers.next()?;
    (refers.next().is_none() && !field.optional).then_some(at)
}
