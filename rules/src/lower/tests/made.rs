//! Made rules and made facts: typed, seeded, and drawn towards borders.

use crate::book::Book;
use crate::catalogue::EventId;
use crate::catalogue::feature::Take;
use crate::facts::Facts;
use crate::layout::{Slot, SlotSpec, Source};
use crate::money::{Currency, Money};
use crate::value::{Day, EntityKey, Type, Value};

/// A rule on a transfer with this condition on line 5, and helpers.
pub(super) fn of_body(body: &str, helpers: &str) -> String {
    on(&["transaction.transfer"], body, helpers)
}

fn on(events: &[&str], body: &str, helpers: &str) -> String {
    let events: Vec<String> = events.iter().map(|e| format!("{e:?}")).collect();
    format!(
        "on({}); class(\"commercial\"); title(\"t\", \"t\");\nconst BIG = 7; const WORDS = [\"CN\", \"金卡\"]; const PART = 0.25;\n\nfn when(event, customer) {{\n{body}\n}}\nfn then(event, customer) {{ offer(\"cover\") }}\n{helpers}",
        events.join(", ")
    )
}

/// A seeded source of rules and facts.
pub(super) struct Maker(u64);

impl Maker {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0xd1b5)
    }

    fn next(&mut self, below: usize) -> usize {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(below).unwrap()).unwrap()
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.next(of.len())]
    }

    pub(super) fn rule(&mut self) -> String {
        let helper = "fn much(event, x) { x > 3 && event.n < 10 }\nfn least(a, b) { if a < b { return a; } b }\n";
        match self.next(14) {
            0 => {
                let body = format!(
                    "let x = {}; let y = {}; {} || x > y",
                    self.int(2),
                    self.int(2),
                    self.truth(2)
                );
                of_body(&body, "")
            }
            1 => {
                let (a, b, c) = (self.truth(2), self.truth(2), self.truth(2));
                of_body(&format!("if {a} {{ return {b}; }}\n{c}"), "")
            }
            2 => {
                let (a, b, c) = (self.truth(1), self.truth(2), self.truth(1));
                let body = format!(
                    "switch customer.tier {{ \"gold\" => {a}, \"basic\" | \"金卡\" => {b}, _ => {c} }}"
                );
                of_body(&body, "")
            }
            3 => {
                let (a, b) = (self.int(2), self.truth(2));
                of_body(
                    &format!("much(event, {a}) || {b} && least({a}, BIG) < 5"),
                    helper,
                )
                .replace("fn least(a, b) { if a < b { return a; } b }\n", {
                    "fn least(a, b) { if a < b { a } else { b } }\n"
                })
            }
            4 => {
                let (a, b) = (self.truth(2), self.int(1));
                let body = format!("{a} && {{ let n = {b}; for x in [1, 2] {{ n += x; }} n > 3 }}");
                of_body(&body, "")
            }
            5 => {
                let a = self.shared();
                let b = self.truth(2);
                let body = format!("{a} && event.type == \"transaction.transfer\" && ({b})");
                on(&["channel.login", "transaction.transfer"], &body, "")
            }
            6 => {
                let a = self.truth(3);
                of_body(&format!("{} && {a}", self.atom()), "")
            }
            _ => {
                let parts: Vec<String> = (0..1 + self.next(5))
                    .map(|_| {
                        if self.next(3) > 0 {
                            self.atom()
                        } else {
                            self.truth(2)
                        }
                    })
                    .collect();
                of_body(&parts.join("\n&& "), "")
            }
        }
    }

    /// What both event types have.
    fn shared(&mut self) -> String {
        let n = self.next(9);
        match self.next(4) {
            0 => format!("event.n >= {n}"),
            1 => "event.own".into(),
            2 => format!("event.title != \"{}\"", self.one(&["CN", "", "金卡"])),
            _ => format!("customer.sent_24h < {n}"),
        }
    }

    /// A comparison of one slot with a literal.
    fn atom(&mut self) -> String {
        let op = self.one(&["<", "<=", ">", ">=", "==", "!="]);
        let order = self.one(&["<", "<=", ">", ">="]);
        let word = self.one(&["CN", "", "金卡", "p1"]);
        let n = self.next(9);
        match self.next(19) {
            0 => format!("event.n {op} {n}"),
            1 => format!("{n} {op} event.n"),
            2 => format!("event.amount {op} {n}.50"),
            3 => format!("customer.tier {} \"gold\"", self.one(&["==", "!="])),
            4 => format!("event.title {} \"{word}\"", self.one(&["==", "!="])),
            5 => "customer.notice".into(),
            6 => "!event.own".into(),
            7 => format!("event.n {} [1, {n}, 3]", self.one(&["in", "!in"])),
            8 => format!("event.n in {}..{}", self.next(4), n),
            9 => format!("event.title {} WORDS", self.one(&["in", "!in"])),
            10 => format!("customer.has(\"age\") && customer.age {op} {n}"),
            11 => format!("(customer.age ?? {}) {op} {n}", self.next(6)),
            12 => format!("event.ratio {order} 0.{n}"),
            13 => format!("event.payee == \"{word}\""),
            14 => format!("(customer.usual ?? {n}) {order} 4"),
            15 => format!("event.wait {order} {n}.minutes"),
            16 => "customer.rich || customer.busy".into(),
            17 => format!("customer.sent_24h >= {n} || customer.sent_24h == 0"),
            _ => format!("event.payee.to_payee {op} {n}"),
        }
    }

    fn int(&mut self, depth: usize) -> String {
        if depth == 0 {
            return match self.next(9) {
                0 | 1 => "event.n".into(),
                2 => "customer.sent_24h".into(),
                3 => format!("(customer.age ?? {})", self.next(50)),
                4 => "BIG".into(),
                5 => "event.title.len()".into(),
                6 => self.one(&["9223372036854775807", "0", "-1"]).into(),
                7 => "event.codes.len()".into(),
                _ => self.next(9).to_string(),
            };
        }
        let (a, b) = (self.int(depth - 1), self.int(depth - 1));
        match self.next(6) {
            0 => format!("({a} + {b})"),
            1 => format!("({a} - {b})"),
            2 => format!("({a} * {b})"),
            3 => format!("{}({a}, {b})", self.one(&["min", "max"])),
            4 => format!("abs({a})"),
            _ => a,
        }
    }

    fn decimal(&mut self, depth: usize) -> String {
        if depth == 0 {
            return match self.next(5) {
                0 | 1 => "event.ratio".into(),
                2 => format!("(customer.score ?? {})", self.next(3)),
                3 => "PART".into(),
                _ => format!("{}.{}", self.next(4), self.next(10)),
            };
        }
        let (a, b) = (self.decimal(depth - 1), self.decimal(depth - 1));
        match self.next(7) {
            0 => format!("({a} + {b})"),
            1 => format!("({a} * {b})"),
            2 => format!("({a} / {b})"),
            3 => format!("({a} - {})", self.int(0)),
            4 => format!("{}.share_of({})", self.money(0), self.money(0)),
            5 => format!("round({a})"),
            _ => a,
        }
    }

    fn money(&mut self, depth: usize) -> String {
        if depth == 0 {
            return match self.next(6) {
                0 | 1 => "event.amount".into(),
                2 => "customer.assets".into(),
                3 => "customer.sum_24h".into(),
                4 => "customer.doubled".into(),
                _ => "money(\"3.50 CNY\")".into(),
            };
        }
        let (a, b) = (self.money(depth - 1), self.money(depth - 1));
        match self.next(7) {
            0 => format!("({a} + {b})"),
            1 => format!("({a} - {b})"),
            2 => format!("({a} * {})", self.int(0)),
            3 => format!("({a} * 0.{})", 1 + self.next(9)),
            4 => format!("{}({a}, {b})", self.one(&["min", "max"])),
            5 => format!("(customer.usual ?? {})", self.next(4)),
            _ => a,
        }
    }

    fn text(&mut self) -> String {
        match self.next(6) {
            0 => "event.title".into(),
            1 => "(event.note ?? \"\")".into(),
            2 => "(customer.home ?? \"CN\")".into(),
            3 => "(event.title + \"N\")".into(),
            4 => "customer.tier".into(),
            _ => format!("\"{}\"", self.one(&["CN", "", "gold", "金"])),
        }
    }

    fn truth(&mut self, depth: usize) -> String {
        if depth > 0 && self.next(3) > 0 {
            let (a, b) = (self.truth(depth - 1), self.truth(depth - 1));
            return match self.next(4) {
                0 | 1 => format!("({a} && {b})"),
                2 => format!("({a} || {b})"),
                _ => format!("!({a})"),
            };
        }
        let op = self.one(&["<", "<=", ">", ">=", "==", "!="]);
        let order = self.one(&["<", "<=", ">", ">="]);
        match self.next(17) {
            0 => format!("{} {op} {}", self.int(depth), self.int(1)),
            1 => format!("{} {order} {}", self.decimal(depth), self.decimal(1)),
            2 => format!("{} {order} {}", self.decimal(1), self.int(1)),
            3 if self.next(2) == 0 => format!(
                "customer.sum_24h * {} {order} event.amount * customer.sent_24h{}",
                self.next(9),
                self.one(&["", " * 3", " * 9223372036854775807"])
            ),
            3 => format!("{} {op} {}", self.money(depth), self.money(1)),
            4 => format!("{} {op} {}.25", self.money(depth), self.next(2000)),
            5 => format!("{} == {}", self.text(), self.text()),
            6 => format!(
                "{}.{}({})",
                self.text(),
                self.one(&["starts_with", "ends_with", "contains"]),
                self.text()
            ),
            7 => format!("in_list(\"good\", {})", self.text()),
            8 => {
                "customer.has(\"birthday\") && event.days_until(customer.birthday) in 0..=30".into()
            }
            9 => "customer.has(\"seen\") && event.since(customer.seen) < 24.hours".into(),
            10 => format!(
                "event.since(event.sent) {order} event.wait * {}",
                self.next(4)
            ),
            11 => format!("event.time - event.sent {order} {}.hours", self.next(30)),
            12 => format!("{} in [{}, {}]", self.int(1), self.int(0), self.int(0)),
            13 => format!("{} in event.codes", self.text()),
            14 => format!("{} in {}..={}", self.int(0), self.next(3), self.next(9)),
            15 => format!(
                "(if {} {{ {} }} else {{ {} }}) > 2",
                self.atom(),
                self.int(1),
                self.int(1)
            ),
            _ => self.atom(),
        }
    }

    /// Facts of an event type, every slot with a value of its type or, where it may be, with none.
    pub(super) fn facts(&mut self, book: &Book, kind: EventId, facts: &mut Facts) {
        facts.reset(kind);
        let name = book.catalogue.event(kind).unwrap().name.clone();
        for (at, spec) in (0u16..).zip(&book.layout.slots) {
            let failed = matches!(spec.source, Source::CustomerDerived(_))
                && spec.ty != Type::Bool
                && self.next(20) == 0;
            let value = if spec.source == Source::EventType {
                Value::Text(name.clone())
            } else if failed || (spec.optional && self.next(3) == 0) {
                Value::Missing
            } else {
                self.value_of(book, spec)
            };
            facts.set(Slot(at), value);
        }
    }

    /// Windows count no more events than there can be.
    fn value_of(&mut self, book: &Book, spec: &SlotSpec) -> Value {
        let feature = match &spec.source {
            Source::CustomerFeature(at) | Source::Before(at) => usize::from(*at),
            Source::EntityFeature { feature, .. } => usize::from(*feature),
            _ => return self.value(&spec.ty),
        };
        match (book.catalogue.features[feature].take, self.value(&spec.ty)) {
            (Take::Count | Take::Distinct, Value::Int(n)) => Value::Int(n.clamp(0, 1 << 48)),
            (_, value) => value,
        }
    }

    fn value(&mut self, ty: &Type) -> Value {
        let cny = Currency::parse("CNY").unwrap();
        let small = i64::try_from(self.next(10)).unwrap();
        match ty {
            Type::Bool => Value::Bool(self.next(2) == 0),
            Type::Int => Value::Int(match self.next(20) {
                0 => i64::MAX,
                1 => i64::MIN,
                2 => -1,
                _ => small,
            }),
            Type::Decimal => Value::Decimal(match self.next(20) {
                0 => -0.0,
                1 => 1e300,
                2 => 9.007_199_254_740_993e15,
                _ => f64::from(u8::try_from(small).unwrap()) / 10.0,
            }),
            Type::Text => {
                let word = self.one(&["CN", "", "金卡", "gold", "p1", "in", "金"]);
                Value::Text(match self.next(30) {
                    0 => "长".repeat(400).into(),
                    _ => word.into(),
                })
            }
            Type::Symbol(words) if words.is_empty() => Value::Text("CN".into()),
            Type::Symbol(words) => Value::Text(words[self.next(words.len())].clone()),
            Type::Money(_) => Value::Money(Money::minor(
                match self.next(20) {
                    0 => i64::MAX,
                    1 => -1,
                    2 => 0,
                    _ => small * 50,
                },
                cny,
            )),
            Type::Duration => Value::Duration(match self.next(20) {
                0 => i64::MAX,
                _ => small * 60_000,
            }),
            Type::Time => Value::Time(match self.next(20) {
                0 => i64::MIN,
                _ => 1_772_413_200_000 + small * 3_600_000,
            }),
            Type::Date => Value::Date(Day(match self.next(10) {
                0 => i32::MIN,
                1 => i32::MAX,
                _ => 20_514 + i32::try_from(small * 4).unwrap(),
            })),
            Type::Place => Value::Place(31.2, 121.5),
            Type::Ref(kind) => Value::Ref(EntityKey {
                kind: *kind,
                id: self.one(&["p1", "CN", "x"]).into(),
            }),
            Type::List(of) => {
                let count = self.next(4);
                Value::List((0..count).map(|_| self.value(of)).collect())
            }
        }
    }
}
