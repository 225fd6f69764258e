//! How long a file, a function and a line may be.

use kit::RustText;

use super::Rule;
use super::tree::{Problem, Tree, is_product};

const FILE_LINES_MAX: usize = 400;
const TEST_BLOCK_LINES_MAX: usize = 80;
const FUNCTION_LINES_MAX: usize = 70;
const LINE_CHARS_MAX: usize = 120;

pub(super) fn rules() -> Vec<Rule> {
    vec![
        Rule {
            name: "no_product_file_is_over_400_lines",
            check: files,
            bad: bad_files,
            good: good_files,
        },
        Rule {
            name: "no_function_is_over_70_lines",
            check: functions,
            bad: bad_functions,
            good: good_functions,
        },
        Rule {
            name: "no_line_is_over_120_characters",
            check: lines,
            bad: bad_lines,
            good: good_lines,
        },
    ]
}

fn files(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, text) in tree.iter().filter(|(path, _)| is_product(path)) {
        let all = text.lines().count();
        let block = RustText::new(text).test_block();
        let product = block.map_or(all, |(start, _)| start - 1);
        if product > FILE_LINES_MAX {
            let what = format!(
                "{product} lines before its tests, {FILE_LINES_MAX} allowed: two ideas in one room, part them"
            );
            problems.push(Problem::new(path, product, what));
        }
        if let Some((start, end)) = block.filter(|(start, end)| end - start >= TEST_BLOCK_LINES_MAX)
        {
            let what = format!(
                "{} lines of tests, {TEST_BLOCK_LINES_MAX} allowed here: move them to `{}/tests.rs`",
                end - start + 1,
                path.trim_end_matches(".rs")
            );
            problems.push(Problem::new(path, start, what));
        }
    }
    problems
}

fn functions(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, rust) in tree
        .rust()
        .filter(|(path, _)| is_product(path) || path.starts_with("tests/"))
    {
        for function in rust
            .functions()
            .iter()
            .filter(|function| function.lines > FUNCTION_LINES_MAX)
        {
            let what = format!(
                "`{}` has {} lines, {FUNCTION_LINES_MAX} allowed: name its parts",
                function.name, function.lines
            );
            problems.push(Problem::new(path, function.line, what));
        }
    }
    problems
}

fn lines(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, text) in tree.iter().filter(|(path, _)| is_product(path)) {
        for (index, line) in text.lines().enumerate() {
            let length = line.chars().count();
            if length > LINE_CHARS_MAX {
                let what = format!("{length} characters, {LINE_CHARS_MAX} allowed: break it");
                problems.push(Problem::new(path, index + 1, what));
            }
        }
    }
    problems
}

fn tests_of(lines: usize) -> String {
    format!(
        "#[cfg(test)]\nmod tests {{\n{}}}\n",
        "    // a line\n".repeat(lines - 3)
    )
}

fn bad_files() -> Tree {
    let long = "const A: u8 = 1;\n".repeat(FILE_LINES_MAX + 1);
    let loud = format!("const A: u8 = 1;\n{}", tests_of(TEST_BLOCK_LINES_MAX + 1));
    // A block that does not end the file is no excuse.
    let hidden = format!(
        "{}{}const B: u8 = 2;\n",
        "const A: u8 = 1;\n".repeat(350),
        tests_of(60)
    );
    Tree::of(&[
        ("rules/src/long.rs", &long),
        ("engine/src/loud.rs", &loud),
        ("server/src/hidden.rs", &hidden),
    ])
}

fn good_files() -> Tree {
    let full = "const A: u8 = 1;\n".repeat(FILE_LINES_MAX);
    let tested = format!("{full}{}", tests_of(TEST_BLOCK_LINES_MAX));
    let long = "const A: u8 = 1;\n".repeat(FILE_LINES_MAX * 2);
    Tree::of(&[
        ("rules/src/full.rs", &full),
        ("rules/src/tested.rs", &tested),
        ("rules/src/full/tests.rs", &long),
        ("tests/windows.rs", &long),
    ])
}

fn function_of(lines: usize) -> String {
    format!(
        "fn f() {{\n{}}}\n",
        "    let _ = \"{\";\n".repeat(lines - 2)
    )
}

fn bad_functions() -> Tree {
    let long = function_of(FUNCTION_LINES_MAX + 1);
    Tree::of(&[("engine/src/a.rs", &long), ("tests/a.rs", &long)])
}

fn good_functions() -> Tree {
    let full = function_of(FUNCTION_LINES_MAX);
    let table = function_of(FUNCTION_LINES_MAX + 1);
    Tree::of(&[
        ("engine/src/a.rs", &full),
        ("engine/src/a/tests.rs", &table),
    ])
}

fn bad_lines() -> Tree {
    let wide = format!("// {}\n", "客".repeat(LINE_CHARS_MAX - 2));
    Tree::of(&[("rules/src/wide.rs", &wide)])
}

fn good_lines() -> Tree {
    let full = format!("// {}\n", "客".repeat(LINE_CHARS_MAX - 3));
    Tree::of(&[
        ("rules/src/full.rs", &full),
        ("docs/prose.md", &full.replace('\n', &full)),
    ])
}
