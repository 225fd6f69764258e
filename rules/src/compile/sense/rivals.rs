//! Rules beside each other: the same condition twice, and rules that others always beat.

use super::Sense;
use crate::draft::Verb;
use crate::finding::{Finding, Findings, Place, Words};
use crate::language::codes;
use crate::language::tree::{Expr, ExprKind, Script, StmtKind};
use crate::lower::spine;
use crate::rule::{Class, Function, Mode, Rule};
use crate::value::Text;
use std::collections::{BTreeMap, BTreeSet};

/// A rule whose condition is a conjunction of texts that say all there is to say.
struct Plain<'a> {
    rule: &'a Rule,
    script: &'a Script,
    conditions: BTreeSet<&'a str>,
    parameters: (Text, Text),
}

impl<'a> Plain<'a> {
    fn of(rule: &'a Rule, script: &'a Script) -> Option<Self> {
        let own = |name: &Text| Function::ALL.iter().any(|function| function.name() == name);
        let helpers = script.functions.iter().any(|def| !own(&def.name));
        let (_, parameters) = spine(script.function(Function::When.name())?)?;
        let conditions: BTreeSet<&str> = rule.operands.iter().map(|o| o.text.as_str()).collect();
        // A text with `…` is not printed in full.
        let whole = conditions.iter().all(|text| !text.contains('…'));
        let speaks = !helpers && whole && !conditions.is_empty() && rule.header.mode != Mode::Off;
        speaks.then_some(Self {
            rule,
            script,
            conditions,
            parameters,
        })
    }

    /// The verdict on the transaction that its `then` always asks for.
    fn verdict(&self) -> Option<Verb> {
        let then = self.script.function(Function::Then.name())?;
        let [only] = then.body.as_slice() else {
            return None;
        };
        let StmtKind::Expr(expr) = &only.kind else {
            return None;
        };
        let first = match &expr.kind {
            ExprKind::List(items) => items.first()?,
            _ => expr,
        };
        verdict(first)
    }

    /// Nothing but being braked, paused, lifted or beaten keeps it from what it asks for.
    fn is_unconditional(&self) -> bool {
        let header = &self.rule.header;
        let fits = [Function::Eligible, Function::Applicable, Function::Suitable];
        header.mode == Mode::Live
            && header.valid.is_none()
            && header.cooldown.is_none()
            && header.rollout.is_none()
            && fits.iter().all(|fit| self.rule.body(*fit).is_none())
    }
}

/// The verb that a chain starts with, where it is a verdict without a subject.
fn verdict(expr: &Expr) -> Option<Verb> {
    match &expr.kind {
        ExprKind::Method(base, ..) => verdict(base),
        ExprKind::Call(name, args) => {
            let verb = [Verb::Allow, Verb::StepUp, Verb::Hold, Verb::Block]
                .into_iter()
                .find(|verb| verb.name() == name.as_str())?;
            (args.is_empty() || verb == Verb::StepUp).then_some(verb)
        }
        _ => None,
    }
}

fn strictness(verb: Verb) -> u8 {
    match verb {
        Verb::Block => 4,
        Verb::Hold => 3,
        Verb::StepUp => 2,
        Verb::Allow => 1,
        Verb::Offer | Verb::Retain | Verb::Serve | Verb::Notify | Verb::Trigger => 0,
    }
}

/// Looks at all rules beside each other.
pub(super) fn find<'a>(
    sense: Sense<'a>,
    script: &impl Fn(&Rule) -> Option<&'a Script>,
    findings: &mut Findings,
) {
    let plain = |rule: &'a Rule| Plain::of(rule, script(rule)?);
    let all: Vec<Plain<'_>> = sense.rules.iter().filter_map(plain).collect();
    let mut first: BTreeMap<_, &Plain<'_>> = BTreeMap::new();
    for one in &all {
        let header = &one.rule.header;
        let key = (&header.on, header.class, &one.conditions, &one.parameters);
        match first.get(&key) {
            Some(other) => findings.push(same(one.rule, other.rule)),
            None => {
                first.insert(key, one);
            }
        }
    }
    beaten(&all, findings);
    for (rule, named) in sense.rules.iter().zip(sense.offers) {
        findings.extend(out_of_time(sense, rule, named));
    }
}

fn same(rule: &Rule, other: &Rule) -> Finding {
    Finding::note(
        codes::SAME_CONDITION,
        at_when(rule),
        Words::new(
            format!("the condition is that of `{}`", other.id),
            format!("条件与 `{}` 相同", other.id),
        ),
    )
    .fix(
        "if that is not meant, tell them apart, or make one rule of both",
        "若非有意，请加以区分，或合并为一条规则",
    )
}

/// Verdicts that another rule beats whenever they are asked for.
fn beaten(all: &[Plain<'_>], findings: &mut Findings) {
    let mut by_text: BTreeMap<&str, Vec<(&Plain<'_>, Verb)>> = BTreeMap::new();
    for one in all.iter().filter(|one| one.is_unconditional()) {
        if let (Some(verb), Some(text)) = (one.verdict(), one.conditions.first()) {
            by_text.entry(text).or_default().push((one, verb));
        }
    }
    for one in all
        .iter()
        .filter(|one| one.rule.header.class == Class::Fraud)
    {
        let Some(verb) = one.verdict() else {
            continue;
        };
        let beats = |(other, theirs): &&(&Plain<'_>, Verb)| {
            strictness(*theirs) > strictness(verb)
                && other.parameters == one.parameters
                && other.conditions.is_subset(&one.conditions)
                && (one.rule.header.on.iter()).all(|event| other.rule.header.on.contains(event))
        };
        let rivals = one.conditions.iter().filter_map(|text| by_text.get(text));
        if let Some((other, theirs)) = rivals.flatten().find(beats) {
            findings.push(stricter(one.rule, other.rule, *theirs));
        }
    }
}

fn stricter(rule: &Rule, other: &Rule, verb: Verb) -> Finding {
    let (id, verb) = (&other.id, verb.name());
    Finding::warning(
        codes::NEVER_WINS,
        at_when(rule),
        Words::new(
            format!(
                "whenever this is true, `{id}` asks for `{verb}`, which is stricter: \
                 this rule wins only while that one is braked, paused or lifted"
            ),
            format!(
                "每当此条件成立，`{id}` 也会要求更严的 `{verb}`：\
                 仅当后者被制动、暂停或解除时，本规则才会胜出"
            ),
        ),
    )
    .fix(
        "ask for something stricter, or for events that the other rule leaves out",
        "请要求更严的处置，或只针对另一规则未覆盖的事件",
    )
}

/// A rule that names offers none of which is valid while the rule is.
fn out_of_time(sense: Sense<'_>, rule: &Rule, named: &BTreeSet<Text>) -> Findings {
    let mut findings = Findings::new();
    let Some((from, to)) = rule.header.valid else {
        return findings;
    };
    let over = |name: &Text| {
        let offer = sense.catalogue.offer_named(name);
        let valid = offer.and_then(|offer| offer.valid);
        valid.is_some_and(|(first, last)| last <= from || to <= first)
    };
    if let Some(name) = named.first().filter(|_| named.iter().all(over)) {
        let finding = Finding::warning(
            codes::NEVER_WINS,
            Place::file(rule.file.clone()),
            Words::new(
                format!("the rule is valid only while its offer `{name}` is not: it can never win"),
                format!("规则有效期与其产品 `{name}` 的有效期不相交：永远不会胜出"),
            ),
        );
        findings.push(finding.fix(
            "let `valid(…)` of the rule and `valid` of the offer meet",
            "请让规则的 `valid(…)` 与产品的 `valid` 有交集",
        ));
    }
    findings
}

fn at_when(rule: &Rule) -> Place {
    let line = rule.operands.first().map_or(1, |operand| operand.line);
    Place::at(rule.file.clone(), line, 1)
}
