//! Atoms: what an operand says of one slot and literals.

use super::probe::{Number, ordered};
use crate::catalogue::{Catalogue, EventId};
use crate::decimal::Decimal;
use crate::language::tree::{Expr, ExprKind};
use crate::layout::{Layout, Slot, Source};
use crate::lower::op::Op;
use crate::rule::Rule;
use crate::value::{Text, Type, Value};
use std::cmp::Ordering;

/// What the index may know of a rule on one event type.
#[derive(Clone, Debug, Default)]
pub(crate) struct Atoms {
    /// The rule can never be true there.
    pub(crate) never: bool,
    /// By slot.
    pub(crate) tests: Vec<(Slot, Test)>,
}

/// A literal beside a slot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Number(i64),
    Word(Text),
}

/// A condition on the value of one slot.
#[derive(Clone, Debug)]
pub(crate) enum Test {
    /// Always so.
    Const(bool),
    /// There is a value.
    There,
    /// A truth that is so.
    Holds {
        /// What it is where there is no value.
        missing: bool,
    },
    Is {
        op: Op,
        key: Key,
        missing: bool,
    },
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
}

/// What is known of a value when a test is asked.
pub(crate) enum Known<'a> {
    Missing,
    Bool(bool),
    /// Its order against a literal.
    Against(&'a dyn Fn(&Key) -> Ordering),
    /// It is there.
    Any,
}

impl Test {
    /// Its answer.
    pub(crate) fn holds(&self, known: &Known<'_>) -> bool {
        match (self, known) {
            (Self::Const(held), _) => *held,
            (Self::There, Known::Missing) => false,
            (Self::There, _) => true,
            (Self::Holds { missing } | Self::Is { missing, .. }, Known::Missing) => *missing,
            (Self::Holds { .. }, Known::Bool(held)) => *held,
            (Self::Is { op, key, .. }, Known::Against(order)) => op.holds(order(key)),
            // A question that does not fit the value rules nobody out.
            (Self::Holds { .. } | Self::Is { .. }, _) => true,
            (Self::All(tests), known) => tests.iter().all(|test| test.holds(known)),
            (Self::Any(tests), known) => tests.iter().any(|test| test.holds(known)),
            (Self::Not(test), known) => !test.holds(known),
        }
    }

    /// Its literals.
    pub(crate) fn keys<'a>(&'a self, found: &mut Vec<&'a Key>) {
        match self {
            Self::Const(_) | Self::There | Self::Holds { .. } => {}
            Self::Is { key, .. } => found.push(key),
            Self::All(tests) | Self::Any(tests) => {
                for test in tests {
                    test.keys(found);
                }
            }
            Self::Not(test) => test.keys(found),
        }
    }
}

/// The atoms of the operands of a rule on one event type. An operand that says more than something of
/// one slot is left out: whoever survives is asked in full.
pub(crate) fn atoms(
    layout: &Layout,
    catalogue: &Catalogue,
    rule: &Rule,
    event: EventId,
    parts: &[Expr],
    parameters: &(Text, Text),
) -> Atoms {
    let reader = Reader {
        layout,
        type_name: catalogue.event(event).map(|e| e.name.clone()),
        constants: &rule.constants,
        event,
        parameters,
    };
    let mut found = Atoms::default();
    for part in parts {
        match reader.test(part) {
            Some((_, Test::Const(true))) | None => {}
            Some((_, Test::Const(false))) => {
                found.never = true;
                return found;
            }
            Some((slot, test)) => match found.tests.iter_mut().find(|(s, _)| *s == slot) {
                Some((_, Test::All(tests))) => tests.push(test),
                Some((_, first)) => {
                    let before = std::mem::replace(first, Test::Const(true));
                    *first = Test::All(vec![before, test]);
                }
                None => found.tests.push((slot, test)),
            },
        }
    }
    found
}

/// Reads operands as atoms, for one event type.
struct Reader<'a> {
    layout: &'a Layout,
    type_name: Option<Text>,
    constants: &'a [(Text, Value)],
    event: EventId,
    parameters: &'a (Text, Text),
}

/// A side of a comparison.
enum Side {
    /// A slot; behind `??` what it is where it is missing.
    Slot(Slot, Option<Value>),
    Literal(Value),
}

impl Reader<'_> {
    fn test(&self, expr: &Expr) -> Option<(Slot, Test)> {
        match &expr.kind {
            ExprKind::And(parts) => self.join(parts, Test::All),
            ExprKind::Or(parts) => self.join(parts, Test::Any),
            ExprKind::Unary(op, inner) if op == "!" => {
                let (slot, test) = self.test(inner)?;
                Some((slot, not(test)))
            }
            ExprKind::Binary(op, _, left, right) => {
                let op = Op::named(op)?;
                match (self.side(left)?, self.side(right)?) {
                    (Side::Slot(slot, or), Side::Literal(value)) => self.is(slot, or, op, &value),
                    (Side::Literal(value), Side::Slot(slot, or)) => {
                        self.is(slot, or, op.turned(), &value)
                    }
                    _ => None,
                }
            }
            ExprKind::In {
                negated,
                needle,
                hay,
            } => {
                let Side::Slot(slot, or) = self.side(needle)? else {
                    return None;
                };
                let test = self.among(slot, or.as_ref(), hay)?;
                Some((slot, if *negated { not(test) } else { test }))
            }
            ExprKind::Method(base, name, _, args) if name == "has" => self.has(base, args),
            _ => match self.side(expr)? {
                Side::Slot(slot, or) => {
                    let spec = self.layout.slot(slot)?;
                    let missing = matches!(or, Some(Value::Bool(true)));
                    (spec.ty == Type::Bool).then_some((slot, Test::Holds { missing }))
                }
                Side::Literal(Value::Bool(held)) => Some((Slot(0), Test::Const(held))),
                Side::Literal(_) => None,
            },
        }
    }

    /// Several tests of one slot.
    fn join(&self, parts: &[Expr], make: fn(Vec<Test>) -> Test) -> Option<(Slot, Test)> {
        let mut one: Option<Slot> = None;
        let mut tests = Vec::with_capacity(parts.len());
        for part in parts {
            let (slot, test) = self.test(part)?;
            if !matches!(test, Test::Const(_)) && *one.get_or_insert(slot) != slot {
                return None;
            }
            tests.push(test);
        }
        Some((one?, make(tests)))
    }

    fn among(&self, slot: Slot, or: Option<&Value>, hay: &Expr) -> Option<Test> {
        let test = |op, value: &Value| Some(self.is(slot, or.cloned(), op, value)?.1);
        if let ExprKind::Range { from, to, closed } = &hay.kind {
            let (from, to) = (self.literal(from)?, self.literal(to)?);
            let below = if *closed { Op::Le } else { Op::Lt };
            return Some(Test::All(vec![test(Op::Ge, &from)?, test(below, &to)?]));
        }
        let Value::List(items) = self.literal(hay)? else {
            return None;
        };
        let tests: Option<Vec<Test>> = items.iter().map(|item| test(Op::Eq, item)).collect();
        tests.map(Test::Any)
    }

    fn has(&self, base: &Expr, args: &[Expr]) -> Option<(Slot, Test)> {
        let ([arg], ExprKind::Name(root)) = (args, &base.kind) else {
            return None;
        };
        let ExprKind::Text(name) = &arg.kind else {
            return None;
        };
        if *root == self.parameters.1 {
            return Some((*self.layout.customer.get(name)?, Test::There));
        }
        if *root != self.parameters.0 {
            return None;
        }
        Some(match self.layout.event(self.event, name) {
            Some(slot) => (slot, Test::There),
            None => (Slot(0), Test::Const(false)),
        })
    }

    /// A comparison of a slot with a literal.
    fn is(&self, slot: Slot, or: Option<Value>, op: Op, value: &Value) -> Option<(Slot, Test)> {
        let spec = self.layout.slot(slot)?;
        if spec.source == Source::EventType {
            let (Value::Text(word), Some(name)) = (value, &self.type_name) else {
                return None;
            };
            return Some((
                slot,
                Test::Const(op.holds(name.as_str().cmp(word.as_str()))),
            ));
        }
        if let (Type::Bool, Value::Bool(wanted)) = (&spec.ty, value) {
            let missing = or.is_some_and(|or| or == Value::Bool(true));
            let test = Test::Holds { missing };
            return match (op, wanted) {
                (Op::Eq, true) | (Op::Ne, false) => Some((slot, test)),
                (Op::Eq, false) | (Op::Ne, true) => Some((slot, not(test))),
                _ => None,
            };
        }
        let key = key(&spec.ty, value)?;
        if matches!(key, Key::Word(_)) && !matches!(op, Op::Eq | Op::Ne) {
            return None;
        }
        let missing = match or {
            Some(or) => {
                let or = self::key(&spec.ty, &or)?;
                op.holds(or.cmp(&key))
            }
            None => false,
        };
        Some((slot, Test::Is { op, key, missing }))
    }

    fn side(&self, expr: &Expr) -> Option<Side> {
        if let Some(value) = self.literal(expr) {
            return Some(Side::Literal(value));
        }
        match &expr.kind {
            ExprKind::Fallback(items) => match items.as_slice() {
                [path, last] => match self.side(path)? {
                    Side::Slot(slot, None) => Some(Side::Slot(slot, Some(self.literal(last)?))),
                    _ => None,
                },
                _ => None,
            },
            ExprKind::Property(base, name, _) => {
                let slot = match &base.kind {
                    ExprKind::Name(root) => self.word(root, name)?,
                    ExprKind::Property(root, middle, _) => match &root.kind {
                        ExprKind::Name(root) if *root == self.parameters.0 => {
                            self.layout.event_ref(self.event, middle, name)?
                        }
                        ExprKind::Name(root)
                            if *root == self.parameters.1 && middle == "before" =>
                        {
                            *self.layout.before.get(name)?
                        }
                        _ => return None,
                    },
                    _ => return None,
                };
                Some(Side::Slot(slot, None))
            }
            _ => None,
        }
    }

    fn word(&self, root: &Text, name: &Text) -> Option<Slot> {
        if *root == self.parameters.0 {
            self.layout.event(self.event, name)
        } else if *root == self.parameters.1 {
            self.layout.customer.get(name).copied()
        } else {
            None
        }
    }

    fn literal(&self, expr: &Expr) -> Option<Value> {
        Some(match &expr.kind {
            ExprKind::Bool(b) => Value::Bool(*b),
            ExprKind::Int(n) => Value::Int(*n),
            ExprKind::Decimal(d) => Value::Decimal(*d),
            ExprKind::Text(text) => Value::Text(text.clone()),
            ExprKind::List(items) => {
                let items: Option<Vec<Value>> = items.iter().map(|i| self.literal(i)).collect();
                Value::List(items?)
            }
            ExprKind::Unary(op, inner) if op == "-" => match self.literal(inner)? {
                Value::Int(n) => Value::Int(n.checked_neg()?),
                Value::Decimal(d) => Value::Decimal(-d),
                _ => return None,
            },
            ExprKind::Property(base, unit, _) => match self.literal(base)? {
                Value::Int(n) => Value::Duration(n.checked_mul(crate::lower::unit(unit)?)?),
                _ => return None,
            },
            ExprKind::Name(name) => {
                let known = self.constants.iter().find(|(known, _)| known == name);
                known.map(|(_, value)| value.clone())?
            }
            _ => return None,
        })
    }
}

fn not(test: Test) -> Test {
    match test {
        Test::Const(held) => Test::Const(!held),
        other => Test::Not(Box::new(other)),
    }
}

/// How slots of that type are ordered, where they are.
pub(super) fn number(ty: &Type) -> Option<Number> {
    Some(match ty {
        Type::Int => Number::Int,
        Type::Decimal => Number::Decimal,
        Type::Money(currency) => Number::Money(*currency),
        Type::Duration => Number::Duration,
        Type::Time => Number::Time,
        Type::Date => Number::Date,
        _ => return None,
    })
}

/// A literal beside a slot of that type, in the slot's own order.
fn key(ty: &Type, value: &Value) -> Option<Key> {
    let number = match (ty, value) {
        (Type::Text | Type::Symbol(_) | Type::Ref(_), Value::Text(word)) => {
            return Some(Key::Word(word.clone()));
        }
        (Type::Int, Value::Int(n)) | (Type::Duration, Value::Duration(n)) => *n,
        (Type::Decimal, Value::Decimal(d)) => ordered(*d)?,
        (Type::Decimal, Value::Int(n)) => {
            // Up to 2^53 a whole number is itself as a double.
            let small = i32::try_from(*n).ok()?;
            ordered(f64::from(small))?
        }
        (Type::Money(currency), Value::Int(n)) => {
            let units = i128::from(*n);
            minor(Decimal { units, scale: 0 }, currency.digits())?
        }
        (Type::Money(currency), Value::Decimal(d)) => {
            minor(Decimal::from_literal(*d)?, currency.digits())?
        }
        _ => return None,
    };
    Some(Key::Number(number))
}

fn minor(major: Decimal, digits: u8) -> Option<i64> {
    i64::try_from(major.rescaled(digits)?).ok()
}
