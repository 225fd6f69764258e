//! A proof as text for people.

use super::judge::Difference;
use super::words::{at_text, padded, pick, width};
use super::{Failure, Proof, RuleProof};
use rules::book::Book;
use rules::finding::Lang;
use std::io::{Result, Write};

/// Writes the whole proof.
pub(super) fn write(out: &mut dyn Write, book: &Book, proof: &Proof, lang: Lang) -> Result<()> {
    let widest = proof
        .rules
        .iter()
        .map(|r| width(&r.rule))
        .max()
        .unwrap_or(0);
    for rule in &proof.rules {
        writeln!(
            out,
            "{}  {}",
            padded(&rule.rule, widest),
            counts(rule, lang)
        )?;
        for failure in &rule.failures {
            failed(out, failure, lang)?;
        }
        for lack in &rule.lacks {
            writeln!(
                out,
                "  {} {}",
                pick(lang, "lacking:", "欠缺："),
                lack.get(lang)
            )?;
        }
    }
    why_not(out, book, proof, lang)?;
    coverage(out, book, proof, lang)?;
    writeln!(out)?;
    writeln!(out, "{}", summary(proof, lang))
}

fn counts(rule: &RuleProof, lang: Lang) -> String {
    let failed = rule.failures.len();
    let (cases, runs) = (rule.cases, rule.runs);
    let mut text = match lang {
        Lang::En => format!("{}, {}", many(cases, "case"), many(runs, "run")),
        Lang::Zh => format!("{cases} 个用例，{runs} 次运行"),
    };
    match (failed, lang) {
        (0, Lang::En) => text.push_str(": ok"),
        (0, Lang::Zh) => text.push_str("：通过"),
        (_, Lang::En) => text.push_str(&format!(": {failed} failed")),
        (_, Lang::Zh) => text.push_str(&format!("：{failed} 次失败")),
    }
    text
}

fn many(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

fn failed(out: &mut dyn Write, failure: &Failure, lang: Lang) -> Result<()> {
    let name = match (&failure.zh, lang) {
        (Some(zh), Lang::Zh) => zh,
        _ => &failure.name,
    };
    let row = if failure.label.is_empty() {
        String::new()
    } else {
        format!(" [{}]", failure.label)
    };
    writeln!(out, "  {} {name}{row}", pick(lang, "FAILED", "失败"))?;
    writeln!(out, "    {}", failure.place)?;
    for problem in &failure.problems {
        writeln!(out, "    {}", problem.get(lang))?;
    }
    table(out, &failure.differences, lang)
}

/// Expected beside got, in columns.
fn table(out: &mut dyn Write, differences: &[Difference], lang: Lang) -> Result<()> {
    if differences.is_empty() {
        return Ok(());
    }
    let nothing = pick(lang, "nothing", "无");
    let head = [
        "".to_owned(),
        "at".to_owned(),
        pick(lang, "expected", "预期").to_owned(),
        pick(lang, "got", "实际").to_owned(),
    ];
    let mut rows = vec![head];
    for d in differences {
        let mut got = d.got.clone().unwrap_or_else(|| nothing.to_owned());
        if let Some(why) = &d.why {
            got = match lang {
                Lang::En => format!("{got}: {}", why.en),
                Lang::Zh => format!("{got}：{}", why.zh),
            };
        }
        rows.push([
            d.kind.key().to_owned(),
            at_text(d.at),
            d.want.clone().unwrap_or_else(|| nothing.to_owned()),
            got,
        ]);
    }
    let column = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at));
        cells.map(|cell| width(cell)).max().unwrap_or(0)
    };
    let (kind, at, want) = (column(0), column(1), column(2));
    for [k, a, w, g] in &rows {
        let (k, a, w) = (padded(k, kind), padded(a, at), padded(w, want));
        writeln!(out, "      {k}  {a}  {w}  {g}")?;
    }
    Ok(())
}

fn why_not(out: &mut dyn Write, book: &Book, proof: &Proof, lang: Lang) -> Result<()> {
    let all = super::coverage::why_not(book, &proof.coverage);
    if all.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(out, "{}", pick(lang, "why not", "为何没有"))?;
    for words in all {
        writeln!(out, "  {}", words.get(lang))?;
    }
    Ok(())
}

fn coverage(out: &mut dyn Write, book: &Book, proof: &Proof, lang: Lang) -> Result<()> {
    if proof.coverage.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(out, "{}", pick(lang, "coverage, in runs", "覆盖（次数）"))?;
    for (id, seen) in &proof.coverage {
        let Some((_, rule)) = book.rule_named(id) else {
            continue;
        };
        let one_sided = seen.one_sided(rule);
        let (all, both) = (rule.operands.len(), rule.operands.len() - one_sided.len());
        let (fires, not, refused) = (seen.fires, seen.does_not, seen.refused);
        match lang {
            Lang::En => writeln!(
                out,
                "  {id}: fires {fires}, does not {not}, refused {refused}; {both} of {all} operands seen true and false"
            )?,
            Lang::Zh => writeln!(
                out,
                "  {id}：触发 {fires}，不触发 {not}，被拒 {refused}；{all} 个条件中 {both} 个真假皆见"
            )?,
        }
        for (operand, held, failed) in one_sided {
            let (text, line) = (&operand.text, operand.line);
            let never = match (held, failed) {
                (true, _) => pick(lang, "never false", "从未为假"),
                (false, true) => pick(lang, "never true", "从未为真"),
                (false, false) => pick(lang, "never evaluated", "从未求值"),
            };
            match lang {
                Lang::En => writeln!(out, "    {never}: `{text}` (line {line})")?,
                Lang::Zh => writeln!(out, "    {never}：`{text}`（第 {line} 行）")?,
            }
        }
    }
    Ok(())
}

fn summary(proof: &Proof, lang: Lang) -> String {
    let sum = |count: fn(&RuleProof) -> usize| proof.rules.iter().map(count).sum::<usize>();
    let (cases, runs) = (sum(|r| r.cases), sum(|r| r.runs));
    let (failed, lacking) = (sum(|r| r.failures.len()), sum(|r| r.lacks.len()));
    let rules = proof.rules.len();
    match lang {
        Lang::En => {
            let what = [many(rules, "rule"), many(cases, "case"), many(runs, "run")].join(", ");
            if proof.holds() {
                format!("{what}: all as claimed")
            } else {
                format!("{what}: {failed} failed, {lacking} lacking")
            }
        }
        Lang::Zh => {
            let what = format!("{rules} 条规则，{cases} 个用例，{runs} 次运行");
            if proof.holds() {
                format!("{what}：全部通过")
            } else {
                format!("{what}：{failed} 次失败，{lacking} 处欠缺")
            }
        }
    }
}
