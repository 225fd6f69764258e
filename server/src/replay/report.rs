//! What a replay says of itself, on stderr.

use crate::stopwatch::Stopwatch;
use engine::engine::Output;
use engine::outcome::What;
use engine::tally::Tally;
use rules::book::Book;
use rules::finding::{Lang, Words};
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::Duration;

/// Records not taken that are told on stderr one by one.
pub(super) const MAX_TOLD: usize = 20;

/// A record that was not taken.
pub(super) struct Untaken<'a> {
    pub(super) line: u64,
    pub(super) code: &'static str,
    pub(super) pointer: &'a str,
    pub(super) cause: &'a str,
}

impl<'a> Untaken<'a> {
    /// All of an output, by line.
    pub(super) fn of(output: &'a Output) -> Vec<Self> {
        let refused = output.refused.iter().map(|refused| Self {
            line: refused.line,
            code: refused.reject.code.name(),
            pointer: &refused.reject.pointer,
            cause: &refused.reject.cause,
        });
        let passed = output.outcomes.iter().filter_map(|outcome| {
            let (code, cause) = match &outcome.what {
                What::Duplicate => (
                    "DUPLICATE_EVENT",
                    "this source has sent this id with this content before",
                ),
                What::Mismatch => (
                    "DUPLICATE_MISMATCH",
                    "this source has sent this id with other content before",
                ),
                What::TooLate => (
                    "TOO_LATE",
                    "further behind its customer's newest event than the catalogue waits for",
                ),
                // With `--division` that is what was asked for.
                What::Elsewhere | What::Settled(_) => return None,
            };
            Some(Self {
                line: outcome.line.unwrap_or(0),
                code,
                pointer: "",
                cause,
            })
        });
        let mut all: Vec<Self> = refused.chain(passed).collect();
        all.sort_by_key(|untaken| untaken.line);
        all
    }

    pub(super) fn to_json(&self) -> String {
        serde_json::json!({
            "line": self.line,
            "code": self.code,
            "pointer": self.pointer,
            "cause": self.cause,
        })
        .to_string()
    }
}

/// Counts of a replay.
#[derive(Default)]
pub(super) struct Report {
    records: u64,
    decided: u64,
    late: u64,
    fired: u64,
    untaken: BTreeMap<&'static str, u64>,
    actions: BTreeMap<&'static str, u64>,
    refusals: BTreeMap<&'static str, u64>,
}

impl Report {
    pub(super) fn take(&mut self, output: &Output) {
        for untaken in Untaken::of(output) {
            self.records += 1;
            *self.untaken.entry(untaken.code).or_default() += 1;
        }
        for outcome in &output.outcomes {
            let What::Settled(settled) = &outcome.what else {
                continue;
            };
            if outcome.line.is_some() {
                self.records += 1;
                self.decided += 1;
            } else {
                self.fired += 1;
            }
            self.late += u64::from(settled.late);
            for action in &settled.actions {
                *self.actions.entry(action.data.kind).or_default() += 1;
            }
            for refused in settled.decision.iter().flat_map(|d| &d.refused) {
                *self.refusals.entry(refused.loss.code.code()).or_default() += 1;
            }
        }
    }

    pub(super) fn tell(&self, book: &Book, tally: &Tally, took: Duration, lang: Lang) {
        let seconds = took.as_secs_f64().max(1e-9);
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = self.records as f64 / seconds;
        let (records, decided, late, fired) = (self.records, self.decided, self.late, self.fired);
        let head = Words::new(
            format!(
                "{records} records in {seconds:.2} s, {rate:.0} events/s: {decided} decided, {late} of them \
                 late, {fired} timers"
            ),
            format!(
                "{records} 条记录，用时 {seconds:.2} 秒，每秒 {rate:.0} 个事件：决策 {decided}（其中迟到 {late}），\
                 定时器 {fired}"
            ),
        );
        eprintln!("{}", head.get(lang));
        for (title, counts) in [
            (Words::new("not taken", "未接收"), &self.untaken),
            (Words::new("actions", "动作"), &self.actions),
            (Words::new("refused", "未选中"), &self.refusals),
        ] {
            if !counts.is_empty() {
                let parts: Vec<String> = counts
                    .iter()
                    .map(|(name, n)| format!("{name} {n}"))
                    .collect();
                let (title, colon) = match lang {
                    Lang::En => (title.get(lang), ": "),
                    Lang::Zh => (title.get(lang), "："),
                };
                eprintln!("{title}{colon}{}", parts.join(", "));
            }
        }
        for words in tally.patterns_told(book).iter().chain(&tally.why_not(book)) {
            eprintln!("  {}", words.get(lang));
        }
    }
}

/// A line that grows on a terminal while events go through; elsewhere silence.
pub(super) struct Progress {
    shown: bool,
    count: usize,
    watch: Stopwatch,
    last: Duration,
    lang: Lang,
}

impl Progress {
    pub(super) fn start(lang: Lang) -> Self {
        Self {
            lang,
            shown: std::io::stderr().is_terminal(),
            count: 0,
            watch: Stopwatch::start(),
            last: Duration::ZERO,
        }
    }

    pub(super) fn add(&mut self, count: usize) {
        self.count += count;
        let now = self.watch.elapsed();
        if self.shown && now.saturating_sub(self.last) > Duration::from_millis(200) {
            self.last = now;
            let words = Words::new("events", "个事件");
            eprint!("\r{} {}", self.count, words.get(self.lang));
        }
    }

    pub(super) fn end(&self) {
        if self.shown && self.last > Duration::ZERO {
            eprint!("\r\x1b[2K");
        }
    }
}
