//! How far the values of an expression can go: arithmetic that stays within its numbers cannot raise.

use super::code::Node;
use crate::catalogue::Catalogue;
use crate::catalogue::feature::Take;
use crate::layout::{SlotSpec, Source};
use crate::money::Currency;
use crate::value::{Type, Value};

/// More events than any machine holds.
const EVENTS: u128 = 1 << 48;

/// Whole numbers and amounts of 64 bits.
const LONG: u128 = 1 << 63;

/// Amounts are computed in 128 bits.
const WIDE: u128 = i128::MAX.unsigned_abs();

/// The greatest distance from nought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Bound {
    Int(u128),
    /// Minor units.
    Money(u128, Currency),
}

impl Bound {
    /// Of a slot.
    pub(super) fn of_slot(catalogue: &Catalogue, spec: &SlotSpec) -> Option<Self> {
        let feature = match &spec.source {
            Source::CustomerFeature(at) | Source::Before(at) | Source::PairFeature(at) => Some(at),
            Source::EntityFeature { feature, .. } => Some(feature),
            _ => None,
        };
        let feature = feature.and_then(|at| catalogue.features.get(usize::from(*at)));
        match (&spec.ty, feature.map(|feature| feature.take)) {
            (Type::Int, Some(Take::Count | Take::Distinct)) => Some(Self::Int(EVENTS)),
            (Type::Int, _) => Some(Self::Int(LONG)),
            (Type::Money(currency), _) => Some(Self::Money(LONG, *currency)),
            _ => None,
        }
    }

    /// Of a literal.
    pub(super) fn of_literal(value: &Value) -> Option<Self> {
        match value {
            Value::Int(n) => Some(Self::Int(u128::from(n.unsigned_abs()))),
            _ => None,
        }
    }

    /// Of `a op b`, where that cannot raise.
    pub(super) fn of(op: &str, a: &Node, b: &Node) -> Option<Self> {
        let most = |a: u128, b: u128| match op {
            "+" | "-" => a.checked_add(b),
            "*" => a.checked_mul(b),
            _ => None,
        };
        match (a.bound?, b.bound?) {
            (Self::Int(a), Self::Int(b)) => {
                let most = most(a, b).filter(|most| *most < LONG);
                most.map(Self::Int)
            }
            (Self::Money(a, currency), Self::Money(b, other)) => {
                let fits = op != "*" && currency == other;
                let most = most(a, b).filter(|most| fits && *most <= WIDE);
                most.map(|most| Self::Money(most, currency))
            }
            (Self::Money(a, currency), Self::Int(b)) | (Self::Int(b), Self::Money(a, currency)) => {
                let most = most(a, b).filter(|most| op == "*" && *most <= WIDE);
                most.map(|most| Self::Money(most, currency))
            }
        }
    }

    /// True for an amount that may be beyond those of facts.
    pub(super) fn is_wide(&self) -> bool {
        matches!(self, Self::Money(most, _) if *most > LONG)
    }
}
