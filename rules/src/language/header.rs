//! The declarations of a rule file, read from the tree with literal arguments and never run.

mod arguments;
mod audience;
mod constants;
mod events;
mod required;
mod validity;

use super::codes;
use super::page::Page;
use super::print::Constants;
use super::say::with_nearest;
use super::tree::{At, Expr, ExprKind, Script, Stmt, StmtKind};
use crate::catalogue::audience::Rate;
use crate::catalogue::{Catalogue, EventId, TagId};
use crate::finding::Words;
use crate::rule::{Class, Cooldown, Header, Mode, OnError};
use crate::value::Text;
use arguments::Arguments;
pub(crate) use arguments::not_duration;
pub(crate) use audience::field_of;
use std::collections::BTreeMap;

/// Every declaration there is.
pub const DECLARATIONS: &[&str] = &[
    "on", "class", "title", "priority", "lever", "valid", "cooldown", "rollout", "mode",
    "on_error", "brake", "audience", "owner", "scene", "cold",
];

/// What a file declares, as far as it could be read.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// Event types.
    pub on: Vec<EventId>,
    /// True when `on` names something that is not known or not supported: what can be read of the
    /// event is then not known either.
    pub on_unsure: bool,
    /// The class.
    pub class: Option<Class>,
    /// The title.
    pub title: Option<Words>,
    priority: Option<u16>,
    lever: Option<Text>,
    valid: Option<(i64, i64)>,
    cooldown: Option<Cooldown>,
    rollout: Option<u8>,
    mode: Mode,
    on_error: Option<OnError>,
    /// `brake(n, per)`
    pub brake: Option<(u32, i64)>,
    audience: Option<(TagId, Rate)>,
    owner: Option<Text>,
    scene: Option<Text>,
    cold_live: bool,
    /// Where each declaration stands.
    pub places: BTreeMap<String, At>,
    /// Constants with their values.
    pub constants: Constants,
}

impl Declared {
    /// The header, when everything required is there.
    #[must_use]
    pub fn header(&self) -> Option<Header> {
        Some(Header {
            on: self.on.clone(),
            class: self.class?,
            title: self.title.clone()?,
            priority: self.priority.unwrap_or(0),
            lever: self.lever.clone(),
            valid: self.valid,
            cooldown: self.cooldown,
            rollout: self.rollout,
            mode: self.mode,
            on_error: self.on_error.unwrap_or_default(),
            brake: self.brake,
            audience: self.audience,
            owner: self.owner.clone(),
            scene: self.scene.clone(),
            cold_live: self.cold_live,
        })
    }
}

/// Reads the declarations and constants of a script.
pub fn read(page: &Page, script: &Script, catalogue: &Catalogue) -> Declared {
    let mut reader = Reader {
        page,
        catalogue,
        declared: Declared::default(),
        first_function: script.functions.first().map(|f| f.at),
        per_entity: None,
        keyless: Vec::new(),
    };
    for stmt in &script.statements {
        reader.statement(stmt);
    }
    reader.carried();
    reader.told();
    required::check(page, &reader.declared);
    reader.declared
}

struct Reader<'a> {
    page: &'a Page,
    catalogue: &'a Catalogue,
    declared: Declared,
    first_function: Option<At>,
    /// The entity of a cool-down, to be looked for on all event types once those are known.
    per_entity: Option<(At, Text)>,
    /// Event types of no customer, and where they stand.
    keyless: Vec<(EventId, At)>,
}

impl Reader<'_> {
    fn statement(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Empty => {}
            StmtKind::Let {
                name,
                name_at,
                constant: true,
                value,
            } => {
                self.order(stmt.at);
                self.constant(name, *name_at, value);
            }
            StmtKind::Expr(Expr {
                kind: ExprKind::Call(name, args),
                at,
            }) => {
                self.order(*at);
                self.declaration(name, *at, args);
            }
            StmtKind::Let { name, .. } => self.page.push(
                self.page
                    .error(
                        codes::ORDER,
                        stmt.at,
                        format!("`let {name}` cannot stand between the declarations"),
                        format!("声明之间不能有 `let {name}`"),
                    )
                    .fix(
                        format!(
                            "write `const {}`, or move it into a function",
                            name.to_uppercase()
                        ),
                        format!("请写 `const {}`，或移入函数", name.to_uppercase()),
                    ),
            ),
            _ => self.page.push(
                self.page
                    .error(
                        codes::ORDER,
                        stmt.at,
                        "only declarations and constants stand outside functions".to_owned(),
                        "函数之外只能有声明与常量".to_owned(),
                    )
                    .fix(
                        "move it into `fn when(event, customer)`",
                        "请移入 `fn when(event, customer)`",
                    ),
            ),
        }
    }

    /// Declarations and constants first, then functions.
    fn order(&self, at: At) {
        if self.first_function.is_some_and(|first| first < at) {
            self.page.push(
                self.page
                    .error(
                        codes::ORDER,
                        at,
                        "declarations and constants stand before the functions".to_owned(),
                        "声明与常量应写在函数之前".to_owned(),
                    )
                    .fix("move this line to the top", "请将本行移到文件开头"),
            );
        }
    }

    fn twice(&self, what: &str, at: At) {
        self.page.push(
            self.page
                .error(
                    codes::DECLARED_TWICE,
                    at,
                    format!("`{what}` is declared twice"),
                    format!("`{what}` 声明了两次"),
                )
                .fix("keep one of them", "请只保留一个"),
        );
    }

    fn declaration(&mut self, name: &str, at: At, args: &[Expr]) {
        if !DECLARATIONS.contains(&name) {
            self.unknown(name, at);
            return;
        }
        if self.declared.places.contains_key(name) {
            self.twice(&format!("{name}(…)"), at);
            return;
        }
        self.declared.places.insert(name.to_owned(), at);
        let constants = self.declared.constants.clone();
        let args = Arguments::new(self.page, name, at, args, &constants);
        match name {
            "on" => self.on(&args),
            "class" => self.class(&args),
            "title" => {
                if let Some((en, zh)) = args.two_texts("(\"English\", \"中文\")") {
                    self.declared.title = Some(Words::new(en.as_str(), zh.as_str()));
                }
            }
            "priority" => {
                let number = args.integer(0, 0..=1000, "(0…1000)");
                self.declared.priority = number.and_then(|n| u16::try_from(n).ok());
            }
            "lever" => self.lever(&args),
            "valid" => self.declared.valid = validity::read(&args, &self.catalogue.time.zone),
            "cooldown" => self.cooldown(&args),
            "rollout" => {
                let percent = args.integer(0, 0..=100, "(10)");
                self.declared.rollout = percent.and_then(|n| u8::try_from(n).ok());
            }
            "mode" => {
                let known = [
                    ("live", Mode::Live),
                    ("shadow", Mode::Shadow),
                    ("off", Mode::Off),
                ];
                self.declared.mode = args.word(&known).unwrap_or_default();
            }
            "on_error" => self.on_error(&args),
            "brake" => {
                let count = args.integer_of_two(1..=1_000_000_000, "(200, \"10m\")");
                let over = args.duration(1);
                self.declared.brake = count
                    .and_then(|n| u32::try_from(n).ok())
                    .zip(over)
                    .filter(|(_, over)| *over > 0);
            }
            "audience" => self.audience(&args),
            "cold" => self.declared.cold_live = args.word(&[("live", true)]).unwrap_or_default(),
            _ => {
                let word = args.one_text("(\"…\")");
                if name == "owner" {
                    self.declared.owner = word;
                } else {
                    self.declared.scene = word;
                }
            }
        }
    }

    fn unknown(&self, name: &str, at: At) {
        let finding = self.page.error(
            codes::UNKNOWN_DECLARATION,
            at,
            format!("`{name}` is not a declaration"),
            format!("`{name}` 不是声明"),
        );
        self.page.push(match super::types::hint(name) {
            Some((en, zh)) => finding.fix(en, zh),
            None => with_nearest(finding, name, DECLARATIONS.iter().copied()),
        });
    }

    fn class(&mut self, args: &Arguments<'_>) {
        let known = Class::ALL.map(|class| (class.name(), class));
        self.declared.class = args.word(&known);
    }

    fn lever(&mut self, args: &Arguments<'_>) {
        let Some(name) = args.one_text("(\"name\")") else {
            return;
        };
        let levers = &self.catalogue.levers;
        if !levers.iter().any(|lever| lever.name == name) {
            let finding = self.page.error(
                codes::NOT_IN_CATALOGUE,
                args.place(0),
                format!("there is no lever `{name}`"),
                format!("没有名为 `{name}` 的杠杆"),
            );
            let known = levers.iter().map(|lever| lever.name.as_str());
            let mut finding = with_nearest(finding, &name, known);
            if finding.fix.is_none() {
                let text = format!("[lever.{name}]\nweight = 1.0");
                finding = finding.fix(
                    format!("add this to policy.toml:\n{text}"),
                    format!("请在 policy.toml 中加入：\n{text}"),
                );
            }
            self.page.push(finding);
        }
        self.declared.lever = Some(name);
    }

    fn cooldown(&mut self, args: &Arguments<'_>) {
        if !args.between(1, 2, "(\"30d\") or (\"1h\", \"terminal\")") {
            return;
        }
        let over = args.duration(0);
        let mut per = None;
        if args.len() == 2 {
            let Some(kind) = args.text(1) else { return };
            per = self.catalogue.entity_named(&kind);
            if per.is_none() {
                let finding = self.page.error(
                    codes::NOT_IN_CATALOGUE,
                    args.place(1),
                    format!("there is no entity `{kind}`"),
                    format!("没有名为 `{kind}` 的实体"),
                );
                let known = self.catalogue.entities.iter().map(|e| e.name.as_str());
                self.page.push(with_nearest(finding, &kind, known));
                return;
            }
            self.per_entity = Some((args.place(1), kind));
        }
        self.declared.cooldown = over.map(|over| Cooldown { over, per });
    }

    /// A cool-down per entity needs the entity on every event type.
    fn carried(&self) {
        let Some((at, kind)) = &self.per_entity else {
            return;
        };
        let Some(per) = self.catalogue.entity_named(kind) else {
            return;
        };
        let wanted = crate::value::Type::Ref(per);
        for id in &self.declared.on {
            let Some(event) = self.catalogue.event(*id) else {
                continue;
            };
            if !event.fields.iter().any(|field| field.ty == wanted) {
                self.page.push(self.page.error(
                    codes::ARGUMENTS,
                    *at,
                    format!("`{}` has no field that refers to a `{kind}`", event.name),
                    format!("`{}` 没有指向 `{kind}` 的字段", event.name),
                ));
            }
        }
    }

    fn on_error(&mut self, args: &Arguments<'_>) {
        let known = [
            ("skip", OnError::Skip),
            ("step_up", OnError::StepUp),
            ("hold", OnError::Hold),
            ("block", OnError::Block),
        ];
        self.declared.on_error = args.word(&known);
    }
}
