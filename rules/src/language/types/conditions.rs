//! Conditions: `&&`, `||`, `!`, `in`, and what they prove for what stands to their right.

use super::facts::{Known, Truth};
use super::{Checker, Ty, Typed};
use crate::catalogue::EventId;
use crate::language::codes;
use crate::language::tree::{Expr, ExprKind};
use crate::layout::Slot;
use crate::value::{Text, Type, Value};
use std::collections::BTreeSet;

impl Checker<'_> {
    /// Checks that an expression is true or false, never missing, and says what it proves.
    pub(super) fn truth(&mut self, expr: &Expr) -> Truth {
        match &expr.kind {
            ExprKind::And(items) => self.all_of(items, None),
            ExprKind::Or(items) => self.one_of(items),
            ExprKind::Unary(op, operand) if op == "!" => {
                let Truth { yes, no } = self.truth(operand);
                Truth { yes: no, no: yes }
            }
            ExprKind::In {
                negated,
                needle,
                hay,
            } => {
                let events = self.membership(needle, hay);
                self.narrowed(events, *negated)
            }
            ExprKind::Binary(op, _, left, right) if op == "==" || op == "!=" => {
                let typed = self.expr(expr);
                self.must_be_bool(&typed);
                let events = self.named_events(left, right);
                self.narrowed(events, op == "!=")
            }
            ExprKind::Method(base, name, _, args) if name == "has" => {
                let typed = self.expr(expr);
                self.must_be_bool(&typed);
                self.proof_of_has(base, args)
            }
            _ => {
                let typed = self.expr(expr);
                self.must_be_bool(&typed);
                Truth::default()
            }
        }
    }

    /// The operands of an `&&`; `reads`, where it is given, takes what each of them reads.
    pub(super) fn all_of(
        &mut self,
        items: &[Expr],
        mut reads: Option<&mut Vec<BTreeSet<Slot>>>,
    ) -> Truth {
        let (saved, outer) = (self.known.clone(), self.operand);
        let mut yes = Known::default();
        for item in items {
            self.operand = Some(item.at);
            let before = reads
                .is_some()
                .then(|| std::mem::take(&mut self.found.reads));
            self.pointless_fallback(item);
            let truth = self.truth(item);
            if let (Some(reads), Some(before)) = (&mut reads, before) {
                reads.push(self.found.reads.clone());
                self.found.reads.extend(before);
            }
            self.known.and(&truth.yes);
            yes.and(&truth.yes);
        }
        (self.known, self.operand) = (saved, outer);
        Truth {
            yes,
            no: Known::default(),
        }
    }

    fn one_of(&mut self, items: &[Expr]) -> Truth {
        let (saved, outer) = (self.known.clone(), self.operand);
        let mut yes: Option<Known> = None;
        let mut no = Known::default();
        for item in items {
            self.operand = Some(item.at);
            let truth = self.truth(item);
            yes = Some(match yes {
                Some(before) => before.or(&truth.yes),
                None => truth.yes,
            });
            self.known.and(&truth.no);
            no.and(&truth.no);
        }
        (self.known, self.operand) = (saved, outer);
        Truth {
            yes: yes.unwrap_or_default(),
            no,
        }
    }

    pub(super) fn must_be_bool(&mut self, typed: &Typed) {
        if matches!(typed.ty, Ty::Of(Type::Bool) | Ty::Wrong | Ty::Never) {
            return;
        }
        let finding = self.page.error(
            codes::NOT_BOOL,
            typed.at,
            format!("this is {}, not a condition", typed.ty.en()),
            format!("这是 {}，不是条件", typed.ty.zh()),
        );
        self.page.push(match &typed.ty {
            Ty::Of(Type::Int | Type::Decimal | Type::Money(_)) => {
                finding.fix("compare it: `… > 0`", "请做比较：`… > 0`")
            }
            _ => finding.fix(
                "write a comparison or a value that is true or false",
                "请写比较式或真假值",
            ),
        });
    }

    fn narrowed(&self, events: Option<BTreeSet<EventId>>, negated: bool) -> Truth {
        let Some(events) = events else {
            return Truth::default();
        };
        let all = self.subject.events.iter().flatten().copied();
        let others = all.filter(|id| !events.contains(id)).collect();
        let (yes, no) = (Known::events(events), Known::events(others));
        if negated {
            Truth { yes: no, no: yes }
        } else {
            Truth { yes, no }
        }
    }

    /// The event types of `event.type == "…"`.
    fn named_events(&self, left: &Expr, right: &Expr) -> Option<BTreeSet<EventId>> {
        let text = match (&left.kind, &right.kind) {
            (_, ExprKind::Text(text)) if self.is_event_type(left) => text,
            (ExprKind::Text(text), _) if self.is_event_type(right) => text,
            _ => return None,
        };
        let named: BTreeSet<EventId> = self.world.catalogue.events_spoken(text).collect();
        (!named.is_empty()).then_some(named)
    }

    pub(super) fn is_event_type(&self, expr: &Expr) -> bool {
        let ExprKind::Property(base, name, _) = &expr.kind else {
            return false;
        };
        name == "type" && self.quiet_type(base) == Ty::Event
    }

    /// `needle in hay`; gives the event types when it is about `event.type`.
    fn membership(&mut self, needle: &Expr, hay: &Expr) -> Option<BTreeSet<EventId>> {
        let looked = self.expr(needle);
        if let ExprKind::List(items) = &hay.kind {
            let mut events = BTreeSet::new();
            for item in items {
                let member = self.expr(item);
                self.equal_types(&looked, &member);
                if let Some(Value::Text(text)) = &member.literal {
                    events.extend(self.world.catalogue.events_spoken(text));
                }
            }
            return self.is_event_type(needle).then_some(events);
        }
        let place = self.expr(hay);
        self.can_hold(&looked, &place);
        None
    }

    fn can_hold(&mut self, needle: &Typed, hay: &Typed) {
        if needle.is_wrong() || hay.is_wrong() {
            return;
        }
        match (&needle.ty, &hay.ty) {
            (Ty::Of(_), Ty::EmptyList) | (Ty::Of(Type::Int), Ty::Range(Type::Int)) => {}
            (Ty::Of(_), Ty::Of(Type::List(of))) => {
                if let Some(Value::List(items)) = &hay.literal {
                    for item in items {
                        let item = super::constant(item, hay.at);
                        self.equal_types(needle, &item);
                    }
                } else {
                    let member = Typed::of(of.as_ref().clone(), hay.at);
                    self.equal_types(needle, &member);
                }
            }
            (Ty::Of(Type::Text | Type::Symbol(_)), Ty::Of(Type::Text)) => self.page.push(
                self.page
                    .error(
                        codes::NOT_COMPARABLE,
                        hay.at,
                        "`in` looks in a list or a range, not in a text".to_owned(),
                        "`in` 用于列表或区间，不用于文本".to_owned(),
                    )
                    .fix(
                        "write a list `[\"…\"]`, or `text.contains(\"…\")`",
                        "请写列表 `[\"…\"]`，或 `text.contains(\"…\")`",
                    ),
            ),
            (Ty::Of(_), Ty::Range(_)) => self.page.push(
                self.page
                    .error(
                        codes::NOT_COMPARABLE,
                        needle.at,
                        format!("a range holds integers, and this is {}", needle.ty.en()),
                        format!("区间只含整数，而这是 {}", needle.ty.zh()),
                    )
                    .fix("write `x >= 1 && x < 5`", "请写 `x >= 1 && x < 5`"),
            ),
            _ => self.page.push(self.page.error(
                codes::NOT_COMPARABLE,
                hay.at,
                format!("`in` cannot look for {} in {}", needle.ty.en(), hay.ty.en()),
                format!("`in` 不能在 {} 中查找 {}", hay.ty.zh(), needle.ty.zh()),
            )),
        }
    }

    /// What `customer.has("x")` proves.
    fn proof_of_has(&mut self, base: &Expr, args: &[Expr]) -> Truth {
        let [only] = args else {
            return Truth::default();
        };
        let (Some(Value::Text(name)), Ty::Event | Ty::Customer) =
            (self.quiet_literal(only), self.quiet_type(base))
        else {
            return Truth::default();
        };
        let word = match self.quiet_type(base) {
            Ty::Event => "event",
            _ => "customer",
        };
        Truth {
            yes: Known::present(format!("{word}.{name}")),
            no: Known::default(),
        }
    }

    /// The literal an expression is, without saying anything.
    pub(super) fn quiet_literal(&self, expr: &Expr) -> Option<Value> {
        crate::language::fold::fold(expr, self.constants).ok()
    }

    /// The type of a name, without saying anything.
    pub(super) fn quiet_type(&self, expr: &Expr) -> Ty {
        self.bound(expr).map_or(Ty::Wrong, |typed| typed.ty.clone())
    }

    /// The field of the event that a name stands for, without saying anything.
    pub(super) fn quiet_field(&self, expr: &Expr) -> Option<Text> {
        self.bound(expr)?.field.clone()
    }

    fn bound(&self, expr: &Expr) -> Option<&Typed> {
        let ExprKind::Name(name) = &expr.kind else {
            return None;
        };
        let mut all = self.scopes.iter().rev().flat_map(|s| s.iter().rev());
        all.find(|(known, _)| known == name).map(|(_, typed)| typed)
    }
}
