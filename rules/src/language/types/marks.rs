//! Marks: `tag untag remind forget`, in `fn always`.

use super::{Checker, Role, Ty, Typed};
use crate::catalogue::Tag;
use crate::language::codes;
use crate::language::tree::{At, Expr};
use crate::rule::Function;
use crate::value::{Text, Type, Value};

impl Checker<'_> {
    pub(super) fn mark(&mut self, name: &Text, at: At, args: &[Expr]) -> Typed {
        if self.role != Role::Rule(Function::Always) {
            self.misplaced(
                at,
                &format!("`{name}` is a mark and stands only in `fn always`"),
                &format!("`{name}` 是标记，只能写在 `fn always` 中"),
            );
            return Typed::wrong(at);
        }
        match name.as_str() {
            "tag" => self.tag(at, args),
            "untag" => match args {
                [tag] => {
                    self.written_tag(tag);
                }
                _ => self.wrong_mark(at, "untag(\"name\")"),
            },
            "remind" => self.remind(at, args),
            _ => match args {
                [name] => match self.text_of(name) {
                    Some(word) => self.not_dated(&word, name.at),
                    None => self.wrong_mark(at, "forget(\"name\")"),
                },
                _ => self.wrong_mark(at, "forget(\"name\")"),
            },
        }
        Typed::new(Ty::Mark, at)
    }

    fn text_of(&self, expr: &Expr) -> Option<Text> {
        match self.quiet_literal(expr) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    fn wrong_mark(&self, at: At, shape: &str) {
        self.page.push(
            self.page
                .error(
                    codes::ARGUMENT_TYPE,
                    at,
                    "a mark takes literal names".to_owned(),
                    "标记的名称须为字面文本".to_owned(),
                )
                .fix(format!("write `{shape}`"), format!("请写 `{shape}`")),
        );
    }

    fn remind(&mut self, at: At, args: &[Expr]) {
        let [name, after] = args else {
            self.wrong_mark(at, "remind(\"name\", \"6h\")");
            return;
        };
        match (self.text_of(name), self.text_of(after)) {
            (Some(word), Some(text)) => {
                self.not_dated(&word, name.at);
                self.duration_text(&text, after.at);
            }
            _ => self.wrong_mark(at, "remind(\"name\", \"6h\")"),
        }
    }

    /// A timer of `timers.toml` is set by its date alone.
    fn not_dated(&self, name: &Text, at: At) {
        if self.world.catalogue.dated_named(name).is_none() {
            return;
        }
        self.page.push(
            self.page
                .error(
                    codes::DATED,
                    at,
                    format!("`{name}` is a timer of timers.toml: its date alone sets and ends it"),
                    format!("`{name}` 是 timers.toml 的定时器：只由其日期设置和取消"),
                )
                .fix(
                    "give the reminder a name of its own, or write the tag that holds the date",
                    "请给提醒另取名称，或改写保存日期的标签",
                ),
        );
    }

    fn tag(&mut self, at: At, args: &[Expr]) {
        let (name, value, ttl) = match args {
            [name, value] => (name, value, None),
            [name, value, ttl] => (name, value, Some(ttl)),
            _ => {
                self.wrong_mark(at, "tag(\"name\", value, \"30d\")");
                return;
            }
        };
        let typed = self.expr(value);
        if let Some(tag) = self.written_tag(name) {
            self.fits_tag(&tag, &typed);
        }
        match ttl.map(|ttl| (ttl.at, self.text_of(ttl))) {
            Some((at, Some(text))) => self.duration_text(&text, at),
            Some((at, None)) => self.wrong_mark(at, "tag(\"name\", value, \"30d\")"),
            None => {}
        }
    }

    /// The tag that is named, when this rule may write it.
    fn written_tag(&mut self, name: &Expr) -> Option<Tag> {
        let Some(word) = self.text_of(name) else {
            self.wrong_mark(name.at, "tag(\"name\", value, \"30d\")");
            return None;
        };
        let catalogue = self.world.catalogue;
        let Some(tag) = catalogue.tag_named(&word).and_then(|id| catalogue.tag(id)) else {
            let known = catalogue.tags.iter().map(|tag| tag.name.as_str());
            self.not_in_catalogue("tag", "标签", &word, name.at, known.collect(), "tags.toml");
            return None;
        };
        let me = self.owner.map_or("", |owner| owner.id);
        if !tag.writers.is_empty() && !tag.writers.iter().any(|writer| writer == me) {
            let writers: Vec<&str> = tag.writers.iter().map(Text::as_str).collect();
            let writers = crate::language::say::listed(&writers);
            self.page.push(
                self.page
                    .error(
                        codes::WRITER,
                        name.at,
                        format!("tag `{word}` is written only by {writers}"),
                        format!("标签 `{word}` 只能由 {writers} 写入"),
                    )
                    .fix(
                        format!("add `{me}` to its `writers` in tags.toml"),
                        format!("请在 tags.toml 的 `writers` 中加入 `{me}`"),
                    ),
            );
        }
        Some(tag.clone())
    }

    fn fits_tag(&mut self, tag: &Tag, value: &Typed) {
        let finding = match (&tag.ty, &value.ty) {
            (_, Ty::Wrong | Ty::Never) => return,
            (Type::Symbol(words), Ty::Of(Type::Text)) if value.literal.is_some() => {
                self.symbol_word(words, value)
            }
            (Type::Symbol(a), Ty::Of(Type::Symbol(b))) => {
                let closed = a.is_empty() || (!b.is_empty() && b.iter().all(|w| a.contains(w)));
                (!closed).then(|| self.unfit(tag, value))
            }
            (Type::Symbol(words), Ty::Of(Type::Text)) => {
                (!words.is_empty()).then(|| self.unfit(tag, value))
            }
            (Type::Text, Ty::Of(Type::Text | Type::Symbol(_)))
            | (Type::Decimal, Ty::Of(Type::Int | Type::Decimal))
            | (Type::Ref(_), Ty::Of(Type::Text)) => None,
            (Type::Money(currency), Ty::Of(Type::Int | Type::Decimal)) => {
                self.money_literal(*currency, value)
            }
            (tag_type, Ty::Of(ty)) if tag_type == ty => None,
            (Type::List(_), Ty::EmptyList) => None,
            _ => Some(self.unfit(tag, value)),
        };
        if let Some(finding) = finding {
            self.page.push(finding);
        }
    }

    fn unfit(&self, tag: &Tag, value: &Typed) -> crate::finding::Finding {
        self.page.error(
            codes::TAG_VALUE,
            value.at,
            format!(
                "tag `{}` is {}, and this is {}",
                tag.name,
                tag.ty,
                value.ty.en()
            ),
            format!(
                "标签 `{}` 是 {}，而这是 {}",
                tag.name,
                tag.ty,
                value.ty.zh()
            ),
        )
    }
}
