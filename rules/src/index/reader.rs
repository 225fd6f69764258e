//! Reading operands as atoms, for one event type.

use super::atoms::{Atoms, Key, Test, Way};
use super::literals::{key, literal};
use crate::catalogue::{Catalogue, EventId};
use crate::language::tree::{Expr, ExprKind, FnDef, Script, StmtKind};
use crate::layout::{Layout, Slot, Source};
use crate::lower::op::Op;
use crate::rule::Rule;
use crate::value::{Text, Type, Value};

/// Ways of one rule. Where its `||` would make more of them, they are left to verification.
const WAYS: usize = 4;

/// Helpers in helpers.
const CALLS: usize = 4;

/// An operand of `when`, as it was lowered.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    pub(crate) expr: &'a Expr,
    /// It cannot raise.
    pub(crate) total: bool,
}

/// Reads operands. `None` for names that are not there.
pub(crate) struct Reader<'a> {
    layout: &'a Layout,
    type_name: Option<Text>,
    constants: &'a [(Text, Value)],
    script: Option<&'a Script>,
    event: EventId,
    parameters: (Option<Text>, Option<Text>),
    calls: usize,
}

/// A side of a comparison.
enum Side {
    /// A slot; behind `??` what it is where it is missing.
    Slot(Slot, Option<Value>),
    Literal(Value),
}

impl<'a> Reader<'a> {
    /// For the operands of a rule on one event type.
    pub(crate) fn new(
        layout: &'a Layout,
        catalogue: &Catalogue,
        rule: &'a Rule,
        script: &'a Script,
        event: EventId,
        parameters: &(Text, Text),
    ) -> Self {
        Self {
            layout,
            type_name: catalogue.event(event).map(|e| e.spoken().into()),
            constants: &rule.constants,
            script: Some(script),
            event,
            parameters: (Some(parameters.0.clone()), Some(parameters.1.clone())),
            calls: 0,
        }
    }

    /// The atoms of the operands. Behind the first one that can raise the interpreter decides in which
    /// order things are looked at; what stands there, and what says more than something of single
    /// slots, is left to verification.
    pub(crate) fn atoms(&self, parts: &[Part<'_>]) -> Atoms {
        let mut found = Atoms {
            ways: vec![Way::new()],
            ..Atoms::default()
        };
        let mut raised = false;
        for (nth, part) in parts.iter().enumerate() {
            // An operand that can raise is answered for when all it says is said of one slot: its
            // value is known before anything is decided by it.
            let ways = if raised {
                None
            } else if part.total {
                self.ways(part.expr)
            } else {
                self.test(part.expr)
                    .map(|(slot, test)| vec![vec![(slot, test)]])
            };
            raised |= !part.total;
            let joined = ways.and_then(|ways| product(&found.ways, &ways));
            match joined {
                None => found.rest.push(nth),
                Some(ways) => found.ways = ways,
            }
        }
        found.never = found.ways.is_empty();
        found
    }

    /// The ways in which an operand can hold.
    pub(crate) fn ways(&self, expr: &Expr) -> Option<Vec<Way>> {
        if let Some((slot, test)) = self.test(expr) {
            return Some(vec![vec![(slot, test)]]);
        }
        match &expr.kind {
            ExprKind::Or(parts) => {
                let mut all = Vec::new();
                for part in parts {
                    all.extend(self.ways(part)?);
                }
                (all.len() <= WAYS).then_some(all)
            }
            ExprKind::And(parts) => {
                let mut all = vec![Way::new()];
                for part in parts {
                    all = product(&all, &self.ways(part)?)?;
                }
                Some(all)
            }
            ExprKind::Call(name, args) => {
                let (inner, only) = self.helper(name, args)?;
                inner.ways(only)
            }
            _ => None,
        }
    }

    /// A helper that is one expression and takes nothing but `event` and `customer`.
    fn helper(&self, name: &str, args: &[Expr]) -> Option<(Self, &'a Expr)> {
        let helper: &FnDef = self.script?.function(name)?;
        let [only] = helper.body.as_slice() else {
            return None;
        };
        let StmtKind::Expr(only) = &only.kind else {
            return None;
        };
        if self.calls >= CALLS || helper.params.len() != args.len() {
            return None;
        }
        let mut parameters = (None, None);
        for (param, arg) in helper.params.iter().zip(args) {
            let ExprKind::Name(given) = &arg.kind else {
                return None;
            };
            if self.constants.iter().any(|(known, _)| known == param) {
                return None;
            }
            let place = if Some(given) == self.parameters.0.as_ref() {
                &mut parameters.0
            } else if Some(given) == self.parameters.1.as_ref() {
                &mut parameters.1
            } else {
                return None;
            };
            if place.replace(param.clone()).is_some() {
                return None;
            }
        }
        let inner = Self {
            layout: self.layout,
            type_name: self.type_name.clone(),
            constants: self.constants,
            script: self.script,
            event: self.event,
            parameters,
            calls: self.calls + 1,
        };
        Some((inner, only))
    }

    /// A test of one slot.
    pub(crate) fn test(&self, expr: &Expr) -> Option<(Slot, Test)> {
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
            ExprKind::Call(name, args) => {
                let (inner, only) = self.helper(name, args)?;
                inner.test(only)
            }
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
            let (from, to) = (literal(self.constants, from)?, literal(self.constants, to)?);
            let below = if *closed { Op::Le } else { Op::Lt };
            return Some(Test::All(vec![test(Op::Ge, &from)?, test(below, &to)?]));
        }
        let Value::List(items) = literal(self.constants, hay)? else {
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
        if self.is_customer(root) {
            return Some((*self.layout.customer.get(name)?, Test::There));
        }
        if !self.is_event(root) {
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
            let held = op.holds(name.as_str().cmp(word.as_str()));
            return Some((slot, Test::Const(held)));
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
            Some(or) => op.holds(self::key(&spec.ty, &or)?.cmp(&key)),
            None => false,
        };
        Some((slot, Test::Is { op, key, missing }))
    }

    fn side(&self, expr: &Expr) -> Option<Side> {
        if let Some(value) = literal(self.constants, expr) {
            return Some(Side::Literal(value));
        }
        match &expr.kind {
            ExprKind::Fallback(items) => match items.as_slice() {
                [path, last] => match self.side(path)? {
                    Side::Slot(slot, None) => {
                        Some(Side::Slot(slot, Some(literal(self.constants, last)?)))
                    }
                    _ => None,
                },
                _ => None,
            },
            ExprKind::Property(base, name, _) => {
                let slot = match &base.kind {
                    ExprKind::Name(root) => self.word(root, name)?,
                    ExprKind::Property(root, middle, _) => match &root.kind {
                        ExprKind::Name(root) if self.is_event(root) => {
                            self.layout.event_ref(self.event, middle, name)?
                        }
                        ExprKind::Name(root) if self.is_customer(root) && middle == "before" => {
                            *self.layout.before.get(name)?
                        }
                        ExprKind::Name(root) if self.is_customer(root) => {
                            self.layout.behind(middle, name)?
                        }
                        _ => return None,
                    },
                    _ => return None,
                };
                Some(Side::Slot(slot, None))
            }
            ExprKind::Method(base, name, _, args) if name == "at" => {
                let (ExprKind::Name(root), [arg]) = (&base.kind, args.as_slice()) else {
                    return None;
                };
                let ExprKind::Text(fence) = &arg.kind else {
                    return None;
                };
                let slot = self.layout.fences.get(fence).copied();
                Some(Side::Slot(slot.filter(|_| self.is_customer(root))?, None))
            }
            _ => None,
        }
    }

    fn is_event(&self, name: &Text) -> bool {
        self.parameters.0.as_ref() == Some(name)
    }

    fn is_customer(&self, name: &Text) -> bool {
        self.parameters.1.as_ref() == Some(name)
    }

    fn word(&self, root: &Text, name: &Text) -> Option<Slot> {
        if self.is_event(root) {
            self.layout.event(self.event, name)
        } else if self.is_customer(root) {
            self.layout.customer.get(name).copied()
        } else {
            None
        }
    }
}

/// All combinations, tests of one slot put together; those that cannot be are left out. `None` where
/// there would be too many.
pub(crate) fn product(left: &[Way], right: &[Way]) -> Option<Vec<Way>> {
    if left.len() * right.len() > WAYS {
        return None;
    }
    let mut all = Vec::with_capacity(left.len() * right.len());
    for a in left {
        for b in right {
            all.extend(joined(a, b));
        }
    }
    Some(all)
}

fn joined(a: &Way, b: &Way) -> Option<Way> {
    let mut all = a.clone();
    for (slot, test) in b {
        match test {
            Test::Const(true) => continue,
            Test::Const(false) => return None,
            _ => {}
        }
        match all.iter_mut().find(|(known, _)| known == slot) {
            Some((_, Test::All(tests))) => tests.push(test.clone()),
            Some((_, first)) => {
                let before = std::mem::replace(first, Test::Const(true));
                *first = Test::All(vec![before, test.clone()]);
            }
            None => all.push((*slot, test.clone())),
        }
    }
    Some(all)
}

fn not(test: Test) -> Test {
    match test {
        Test::Const(held) => Test::Const(!held),
        other => Test::Not(Box::new(other)),
    }
}
