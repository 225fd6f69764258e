//! Sentences that many findings share.

use crate::finding::{Finding, nearest};

/// Adds "did you mean …" where there is a near name, else the known names where they are few.
#[must_use]
pub fn with_nearest<'a>(
    finding: Finding,
    word: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) -> Finding {
    let near = nearest(word, known.clone(), 3);
    if near.is_empty() {
        let all: Vec<&str> = known.into_iter().collect();
        if all.is_empty() || all.len() > 12 {
            return finding;
        }
        let list = listed(&all);
        return finding.fix(format!("there is {list}"), format!("可用的有 {list}"));
    }
    let list = listed(&near);
    finding.fix(format!("did you mean {list}?"), format!("是否想写 {list}?"))
}

/// Names in backticks with commas between.
#[must_use]
pub fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
