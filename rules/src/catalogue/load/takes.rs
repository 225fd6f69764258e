//! `take = "…"`: what a window computes, and what belongs to that.

use super::codes;
use super::node::Node;
use super::report::Report;
use super::spans::OVER_MAX;
use super::table::Table;
use super::types::misplaced;
use super::unsupported;
use crate::catalogue::feature::Take;
use crate::decimal::Decimal;
use crate::value::Type;

/// The keys of this file.
pub(super) const KEYS: [&str; 6] = ["take", "nth", "q", "half_life", "min", "max"];

/// What only features of places have.
pub(super) const OF_PLACES: [&str; 3] = ["accuracy", "from", "part"];

/// Every word there is.
const WORDS: [&str; 15] = [
    "count",
    "sum",
    "avg",
    "min",
    "max",
    "distinct",
    "last",
    "new",
    "stddev",
    "zscore",
    "first",
    "nth_last",
    "quantile",
    "decay",
    "hour_share",
];

/// Windows of the language that this build does not have.
const OTHER: [&str; 4] = ["nth", "rate", "median", "trend"];

/// How far behind the newest value one may ask: each read looks at so many.
const NTH_MAX: u32 = 100;
/// Most values that a window may look at one by one.
const SCANNED_MAX: u32 = 65_536;
/// Millionths.
const ONE: i128 = 1_000_000;

/// True, and said, for a window that this build does not have; its other keys are not judged.
pub(super) fn is_beyond(r: &mut Report, table: &Table<'_>) -> bool {
    let beyond = |n: &&Node| n.as_text().is_some_and(|take| OTHER.contains(&take));
    let node = table.get("take").filter(beyond);
    if let Some(node) = node {
        unsupported::say(r, node, &unsupported::TAKE);
    }
    node.is_some()
}

/// The take, with its own numbers.
pub(super) fn take(r: &mut Report, table: &Table<'_>) -> Option<Take> {
    let node = table.require(r, "take")?;
    let word = node.word(r, &WORDS.map(|word| (word, word)))?;
    let taken = match word {
        "sum" => Take::Sum,
        "avg" => Take::Avg,
        "min" => Take::Min,
        "max" => Take::Max,
        "distinct" => Take::Distinct,
        "last" => Take::Last,
        "new" => Take::New,
        "stddev" => Take::StdDev,
        "zscore" => Take::ZScore,
        "first" => Take::First,
        "nth_last" => Take::NthLast(table.require(r, "nth")?.count(r, 1, NTH_MAX)?),
        "quantile" => {
            let share = table.require(r, "q")?;
            Take::Quantile(millionths(r, share)?)
        }
        "decay" => Take::Decay(
            table
                .require(r, "half_life")?
                .duration(r, 1_000, OVER_MAX)?,
        ),
        "hour_share" => Take::HourShare,
        _ => Take::Count,
    };
    stray_keys(r, table, taken);
    Some(taken)
}

/// A share above nought and up to one.
fn millionths(r: &mut Report, node: &Node) -> Option<u32> {
    let Some(share) = node.digits() else {
        node.wrong(r, "a number such as 0.9", "小数，如 0.9");
        return None;
    };
    let found = scaled(share).filter(|share| (1..=ONE).contains(share));
    if found.is_none() {
        node.out_of_range(r, "0.000001", "1");
    }
    found.and_then(|share| u32::try_from(share).ok())
}

/// A decimal in whole millionths; `None` when it has finer digits.
fn scaled(share: Decimal) -> Option<i128> {
    let places = 6i32 - i32::from(share.scale);
    let factor = 10i128.checked_pow(places.unsigned_abs())?;
    if places >= 0 {
        share.units.checked_mul(factor)
    } else {
        (share.units % factor == 0).then_some(share.units / factor)
    }
}

/// The fewest values it says something of, and the most it looks at.
pub(super) fn bounds(r: &mut Report, table: &Table<'_>, take: Take) -> (Option<u32>, Option<u32>) {
    let least = match take {
        // One value does not deviate.
        Take::StdDev | Take::ZScore => 2,
        _ => 1,
    };
    let most = if take.is_scanned() {
        SCANNED_MAX
    } else {
        u32::MAX
    };
    let min = table.get("min").and_then(|n| n.count(r, least, u32::MAX));
    let max = table.get("max").and_then(|n| n.count(r, 1, most));
    (min, max)
}

/// Keys that say nothing beside this `take`.
fn stray_keys(r: &mut Report, table: &Table<'_>, take: Take) {
    let name = take.name();
    let mut stray = |key: &str, is_stray: bool, en: &str, zh: &str| {
        if let Some(node) = table.get(key).filter(|_| is_stray) {
            misplaced(r, node, en, zh);
        }
    };
    stray(
        "of",
        !take.takes_field(),
        &format!("`{name}` is not computed of a field"),
        &format!("`{name}` 不针对字段计算"),
    );
    stray(
        "max",
        take != Take::Distinct && !take.is_scanned(),
        "only `distinct`, `quantile`, `decay` and `hour_share` have an end to their exactness",
        "只有 `distinct`、`quantile`、`decay` 和 `hour_share` 有精确上限",
    );
    for key in OF_PLACES {
        stray(
            key,
            true,
            "only features of places have it",
            "只有位置特征才有",
        );
    }
    let only = [
        ("nth", matches!(take, Take::NthLast(_)), "nth_last"),
        ("q", matches!(take, Take::Quantile(_)), "quantile"),
        ("half_life", matches!(take, Take::Decay(_)), "decay"),
    ];
    for (key, fits, owner) in only {
        stray(
            key,
            !fits,
            &format!("only `{owner}` has it"),
            &format!("只有 `{owner}` 才有"),
        );
    }
    stray(
        "current",
        take.leaves_out(),
        &format!("`{name}` never counts the event being judged"),
        &format!("`{name}` 从不计入当前事件"),
    );
    stray(
        "min",
        take == Take::New,
        "`new` never counts the event being judged",
        "`new` 从不计入当前事件",
    );
}

/// True when it can be computed of such a field; told otherwise.
pub(super) fn computable(r: &mut Report, node: &Node, take: Take, ty: &Type) -> bool {
    let (fits, en, zh) = match take {
        Take::Sum | Take::Avg | Take::StdDev | Take::ZScore => (
            matches!(ty, Type::Int | Type::Money(_)),
            "int or money",
            "int 或 money",
        ),
        Take::Decay(_) => (
            matches!(ty, Type::Int | Type::Decimal | Type::Money(_)),
            "int, decimal or money",
            "int、decimal 或 money",
        ),
        Take::Min | Take::Max | Take::Quantile(_) => (
            matches!(
                ty,
                Type::Int
                    | Type::Decimal
                    | Type::Money(_)
                    | Type::Time
                    | Type::Date
                    | Type::Duration
            ),
            "int, decimal, money, time, date or duration",
            "int、decimal、money、time、date 或 duration",
        ),
        Take::Distinct | Take::New => (
            !matches!(ty, Type::List(_) | Type::Place | Type::Decimal),
            "anything but a list, a place or a decimal",
            "除列表、位置和小数以外的类型",
        ),
        Take::Last | Take::First | Take::NthLast(_) => (
            !matches!(ty, Type::List(_)),
            "anything but a list",
            "除列表以外的类型",
        ),
        Take::Count | Take::HourShare | Take::Place(_) => (true, "", ""),
    };
    if !fits {
        let (path, take) = (&node.path, take.name());
        r.at(
            codes::WRONG_FIELD_TYPE,
            &node.place,
            format!("`{path}`: `{take}` needs a field of type {en}, and this one is {ty}"),
            format!("`{path}`：`{take}` 需要 {zh} 字段，此字段为 {ty}"),
        );
    }
    fits
}

/// The type of what it gives of a field of that type.
pub(super) fn value_type(take: Take, of: Option<&Type>) -> Type {
    match (take, of) {
        (Take::New, _) => Type::Bool,
        (Take::ZScore | Take::HourShare, _)
        | (Take::Avg | Take::StdDev | Take::Decay(_), Some(Type::Int)) => Type::Decimal,
        (Take::Count | Take::Distinct, _) | (_, None) => Type::Int,
        (_, Some(ty)) => ty.clone(),
    }
}
