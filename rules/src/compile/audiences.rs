//! Events of no customer as customers are told them: an event type of its own for each tag that some rule
//! reaches them by.

use super::changes::triggers;
use super::file::RuleFile;
use crate::catalogue::audience::{Audience, Rate, THROUGH};
use crate::catalogue::{Catalogue, EventId, EventType, Family, TagId};
use crate::finding::{Finding, Findings, Place, Words};
use crate::language::codes;
use crate::language::header::field_of;
use crate::language::tree::{At, ExprKind, StmtKind};
use crate::value::{Text, Type};

/// Appends what is told, with its audience. Rules that tell one event by one tag at several rates tell it at
/// the slowest.
pub(super) fn declare(files: &[RuleFile], catalogue: &mut Catalogue) -> Findings {
    let mut findings = Findings::new();
    for file in files {
        let Some((tag, rate, at)) = audience(file, catalogue) else {
            continue;
        };
        for (name, _) in triggers(file) {
            let event = catalogue.event_named(name);
            let Some(event) = event.filter(|id| is_keyless(catalogue, *id)) else {
                continue;
            };
            let place = Place::at(file.path.clone(), at.line, at.column);
            let mut known = catalogue.audiences.iter_mut();
            match known.find(|a| a.event == event && a.tag == tag) {
                None => add(catalogue, (event, tag, rate), place),
                Some(known) if known.rate == rate => {}
                Some(known) => {
                    let slower = if rate.is_slower(known.rate) {
                        rate
                    } else {
                        known.rate
                    };
                    known.rate = slower;
                    findings.push(slowest(place, name, slower));
                }
            }
        }
    }
    findings
}

fn slowest(place: Place, event: &str, rate: Rate) -> Finding {
    Finding::warning(
        codes::AUDIENCE,
        place,
        Words::new(
            format!("other rules tell `{event}` at another rate: all of them tell it at `{rate}`"),
            format!("其他规则以不同速率告知 `{event}`：全部按 `{rate}` 执行"),
        ),
    )
    .fix("write one rate in all of them", "请统一速率")
}

fn is_keyless(catalogue: &Catalogue, id: EventId) -> bool {
    let event = catalogue.event(id);
    event.is_some_and(|event| event.family == Family::Context)
}

fn add(catalogue: &mut Catalogue, (event, tag, rate): (EventId, TagId, Rate), place: Place) {
    let told = u16::try_from(catalogue.events.len()).map(EventId);
    let of = catalogue.event(event).zip(catalogue.tag(tag));
    let (Some((of, through)), Ok(told)) = (of, told) else {
        return;
    };
    let Type::Ref(kind) = through.ty else {
        return;
    };
    let Some(field) = field_of(of, kind) else {
        return;
    };
    let name: Text = format!("{}{THROUGH}{}", of.name, through.name).into();
    let made = EventType {
        name,
        family: Family::Told,
        answer: None,
        lateness: None,
        admission: None,
        place,
        ..of.clone()
    };
    catalogue.events.push(made);
    catalogue.audiences.push(Audience {
        event,
        tag,
        field,
        told,
        rate,
    });
    // What is computed of the event is computed of it as well when a customer is told.
    for derived in &mut catalogue.derived {
        if derived.on.contains(&event) {
            derived.on.push(told);
        }
    }
}

/// What a rule declares, as far as it can be read.
fn audience(file: &RuleFile, catalogue: &Catalogue) -> Option<(TagId, Rate, At)> {
    let statements = file.script.iter().flat_map(|script| &script.statements);
    let mut calls = statements.filter_map(|stmt| match &stmt.kind {
        StmtKind::Expr(expr) => match &expr.kind {
            ExprKind::Call(name, args) if name == "audience" => Some((args, expr.at)),
            _ => None,
        },
        _ => None,
    });
    let (args, at) = calls.next()?;
    let [tag, rate] = args.as_slice() else {
        return None;
    };
    let (ExprKind::Text(tag), ExprKind::Text(rate)) = (&tag.kind, &rate.kind) else {
        return None;
    };
    Some((catalogue.tag_named(tag)?, Rate::parse(rate)?, at))
}
