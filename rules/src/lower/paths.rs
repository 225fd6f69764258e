//! Words on `event` and `customer`: each is a slot, on every event type the same or by a table.

use super::bound::Bound;
use super::code::{Code, Frame, Fun, Node};
use super::{Lowering, Obstacle, What};
use crate::catalogue::feature::Take;
use crate::language::tree::{Expr, ExprKind};
use crate::layout::{Slot, SlotSpec, Source};
use crate::value::{Day, Text, Type, Value};
use std::sync::Arc;

/// Where a value is read.
#[derive(Clone)]
pub(super) enum Path {
    /// One slot.
    Fixed(Slot),
    /// By event type; nothing where the event has no such word.
    ByEvent(Arc<[Option<Slot>]>),
}

impl Path {
    pub(super) fn slot(&self, frame: &Frame<'_>) -> Option<Slot> {
        match self {
            Self::Fixed(slot) => Some(*slot),
            Self::ByEvent(table) => {
                let event = frame.facts.event()?;
                *table.get(usize::from(event.0))?
            }
        }
    }
}

/// Reads a slot.
fn reader<T: 'static>(
    path: Path,
    take: impl Fn(&Value) -> Option<T> + Send + Sync + 'static,
) -> Fun<T> {
    match path {
        Path::Fixed(slot) => Arc::new(move |f| take(f.facts.get(slot))),
        table @ Path::ByEvent(_) => Arc::new(move |f| {
            let slot = table.slot(f)?;
            take(f.facts.get(slot))
        }),
    }
}

/// The code that reads a slot of that type. What is missing is the interpreter's to say.
pub(super) fn read(path: Path, ty: &Type) -> Node {
    let from = path.clone();
    let code = match ty {
        Type::Bool => Code::Bool(reader(from, |v| match v {
            Value::Bool(b) => Some(*b),
            _ => None,
        })),
        Type::Int => Code::Int(reader(from, int)),
        Type::Decimal => Code::Decimal(reader(from, |v| match v {
            Value::Decimal(d) => Some(*d),
            _ => None,
        })),
        Type::Text | Type::Symbol(_) => Code::Text(reader(from, |v| match v {
            Value::Text(t) => Some(t.clone()),
            _ => None,
        })),
        Type::Money(_) => Code::Money(reader(from, |v| match v {
            Value::Money(m) => Some(*m),
            _ => None,
        })),
        Type::Duration => Code::Span(reader(from, |v| match v {
            Value::Duration(ms) => Some(*ms),
            _ => None,
        })),
        Type::Time => Code::Time(reader(from, |v| match v {
            Value::Time(ms) => Some(*ms),
            _ => None,
        })),
        Type::Date => Code::Date(reader(from, |v| match v {
            Value::Date(Day(days)) => Some(*days),
            _ => None,
        })),
        Type::Ref(_) => Code::Ref(reader(from, |v| match v {
            Value::Ref(key) => Some(key.clone()),
            _ => None,
        })),
        Type::Place | Type::List(_) => Code::Other(reader(from, |v| match v {
            Value::Missing => None,
            there => Some(there.clone()),
        })),
    };
    Node {
        path: Some(path),
        ..Node::new(code, true)
    }
}

/// True for a slot that always has a value of its type, or is known to be optional: a declared
/// expression that could not be computed leaves some types without one.
fn steady(spec: &SlotSpec) -> bool {
    let computed = matches!(
        spec.source,
        Source::EventDerived(_) | Source::CustomerDerived(_)
    );
    !computed || matches!(spec.ty, Type::Bool | Type::Int | Type::Decimal)
}

fn int(value: &Value) -> Option<i64> {
    match value {
        Value::Int(n) => Some(*n),
        _ => None,
    }
}

/// True when the slot has a value.
pub(super) fn presence(path: Path) -> Fun<bool> {
    match path {
        Path::Fixed(slot) => Arc::new(move |f| Some(!f.facts.get(slot).is_missing())),
        table @ Path::ByEvent(_) => Arc::new(move |f| match table.slot(f) {
            Some(slot) => Some(!f.facts.get(slot).is_missing()),
            None => Some(false),
        }),
    }
}

/// The same where every event type that gets here has the word.
pub(super) fn presence_known(path: Path) -> Fun<bool> {
    Arc::new(move |f| {
        let slot = path.slot(f)?;
        Some(!f.facts.get(slot).is_missing())
    })
}

impl Lowering<'_> {
    /// `base.name`
    pub(super) fn property(&mut self, base: &Expr, name: &Text) -> Result<Node, Obstacle> {
        if let ExprKind::Property(root, field, _) = &base.kind
            && let ExprKind::Name(root) = &root.kind
            && matches!(self.named(root).map(|n| n.code), Some(Code::Event))
        {
            return self.of_entity(field, name, base);
        }
        if let ExprKind::Property(root, field, _) = &base.kind
            && let ExprKind::Name(root) = &root.kind
            && matches!(self.named(root).map(|n| n.code), Some(Code::Customer))
            && let Some(slot) = self.layout.behind(field, name)
        {
            return self.of_slot(Some(slot), base);
        }
        if let Some(first) = self.first_of_step(base) {
            return self.of_entity(&first, name, base);
        }
        let owner = self.expr(base)?;
        match owner.code {
            Code::Event => self.of_event(name, base),
            Code::Customer if name == "before" => Ok(Node::new(Code::Before, true)),
            Code::Customer => self.of_slot(self.layout.customer.get(name).copied(), base),
            Code::Before => self.of_slot(self.layout.before.get(name).copied(), base),
            Code::Text(_) if name == "len" => super::functions::of_one("len", owner)
                .ok_or_else(|| self.obstacle(What::Expression, base.at)),
            _ => match &owner.literal {
                Some(Value::Int(n)) => {
                    let span = unit(name).and_then(|size| n.checked_mul(size));
                    span.and_then(|ms| Node::literal(&Value::Duration(ms)))
                        .ok_or_else(|| self.obstacle(What::Expression, base.at))
                }
                _ => Err(self.obstacle(What::Expression, base.at)),
            },
        }
    }

    /// `<step>.first` of `event.<step>.first`.
    fn first_of_step(&self, base: &Expr) -> Option<String> {
        let ExprKind::Property(inner, word, _) = &base.kind else {
            return None;
        };
        let ExprKind::Property(root, step, _) = &inner.kind else {
            return None;
        };
        let ExprKind::Name(root) = &root.kind else {
            return None;
        };
        let is_event = matches!(self.named(root).map(|n| n.code), Some(Code::Event));
        (is_event && word == "first").then(|| format!("{step}.first"))
    }

    pub(super) fn of_slot(&self, slot: Option<Slot>, base: &Expr) -> Result<Node, Obstacle> {
        let spec = slot.and_then(|slot| Some((slot, self.layout.slot(slot)?)));
        let (slot, spec) = spec.ok_or_else(|| self.obstacle(What::Expression, base.at))?;
        Ok(Node {
            total: steady(spec),
            bound: Bound::of_slot(self.catalogue, spec),
            ..read(Path::Fixed(slot), &spec.ty)
        })
    }

    fn of_event(&self, name: &str, base: &Expr) -> Result<Node, Obstacle> {
        let slots = self
            .layout
            .events
            .iter()
            .map(|e| e.names.get(name).copied());
        self.of_table(slots.collect(), base)
    }

    fn of_entity(&self, field: &str, name: &str, base: &Expr) -> Result<Node, Obstacle> {
        let below = |e: &crate::layout::EventPaths| e.refs.get(field)?.get(name).copied();
        self.of_table(self.layout.events.iter().map(below).collect(), base)
    }

    /// A word that is read on several event types, where what is read has one type.
    fn of_table(&self, mut slots: Vec<Option<Slot>>, base: &Expr) -> Result<Node, Obstacle> {
        for slot in &mut slots {
            *slot = slot.filter(|s| self.reads.binary_search(s).is_ok());
        }
        let specs = slots.iter().flatten().filter_map(|s| self.layout.slot(*s));
        let specs: Vec<&SlotSpec> = specs.collect();
        let Some(first) = specs.first() else {
            return Err(self.obstacle(What::Expression, base.at));
        };
        if specs.iter().any(|spec| !alike(&spec.ty, &first.ty)) {
            return Err(self.obstacle(What::Expression, base.at));
        }
        Ok(Node {
            total: specs.iter().all(|spec| steady(spec)),
            bound: match specs.as_slice() {
                [only] => Bound::of_slot(self.catalogue, only),
                _ => None,
            },
            ..read(self.path(slots), &first.ty)
        })
    }

    /// One slot, where all event types this text runs on have the same one.
    fn path(&self, slots: Vec<Option<Slot>>) -> Path {
        let mut on = self
            .events
            .iter()
            .map(|e| slots.get(usize::from(e.0)).copied().flatten());
        match on.next() {
            Some(Some(slot)) if on.all(|other| other == Some(slot)) => Path::Fixed(slot),
            _ => Path::ByEvent(slots.into()),
        }
    }

    /// `event.has("x")`, `customer.has("x")`
    pub(super) fn has(&self, owner: &Code, args: &[Expr], base: &Expr) -> Result<Node, Obstacle> {
        let obstacle = || self.obstacle(What::Expression, base.at);
        let [ExprKind::Text(name)] = args.iter().map(|a| &a.kind).collect::<Vec<_>>()[..] else {
            return Err(obstacle());
        };
        let path = if matches!(owner, Code::Customer) {
            Path::Fixed(*self.layout.customer.get(name).ok_or_else(obstacle)?)
        } else {
            let slots = self
                .layout
                .events
                .iter()
                .map(|e| e.names.get(name).copied());
            let slots: Vec<_> = slots.collect();
            if slots.iter().all(Option::is_none) {
                return Err(obstacle());
            }
            self.path(slots)
        };
        Ok(Node::truth(presence(path), true))
    }

    /// `customer.count("stream", "10m")`, `event.terminal.sum("stream", "amount", "1d")`
    pub(super) fn window(&self, base: &Expr, take: Take, args: &[Expr]) -> Result<Node, Obstacle> {
        let obstacle = || self.obstacle(What::Expression, base.at);
        let texts: Option<Vec<Text>> = args.iter().map(|arg| self.text_literal(arg)).collect();
        let texts = texts.ok_or_else(obstacle)?;
        let (stream, field, over) = match texts.as_slice() {
            [stream, over] if !take.needs_field() => (stream, None, over),
            [stream, field, over] if take.needs_field() => (stream, Some(field), over),
            _ => return Err(obstacle()),
        };
        let shortest = crate::duration::parse(over).map(crate::duration::format);
        let lengths = [Some(over.to_string()), shortest];
        for over in lengths.into_iter().flatten() {
            let name = match field {
                Some(field) => format!("{stream}.{}.{field}.{over}", take.name()),
                None => format!("{stream}.{}.{over}", take.name()),
            };
            let found = match &base.kind {
                ExprKind::Property(_, field, _) => self.of_entity(field, &name, base),
                _ => self.of_slot(self.layout.customer.get(name.as_str()).copied(), base),
            };
            if found.is_ok() {
                return found;
            }
        }
        Err(obstacle())
    }

    /// `event.since(time)`, `event.days_until(date)`
    pub(super) fn until(&self, name: &str, arg: Node, base: &Expr) -> Result<Node, Obstacle> {
        let word = if name == "since" { "time" } else { "date" };
        let today = self.of_event(word, base)?.code;
        Ok(match (arg.code, today) {
            (Code::Time(then), Code::Time(now)) => Node::new(
                Code::Span(Arc::new(move |f| {
                    let then = then(f)?;
                    now(f)?.checked_sub(then)
                })),
                false,
            ),
            (Code::Date(day), Code::Date(today)) => Node::new(
                Code::Int(Arc::new(move |f| {
                    let day = day(f)?;
                    Some(i64::from(day) - i64::from(today(f)?))
                })),
                arg.total,
            ),
            _ => return Err(self.obstacle(What::Expression, base.at)),
        })
    }

    /// The text of a literal or constant.
    pub(super) fn text_literal(&self, expr: &Expr) -> Option<Text> {
        match &expr.kind {
            ExprKind::Text(text) => Some(text.clone()),
            ExprKind::Name(name) => match self.named(name)?.literal {
                Some(Value::Text(text)) => Some(text),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Types that one code reads.
fn alike(a: &Type, b: &Type) -> bool {
    let text = |ty: &Type| matches!(ty, Type::Text | Type::Symbol(_));
    a == b || (text(a) && text(b))
}

/// A unit of time, ms.
pub(crate) fn unit(name: &str) -> Option<i64> {
    Some(match name {
        "millisecond" | "milliseconds" => 1,
        "second" | "seconds" => 1_000,
        "minute" | "minutes" => 60_000,
        "hour" | "hours" => 3_600_000,
        "day" | "days" => 86_400_000,
        "week" | "weeks" => 604_800_000,
        _ => return None,
    })
}
