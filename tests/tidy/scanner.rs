//! The scanner the rules stand on: code is code, and the rest is not.

use kit::{Claimed, Function, RustText, Trial, claim};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        claim(
            "tidy::scanner::strings_and_comments_are_no_code",
            literals_are_no_code,
        ),
        claim(
            "tidy::scanner::comments_are_found_and_nothing_else",
            comments_are_found,
        ),
        claim(
            "tidy::scanner::lines_keep_their_numbers",
            lines_keep_their_numbers,
        ),
        claim(
            "tidy::scanner::a_function_ends_at_its_own_brace",
            functions_end,
        ),
        claim(
            "tidy::scanner::only_a_trailing_test_module_is_a_test_block",
            test_blocks,
        ),
        claim("tidy::scanner::items_are_whole", items_are_whole),
    ]
}

fn literals_are_no_code() -> Claimed {
    let cases = [
        (r#"a("}{", b)"#, "a( , b)"),
        (r#"a("\"}", b)"#, "a( , b)"),
        (r##"a(r"\", b)"##, "a( , b)"),
        (r###"a(r#""}"#, b)"###, "a( , b)"),
        (r####"a(br##""#}"##, b)"####, "a(b , b)"),
        (r###"a(cr#"}"#, b)"###, "a(c , b)"),
        ("a(r#fn, b)", "a(r#fn, b)"),
        (
            "a('{', b'}', '\\'', '\\u{7D}', '\"', b)",
            "a( , b , , , , b)",
        ),
        (
            "f<'a, 'b>(x: &'a str, y: &'static str)",
            "f<'a, 'b>(x: &'a str, y: &'static str)",
        ),
        (
            "'outer: loop { break 'outer; }",
            "'outer: loop { break 'outer; }",
        ),
        ("a /* } /* { */ } */ b // }\nc", "a b c"),
        ("a \"// b\" c", "a c"),
        ("a // \"b\nc", "a c"),
        ("numbr\"}\"", "numbr "),
        ("a(\"客{\", '客', b)", "a( , , b)"),
        ("a(\"open", "a( "),
    ];
    for (source, expected) in cases {
        let flat = |text: &str| text.split_whitespace().collect::<String>();
        let got = RustText::new(source);
        if flat(got.code()) != flat(expected) {
            return Err(
                format!("{source}\n  gives    {}\n  expected {expected}", got.code()).into(),
            );
        }
    }
    Ok(())
}

fn comments_are_found() -> Claimed {
    let text =
        RustText::new("a(\"// no\"); // yes\n/* yes /* yes */ yes */ b /// yes\n'x' '/' '/'");
    let words: Vec<&str> = text.comments().split_whitespace().collect();
    let expected = [
        "//", "yes", "/*", "yes", "/*", "yes", "*/", "yes", "*/", "///", "yes",
    ];
    if words == expected {
        Ok(())
    } else {
        Err(format!("{words:?}").into())
    }
}

fn lines_keep_their_numbers() -> Claimed {
    let source = "a\n\"x\ny\" // c\n/* d\ne */\nr#\"\n\n\"# f";
    let text = RustText::new(source);
    let lines = source.matches('\n').count();
    let kept = |text: &str| text.matches('\n').count() == lines;
    if kept(text.code()) && kept(text.comments()) {
        Ok(())
    } else {
        Err(format!("{text:?}").into())
    }
}

fn functions_end() -> Claimed {
    let source = "
fn one() {}
trait T { fn none(&self); fn two<'a>(x: [u8; { 1 }]) -> Option<&'a str>
where Self: Sized,
{
    if x { \"}\" } else { '}' }
    fn inner() {
    }
} }
type Pointer = fn(u8) -> u8;
macro_rules! m { ($n:ident) => { fn $n() { } } }
const fn last() { match x { _ => {}
} }
";
    let text = RustText::new(source);
    let shape = |function: &Function| (function.name.clone(), function.line, function.lines);
    let got: Vec<_> = text.functions().iter().map(shape).collect();
    let expected = [
        ("one", 2, 1),
        ("two", 3, 7),
        ("inner", 7, 2),
        ("$n", 11, 1),
        ("last", 12, 2),
    ]
    .map(|(name, line, lines)| (name.to_owned(), line, lines));
    if got == expected {
        Ok(())
    } else {
        Err(format!("{got:?}").into())
    }
}

fn test_blocks() -> Claimed {
    let cases = [
        (
            "fn f() {}\n#[cfg(test)]\nmod tests {\n    fn t() { \"}\" }\n}\n",
            Some((2, 5)),
        ),
        ("#[cfg(test)]\nmod tests {\n}\nfn f() {}\n", None),
        ("fn f() {}\n#[cfg(test)]\nmod tests;\n", None),
        ("// #[cfg(test)] mod tests { }\nfn f() {}\n", None),
    ];
    for (source, expected) in cases {
        let got = RustText::new(source).test_block();
        if got != expected {
            return Err(format!("{source}\n  gives {got:?}, expected {expected:?}").into());
        }
    }
    Ok(())
}

fn items_are_whole() -> Claimed {
    let text = RustText::new("#![a(b)]\nmod a;\npub use b::{c,\n d};\n#[x] fn f() { g(); h }\n");
    let got = text.items();
    let expected = [
        (1, "# ! [ a ( b ) ]"),
        (2, "mod a ;"),
        (3, "pub use b : : { c , d }"),
        (4, ";"),
        (5, "# [ x ]"),
        (5, "fn f ( ) { g ( ) ; h }"),
    ]
    .map(|(line, text)| (line, text.to_owned()));
    if got == expected {
        Ok(())
    } else {
        Err(format!("{got:?}").into())
    }
}
