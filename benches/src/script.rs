//! A rule's description written as its rule file.

use crate::condition::{Action, Condition, RuleSpec};
use crate::fields::{Kind, Number, flag_name};
use std::fmt::Write;

/// Where a rule with a loop has it. What stands before a loop can be judged without the interpreter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loops {
    /// In a helper function that is called as the last condition: as `check` advises.
    Last,
    /// As the first statements of `when`.
    First,
}

/// The rule files of these descriptions: path and text. Their ids have the order of the descriptions.
#[must_use]
pub fn files(specs: &[RuleSpec], loops: Loops) -> Vec<(String, String)> {
    let named = |(at, spec)| (format!("rules/dw1/r{at:05}.rhai"), file(at, spec, loops));
    specs.iter().enumerate().map(named).collect()
}

fn file(at: usize, spec: &RuleSpec, loops: Loops) -> String {
    let kinds = [Kind::PAYMENT, Kind::ACTIVITY, Kind::LOCATION];
    let on: Vec<String> = kinds
        .into_iter()
        .filter(|kind| spec.kinds >> kind.0 & 1 == 1)
        .map(|kind| format!("\"{}\"", kind.name()))
        .collect();
    let mut text = format!("on({});\n", on.join(", "));
    let class = match spec.action {
        Action::Offer => "commercial",
        Action::Retain => "retention",
        Action::StepUp | Action::Block => "fraud",
    };
    let _ = writeln!(
        text,
        "class(\"{class}\");\ntitle(\"Rule {at}\", \"规则 {at}\");"
    );
    if class == "fraud" {
        let _ = writeln!(text, "priority({});\non_error(\"step_up\");", spec.priority);
    }
    if spec.action == Action::Block {
        text.push_str("brake(1000, \"10m\");\n");
    }
    if spec.cools {
        text.push_str("cooldown(\"1d\");\n");
    }
    if spec.conditions.contains(&Condition::Night) {
        text.push_str("\nfn at_night(event) {\n    event.hour < 6 || event.hour >= 22\n}\n");
    }
    when(&mut text, spec, loops);
    let act = match spec.action {
        Action::Offer => "offer(\"saver\").reason(\"DW1\")",
        Action::Retain => "retain(\"stay\").reason(\"DW1\")",
        Action::StepUp => "step_up(\"face\").reason(\"DW1\")",
        Action::Block => "block().reason(\"DW1\").lasts(\"1h\")",
    };
    let _ = writeln!(text, "\nfn then(event, customer) {{\n    {act}\n}}");
    text
}

fn when(text: &mut String, spec: &RuleSpec, loops: Loops) {
    let is_loop = |condition: &&Condition| matches!(condition, Condition::Steps(..));
    let conditions = spec.conditions.iter();
    let mut lines: Vec<String> = conditions.filter(|c| !is_loop(c)).map(written).collect();
    let mut before = String::new();
    if let Some(Condition::Steps(number, step, hits)) = spec.conditions.iter().find(is_loop) {
        let counted = format!(
            "    let hits = 0;\n    for n in 1..=3 {{\n        \
             if {} >= n * {step} {{ hits += 1; }} else {{ hits += 0; }}\n    }}\n",
            number.path()
        );
        match loops {
            Loops::Last => {
                let _ = writeln!(
                    text,
                    "\nfn reached(customer) {{\n{counted}    hits >= {hits}\n}}"
                );
                lines.push("reached(customer)".to_owned());
            }
            Loops::First => {
                before = counted;
                lines.insert(0, format!("hits >= {hits}"));
            }
        }
    }
    let lines = lines.join("\n    && ");
    let _ = writeln!(
        text,
        "\nfn when(event, customer) {{\n{before}    {lines}\n}}"
    );
}

fn written(condition: &Condition) -> String {
    match condition {
        Condition::Is(word, value) => format!("{} == \"{}\"", word.path(), word.value(*value)),
        Condition::IsOneOf(word, values) => {
            let words: Vec<String> = values
                .iter()
                .map(|value| format!("\"{}\"", word.value(*value)))
                .collect();
            format!("{} in [{}]", word.path(), words.join(", "))
        }
        Condition::Abroad => "event.country != customer.home_country".to_owned(),
        Condition::Flag(flag, true) => format!("customer.{}", flag_name(*flag)),
        Condition::Flag(flag, false) => format!("!customer.{}", flag_name(*flag)),
        Condition::AtLeast(number, least) => {
            format!("{} >= {}", number.path(), literal(*number, *least))
        }
        Condition::AtMost(number, most) => {
            format!("{} <= {}", number.path(), literal(*number, *most))
        }
        Condition::Share(a, p, b, q) => format!("{} * {p} >= {} * {q}", a.path(), b.path()),
        Condition::Means {
            sum,
            count_long,
            sum_long,
            count,
            times,
        } => format!(
            "{} * {} >= {} * {} * {times}",
            sum.path(),
            count_long.path(),
            sum_long.path(),
            count.path()
        ),
        Condition::Night => "at_night(event)".to_owned(),
        // Written as statements around it.
        Condition::Steps(_, _, hits) => format!("hits >= {hits}"),
        Condition::Either(a, b) => format!("({} || {})", written(a), written(b)),
    }
}

/// A threshold as an author writes it: money in major units.
fn literal(number: Number, value: i64) -> String {
    if number.is_money() {
        format!("{}.{:02}", value / 100, value % 100)
    } else {
        value.to_string()
    }
}
