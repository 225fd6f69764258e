//! Explanations: what differs is found, and every rule can be asked why not.

use super::repeat::{Repeat, repeat};
use super::tell::tell;
use super::why_not::{WhyNot, why_not};
use crate::decision::record::DecisionRecord;
use crate::decision::tests::kit::*;
use crate::decision::tests::plan::*;
use crate::refusal::Refusal;
use rules::finding::Lang;
use rules::rule::{Class, Mode};

fn bank() -> Bank {
    let mut plan = Plan::new();
    plan.rule(Spec::new(
        "service.acts",
        Class::Service,
        r#"serve("callback").reason("TRAVELS")"#,
    ));
    plan.rule(Spec::new(
        "offers.loses",
        Class::Commercial,
        r#"offer("travel")"#,
    ));
    plan.rule(Spec {
        when: r#"event.amount > 10 && customer.has("age") && customer.age > 60"#,
        ..Spec::new("offers.false", Class::Commercial, r#"offer("travel")"#)
    });
    plan.rule(Spec::new(
        "offers.shadow",
        Class::Commercial,
        r#"offer("travel")"#,
    ))
    .mode = Mode::Shadow;
    plan.rule(Spec::new(
        "offers.off",
        Class::Commercial,
        r#"offer("travel")"#,
    ))
    .mode = Mode::Off;
    plan.rule(Spec {
        always: r#"tag("age", 9)"#,
        ..Spec::new("profile.marks", Class::Profile, "")
    });
    plan.open()
}

fn record(bank: &mut Bank, amount: &str) -> DecisionRecord {
    bank.pay(NOW, amount).record.unwrap()
}

fn why(bank: &mut Bank, record: &DecisionRecord, rule: &str) -> WhyNot {
    let book = std::sync::Arc::clone(&bank.book);
    why_not(&book, &mut bank.interpreter, record, rule).unwrap()
}

#[test]
fn each_way_not_to_act_has_its_answer() {
    let mut bank = bank();
    let record = record(&mut bank, "11");
    assert_eq!(why(&mut bank, &record, "service.acts"), WhyNot::Chosen);
    assert!(matches!(
        why(&mut bank, &record, "offers.loses"),
        WhyNot::Refused {
            code: Refusal::NoConsent,
            ..
        }
    ));
    let shadow = WhyNot::Shadow("NO_CONSENT".to_owned());
    assert_eq!(why(&mut bank, &record, "offers.shadow"), shadow);
    assert_eq!(why(&mut bank, &record, "offers.off"), WhyNot::Off);
    assert_eq!(why(&mut bank, &record, "profile.marks"), WhyNot::Marks);
    let unknown = why(&mut bank, &record, "offers.fales").words("offers.fales");
    let said = "there is no rule `offers.fales`; did you mean `offers.false`";
    assert!(unknown.en.starts_with(said), "{}", unknown.en);
}

#[test]
fn a_false_condition_names_its_first_false_operand_and_its_facts() {
    let mut bank = bank();
    let low = record(&mut bank, "10");
    let WhyNot::Condition(failing) = why(&mut bank, &low, "offers.false") else {
        panic!("the condition was false");
    };
    assert_eq!(failing.code, Refusal::ConditionFalse);
    assert_eq!(failing.operand.as_deref(), Some("event.amount > 10"));
    let amount = ("event.amount".to_owned(), "\"10.00 CNY\"".to_owned());
    assert!(failing.facts.contains(&amount));
    let high = record(&mut bank, "11");
    let missing = why(&mut bank, &high, "offers.false");
    let words = missing.words("offers.false");
    assert!(words.en.contains("MISSING_DATA"), "{}", words.en);
    assert!(words.zh.contains("customer.has(\"age\")"), "{}", words.zh);
}

#[test]
fn a_record_that_was_tampered_with_is_found_out() {
    let mut bank = bank();
    let line = record(&mut bank, "11").to_json();
    let book = std::sync::Arc::clone(&bank.book);
    let mut again = |line: &str| {
        let record = DecisionRecord::parse(line).unwrap();
        repeat(&book, &mut bank.interpreter, &record).unwrap()
    };
    assert_eq!(again(&line), Repeat::Same);
    let consent = line.replace(
        r#""consent marketing/app":"none""#,
        r#""consent marketing/app":"given""#,
    );
    assert_ne!(consent, line);
    assert!(matches!(again(&consent), Repeat::Differs { member, .. } if member == "refused"));
    let reason = line.replace(r#""reasons":["TRAVELS"]"#, r#""reasons":["BURST"]"#);
    assert!(matches!(again(&reason), Repeat::Differs { member, .. } if member == "chosen"));
    let book = line.replace("book00000000", "book11111111");
    assert!(matches!(again(&book), Repeat::OtherBook { .. }));
    let unasked = line.replace("consent marketing/sms", "consent marketing/fax");
    assert!(
        matches!(again(&unasked), Repeat::Differs { member, .. } if member == "views.consent marketing/sms")
    );
}

#[test]
fn a_record_is_told_in_both_languages() {
    let mut bank = bank();
    let record = record(&mut bank, "11");
    let en = tell(&bank.book, &record, Lang::En);
    for part in [
        "service.acts serve callback by app",
        "TRAVELS Travels abroad",
        "offers.loses offer travel: NO_CONSENT the customer never agreed to marketing there",
        "offers.shadow offer travel: would have been refused NO_CONSENT",
        "profile.marks tag age 9",
        "event.amount = \"11.00 CNY\"",
    ] {
        assert!(en.contains(part), "`{part}` is missing in\n{en}");
    }
    let zh = tell(&bank.book, &record, Lang::Zh);
    for part in ["选中", "境外旅行", "客户未同意该渠道营销", "事实"] {
        assert!(zh.contains(part), "`{part}` is missing in\n{zh}");
    }
}

/// The bank that is shipped, on its sample day: whatever was decided is decided again from its
/// record alone, and every rule on every recorded event can be asked why not.
#[test]
fn every_decision_of_the_sample_day_is_decided_again_from_its_record() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let project = rules::project::Project::read(&root.join("rules/retail-bank")).unwrap();
    let (book, findings) = rules::compile::compile(&project);
    let book = std::sync::Arc::new(book.unwrap_or_else(|| panic!("{findings:?}")));
    let text = std::fs::read_to_string(root.join("tests/samples/day.ndjson")).unwrap();
    let records = (1..)
        .zip(text.lines())
        .map(|(line, text)| crate::shard::Record {
            line,
            bytes: text.as_bytes().to_vec(),
        })
        .collect();
    let mut settings = crate::engine::Settings::default();
    settings.show.records = true;
    let mut engine = crate::engine::Engine::new(book.clone(), &settings).unwrap();
    let mut outcomes = engine.push(records).unwrap().outcomes;
    outcomes.extend(engine.drain().unwrap().outcomes);
    let lines: Vec<String> = outcomes
        .into_iter()
        .filter_map(|outcome| match outcome.what {
            crate::outcome::What::Settled(settled) => settled.record,
            _ => None,
        })
        .collect();
    assert!(lines.len() > 20, "{} decisions", lines.len());
    let mut interpreter = rules::interpreter::Interpreter::new(book.clone());
    let (mut chosen, mut refused) = (0, std::collections::BTreeSet::new());
    for line in &lines {
        let record = DecisionRecord::parse(line).unwrap();
        assert_eq!(record.to_json(), *line);
        let again = repeat(&book, &mut interpreter, &record).unwrap();
        assert_eq!(again, Repeat::Same, "{line}");
        chosen += record.chosen.len();
        refused.extend(record.refused.iter().map(|line| line.code.clone()));
        for rule in &book.rules {
            let why = why_not(&book, &mut interpreter, &record, &rule.id).unwrap();
            assert!(!why.words(&rule.id).en.is_empty());
        }
        assert!(!tell(&book, &record, Lang::Zh).is_empty());
    }
    assert!(chosen > 0 && !refused.is_empty());
}
