//! Why a rule did not act on an event.

use super::repeat::Parts;
use crate::decision::occasion::Occasion;
use crate::decision::record::{DecisionRecord, RecordError};
use crate::refusal::{CHOSEN, Refusal};
use crate::scene::Scene;
use rules::book::{Book, RuleIx};
use rules::finding::Words;
use rules::interpreter::Interpreter;
use rules::rule::{Function, Mode, Rule};
use rules::value::Value;

/// Why a rule did not act.
#[derive(Clone, Debug, PartialEq)]
pub enum WhyNot {
    /// There is no such rule; the nearest names.
    NoSuchRule(Vec<String>),
    /// It is not evaluated on this event type.
    NotOn(String),
    /// It is switched off.
    Off,
    /// It did act.
    Chosen,
    /// Its candidate lost.
    Refused {
        /// The code.
        code: Refusal,
        /// Who said so.
        by: Option<String>,
        /// Until when.
        until: Option<String>,
    },
    /// It only watches; what would have become of it.
    Shadow(String),
    /// It only watches while a window it reads does not know its whole length.
    Cold {
        /// The window.
        feature: String,
        /// From when on it does.
        until: String,
        /// What would have become of the rule.
        would: String,
    },
    /// It could not be evaluated.
    Failed {
        /// What went wrong.
        message: String,
        /// The line of the rule file.
        line: u32,
    },
    /// Its condition was false.
    Condition(Failing),
    /// Its condition was true and it asked for nothing: it only leaves marks.
    Marks,
}

/// The first operand of a condition that was false.
#[derive(Clone, Debug, PartialEq)]
pub struct Failing {
    /// `CONDITION_FALSE`, or `MISSING_DATA` when it asks whether a fact is there.
    pub code: Refusal,
    /// The operand; `None` when the condition is more than one expression.
    pub operand: Option<String>,
    /// Its line in the rule file, 0 when it is not known.
    pub line: u32,
    /// The facts it read, by path.
    pub facts: Vec<(String, String)>,
}

/// Why the rule did not act, by the record alone.
///
/// # Errors
/// The record cannot be read against this book.
pub fn why_not(
    book: &Book,
    interpreter: &mut Interpreter,
    record: &DecisionRecord,
    rule: &str,
) -> Result<WhyNot, RecordError> {
    let Parts {
        event,
        derived,
        mut facts,
        mut base,
        ..
    } = Parts::of(book, record)?;
    let occasion = Occasion {
        event: &event,
        derived: &derived,
    };
    let Some((ix, found)) = book.rule_named(rule) else {
        let known = book.rules.iter().map(|rule| rule.id.as_str());
        let near = rules::finding::nearest(rule, known, 3);
        return Ok(WhyNot::NoSuchRule(
            near.into_iter().map(str::to_owned).collect(),
        ));
    };
    if found.header.mode == Mode::Off {
        return Ok(WhyNot::Off);
    }
    let mut kinds = occasion.kinds();
    let Some((at, _)) = kinds.find(|(_, kind)| book.rules_on(*kind).contains(&ix)) else {
        return Ok(WhyNot::NotOn(record.event.ty.to_string()));
    };
    if let Some(why) = in_record(record, rule) {
        return Ok(chilled(why, record, found));
    }
    let mut scene = Scene {
        book,
        interpreter,
        facts: &mut facts,
        base: &mut base,
    };
    scene.turn(at);
    Ok(match scene.condition(ix, Function::When) {
        Ok(true) => WhyNot::Marks,
        Ok(false) => WhyNot::Condition(failing(&mut scene, ix)),
        Err(error) => WhyNot::Failed {
            message: error.message,
            line: error.line,
        },
    })
}

/// Of a live rule that only watched, the cold window that made it.
fn chilled(why: WhyNot, record: &DecisionRecord, rule: &Rule) -> WhyNot {
    let WhyNot::Shadow(would) = &why else {
        return why;
    };
    let mut cold = record.cold();
    let found = cold.find(|(feature, _)| rule.windows.iter().any(|window| window == *feature));
    match found.filter(|_| rule.header.mode == Mode::Live) {
        Some((feature, until)) => WhyNot::Cold {
            feature: feature.to_owned(),
            until,
            would: would.clone(),
        },
        None => why,
    }
}

fn in_record(record: &DecisionRecord, rule: &str) -> Option<WhyNot> {
    if record.chosen.iter().any(|line| line.rule == rule) {
        return Some(WhyNot::Chosen);
    }
    if let Some(line) = record.errors.iter().find(|line| line.rule == rule) {
        return Some(WhyNot::Failed {
            message: line.message.clone(),
            line: line.line,
        });
    }
    if let Some(line) = record.refused.iter().find(|line| line.rule == rule) {
        return Some(WhyNot::Refused {
            code: Refusal::named(&line.code)?,
            by: line.by.as_ref().map(ToString::to_string),
            until: line.until.clone(),
        });
    }
    let line = record.shadow.iter().find(|line| line.rule == rule)?;
    Some(WhyNot::Shadow(line.would.clone()))
}

/// The first operand of the rule's condition that is false on this scene.
pub fn failing(scene: &mut Scene<'_>, ix: RuleIx) -> Failing {
    let book = scene.book;
    let rule = book.rule(ix);
    let operands = rule.map_or(&[][..], |rule| rule.operands.as_slice());
    for operand in operands {
        if matches!(scene.expression(operand.expression), Ok(Value::Bool(true))) {
            continue;
        }
        let guard = operand.text.contains(".has(\"") && !operand.text.starts_with('!');
        let reads = book
            .expression(operand.expression)
            .map_or(&[][..], |e| e.reads.as_slice());
        return Failing {
            code: if guard {
                Refusal::MissingData
            } else {
                Refusal::ConditionFalse
            },
            operand: Some(operand.text.clone()),
            line: operand.line,
            facts: shown(scene, reads),
        };
    }
    let reads = rule
        .and_then(|rule: &Rule| rule.body(Function::When))
        .map_or(&[][..], |body| body.reads.as_slice());
    Failing {
        code: Refusal::ConditionFalse,
        operand: None,
        line: 0,
        facts: shown(scene, reads),
    }
}

fn shown(scene: &mut Scene<'_>, slots: &[rules::layout::Slot]) -> Vec<(String, String)> {
    scene.ensure(slots);
    slots
        .iter()
        .filter_map(|slot| {
            let spec = scene.book.layout.slot(*slot)?;
            let value = scene.facts.peek(*slot).to_json().to_string();
            Some((spec.path.clone(), value))
        })
        .collect()
}

impl WhyNot {
    /// The sentence for people.
    #[must_use]
    pub fn words(&self, rule: &str) -> Words {
        match self {
            Self::NoSuchRule(near) => {
                let names: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
                let (en, zh) = if names.is_empty() {
                    (String::new(), String::new())
                } else {
                    let list = names.join(", ");
                    (
                        format!("; did you mean {list}?"),
                        format!("；是否指 {list}？"),
                    )
                };
                Words::new(
                    format!("there is no rule `{rule}`{en}"),
                    format!("没有规则 `{rule}`{zh}"),
                )
            }
            Self::NotOn(event) => Words::new(
                format!("{rule} is not evaluated on `{event}`"),
                format!("{rule} 不在事件 `{event}` 上执行"),
            ),
            Self::Off => Words::new(format!("{rule} is switched off"), format!("{rule} 已停用")),
            Self::Chosen => Words::new(format!("{rule} did act"), format!("{rule} 已执行")),
            Self::Refused { code, by, until } => refused(rule, *code, by.as_ref(), until.as_ref()),
            Self::Shadow(would) if would == CHOSEN => Words::new(
                format!("{rule} only watches (SHADOW_ONLY); it would have been chosen"),
                format!("{rule} 仅影子运行（SHADOW_ONLY）；若上线则会被选中"),
            ),
            Self::Shadow(would) => Words::new(
                format!("{rule} only watches (SHADOW_ONLY); it would have been refused {would}"),
                format!("{rule} 仅影子运行（SHADOW_ONLY）；若上线则因 {would} 被拒"),
            ),
            Self::Cold {
                feature,
                until,
                would,
            } => Words::new(
                format!(
                    "{rule} only watches (SHADOW_ONLY) until {until}: `{feature}` is cold; else {would}"
                ),
                format!(
                    "{rule} 在 {until} 前仅影子运行（SHADOW_ONLY）：`{feature}` 尚未覆盖；否则 {would}"
                ),
            ),
            Self::Failed { message, line } => Words::new(
                format!("{rule} could not be evaluated (RULE_ERROR), line {line}: {message}"),
                format!("{rule} 执行出错（RULE_ERROR），第 {line} 行：{message}"),
            ),
            Self::Condition(failing) => failing.words(rule),
            Self::Marks => Words::new(
                format!("{rule} was true and asks for no action: it only leaves marks"),
                format!("{rule} 条件成立，但只做标记，不触发动作"),
            ),
        }
    }
}

fn refused(rule: &str, code: Refusal, by: Option<&String>, until: Option<&String>) -> Words {
    let words = code.words();
    let by_en = by.map(|by| format!(", by {by}")).unwrap_or_default();
    let by_zh = by.map(|by| format!("，依据 {by}")).unwrap_or_default();
    let until_en = until.map(|t| format!(", until {t}")).unwrap_or_default();
    let until_zh = until.map(|t| format!("，直至 {t}")).unwrap_or_default();
    let code = code.code();
    Words::new(
        format!("{rule} was refused {code}: {}{by_en}{until_en}", words.en),
        format!("{rule} 因 {code} 被拒：{}{by_zh}{until_zh}", words.zh),
    )
}

impl Failing {
    fn words(&self, rule: &str) -> Words {
        let facts: Vec<String> = self
            .facts
            .iter()
            .map(|(path, value)| format!("{path} = {value}"))
            .collect();
        let facts = facts.join(", ");
        let code = self.code.code();
        let said = self.code.words();
        match &self.operand {
            Some(operand) => Words::new(
                format!(
                    "{rule}: {code}: {}: `{operand}` (line {}); {facts}",
                    said.en, self.line
                ),
                format!(
                    "{rule}：{code}：{}：`{operand}`（第 {} 行）；{facts}",
                    said.zh, self.line
                ),
            ),
            None => Words::new(
                format!("{rule}: {code}: {}; {facts}", said.en),
                format!("{rule}：{code}：{}；{facts}", said.zh),
            ),
        }
    }
}
