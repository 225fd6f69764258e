//! What the conditions of a rule amount to: what can never be true, what always is, and what another
//! rule says already. Only what is proved is said: over the values that a slot can have, one slot at a
//! time.

mod domain;
mod rivals;

use super::rules::Named;
use crate::catalogue::{Catalogue, EventId};
use crate::finding::{Finding, Findings, Place, Words};
use crate::index::atoms::Way;
use crate::index::reader::{Reader, product};
use crate::language::codes;
use crate::language::print::{Constants, print};
use crate::language::tree::{Expr, ExprKind, Script};
use crate::layout::Layout;
use crate::lower::spine;
use crate::rule::{Function, Rule};
use crate::value::Text;
use domain::Domain;

/// The rules of a book with their texts, and the world they stand in.
#[derive(Clone, Copy)]
pub(super) struct Sense<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) layout: &'a Layout,
    pub(super) rules: &'a [Rule],
    /// By place of the rule: the offers it names.
    pub(super) offers: &'a [Named],
}

/// The functions whose conditions are looked at.
const CONDITIONS: [Function; 4] = [
    Function::When,
    Function::Eligible,
    Function::Applicable,
    Function::Suitable,
];

/// Findings about the conditions of all rules.
pub(super) fn findings<'a>(
    sense: Sense<'a>,
    script: impl Fn(&Rule) -> Option<&'a Script>,
) -> Findings {
    let mut findings = Findings::new();
    for rule in sense.rules {
        let Some(script) = script(rule) else {
            continue;
        };
        for function in CONDITIONS {
            let def = script.function(function.name());
            if let Some((parts, parameters)) = def.and_then(spine) {
                sense.condition(rule, script, parts, &parameters, &mut findings);
            }
        }
    }
    rivals::find(sense, &script, &mut findings);
    findings
}

/// What a condition says on all event types of its rule.
#[derive(Clone, Copy, PartialEq)]
enum Answer {
    Never,
    Always,
    Open,
}

impl Sense<'_> {
    /// Each operand by itself; where none of them is impossible, all of them together.
    fn condition(
        &self,
        rule: &Rule,
        script: &Script,
        parts: &[Expr],
        parameters: &(Text, Text),
        findings: &mut Findings,
    ) {
        let reader = |event: &EventId| {
            Reader::new(
                self.layout,
                self.catalogue,
                rule,
                script,
                *event,
                parameters,
            )
        };
        let readers: Vec<Reader<'_>> = rule.header.on.iter().map(reader).collect();
        let mut impossible = false;
        for part in parts {
            impossible |= self.visit(rule, &readers, part, findings);
        }
        if impossible || parts.len() < 2 {
            return;
        }
        let places: Option<Vec<usize>> = readers
            .iter()
            .map(|reader| self.contradiction(reader, parts))
            .collect();
        let part = places.and_then(|places| parts.get(places.into_iter().max()?));
        if let Some(part) = part {
            findings.push(contradicts(rule, part));
        }
    }

    /// Says what an operand amounts to, or the operands that it is made of; true when it is impossible.
    fn visit(
        &self,
        rule: &Rule,
        readers: &[Reader<'_>],
        expr: &Expr,
        findings: &mut Findings,
    ) -> bool {
        if let ExprKind::And(items) | ExprKind::Or(items) = &expr.kind {
            let any = matches!(expr.kind, ExprKind::And(_));
            let mut found = items
                .iter()
                .map(|item| self.visit(rule, readers, item, findings));
            // Each of them is to be looked at, whatever the others are.
            let count = found.by_ref().filter(|impossible| *impossible).count();
            return if any { count > 0 } else { count == items.len() };
        }
        if matches!(expr.kind, ExprKind::Bool(_)) {
            // Somebody who writes so means it.
            return false;
        }
        let answers: Vec<Answer> = readers
            .iter()
            .map(|reader| self.answer(reader, expr))
            .collect();
        let all = |answer| !answers.is_empty() && answers.iter().all(|a| *a == answer);
        if all(Answer::Never) {
            findings.push(self.nobody(rule, readers, expr));
            return true;
        }
        if all(Answer::Always) {
            findings.push(self.always(rule, readers, expr));
        }
        false
    }

    fn answer(&self, reader: &Reader<'_>, expr: &Expr) -> Answer {
        let Some((slot, test)) = reader.test(expr) else {
            return Answer::Open;
        };
        let (can_hold, can_fail) = Domain::of(self.catalogue, self.layout, slot).answers(&test);
        match (can_hold, can_fail) {
            (false, _) => Answer::Never,
            (_, false) => Answer::Always,
            _ => Answer::Open,
        }
    }

    /// The first operand with which nothing is possible any more.
    fn contradiction(&self, reader: &Reader<'_>, parts: &[Expr]) -> Option<usize> {
        let mut ways = vec![Way::new()];
        for (at, part) in parts.iter().enumerate() {
            let joined = reader.ways(part).and_then(|more| product(&ways, &more));
            let Some(joined) = joined else {
                continue;
            };
            ways = joined;
            ways.retain(|way| {
                way.iter().all(|(slot, test)| {
                    Domain::of(self.catalogue, self.layout, *slot)
                        .answers(test)
                        .0
                })
            });
            if ways.is_empty() {
                return Some(at);
            }
        }
        None
    }

    fn nobody(&self, rule: &Rule, readers: &[Reader<'_>], expr: &Expr) -> Finding {
        let text = print(expr, &constants(rule));
        let Words { en, zh } = self.why(readers, expr);
        Finding::warning(
            codes::NOBODY,
            place(rule, expr),
            Words::new(
                format!("`{text}` is never true{en}"),
                format!("`{text}` 永不成立{zh}"),
            ),
        )
        .fix(
            "correct the value, or remove the condition",
            "请改正取值，或删除此条件",
        )
    }

    fn always(&self, rule: &Rule, readers: &[Reader<'_>], expr: &Expr) -> Finding {
        let text = print(expr, &constants(rule));
        let Words { en, zh } = self.why(readers, expr);
        Finding::note(
            codes::ALWAYS,
            place(rule, expr),
            Words::new(
                format!("`{text}` is always true{en}"),
                format!("`{text}` 恒成立{zh}"),
            ),
        )
        .fix("leave it out, or correct the value", "可删除，或改正取值")
    }

    /// What the slot can be, where that is the reason.
    fn why(&self, readers: &[Reader<'_>], expr: &Expr) -> Words {
        let slot = readers.first().and_then(|reader| reader.test(expr));
        slot.and_then(|(slot, _)| {
            let path = &self.layout.slot(slot)?.path;
            let Words { en, zh } = Domain::of(self.catalogue, self.layout, slot).words()?;
            Some(Words::new(
                format!(": `{path}` is {en}"),
                format!("：`{path}` 的取值是{zh}"),
            ))
        })
        .unwrap_or_else(|| Words::new("", ""))
    }
}

fn contradicts(rule: &Rule, part: &Expr) -> Finding {
    let text = print(part, &constants(rule));
    Finding::warning(
        codes::CONTRADICTION,
        place(rule, part),
        Words::new(
            format!("with the conditions before it, `{text}` is never true"),
            format!("与其前的条件一起，`{text}` 永不成立"),
        ),
    )
    .fix(
        "join them with `||`, or correct one of them",
        "请用 `||` 连接，或改正其中之一",
    )
}

fn place(rule: &Rule, expr: &Expr) -> Place {
    Place::at(rule.file.clone(), expr.at.line, expr.at.column)
}

fn constants(rule: &Rule) -> Constants {
    rule.constants.iter().cloned().collect()
}
