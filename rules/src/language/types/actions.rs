//! Verbs: what they name, and whether the class may use them.

use super::{ActionTy, Checker, Role, Ty, Typed};
use crate::catalogue::policy::OfferKind;
use crate::draft::Verb;
use crate::language::codes;
use crate::language::tree::{At, Expr};
use crate::rule::{Class, Function};
use crate::value::{Text, Type, Value};

impl Checker<'_> {
    pub(super) fn verb(&mut self, verb: Verb, at: At, args: &[Expr]) -> Typed {
        if self.role != Role::Rule(Function::Then) {
            self.misplaced(
                at,
                &format!(
                    "`{}` is an action and stands only in `fn then`",
                    verb.name()
                ),
                &format!("`{}` 是动作，只能写在 `fn then` 中", verb.name()),
            );
            return Typed::wrong(at);
        }
        self.fits_class(verb, at);
        self.found.verbs.entry(at).or_insert((verb, false));
        match verb {
            Verb::Allow => self.no_arguments(verb, at, args),
            Verb::Hold | Verb::Block => self.subject(verb, args),
            _ => self.named(verb, at, args),
        }
        Typed::new(Ty::Action(ActionTy { verb, at }), at)
    }

    pub(super) fn misplaced(&self, at: At, en: &str, zh: &str) {
        self.page.push(
            self.page
                .error(codes::MISPLACED, at, en.to_owned(), zh.to_owned()),
        );
    }

    fn fits_class(&self, verb: Verb, at: At) {
        let Some(class) = self.owner.and_then(|owner| owner.class) else {
            return;
        };
        let wanted = match verb {
            Verb::Allow | Verb::StepUp | Verb::Hold | Verb::Block => Class::Fraud,
            Verb::Serve => Class::Service,
            Verb::Retain => Class::Retention,
            Verb::Offer => Class::Commercial,
            Verb::Notify | Verb::Trigger => return,
        };
        if class == wanted {
            return;
        }
        let fits = match class {
            Class::Fraud => "`allow`, `step_up`, `hold`, `block`",
            Class::Service => "`serve`",
            Class::Retention => "`retain`",
            Class::Commercial => "`offer`",
            Class::Profile => "`tag`, `untag`, `remind`, `forget`",
        };
        let (verb, class, wanted) = (verb.name(), class.name(), wanted.name());
        self.page.push(
            self.page
                .error(
                    codes::WRONG_CLASS,
                    at,
                    format!("a {class} rule cannot `{verb}`"),
                    format!("{class} 类规则不能 `{verb}`"),
                )
                .fix(
                    format!("use {fits}, or declare `class(\"{wanted}\")`"),
                    format!("请用 {fits}，或声明 `class(\"{wanted}\")`"),
                ),
        );
    }

    fn no_arguments(&mut self, verb: Verb, at: At, args: &[Expr]) {
        if !args.is_empty() {
            let name = verb.name();
            self.page.push(
                self.page
                    .error(
                        codes::ARGUMENT_TYPE,
                        at,
                        format!("`{name}` takes nothing"),
                        format!("`{name}` 不带参数"),
                    )
                    .fix(format!("write `{name}()`"), format!("请写 `{name}()`")),
            );
        }
    }

    /// `hold()` and `block()` are for the transaction, or for an entity of the event.
    fn subject(&mut self, verb: Verb, args: &[Expr]) {
        let name = verb.name();
        let typed = match args {
            [] => return,
            [only] => self.expr(only),
            [first, ..] => Typed::new(Ty::Nothing, first.at),
        };
        if matches!(typed.ty, Ty::Of(Type::Ref(_)) | Ty::Wrong) {
            return;
        }
        self.page.push(
            self.page
                .error(
                    codes::ARGUMENT_TYPE,
                    typed.at,
                    format!(
                        "`{name}` is for an entity of the event, and this is {}",
                        typed.ty.en()
                    ),
                    format!("`{name}` 的对象须是事件中的实体，而这是 {}", typed.ty.zh()),
                )
                .fix(
                    format!("write `{name}(event.card)`, or `{name}()` for this transaction"),
                    format!("请写 `{name}(event.card)`，或以 `{name}()` 表示本笔交易"),
                ),
        );
    }

    fn named(&mut self, verb: Verb, at: At, args: &[Expr]) {
        let literal = match args {
            [only] => self.quiet_literal(only),
            _ => None,
        };
        let (Some(Value::Text(id)), [only]) = (literal, args) else {
            let name = verb.name();
            self.page.push(
                self.page
                    .error(
                        codes::ARGUMENT_TYPE,
                        at,
                        format!("`{name}` takes one literal text"),
                        format!("`{name}` 只接受一个字面文本"),
                    )
                    .fix(
                        format!("write `{name}(\"name\")`"),
                        format!("请写 `{name}(\"名称\")`"),
                    ),
            );
            return;
        };
        let catalogue = self.world.catalogue;
        match verb {
            Verb::Offer | Verb::Retain | Verb::Serve => self.offer(verb, &id, only.at),
            Verb::StepUp => {
                let known: Vec<&str> = catalogue.methods.iter().map(|m| m.name.as_str()).collect();
                self.must_exist("method", "认证方式", &id, only.at, known, "channels.toml");
            }
            Verb::Trigger => {
                let known: Vec<&str> = catalogue
                    .processes
                    .iter()
                    .map(|p| p.name.as_str())
                    .collect();
                self.must_exist("process", "流程", &id, only.at, known, "channels.toml");
            }
            _ => self.team(&id, only.at),
        }
    }

    pub(super) fn team(&self, id: &str, at: At) {
        let known = self.world.catalogue.teams.iter().map(|t| t.name.as_str());
        self.must_exist("team", "团队", id, at, known.collect(), "channels.toml");
    }

    pub(super) fn must_exist(
        &self,
        what: &str,
        zh: &str,
        id: &str,
        at: At,
        known: Vec<&str>,
        file: &str,
    ) {
        if !known.contains(&id) {
            self.not_in_catalogue(what, zh, id, at, known, file);
        }
    }

    fn offer(&mut self, verb: Verb, id: &Text, at: At) {
        let wanted = match verb {
            Verb::Offer => OfferKind::Offer,
            Verb::Retain => OfferKind::Retain,
            _ => OfferKind::Serve,
        };
        let Some(offer) = self.world.catalogue.offer_named(id) else {
            let known = self.world.catalogue.offers.iter().map(|o| o.name.as_str());
            self.not_in_catalogue("offer", "优惠", id, at, known.collect(), "offers.toml");
            return;
        };
        self.found.offers.insert(id.clone());
        if offer.kind != wanted {
            let right = match offer.kind {
                OfferKind::Offer => "offer",
                OfferKind::Retain => "retain",
                OfferKind::Serve => "serve",
            };
            self.page.push(
                self.page
                    .error(
                        codes::OFFER_KIND,
                        at,
                        format!("`{id}` is of kind `{right}`, not `{}`", verb.name()),
                        format!("`{id}` 的种类是 `{right}`，不是 `{}`", verb.name()),
                    )
                    .fix(
                        format!("write `{right}(\"{id}\")`, or change its `kind` in offers.toml"),
                        format!("请写 `{right}(\"{id}\")`，或修改 offers.toml 中的 `kind`"),
                    ),
            );
        }
    }
}
