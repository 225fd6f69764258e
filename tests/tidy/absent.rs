//! What is absent stays absent: words of async, of networks and of locks, by room.

use super::Rule;
use super::tree::{Problem, Tree, is_product};

/// Where a word may not stand, and why.
const ABSENT: [(&[&str], &[&str], &str); 3] = [
    (
        &["rules/", "engine/"],
        &["async", "await", "tokio"],
        "no async below the connectors",
    ),
    (
        &["rules/", "engine/"],
        &["net", "TcpStream", "TcpListener", "UdpSocket"],
        "no network below the connectors",
    ),
    (
        &["engine/"],
        &["Mutex", "RwLock", "Condvar"],
        "a shard has one writer and no lock",
    ),
];

pub(super) fn rules() -> Vec<Rule> {
    vec![Rule {
        name: "what_is_absent_stays_absent",
        check: absent,
        bad,
        good,
    }]
}

fn absent(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, rust) in tree.rust().filter(|(path, _)| is_product(path)) {
        for (rooms, words, why) in ABSENT {
            if !rooms.iter().any(|room| path.starts_with(room)) {
                continue;
            }
            for (index, line) in rust.code().lines().enumerate() {
                let mut found = line.split(|char: char| !char.is_alphanumeric() && char != '_');
                if let Some(word) = found.find(|word| words.contains(word)) {
                    problems.push(Problem::new(path, index + 1, format!("`{word}`: {why}")));
                }
            }
        }
    }
    problems
}

fn bad() -> Tree {
    Tree::of(&[
        ("rules/src/a.rs", "async fn f() {}\n"),
        ("engine/src/b.rs", "use std::net::TcpStream;\n"),
        ("engine/src/c.rs", "struct S { lock: Mutex<u8> }\n"),
    ])
}

fn good() -> Tree {
    Tree::of(&[
        (
            "engine/src/a.rs",
            "// no async, no Mutex\nfn asynchronous(network: u8) {}\n",
        ),
        (
            "connectors/src/b.rs",
            "async fn f() { let m = Mutex::new(1); }\n",
        ),
        ("engine/src/c/tests.rs", "use std::sync::Mutex;\n"),
    ])
}
