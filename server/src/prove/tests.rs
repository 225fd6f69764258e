//! Projects proved from end to end, as `deft test` does it.

use super::{Format, TestArgs, run_into};
use crate::cli::{LangArg, NO, YES};
use std::path::{Path, PathBuf};

/// A copy of the language project that goes away with its test.
struct Copy(PathBuf);

impl Copy {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("deft-prove-{}-{name}", std::process::id()));
        copy(&language(), &dir);
        Self(dir)
    }

    fn change(&self, file: &str, old: &str, new: &str) {
        let path = self.0.join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "{old}");
        std::fs::write(path, text.replacen(old, new, 1)).unwrap();
    }

    fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.0.join(file)).unwrap()
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn language() -> PathBuf {
    root().join("tests/projects/language")
}

fn args(dir: &Path) -> TestArgs {
    TestArgs {
        dir: dir.to_owned(),
        run: None,
        update: false,
        format: Format::Pretty,
        lang: LangArg::En,
    }
}

/// Exit code and what was said. Scripts need the stack that shards have.
fn proved(args: TestArgs) -> (u8, String) {
    let work = move || {
        let (mut out, mut talk) = (Vec::new(), Vec::new());
        let code = run_into(&args, false, &mut out, &mut talk).unwrap();
        (code, String::from_utf8(out).unwrap())
    };
    let stack = rules::interpreter::STACK_BYTES;
    let thread = std::thread::Builder::new().stack_size(stack).spawn(work);
    thread.unwrap().join().unwrap()
}

const TRAVEL: &str = "rules/offers/travel_cover.cases.toml";

#[test]
fn what_the_language_page_claims_holds() {
    let (code, text) = proved(args(&language()));
    assert_eq!(code, YES, "{text}");
    assert!(text.contains("all as claimed"), "{text}");
}

#[test]
fn what_the_retail_bank_claims_holds() {
    let (code, text) = proved(args(&root().join("rules/retail-bank")));
    assert_eq!(code, YES, "{text}");
}

#[test]
fn a_refusal_that_is_expected_otherwise_fails_and_says_which_came() {
    let copy = Copy::new("refusal");
    copy.change(TRAVEL, "SUPPRESSED_COOLDOWN", "OUTRANKED");
    let (code, text) = proved(args(&copy.0));
    assert_eq!(code, NO);
    let line = text.lines().find(|l| l.contains("code=OUTRANKED")).unwrap();
    assert!(line.contains("29d23h59m59s"), "{line}");
    assert!(line.contains("code=SUPPRESSED_COOLDOWN"), "{line}");
}

#[test]
fn an_action_that_does_not_come_says_what_stood_in_its_way() {
    let copy = Copy::new("missing");
    copy.change(
        TRAVEL,
        "expect = [ { at = \"0s\", action = \"offer\" }, ",
        "expect = [ { at = \"0s\", action = \"offer\" }, { at = \"29d23h59m59s\", action = \"offer\" }, ",
    );
    let (code, text) = proved(args(&copy.0));
    assert_eq!(code, NO);
    assert!(
        text.contains("nothing: refused SUPPRESSED_COOLDOWN"),
        "{text}"
    );
    assert!(text.contains("until 30d"), "{text}");
}

#[test]
fn a_condition_that_is_false_is_named() {
    let copy = Copy::new("false");
    copy.change(
        "rules/fraud/withdrawal_burst.cases.toml",
        "{ amount = \"499.99\", expect = [] }",
        "{ amount = \"499.99\", expect = [ { at = \"2m\", action = \"block\" } ] }",
    );
    let (code, text) = proved(args(&copy.0));
    assert_eq!(code, NO);
    assert!(text.contains("[amount = \"499.99\"]"), "{text}");
    assert!(text.contains("`event.amount >= 500` was false"), "{text}");
}

#[test]
fn a_fact_that_is_another_fails_and_update_does_not_hide_it() {
    let copy = Copy::new("fact");
    let file = "rules/fraud/withdrawal_burst.cases.toml";
    copy.change(file, "withdrawals_10m\" = 2", "withdrawals_10m\" = 5");
    let before = copy.text(file);
    let (code, text) = proved(TestArgs {
        update: true,
        ..args(&copy.0)
    });
    assert_eq!(code, NO);
    assert!(text.contains("customer.withdrawals_10m = 2"), "{text}");
    assert_eq!(copy.text(file), before);
}

#[test]
fn what_update_writes_holds_from_then_on() {
    let copy = Copy::new("update");
    copy.change(
        TRAVEL,
        "refuse = [ { at = \"29d23h59m59s\", code = \"SUPPRESSED_COOLDOWN\" } ]",
        "",
    );
    assert_eq!(proved(args(&copy.0)).0, NO);
    let (code, _) = proved(TestArgs {
        update: true,
        ..args(&copy.0)
    });
    assert_eq!(code, YES);
    assert!(copy.text(TRAVEL).contains("code = \"SUPPRESSED_COOLDOWN\""));
    assert_eq!(proved(args(&copy.0)).0, YES);
}

#[test]
fn a_rule_without_cases_is_lacking() {
    let copy = Copy::new("lacking");
    std::fs::remove_file(copy.0.join(TRAVEL)).unwrap();
    let (code, text) = proved(args(&copy.0));
    assert_eq!(code, NO);
    assert!(text.contains("no case in which it fires"), "{text}");
    assert!(text.contains("no case in which it does not fire"), "{text}");
}

#[test]
fn a_wrong_case_file_is_told_before_anything_runs() {
    let copy = Copy::new("wrong");
    copy.change(TRAVEL, "location.roaming_started", "location.roaming_start");
    let (code, text) = proved(args(&copy.0));
    assert_eq!(code, NO);
    assert!(text.contains("T007"), "{text}");
    assert!(text.contains(TRAVEL), "{text}");
}

#[test]
fn only_what_is_asked_for_runs() {
    let (code, text) = proved(TestArgs {
        run: Some("travel_cover".to_owned()),
        ..args(&language())
    });
    assert_eq!(code, YES, "{text}");
    assert!(text.contains("1 rule, 5 cases, 5 runs"), "{text}");
}

#[test]
fn programs_get_one_document_with_a_version() {
    let (code, text) = proved(TestArgs {
        format: Format::Json,
        ..args(&language())
    });
    assert_eq!(code, YES);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        json.get("version").and_then(serde_json::Value::as_u64),
        Some(1)
    );
    assert_eq!(json.get("ok"), Some(&serde_json::Value::Bool(true)));
    let rules = json
        .get("rules")
        .and_then(serde_json::Value::as_array)
        .unwrap();
    assert_eq!(rules.len(), 12);
}

#[test]
fn the_report_speaks_chinese() {
    let (_, text) = proved(TestArgs {
        lang: LangArg::Zh,
        ..args(&language())
    });
    assert!(text.contains("全部通过"), "{text}");
}
