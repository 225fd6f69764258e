//! A size of DW1, put together: book, facts, and the same rules by hand.

use crate::capture::{self, Seen};
use crate::native::NativeBook;
use crate::plain::{self, Plain};
use crate::ruleset::{self, Sample};
use crate::script::Loops;
use crate::traffic::{Line, Traffic};
use crate::{catalogue, digest, script};
use rules::book::Book;
use rules::compile::compile;
use rules::facts::Facts;
use rules::project::Project;
use std::sync::Arc;

/// How much of it.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Customers, each with a recorded week of 28 events in the mean.
    pub customers: u64,
    /// Live events before those that are measured. Thresholds are fitted to all of them together.
    pub sample: usize,
    /// Live events behind them that are measured.
    pub measured: usize,
}

/// The size that figures are taken with.
pub const FULL: Size = Size {
    customers: 2_000,
    sample: 4_096,
    measured: 1_024,
};

/// The size that runs in the tests.
pub const SMOKE: Size = Size {
    customers: 100,
    sample: 512,
    measured: 128,
};

/// Total fires per thousand events: the set DW1 is named after.
pub const SPARSE: u64 = 30;
/// The same for the set `-dense`.
pub const DENSE: u64 = 1_000;

/// The one seed everything derives from.
pub const SEED: u64 = 0xDF57_0001;

/// Traffic and what it sees, without rules.
#[derive(Debug)]
pub struct Stage {
    /// Its size.
    pub size: Size,
    /// Every line: profiles, the recorded week, the sample, the measured events.
    pub lines: Vec<Line>,
    /// What the measured events see.
    pub measured: Vec<Seen>,
    sample: Sample,
}

impl Stage {
    /// Draws the traffic and lets the engine observe it.
    ///
    /// # Errors
    /// The catalogue does not compile, or the engine refuses an event: said as text.
    pub fn new(size: Size) -> Result<Self, String> {
        let mut traffic = Traffic::new(SEED, size.customers);
        let before = usize::try_from(traffic.before()).unwrap_or(0);
        let lines = traffic.take(before + size.sample + size.measured);
        let bare = Arc::new(book_of(&Project::from_files(catalogue::files()))?);
        let mut seen = capture::seen(&bare, &lines)?;
        let sample = Sample::new(seen.iter().map(Seen::plain).collect());
        let measured = seen.split_off(size.sample.min(seen.len()));
        Ok(Self {
            size,
            lines,
            measured,
            sample,
        })
    }

    /// The SHA-256 of the lines, each with its line end.
    #[must_use]
    pub fn events_digest(&self) -> String {
        let pieces = self.lines.iter();
        digest::sha256(pieces.flat_map(|line| [line.bytes.as_slice(), b"\n"]))
    }

    /// So many rules that fire `per_thousand` times on a thousand live events.
    ///
    /// # Errors
    /// As [`Stage::new`].
    pub fn workload(&self, rules: usize, per_thousand: u64) -> Result<Workload, String> {
        self.workload_with(rules, per_thousand, Loops::Last)
    }

    /// The same, saying where loops stand.
    ///
    /// # Errors
    /// As [`Stage::new`].
    pub fn workload_with(
        &self,
        rules: usize,
        per_thousand: u64,
        loops: Loops,
    ) -> Result<Workload, String> {
        let files = self.files(rules, per_thousand, loops);
        let project = Project::from_files(files.all);
        let book = Arc::new(book_of(&project)?);
        let slots = plain::slots(&book.layout).ok_or("the book lacks a path of the workload")?;
        let facts: Option<Vec<Facts>> = self
            .measured
            .iter()
            .map(|seen| seen.facts(&book, &slots))
            .collect();
        Ok(Workload {
            rules_digest: files.digest,
            project,
            facts: facts.ok_or("the book lacks an event type of the workload")?,
            plain: self.measured.iter().map(Seen::plain).collect(),
            native: files.native,
            book,
        })
    }

    /// The files of such a rule set, not compiled.
    #[must_use]
    pub fn files(&self, rules: usize, per_thousand: u64, loops: Loops) -> RuleFiles {
        let specs = ruleset::rules(SEED, rules, per_thousand, &self.sample);
        let written = script::files(&specs, loops);
        let pieces = written.iter();
        let digest =
            digest::sha256(pieces.flat_map(|(path, text)| [path.as_bytes(), text.as_bytes()]));
        let mut all = catalogue::files();
        all.extend(written);
        RuleFiles {
            all,
            digest,
            native: NativeBook::of(&specs),
        }
    }
}

/// The files of a rule set.
#[derive(Debug)]
pub struct RuleFiles {
    /// Catalogue and rules: path and text.
    pub all: Vec<(String, String)>,
    /// The SHA-256 of the rule files, paths and texts.
    pub digest: String,
    /// The same rules by hand.
    pub native: NativeBook,
}

/// A rule set and the facts it is matched against.
pub struct Workload {
    /// The SHA-256 of the rule files.
    pub rules_digest: String,
    /// Its files.
    pub project: Project,
    /// The book.
    pub book: Arc<Book>,
    /// The facts of the measured events, computed.
    pub facts: Vec<Facts>,
    /// The same as plain facts.
    pub plain: Vec<Plain>,
    /// The same rules by hand.
    pub native: NativeBook,
}

impl Workload {
    /// How many rules an event meets, in the mean of the measured ones, in tenths.
    #[must_use]
    pub fn met_tenths(&self) -> usize {
        let met = |facts: &Facts| facts.event().map_or(0, |e| self.book.rules_on(e).len());
        10 * self.facts.iter().map(met).sum::<usize>() / self.facts.len().max(1)
    }
}

/// Compiles a project; what is wrong with it is said as text.
///
/// # Errors
/// It does not compile.
pub fn book_of(project: &Project) -> Result<Book, String> {
    let (book, findings) = compile(project);
    book.ok_or_else(|| {
        let said = findings.iter().take(5).map(|f| format!("{} {f:?}", f.code));
        said.collect::<Vec<_>>().join("\n")
    })
}
