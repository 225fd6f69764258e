//! What rhai 1.27 itself does. The language is built around these; an upgrade that changes one of
//! them must be noticed here, and thought about.

use rhai::packages::{Package, StandardPackage};
use rhai::{Dynamic, Engine, EvalAltResult};

/// rhai as it comes, without our operators.
fn plain() -> Engine {
    let mut engine = Engine::new_raw();
    engine.register_global_module(StandardPackage::new().as_shared_module());
    engine
}

fn eval<T: Clone + Send + Sync + 'static>(script: &str) -> Result<T, Box<EvalAltResult>> {
    plain().eval::<T>(script)
}

#[test]
fn with_is_reserved_and_final_is_not() {
    let engine = plain();
    assert!(engine.compile("x.with(1)").is_err());
    assert!(engine.compile("x.final()").is_ok());
    assert!(engine.compile("x.data(#{ a: 1 })").is_ok());
}

#[test]
fn other_words_cannot_stand_after_a_dot() {
    let engine = plain();
    for word in "case new default match use with is module package public static shared var void \
                 null nil super go sync async await yield spawn thread goto until"
        .split_whitespace()
    {
        assert!(engine.compile(format!("x.{word}")).is_err(), "{word}");
    }
}

#[test]
fn different_types_compare_as_silently_false() {
    assert!(!eval::<bool>("() == \"CN\"").unwrap());
    assert!(eval::<bool>("() != \"CN\"").unwrap());
    assert!(!eval::<bool>("() > 3").unwrap());
    assert!(!eval::<bool>("\"5\" > 3").unwrap());
    assert!(eval::<bool>("1 == 1.0").unwrap());
    assert!(eval::<bool>("!()").is_err());
}

#[test]
fn missing_beside_and_is_an_error() {
    assert!(eval::<Dynamic>("() && true").is_err());
    assert!(eval::<Dynamic>("true && ()").is_err());
}

#[test]
fn constants_are_invisible_inside_functions() {
    let engine = plain();
    let ast = engine.compile("const LARGE = 1; fn f() { LARGE }").unwrap();
    let mut scope = rhai::Scope::new();
    let options = rhai::CallFnOptions::new().eval_ast(false);
    let value = engine.call_fn_with_options::<i64>(options, &mut scope, &ast, "f", ());
    assert!(matches!(
        *value.unwrap_err().unwrap_inner(),
        EvalAltResult::ErrorVariableNotFound(..)
    ));
    assert!(eval::<i64>("const LARGE = 1; fn f() { LARGE } f()").is_err());
}

#[test]
fn depth_32_16_refuses_ordinary_rules_and_64_does_not() {
    let rule = |conditions| {
        format!(
            "fn f(e) {{ {} }}",
            vec!["e.a >= 1"; conditions].join(" && ")
        )
    };
    let mut engine = plain();
    engine.set_max_expr_depths(32, 16);
    assert!(engine.compile(rule(11)).is_ok());
    assert!(engine.compile(rule(17)).is_err());
    engine.set_max_expr_depths(64, 64);
    assert!(engine.compile(rule(50)).is_ok());
    assert!(engine.compile(rule(65)).is_err());
}

#[test]
fn what_parses_and_is_wrong() {
    assert!(!eval::<bool>("let x = 5; 1 < x < 10").unwrap_or(false));
    assert_eq!(eval::<i64>("7 / 2").unwrap(), 3);
    assert!(eval::<bool>("0.1 + 0.2 == 0.3").unwrap());
    assert_eq!(eval::<i64>("1 << 1000").unwrap(), 0);
    assert!(eval::<char>("'金'").is_ok());
    assert!(plain().compile("'金卡'").is_err());
    assert!(eval::<i64>("10.minutes").is_err());
    assert!(plain().compile("10.minutes").is_ok());
    assert!(plain().compile("on(\"a\") class(\"b\");").is_err());
    assert!(
        plain()
            .compile("fn f() {} let x = 1; if x == 1 { x } const Y = 2;")
            .is_ok()
    );
}

#[test]
fn coalesce_binds_tighter_than_a_comparison() {
    assert!(eval::<bool>("() ?? \"a\" == \"a\"").unwrap());
}

#[test]
fn full_width_signs_do_not_parse_and_letters_are_other_names() {
    let engine = plain();
    for script in ["f()；", "1 ＞ 2", "f（1）", "“a”"] {
        assert!(engine.compile(script).is_err(), "{script}");
    }
    assert!(eval::<i64>("let a = 1; ａ").is_err());
    assert!(eval::<i64>("let 金额 = 1; 金额").is_ok());
}

#[test]
fn columns_count_code_points() {
    let error = plain().compile("let 金额 = ;").unwrap_err();
    assert_eq!(error.position().position(), Some(10));
}

#[test]
fn ordinary_engines_let_text_become_code() {
    // Why the engine of this crate is raw: these work where nothing is taken away.
    assert_eq!(eval::<i64>("eval(\"40 + 2\")").unwrap(), 42);
    assert!(eval::<i64>("Fn(\"abs\").call(-42)").is_ok());
}
