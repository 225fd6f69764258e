//! Every pair of types under every operator, against a table written by hand.

use super::kit::Bank;
use crate::interpreter::operators::BINARY;

/// One value of every type a script can hold, as it is written.
const VALUES: [(&str, &str); 16] = [
    ("missing", "customer.home_country"),
    ("bool", "event.online"),
    ("int", "event.tries"),
    ("decimal", "event.risk"),
    ("text", "event.country"),
    ("money", "event.amount"),
    ("duration", "event.wait"),
    ("time", "event.time"),
    ("date", "event.date"),
    ("place", "event.spot"),
    ("ref", "event.terminal"),
    ("list", "event.codes"),
    ("range", "(1..3)"),
    ("map", "#{ a: 1 }"),
    ("action", "hold()"),
    ("event", "event"),
];

/// What goes together: operator group, left, right, type of the result.
const TABLE: &[(&str, &str, &str, &str)] = &[
    ("same", "bool", "bool", "bool"),
    ("same", "place", "place", "bool"),
    ("same", "ref", "ref", "bool"),
    ("same", "ref", "text", "bool"),
    ("same", "text", "ref", "bool"),
    ("same", "list", "list", "bool"),
    ("order", "int", "int", "bool"),
    ("order", "int", "decimal", "bool"),
    ("order", "decimal", "int", "bool"),
    ("order", "decimal", "decimal", "bool"),
    ("order", "text", "text", "bool"),
    ("order", "money", "money", "bool"),
    ("order", "money", "int", "bool"),
    ("order", "int", "money", "bool"),
    ("order", "money", "decimal", "bool"),
    ("order", "decimal", "money", "bool"),
    ("order", "duration", "duration", "bool"),
    ("order", "time", "time", "bool"),
    ("order", "date", "date", "bool"),
    ("+", "int", "int", "int"),
    ("+", "int", "decimal", "decimal"),
    ("+", "decimal", "int", "decimal"),
    ("+", "decimal", "decimal", "decimal"),
    ("+", "text", "text", "text"),
    ("+", "money", "money", "money"),
    ("+", "duration", "duration", "duration"),
    ("+", "time", "duration", "time"),
    ("+", "duration", "time", "time"),
    ("-", "int", "int", "int"),
    ("-", "int", "decimal", "decimal"),
    ("-", "decimal", "int", "decimal"),
    ("-", "decimal", "decimal", "decimal"),
    ("-", "money", "money", "money"),
    ("-", "duration", "duration", "duration"),
    ("-", "time", "duration", "time"),
    ("-", "time", "time", "duration"),
    ("*", "int", "int", "int"),
    ("*", "int", "decimal", "decimal"),
    ("*", "decimal", "int", "decimal"),
    ("*", "decimal", "decimal", "decimal"),
    ("*", "money", "int", "money"),
    ("*", "int", "money", "money"),
    ("*", "money", "decimal", "money"),
    ("*", "decimal", "money", "money"),
    ("*", "duration", "int", "duration"),
    ("*", "int", "duration", "duration"),
    ("ratio", "int", "int", "int"),
    ("ratio", "int", "decimal", "decimal"),
    ("ratio", "decimal", "int", "decimal"),
    ("ratio", "decimal", "decimal", "decimal"),
];

fn expected(operator: &str, left: &str, right: &str) -> Option<&'static str> {
    let groups: &[&str] = match operator {
        "==" | "!=" => &["same", "order"],
        "<" | "<=" | ">" | ">=" => &["order"],
        "/" | "%" | "**" => &["ratio"],
        "+" => &["+"],
        "-" => &["-"],
        "*" => &["*"],
        _ => &[],
    };
    TABLE
        .iter()
        .find(|(group, a, b, _)| groups.contains(group) && *a == left && *b == right)
        .map(|(.., result)| *result)
}

/// The type of what `then` gives, as its refusal says it.
fn given(bank: &mut Bank) -> Result<String, String> {
    let message = bank.then().unwrap_err().message;
    match message
        .strip_prefix("`then` gives ")
        .and_then(|rest| rest.strip_suffix(", not an action"))
    {
        Some(word) => Ok(word.to_owned()),
        None => Err(message),
    }
}

#[test]
fn every_pair_under_every_operator_is_in_the_table_or_refused_in_words() {
    let mut pairs = 0;
    for operator in BINARY {
        for (left, a) in VALUES {
            for (right, b) in VALUES {
                let source = format!("fn then(event, customer) {{ {a} {operator} {b} }}");
                let result = given(&mut Bank::of(&source));
                pairs += 1;
                match (expected(operator, left, right), result) {
                    (Some(ty), Ok(word)) => assert_eq!(word, ty, "{left} {operator} {right}"),
                    (None, Err(message)) => {
                        let named = message.contains(&format!("`{operator}`"))
                            || message.contains("money is not divided");
                        assert!(named, "{left} {operator} {right}: {message}");
                    }
                    (wanted, got) => {
                        panic!("{left} {operator} {right}: wanted {wanted:?}, got {got:?}")
                    }
                }
            }
        }
    }
    assert_eq!(pairs, 17 * 16 * 16);
}

#[test]
fn assigning_operators_refuse_the_same_pairs() {
    for operator in ["+", "-", "*", "/", "%", "**", "&", "|", "^", "<<", ">>"] {
        for (left, a) in VALUES {
            for (right, b) in VALUES {
                let source =
                    format!("fn then(event, customer) {{ let x = {a}; x {operator}= {b}; x }}");
                let result = given(&mut Bank::of(&source)).ok();
                let wanted = expected(operator, left, right).map(str::to_owned);
                assert_eq!(result, wanted, "{left} {operator}= {right}");
            }
        }
    }
}

#[test]
fn one_sided_operators_take_their_types_only() {
    for (name, a) in VALUES {
        let mut negative = Bank::of(&format!("fn then(event, customer) {{ -({a}) }}"));
        let takes = ["int", "decimal", "money", "duration"].contains(&name);
        assert_eq!(given(&mut negative).is_ok(), takes, "-{name}");
        let mut not = Bank::of(&format!("fn then(event, customer) {{ !({a}) }}"));
        assert_eq!(given(&mut not).is_ok(), name == "bool", "!{name}");
        for (other, b) in VALUES {
            let body = format!("fn then(event, customer) {{ ({b}) in ({a}) }}");
            let takes = matches!(
                (name, other),
                ("range", "int") | ("text", "text") | ("list", "text" | "ref")
            );
            assert_eq!(
                given(&mut Bank::of(&body)).is_ok(),
                takes,
                "{other} in {name}"
            );
        }
    }
}

#[test]
fn money_is_exact_and_never_wraps() {
    use super::kit::holds;
    for body in [
        "event.amount + event.金额 == 508.87 && event.amount - event.金额 == 491.11",
        "event.amount * 3 == 1499.97 && 3 * event.amount == 1499.97",
        "event.amount * 0.1 == 49.999 && 0.1 * event.amount < 50",
        "event.amount * 0.1 + event.amount * 0.2 == event.amount * 0.3",
        "-event.amount == -499.99 && -event.amount < 0",
        "499.99 == event.amount && 500 > event.amount && 499 < event.amount",
        "event.amount != 499.991 && event.amount < 499.991 && event.amount > 499.989",
    ] {
        assert_eq!(holds(body), Ok(true), "{body}");
    }
    for (body, message) in [
        (
            "event.amount > money(\"5 USD\")",
            "`>` does not go between CNY and USD",
        ),
        (
            "event.amount + money(\"5 USD\") > 1",
            "`+` does not go between CNY and USD",
        ),
        (
            "event.amount == money(\"5 USD\")",
            "`==` does not go between CNY and USD",
        ),
        (
            "event.amount / 2 > 1",
            "money is not divided: use `share_of`, or multiply",
        ),
        (
            "event.amount == \"499.99\"",
            "`==` does not go between money and text",
        ),
        (
            "event.amount > 1e-30",
            "the number at `>` has too many digits for money",
        ),
        (
            "money(\"5 euros\") > 1",
            "`5 euros` is no amount: write `500 USD`",
        ),
        (
            "event.amount.share_of(money(\"5 USD\")) > 1",
            "`share_of` does not go between CNY and USD",
        ),
    ] {
        assert_eq!(holds(body), Err(message.to_owned()), "{body}");
    }
    let body = "let x = event.amount; for n in 0..40 { x = x * 9000000000; } x > 1";
    assert_eq!(
        holds(body),
        Err("the result of `*` is too large".to_owned())
    );
}

#[test]
fn whole_numbers_never_wrap_and_decimals_stay_finite() {
    use super::kit::holds;
    for body in [
        "9223372036854775807 + 1 > 0",
        "-9223372036854775807 - 2 > 0",
        "9223372036854775807 * 2 > 0",
        "10 ** 19 > 0",
        "1e308 * 10.0 > 0",
        "abs(-9223372036854775807 - 1) > 0",
        "9223372036854775807.weeks > 1.day",
        "event.time + 9223372036854775807.ms > event.time",
    ] {
        assert!(holds(body).unwrap_err().contains("too l"), "{body}");
    }
    for body in [
        "1 / 0 > 0",
        "1 % 0 > 0",
        "1.0 / 0.0 > 0",
        "1 / 0.0 > 0",
        "1.5 % 0 > 0",
    ] {
        assert!(holds(body).unwrap_err().contains("by zero"), "{body}");
    }
}

#[test]
fn whole_numbers_and_decimals_are_compared_exactly() {
    use super::kit::holds;
    for body in [
        "1 == 1.0 && 1 < 1.5 && 2 > 1.5 && -1 > -1.5 && -2 < -1.5",
        // 2^53 + 1 has no double: read as one it would be equal to 2^53.
        "9007199254740993 > 9007199254740992.0",
        "9223372036854775807 < 9223372036854775808.0",
        "-9223372036854775807 > -1e19 && 9223372036854775807 < 1e19",
        // rhai's own `==` is tolerant, and would say true.
        "0.1 + 0.2 != 0.3 && 0.1 + 0.2 > 0.3",
    ] {
        assert_eq!(holds(body), Ok(true), "{body}");
    }
}
