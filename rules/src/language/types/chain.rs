//! What stands behind a verb: `.channel(…).reason(…)` and so on.

use super::{ActionTy, Checker, Ty, Typed};
use crate::draft::Verb;
use crate::language::codes;
use crate::language::say::with_nearest;
use crate::language::tree::{At, Expr, ExprKind};
use crate::value::{Text, Type, Value};

const WORDS: &[&str] = &[
    "channel",
    "to",
    "reason",
    "expires",
    "lasts",
    "value",
    "propensity",
    "not_before",
    "data",
    "final",
];

/// The words a verb takes.
fn words_of(verb: Verb) -> &'static [&'static str] {
    match verb {
        Verb::Offer | Verb::Retain | Verb::Serve => &[
            "channel",
            "to",
            "reason",
            "expires",
            "value",
            "propensity",
            "not_before",
            "data",
        ],
        Verb::Allow => &["reason", "data"],
        Verb::StepUp => &["reason", "expires", "data"],
        Verb::Hold => &["reason", "lasts", "data"],
        Verb::Block => &["reason", "lasts", "data", "final"],
        Verb::Notify | Verb::Trigger => &["data"],
    }
}

impl Checker<'_> {
    pub(super) fn chain(&mut self, owner: Typed, name: &Text, at: At, args: &[Expr]) -> Typed {
        let Ty::Action(action) = owner.ty.clone() else {
            return owner;
        };
        if !WORDS.contains(&name.as_str()) {
            let finding = self.page.error(
                codes::UNKNOWN_METHOD,
                at,
                format!("an action has no `.{name}(…)`"),
                format!("动作没有 `.{name}(…)`"),
            );
            let known = words_of(action.verb).iter().copied();
            self.page.push(with_nearest(finding, name, known));
            return owner;
        }
        if !words_of(action.verb).contains(&name.as_str()) {
            self.not_on_verb(&action, name, at);
            return owner;
        }
        match name.as_str() {
            "channel" => self.channels(args, at),
            "to" => self.one_text(args, at, ".to(\"team\")", |c, id, at| c.team(id, at)),
            "reason" => {
                self.found.verbs.insert(action.at, (action.verb, true));
                self.one_text(args, at, ".reason(\"CODE\")", |c, code, at| {
                    let known = c.world.catalogue.reasons.iter().map(|r| r.code.as_str());
                    c.must_exist("reason", "原因", code, at, known.collect(), "reasons.toml");
                });
            }
            "expires" | "lasts" | "not_before" => {
                let shape = format!(".{name}(\"24h\")");
                self.one_text(args, at, &shape, Self::duration_text);
            }
            "value" => self.money_argument(args, at),
            "propensity" => self.probability(args, at),
            "data" => self.data(args, at),
            _ if !args.is_empty() => self.wrong_chain(at, ".final()"),
            _ => {}
        }
        owner
    }

    fn not_on_verb(&self, action: &ActionTy, name: &str, at: At) {
        let verb = action.verb.name();
        let finding = self.page.error(
            codes::NOT_ON_VERB,
            at,
            format!("`{verb}` has no `.{name}(…)`"),
            format!("`{verb}` 没有 `.{name}(…)`"),
        );
        let finding = match (action.verb, name) {
            (Verb::Hold | Verb::Block, "expires") => {
                let corrected = self.page.replaced(at, "expires", "lasts");
                crate::language::page::Corrected::maybe_corrected(
                    finding.fix("write `.lasts(…)`", "请写 `.lasts(…)`"),
                    corrected,
                )
            }
            (_, "lasts") if words_of(action.verb).contains(&"expires") => {
                let corrected = self.page.replaced(at, "lasts", "expires");
                crate::language::page::Corrected::maybe_corrected(
                    finding.fix("write `.expires(…)`", "请写 `.expires(…)`"),
                    corrected,
                )
            }
            _ => {
                let words: Vec<String> = words_of(action.verb)
                    .iter()
                    .map(|word| format!("`.{word}`"))
                    .collect();
                let words = words.join(", ");
                finding.fix(format!("it has {words}"), format!("可用 {words}"))
            }
        };
        self.page.push(finding);
    }

    fn wrong_chain(&self, at: At, shape: &str) {
        self.page.push(
            self.page
                .error(
                    codes::ARGUMENT_TYPE,
                    at,
                    "this does not take these arguments".to_owned(),
                    "此处的参数不对".to_owned(),
                )
                .fix(format!("write `{shape}`"), format!("请写 `{shape}`")),
        );
    }

    /// The only argument, a literal text, given to `then`.
    fn one_text(&self, args: &[Expr], at: At, shape: &str, then: impl FnOnce(&Self, &str, At)) {
        if let [only] = args
            && let Some(Value::Text(text)) = self.quiet_literal(only)
        {
            then(self, &text, only.at);
        } else {
            self.wrong_chain(at, shape);
        }
    }

    pub(super) fn duration_text(&self, text: &str, at: At) {
        if crate::duration::parse(text).is_none_or(|ms| ms <= 0) {
            self.page
                .push(crate::language::header::not_duration(self.page, at, text));
        }
    }

    fn channels(&self, args: &[Expr], at: At) {
        if args.is_empty() {
            self.wrong_chain(at, ".channel(\"app\", \"sms\")");
        }
        for arg in args {
            match self.quiet_literal(arg) {
                Some(Value::Text(name)) => {
                    let known = self
                        .world
                        .catalogue
                        .channels
                        .iter()
                        .map(|c| c.name.as_str());
                    let known = known.collect();
                    self.must_exist("channel", "渠道", &name, arg.at, known, "channels.toml");
                }
                _ => self.wrong_chain(arg.at, ".channel(\"app\", \"sms\")"),
            }
        }
    }

    fn money_argument(&mut self, args: &[Expr], at: At) {
        let [only] = args else {
            self.wrong_chain(at, ".value(event.amount * 0.2)");
            return;
        };
        let typed = self.expr(only);
        if !matches!(typed.ty, Ty::Of(Type::Money(_)) | Ty::Wrong) {
            self.page.push(
                self.page
                    .error(
                        codes::ARGUMENT_TYPE,
                        only.at,
                        format!("a value is money, and this is {}", typed.ty.en()),
                        format!("价值须是金额，而这是 {}", typed.ty.zh()),
                    )
                    .fix(
                        "write `money(\"18 CNY\")`, or an amount of the event or customer",
                        "请写 `money(\"18 CNY\")`，或用事件、客户的金额",
                    ),
            );
        }
    }

    fn probability(&mut self, args: &[Expr], at: At) {
        let [only] = args else {
            self.wrong_chain(at, ".propensity(0.04)");
            return;
        };
        let typed = self.expr(only);
        let fits = match (&typed.ty, &typed.literal) {
            (Ty::Wrong, _) | (Ty::Of(Type::Decimal), None) => true,
            (_, Some(Value::Decimal(p))) => (0.0..=1.0).contains(p),
            (_, Some(Value::Int(p))) => (0..=1).contains(p),
            _ => false,
        };
        if !fits {
            self.page.push(
                self.page
                    .error(
                        codes::ARGUMENT_TYPE,
                        only.at,
                        "a propensity is a decimal from 0 to 1".to_owned(),
                        "倾向是 0 到 1 之间的小数".to_owned(),
                    )
                    .fix("write `.propensity(0.04)`", "请写 `.propensity(0.04)`"),
            );
        }
    }

    fn data(&mut self, args: &[Expr], at: At) {
        match args {
            [only] if matches!(only.kind, ExprKind::Map(_)) => {
                self.expr(only);
            }
            _ => self.wrong_chain(at, ".data(#{ name: value })"),
        }
    }
}
