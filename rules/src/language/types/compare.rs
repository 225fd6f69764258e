//! Which types can be compared. The host language answers false to all others without a word.

use super::{Checker, Ty, Typed};
use crate::decimal::Decimal;
use crate::finding::Finding;
use crate::language::codes;
use crate::language::page::Corrected;
use crate::language::say::with_nearest;
use crate::language::tree::At;
use crate::money::{Currency, Money};
use crate::value::{Text, Type, Value};

impl Checker<'_> {
    /// Whether two values can be equal at all: members of a list, values of `in`.
    pub(super) fn equal_types(&mut self, a: &Typed, b: &Typed) -> bool {
        self.compare("in", b.at, a, b)
    }

    pub(super) fn comparable(&mut self, op: &str, at: At, a: &Typed, b: &Typed) -> bool {
        self.compare(op, at, a, b)
    }

    fn compare(&mut self, op: &str, at: At, a: &Typed, b: &Typed) -> bool {
        if a.is_wrong() || b.is_wrong() || a.ty == Ty::Never || b.ty == Ty::Never {
            return false;
        }
        let (Ty::Of(left), Ty::Of(right)) = (&a.ty, &b.ty) else {
            self.page.push(self.incomparable(at, &a.ty, &b.ty));
            return false;
        };
        let ordered = matches!(op, "<" | "<=" | ">" | ">=");
        let finding = match (left, right) {
            (Type::Money(c), Type::Money(d)) if c == d => None,
            (Type::Money(c), Type::Money(d)) => Some(self.two_currencies(at, *c, *d)),
            (Type::Money(c), Type::Int | Type::Decimal) => self.money_literal(*c, b),
            (Type::Int | Type::Decimal, Type::Money(c)) => self.money_literal(*c, a),
            (Type::Int, Type::Int)
            | (Type::Time, Type::Time)
            | (Type::Date, Type::Date)
            | (Type::Duration, Type::Duration)
            | (Type::Text, Type::Text) => None,
            (Type::Int | Type::Decimal, Type::Int | Type::Decimal) => {
                (!ordered && op != "in").then(|| self.decimal_equality(at))
            }
            (Type::Bool, Type::Bool) if !ordered => None,
            (Type::List(_) | Type::Place, _) if !ordered && left == right => None,
            (Type::Symbol(words), Type::Text) | (Type::Text, Type::Symbol(words)) => {
                let text = if matches!(left, Type::Symbol(_)) {
                    b
                } else {
                    a
                };
                if ordered {
                    Some(self.no_order(at, left))
                } else {
                    self.symbol_word(words, text)
                }
            }
            (Type::Symbol(_), Type::Symbol(_)) if ordered => Some(self.no_order(at, left)),
            (Type::Symbol(_), Type::Symbol(_)) => None,
            (Type::Bool | Type::Ref(_), _) if ordered && left == right => {
                Some(self.no_order(at, left))
            }
            (Type::Ref(k), Type::Ref(l)) if k == l => None,
            (Type::Ref(_), Type::Text) | (Type::Text, Type::Ref(_)) if !ordered => None,
            _ => Some(self.mixed(at, a, b)),
        };
        let fits = finding.is_none();
        if let Some(finding) = finding {
            self.page.push(finding);
        }
        fits
    }

    fn incomparable(&self, at: At, a: &Ty, b: &Ty) -> Finding {
        self.page.error(
            codes::NOT_COMPARABLE,
            at,
            format!("{} cannot be compared with {}", a.en(), b.en()),
            format!("{} 不能与 {} 比较", a.zh(), b.zh()),
        )
    }

    fn two_currencies(&self, at: At, a: Currency, b: Currency) -> Finding {
        self.page
            .error(
                codes::CURRENCIES,
                at,
                format!("{} cannot be compared with {}", a.code(), b.code()),
                format!("{} 不能与 {} 比较", a.code(), b.code()),
            )
            .fix("compare amounts of one currency", "请比较同一币种的金额")
    }

    /// A bare number beside money is an amount in major units, and must be a literal.
    pub(super) fn money_literal(&self, currency: Currency, number: &Typed) -> Option<Finding> {
        let decimal = match &number.literal {
            Some(Value::Int(n)) => Some(Decimal {
                units: i128::from(*n),
                scale: 0,
            }),
            Some(Value::Decimal(d)) => Decimal::from_literal(*d),
            _ => {
                return Some(
                    self.page
                        .error(
                            codes::NOT_COMPARABLE,
                            number.at,
                            format!(
                                "an amount in {} meets a number that is not a literal",
                                currency.code()
                            ),
                            format!("{} 金额遇到了非字面值的数", currency.code()),
                        )
                        .fix(
                            "compare money with money, or with a literal in major units",
                            "金额请与金额比较，或与以主单位书写的字面值比较",
                        ),
                );
            }
        };
        if decimal
            .and_then(|d| Money::from_decimal(d, currency))
            .is_some()
        {
            return None;
        }
        let digits = currency.digits();
        Some(
            self.page
                .error(
                    codes::MONEY_DIGITS,
                    number.at,
                    format!(
                        "an amount in {} has at most {digits} digits behind the point",
                        currency.code()
                    ),
                    format!("{} 金额小数点后最多 {digits} 位", currency.code()),
                )
                .fix("round it", "请取整到该位数"),
        )
    }

    fn decimal_equality(&self, at: At) -> Finding {
        self.page
            .error(
                codes::DECIMAL_EQUALITY,
                at,
                "decimals are rounded, so equality of them says nothing: `0.1 + 0.2 == 0.3` is false"
                    .to_owned(),
                "小数有舍入，判断相等没有意义：`0.1 + 0.2 == 0.3` 并不成立".to_owned(),
            )
            .fix(
                "compare with `<` or `>=`, or use money or int",
                "请用 `<` 或 `>=` 比较，或改用金额、整数",
            )
    }

    fn no_order(&self, at: At, ty: &Type) -> Finding {
        self.page
            .error(
                codes::NOT_COMPARABLE,
                at,
                format!("{ty} has no order"),
                format!("{ty} 没有大小之分"),
            )
            .fix(
                "use `==`, `!=` or `in [\"…\", \"…\"]`",
                "请用 `==`、`!=` 或 `in [\"…\", \"…\"]`",
            )
    }

    /// A literal beside a symbol with closed values must be one of them.
    pub(super) fn symbol_word(&self, words: &[Text], text: &Typed) -> Option<Finding> {
        let Some(Value::Text(word)) = &text.literal else {
            return None;
        };
        if words.is_empty() || words.contains(word) {
            return None;
        }
        let finding = self.page.error(
            codes::UNKNOWN_SYMBOL,
            text.at,
            format!("`{word}` is none of the values that are possible here"),
            format!("`{word}` 不在可能的取值之中"),
        );
        Some(with_nearest(finding, word, words.iter().map(Text::as_str)))
    }

    fn mixed(&self, at: At, a: &Typed, b: &Typed) -> Finding {
        let finding = self.incomparable(at, &a.ty, &b.ty);
        let (other, text) = match (&a.ty, &b.ty) {
            (Ty::Of(Type::Text), _) => (b, a),
            _ => (a, b),
        };
        let Some(Value::Text(word)) = &text.literal else {
            return finding;
        };
        match &other.ty {
            Ty::Of(Type::Money(currency)) if word.as_str().parse::<f64>().is_ok() => {
                self.unquoted(finding, text.at, word).fix(
                    format!(
                        "write the number without quotes; it means {}",
                        currency.code()
                    ),
                    format!("请去掉引号；数字即以 {} 计", currency.code()),
                )
            }
            Ty::Of(Type::Int | Type::Decimal) if word.as_str().parse::<f64>().is_ok() => self
                .unquoted(finding, text.at, word)
                .fix("write the number without quotes", "请去掉引号"),
            Ty::Of(Type::Bool) if word == "true" || word == "false" => self
                .unquoted(finding, text.at, word)
                .fix("write it without quotes", "请去掉引号"),
            Ty::Of(Type::Duration) => match duration_expression(word) {
                Some(meant) => finding
                    .fix(format!("write `{meant}`"), format!("请写 `{meant}`"))
                    .maybe_corrected(self.page.replaced(text.at, &quoted(word), &meant)),
                None => finding.fix("write `10.minutes`", "请写 `10.minutes`"),
            },
            Ty::Of(Type::Date) => finding.fix(
                "a date is no text; ask `event.days_until(date) in 0..=30`, or compare two dates",
                "日期不是文本；请写 `event.days_until(日期) in 0..=30`，或比较两个日期",
            ),
            Ty::Of(Type::Time) => finding.fix(
                "a time is no text; ask `event.since(time) < 24.hours`",
                "时刻不是文本；请写 `event.since(时刻) < 24.hours`",
            ),
            _ => finding,
        }
    }

    fn unquoted(&self, finding: Finding, at: At, word: &str) -> Finding {
        let corrected = self.page.replaced(at, &quoted(word), word);
        finding.maybe_corrected(corrected)
    }
}

fn quoted(word: &str) -> String {
    crate::language::print::quoted(word)
}

/// `"24h"` as an expression: `24.hours`.
fn duration_expression(text: &str) -> Option<String> {
    let ms = crate::duration::parse(text)?;
    for (size, unit) in [
        (86_400_000, "days"),
        (3_600_000, "hours"),
        (60_000, "minutes"),
        (1_000, "seconds"),
    ] {
        if ms > 0 && ms % size == 0 {
            return Some(format!("{}.{unit}", ms / size));
        }
    }
    None
}
