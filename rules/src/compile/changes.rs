//! Changes of segments that rules are `on`: each is an event type of its own. A segment that nobody is
//! on has none, and costs nothing.

use super::file::RuleFile;
use crate::catalogue::{Catalogue, EventId, EventType, Extra, Family};
use crate::finding::{Place, Words};
use crate::language::tree::{At, ExprKind, StmtKind};
use crate::value::Text;
use std::collections::BTreeMap;

/// Appends `segment.<name>.entered` and `segment.<name>.left` where some rule is on them.
pub(super) fn declare(files: &[RuleFile], catalogue: &mut Catalogue) {
    let mut names: BTreeMap<Text, Place> = BTreeMap::new();
    for file in files {
        for (name, at) in triggers(file) {
            let place = || Place::at(file.path.clone(), at.line, at.column);
            names.entry(name.clone()).or_insert_with(place);
        }
    }
    for (name, place) in names {
        let Some((segment, enters)) = change(catalogue, &name) else {
            continue;
        };
        let Ok(id) = u16::try_from(catalogue.events.len()).map(EventId) else {
            return;
        };
        if let Some(segment) = catalogue.segments.get_mut(segment) {
            let told = if enters {
                &mut segment.entered
            } else {
                &mut segment.left
            };
            *told = Some(id);
        }
        catalogue.events.push(EventType {
            title: Words::new(name.as_str(), name.as_str()),
            name,
            family: Family::Segment,
            fields: Vec::new(),
            extra: Extra::Ignore,
            answer: None,
            lateness: None,
            admission: None,
            place,
        });
    }
}

/// The segment of `segment.<name>.entered` or `.left`, by place, and whether it is entered.
pub(super) fn change(catalogue: &Catalogue, event: &str) -> Option<(usize, bool)> {
    let (name, how) = event.strip_prefix("segment.")?.rsplit_once('.')?;
    let enters = match how {
        "entered" => true,
        "left" => false,
        _ => return None,
    };
    let mut segments = catalogue.segments.iter();
    let place = segments.position(|segment| segment.name == name)?;
    Some((place, enters))
}

/// What stands in `on(…)` of a rule.
pub(super) fn triggers(file: &RuleFile) -> impl Iterator<Item = (&Text, At)> {
    let statements = file.script.iter().flat_map(|script| &script.statements);
    let calls = statements.filter_map(|stmt| match &stmt.kind {
        StmtKind::Expr(expr) => match &expr.kind {
            ExprKind::Call(name, args) if name == "on" => Some(args),
            _ => None,
        },
        _ => None,
    });
    calls.flatten().filter_map(|arg| match &arg.kind {
        ExprKind::Text(name) => Some((name, arg.at)),
        _ => None,
    })
}
