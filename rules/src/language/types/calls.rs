//! Calls: the functions of the language, the helpers of the rule, and the words of values.

use super::{Checker, Ty, Typed};
use crate::draft::Verb;
use crate::language::codes;
use crate::language::say::with_nearest;
use crate::language::tree::{At, Expr};
use crate::value::{Text, Type, Value};

/// Functions that take values and give a value.
const FUNCTIONS: &[&str] = &[
    "in_list",
    "money",
    "share_of",
    "abs",
    "min",
    "max",
    "round",
    "starts_with",
    "ends_with",
    "contains",
    "len",
];

/// What can be called by that name at all, for the nearest names.
const VERBS: &[&str] = &[
    "allow", "step_up", "hold", "block", "offer", "retain", "serve", "notify", "trigger", "tag",
    "untag", "remind", "forget",
];

impl Checker<'_> {
    pub(super) fn call(&mut self, name: &Text, at: At, args: &[Expr]) -> Typed {
        if let Some(verb) = Verb::named(name) {
            return self.verb(verb, at, args);
        }
        if matches!(name.as_str(), "tag" | "untag" | "remind" | "forget") {
            return self.mark(name, at, args);
        }
        let helper = self.owner.and_then(|owner| owner.script.function(name));
        if let Some(helper) = helper {
            return self.helper(helper, at, args);
        }
        if !FUNCTIONS.contains(&name.as_str()) {
            return self.unknown_function(name, at, args);
        }
        match name.as_str() {
            "in_list" => self.in_list(at, args),
            "money" => self.money(at, args),
            _ => {
                let typed: Vec<Typed> = args.iter().map(|arg| self.expr(arg)).collect();
                self.function(name, at, &typed)
            }
        }
    }

    fn unknown_function(&mut self, name: &str, at: At, args: &[Expr]) -> Typed {
        let finding = self.page.error(
            codes::UNKNOWN_FUNCTION,
            at,
            format!("there is no function `{name}`"),
            format!("没有函数 `{name}`"),
        );
        let declared = crate::language::header::DECLARATIONS.contains(&name);
        self.page.push(match super::hint(name) {
            Some((en, zh)) => finding.fix(en, zh),
            None if declared => finding.fix(
                format!("`{name}` is a declaration: write it at the top of the file"),
                format!("`{name}` 是声明：请写在文件开头"),
            ),
            None => {
                let helpers = self.owner.iter().flat_map(|o| &o.script.functions);
                let known: Vec<&str> = FUNCTIONS
                    .iter()
                    .chain(VERBS)
                    .copied()
                    .chain(helpers.map(|f| f.name.as_str()))
                    .collect();
                with_nearest(finding, name, known.iter().copied())
            }
        });
        for arg in args {
            self.expr_that(arg, true);
        }
        Typed::wrong(at)
    }

    /// A function that was given something it does not take.
    fn wrong_arguments(&mut self, name: &str, at: At, shape: &str) -> Typed {
        self.page.push(
            self.page
                .error(
                    codes::ARGUMENT_TYPE,
                    at,
                    format!("`{name}` does not take these arguments"),
                    format!("`{name}` 的参数不对"),
                )
                .fix(format!("write `{shape}`"), format!("请写 `{shape}`")),
        );
        Typed::wrong(at)
    }

    fn in_list(&mut self, at: At, args: &[Expr]) -> Typed {
        let [list, what] = args else {
            return self.wrong_arguments("in_list", at, "in_list(\"name\", x)");
        };
        let value = self.expr(what);
        let Some(Value::Text(name)) = self.quiet_literal(list) else {
            return self.wrong_arguments("in_list", list.at, "in_list(\"name\", x)");
        };
        let Some(known) = self.world.catalogue.list_named(&name) else {
            let lists = self.world.catalogue.lists.iter().map(|l| l.name.as_str());
            self.not_in_catalogue(
                "list",
                "名单",
                &name,
                list.at,
                lists.collect(),
                "lists.toml",
            );
            return Typed::of(Type::Bool, at);
        };
        let fits = match (&value.ty, &known.of) {
            (Ty::Wrong, _) => true,
            (Ty::Of(Type::Ref(a)), Type::Ref(b)) => a == b,
            (Ty::Of(Type::Text | Type::Symbol(_) | Type::Ref(_)), Type::Text | Type::Symbol(_))
            | (Ty::Of(Type::Text), Type::Ref(_)) => true,
            (Ty::Of(a), b) => a == b,
            _ => false,
        };
        if !fits {
            let of = known.of.to_string();
            self.page.push(self.page.error(
                codes::ARGUMENT_TYPE,
                what.at,
                format!("list `{name}` holds {of}, and this is {}", value.ty.en()),
                format!("名单 `{name}` 的成员是 {of}，而这是 {}", value.ty.zh()),
            ));
        }
        Typed::of(Type::Bool, at)
    }

    /// `money("500 USD")`
    fn money(&mut self, at: At, args: &[Expr]) -> Typed {
        let literal = match args {
            [only] => self.quiet_literal(only),
            _ => None,
        };
        let amount = match &literal {
            Some(Value::Text(text)) => text.split_once(' '),
            _ => None,
        };
        let parsed = amount.and_then(|(digits, code)| {
            let currency = crate::money::Currency::parse(code.trim())?;
            Some((digits, currency))
        });
        let Some((digits, currency)) = parsed else {
            return self.wrong_arguments("money", at, "money(\"500 USD\")");
        };
        if crate::money::Money::from_major(digits, currency).is_none() {
            let least = currency.digits();
            self.page.push(self.page.error(
                codes::MONEY_DIGITS,
                args.first().map_or(at, |arg| arg.at),
                format!(
                    "`{digits}` is no amount in {}: at most {least} digits behind the point",
                    currency.code()
                ),
                format!(
                    "`{digits}` 不是 {} 金额：小数点后最多 {least} 位",
                    currency.code()
                ),
            ));
        }
        Typed::of(Type::Money(currency), at)
    }

    /// A function or word of a value with typed arguments, the value itself first.
    pub(super) fn function(&mut self, name: &str, at: At, args: &[Typed]) -> Typed {
        if args.iter().any(Typed::is_wrong) {
            return Typed::wrong(at);
        }
        let types: Vec<Option<&Type>> = args
            .iter()
            .map(|arg| match &arg.ty {
                Ty::Of(ty) => Some(ty),
                _ => None,
            })
            .collect();
        let (shape, outcome) = value_function(name, &types);
        match outcome {
            Some(ty) => Typed::of(ty, at),
            None => self.wrong_arguments(name, at, shape),
        }
    }

    pub(super) fn method(
        &mut self,
        base: &Expr,
        name: &Text,
        name_at: At,
        args: &[Expr],
        may_miss: bool,
    ) -> Typed {
        if let Some(take) = super::windows::take(name)
            && let Some(window) = self.window(base, take, name_at, args, may_miss)
        {
            return window;
        }
        let owner = self.expr(base);
        match &owner.ty {
            Ty::Wrong => {
                for arg in args {
                    self.expr_that(arg, true);
                }
                Typed::wrong(owner.at)
            }
            Ty::Action(_) => self.chain(owner, name, name_at, args),
            Ty::Event | Ty::Customer if name == "has" => self.has(&owner, args, name_at),
            Ty::Customer if name == "at" => self.at_fence(&owner, args, name_at),
            Ty::Event if name == "since" || name == "days_until" => {
                self.event_function(&owner, name, name_at, args)
            }
            Ty::Event | Ty::Customer | Ty::Before => self.no_method(&owner, name, name_at, args),
            _ if matches!(name.as_str(), "in_list" | "money")
                || !FUNCTIONS.contains(&name.as_str()) =>
            {
                self.no_method(&owner, name, name_at, args)
            }
            _ => {
                let mut all = vec![owner];
                for arg in args {
                    all.push(self.expr(arg));
                }
                self.function(name, name_at, &all)
            }
        }
    }

    fn event_function(&mut self, owner: &Typed, name: &str, at: At, args: &[Expr]) -> Typed {
        let (word, wanted, gives) = if name == "since" {
            ("time", Type::Time, Type::Duration)
        } else {
            ("date", Type::Date, Type::Int)
        };
        for id in self.possible() {
            self.found.reads.extend(self.world.layout.event(id, word));
        }
        let typed = match args {
            [only] => self.expr(only),
            _ => return self.wrong_arguments(name, at, &format!("event.{name}({word})")),
        };
        if !typed.is_wrong() && typed.ty != Ty::Of(wanted) {
            return self.wrong_arguments(name, typed.at, &format!("event.{name}({word})"));
        }
        Typed::of(gives, owner.at)
    }

    fn no_method(&mut self, owner: &Typed, name: &str, at: At, args: &[Expr]) -> Typed {
        let finding = self.page.error(
            codes::UNKNOWN_METHOD,
            at,
            format!("{} has no `{name}(…)`", owner.ty.en()),
            format!("{} 没有 `{name}(…)`", owner.ty.zh()),
        );
        let known: &[&str] = match owner.ty {
            Ty::Event => &["has", "since", "days_until"],
            Ty::Customer => &[
                "has", "at", "count", "sum", "avg", "min", "max", "distinct", "last",
            ],
            Ty::Of(Type::Text | Type::Symbol(_)) => {
                &["starts_with", "ends_with", "contains", "len"]
            }
            Ty::Of(_) => &["share_of", "abs", "min", "max", "round"],
            _ => &[],
        };
        self.page
            .push(with_nearest(finding, name, known.iter().copied()));
        for arg in args {
            self.expr_that(arg, true);
        }
        Typed::wrong(owner.at)
    }

    /// A name that the catalogue does not have, with the nearest ones or the text to add.
    pub(super) fn not_in_catalogue(
        &self,
        what: &str,
        zh: &str,
        name: &str,
        at: At,
        known: Vec<&str>,
        file: &str,
    ) {
        let finding = self.page.error(
            codes::NOT_IN_CATALOGUE,
            at,
            format!("there is no {what} `{name}`"),
            format!("没有名为 `{name}` 的{zh}"),
        );
        let near = crate::finding::nearest(name, known.iter().copied(), 3);
        if !near.is_empty() {
            self.page
                .push(with_nearest(finding, name, known.iter().copied()));
            return;
        }
        let text = match what {
            "reason" => format!("[reason.{name}]\nen = \"…\"\nzh = \"…\"\ntell = false"),
            "offer" => format!(
                "[offer.{name}]\nkind = \"offer\"\npurpose = \"marketing\"\ntitle = {{ en = \"…\", zh = \"…\" }}"
            ),
            "list" => format!("[list.{name}]\nof = \"text\"\nmembers = []"),
            "tag" => format!("[tag.{name}]\ntype = \"text?\""),
            "fence" => {
                format!("[fence.{name}]\ncircle = {{ lat = 39.9, lon = 116.4, radius = \"2km\" }}")
            }
            _ => format!("[{what}.{name}]"),
        };
        self.page.push(finding.fix(
            format!("add this to {file}:\n{text}"),
            format!("请在 {file} 中加入：\n{text}"),
        ));
    }
}

/// The shape of a function and what it gives for arguments of these types.
fn value_function(name: &str, args: &[Option<&Type>]) -> (&'static str, Option<Type>) {
    use Type as T;
    match (name, args) {
        ("share_of", [Some(T::Money(a)), Some(T::Money(b))]) if a == b => ("", Some(T::Decimal)),
        ("share_of", [Some(T::Int | T::Decimal), Some(T::Int | T::Decimal)]) => {
            ("", Some(T::Decimal))
        }
        ("share_of", _) => ("part.share_of(whole)", None),
        ("abs" | "round", [Some(ty @ (T::Int | T::Decimal | T::Money(_)))]) => {
            ("", Some((*ty).clone()))
        }
        ("abs", _) => ("abs(number)", None),
        ("min" | "max", [Some(T::Int | T::Decimal), Some(T::Int | T::Decimal)])
            if args.contains(&Some(&T::Decimal)) =>
        {
            ("", Some(T::Decimal))
        }
        (
            "min" | "max",
            [
                Some(a @ (T::Int | T::Money(_) | T::Duration | T::Time | T::Date)),
                Some(b),
            ],
        ) if a == b => ("", Some((*a).clone())),
        ("min", _) => ("min(a, b)", None),
        ("max", _) => ("max(a, b)", None),
        ("round", _) => ("round(number)", None),
        ("len", [Some(T::Text | T::Symbol(_) | T::List(_))]) => ("", Some(T::Int)),
        ("len", _) => ("len(text)", None),
        (
            "starts_with" | "ends_with" | "contains",
            [Some(T::Text | T::Symbol(_)), Some(T::Text | T::Symbol(_))],
        ) => ("", Some(T::Bool)),
        ("contains", _) => ("text.contains(\"…\")", None),
        ("starts_with", _) => ("text.starts_with(\"…\")", None),
        _ => ("text.ends_with(\"…\")", None),
    }
}
