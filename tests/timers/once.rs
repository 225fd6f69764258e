//! Timers over a store whose process dies again and again, before and behind a commit, while the clock
//! jumps an hour ahead and back. `DEFT_TIMERS` says how many.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use engine::door::Stand;
use engine::engine::{Engine, Output};
use engine::journal::Entry;
use engine::key::KeyGroup;
use engine::log::codec::{Kinds, Logged as _, decode_all};
use engine::log::{Batch, Files, Log, Loss, Options, Section, StoreId, Twin};
use engine::outcome::What;
use engine::plan::Plan;
use engine::shard::Record;
use engine::time::Steady;
use kit::{Claimed, Failed, Seed};
use rules::book::Book;
use serde_json::json;

/// 2026-03-02, 08:00 in Shanghai, ms.
const EIGHT: i64 = 1_772_409_600_000;
const HOUR: i64 = 3_600_000;
const MINUTE: i64 = 60_000;
/// Records of a batch.
const BATCH: usize = 256;
/// From so many timers on deaths are planned.
const MANY: usize = 50_000;
/// How often the process dies.
const DEATHS: usize = 12;

/// A process: an engine over a store.
pub(crate) struct Process {
    pub(crate) engine: Engine,
    pub(crate) log: Log,
    kinds: Kinds,
    book: Arc<Book>,
}

/// What was committed: firings by customer and timer, with deadline and door time.
type Fired = BTreeMap<(String, i64), Vec<i64>>;

impl Process {
    pub(crate) fn start(twin: &Twin, book: &Arc<Book>, shards: usize) -> Result<Self, Failed> {
        let files: Arc<dyn Files> = Arc::new(twin.clone());
        let options = Options::new(StoreId(*b"a store of tests"), "2025b");
        let (mut log, recovery) = Log::open(files, Path::new("/store"), &options)?;
        let kinds = Kinds::of_book(&mut log, book, &Plan::build(book, false)?);
        let mut engine = super::engine(book, shards, true)?;
        let mut clock = None;
        if recovery.durable > 0 {
            let view = log.view();
            for frame in view.frames_since(0)? {
                let frame = frame?;
                clock = Some(frame.door());
                let mut entries: Vec<Entry> = Vec::new();
                for section in [Section::Changes, Section::Shared] {
                    for item in frame.items(section) {
                        let bytes = item.payload.ok_or("erased")?;
                        entries.extend(decode_all::<Entry>(&kinds, bytes)?);
                    }
                }
                engine.restore(entries)?;
            }
            engine.restored(Stand {
                seq: recovery.durable,
                clock,
                last_tick: clock.unwrap_or(0),
            })?;
        }
        Ok(Self {
            engine,
            log,
            kinds,
            book: Arc::clone(book),
        })
    }

    /// Appends a batch; what fired in it.
    pub(crate) fn append(&mut self, output: &Output) -> Result<Vec<(String, i64)>, Failed> {
        let stand = self.engine.stand();
        let mut batch = Batch::new(self.log.next_seq(), stand.seq, stand.clock.unwrap_or(0));
        for entry in &output.entries {
            let mut bytes = Vec::new();
            entry.encode(&self.kinds, &mut bytes)?;
            match entry.group(&self.book) {
                Some(group) => batch.change(stand.seq, group, &bytes),
                None => batch.shared(stand.seq, &bytes),
            }
        }
        for outcome in &output.outcomes {
            let (seq, group) = (outcome.place.seq, KeyGroup::of(&outcome.place.key));
            if outcome.line.is_some() {
                batch.input(seq, Some(group), b"");
            }
        }
        self.log.append(&batch)?;
        let fired = output.outcomes.iter().filter(|o| o.line.is_none());
        fired
            .map(|outcome| match &outcome.what {
                What::Settled(settled) if settled.actions.len() == 1 => {
                    Ok((outcome.place.key.to_string(), outcome.place.deadline))
                }
                other => Err(format!("a timer without its action: {other:?}").into()),
            })
            .collect()
    }
}

/// The record that sets the n-th timer: every other one is dated.
fn setting(n: usize, time: i64) -> Record {
    let customer = format!("c{n}");
    if n.is_multiple_of(2) {
        let zone = if n.is_multiple_of(4) {
            "Asia/Shanghai"
        } else {
            "Asia/Manila"
        };
        let data = json!({ "day": "2026-03-02", "tz": zone });
        return super::record("profile.day", &customer, &format!("d{n}"), time, &data);
    }
    super::record(
        "channel.asked",
        &customer,
        &format!("a{n}"),
        time,
        &json!({}),
    )
}

/// The wall clock of a machine that is put an hour ahead and back, and the senders' own.
struct Clocks {
    now: i64,
    jump: i64,
    /// As a node reads it.
    steady: Steady,
}

pub(super) fn each_fires_once() -> Claimed {
    for (shards, seed) in [(1, 3), (3, 5)] {
        run(super::timers("DEFT_TIMERS", 3_000), shards, seed)?;
    }
    Ok(())
}

/// One run: the process, its clocks, and what is known to have survived.
struct Run {
    process: Process,
    clocks: Clocks,
    seed: Seed,
    wanted: usize,
    /// So many timers are set.
    set: usize,
    deaths: usize,
    fired: Fired,
}

fn run(wanted: usize, shards: usize, seed: u64) -> Claimed {
    let book = super::book("at = \"09:00\"\nspread = \"30m\"", "90m")?;
    let twin = Twin::new(seed);
    let mut run = Run {
        process: Process::start(&twin, &book, shards)?,
        clocks: Clocks {
            now: EIGHT,
            jump: 0,
            steady: Steady::at(EIGHT, EIGHT),
        },
        seed: Seed::new(seed),
        wanted,
        set: 0,
        deaths: 0,
        fired: Fired::new(),
    };
    while run.set < wanted || run.process.engine.size()?.timers > 0 {
        let before = run.set;
        let mut open = run.work()?;
        let last = run.process.engine.stand().seq;
        // Among very many it would hardly ever die by chance: deaths are spread over all that is set and fires.
        let due = (run.set + run.fired.len()) * DEATHS / (2 * wanted);
        let is_its_turn = wanted >= MANY && run.deaths < due;
        let chance = run.seed.below(wanted / BATCH + 4) < 4;
        let dies = run.deaths < DEATHS && (chance || is_its_turn);
        if !dies || run.seed.below(2) == 0 {
            run.process.log.commit()?;
        }
        if dies {
            run.deaths += 1;
            let loss = if run.seed.below(2) == 0 {
                Loss::Drop
            } else {
                Loss::Tear
            };
            run = run.again(&twin, &book, shards, loss)?;
        }
        if run.process.log.durable() >= last {
            for (key, due, door) in open.drain(..) {
                run.fired.entry((key, due)).or_default().push(door);
            }
        } else {
            // What did not survive never happened: it is sent again.
            run.set = before;
        }
    }
    if run.deaths < 4 {
        return Err("the process hardly ever died: nothing is shown".into());
    }
    judge(wanted, &run.fired)
}

impl Run {
    /// A batch of records, or a tick; what fired, when due, and by which door time.
    fn work(&mut self) -> Result<Vec<(String, i64, i64)>, Failed> {
        // Up to 08:50 by the senders' clock all are set.
        let step = 50 * MINUTE / i64::try_from(self.wanted.div_ceil(BATCH))?;
        self.clocks.now += if self.set < self.wanted { step } else { 100 };
        if self.seed.below(9) == 0 {
            let jumps = [-HOUR, 0, HOUR];
            self.clocks.jump = jumps.get(self.seed.below(3)).copied().unwrap_or(0);
        }
        let (now, raw) = (self.clocks.now, self.clocks.now + self.clocks.jump);
        let wall = self.clocks.steady.read(raw, now);
        let output = if self.set < self.wanted {
            let some = self.set..self.wanted.min(self.set + BATCH);
            self.set = some.end;
            // What is sent again is still of before nine.
            let time = self.clocks.now.min(EIGHT + 50 * MINUTE);
            let records = some.map(|n| setting(n, time)).collect();
            self.process.engine.push_live(records, wall)?
        } else {
            match self.process.engine.tick_live(wall)? {
                Some(output) => output,
                None => {
                    self.clocks.now += MINUTE;
                    return Ok(Vec::new());
                }
            }
        };
        if let Some(refused) = output.refused.first() {
            return Err(format!("refused: {refused:?}").into());
        }
        let door = self.process.engine.stand().clock.unwrap_or(0);
        let fired = self.process.append(&output)?.into_iter();
        Ok(fired.map(|(key, due)| (key, due, door)).collect())
    }

    /// The power goes, and another process takes the store up.
    fn again(
        self,
        twin: &Twin,
        book: &Arc<Book>,
        shards: usize,
        loss: Loss,
    ) -> Result<Self, Failed> {
        let Self {
            process,
            mut clocks,
            seed,
            wanted,
            set,
            deaths,
            fired,
        } = self;
        drop(process);
        twin.crash(loss);
        let process = Process::start(twin, book, shards)?;
        let clock = process.engine.stand().clock.unwrap_or(i64::MIN);
        let wall = clocks.now + clocks.jump;
        clocks.steady = Steady::at(clock.max(wall), clocks.now);
        Ok(Self {
            process,
            clocks,
            seed,
            wanted,
            set,
            deaths,
            fired,
        })
    }
}

/// None missed, none double, none early.
fn judge(wanted: usize, fired: &Fired) -> Claimed {
    let mut by_customer: BTreeMap<&str, usize> = BTreeMap::new();
    for ((customer, due), doors) in fired {
        *by_customer.entry(customer).or_default() += doors.len();
        if doors.iter().any(|door| door < due) {
            return Err(format!("`{customer}`: due {due}, fired at {doors:?}: early").into());
        }
        let number: usize = customer.trim_start_matches('c').parse()?;
        if number.is_multiple_of(2) && !(EIGHT + HOUR..EIGHT + HOUR + 30 * MINUTE).contains(due) {
            return Err(format!("`{customer}` fired at {due}: not of its hour").into());
        }
    }
    let missed = wanted - by_customer.len();
    let double = by_customer.values().filter(|times| **times > 1).count();
    if missed == 0 && double == 0 {
        return Ok(());
    }
    Err(format!("of {wanted} timers {missed} missed and {double} double").into())
}
