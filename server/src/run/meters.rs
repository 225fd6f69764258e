//! What a node counts. Names carry their unit, labels come from closed sets, and the handles of the
//! hot path are resolved before the first event.

mod help;
mod live;
pub(crate) mod topics;

use super::answer::{Answer, Settlement};
use super::ask::{CLASSES, place};
use engine::reject::Code;
use metrics::{Counter, Gauge, Histogram, with_local_recorder};
use metrics_exporter_prometheus::{
    BuildError, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use rules::book::Book;
use rules::rule::Class;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// Bounds of the histograms, s: half a millisecond to five seconds.
const BUCKETS: [f64; 13] = [
    0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0,
];

/// Every reason for which a record is no event.
const REASONS: [Code; 11] = [
    Code::Malformed,
    Code::TooLarge,
    Code::TooDeep,
    Code::DuplicateMember,
    Code::MissingMember,
    Code::UnknownMember,
    Code::UnknownType,
    Code::WrongType,
    Code::OutOfRange,
    Code::BadId,
    Code::TimeOutOfBounds,
];

/// What a node counts.
pub(crate) struct Meters {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
    /// Per event type of the book, in its order; the last is for all that is not one.
    received: RwLock<Vec<Counter>>,
    rejected: BTreeMap<Code, Counter>,
    decided: Counter,
    duplicates: Counter,
    mismatches: Counter,
    too_late: Counter,
    elsewhere: Counter,
    /// How old it is what another division tells, when it comes.
    pub(crate) told: Histogram,
    late: Counter,
    future: Counter,
    age: Histogram,
    pub(crate) queue: Vec<Histogram>,
    pub(crate) apply: Histogram,
    pub(crate) commit: Histogram,
    pub(crate) whole: Histogram,
    /// How long the shards are held up by a slice of a snapshot.
    pub(crate) slice: Histogram,
    pub(crate) snapshots: Counter,
    pub(crate) snapshots_failed: Counter,
    pub(crate) ticks: Counter,
    timers: Counter,
    timer_lag: Histogram,
    shed: Vec<[Counter; 3]>,
    pub(crate) repeats: Counter,
    pub(crate) unauthenticated: Counter,
    pub(crate) forbidden: Counter,
    pub(crate) stream_dropped: Counter,
    /// A project was to be taken up, and was refused.
    pub(crate) reload_failed: Counter,
    /// Handles made at first sight; their labels are of closed sets all the same.
    seen: Mutex<BTreeMap<(&'static str, String, String), Counter>>,
    /// Most rules with series of their own.
    rules_max: usize,
}

/// Why an ask was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shed {
    /// There was no room.
    Full,
    /// It was sent faster than its source may.
    Rate,
    /// It had waited too long.
    Waited,
}

impl Meters {
    /// Meters for a book, with at most so many series.
    pub(crate) fn new(book: &Book, max_series: usize) -> Result<Self, BuildError> {
        let recorder = PrometheusBuilder::new()
            .set_buckets(&BUCKETS)?
            .build_recorder();
        let recorder = Arc::new(recorder);
        let handle = recorder.handle();
        let meters = with_local_recorder(&*recorder, || {
            help::describe();
            metrics::gauge!("deft_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
            metrics::gauge!("deft_book_info", "book" => book.hash.to_string()).set(1.0);
            let stage = |name: &'static str| metrics::histogram!("deft_decision_duration_seconds", "stage" => name);
            let result = |name: &'static str| metrics::counter!("deft_events_settled_total", "result" => name);
            let failure = |name: &'static str| metrics::counter!("deft_auth_failures_total", "reason" => name);
            Self {
                handle,
                received: RwLock::new(received(book)),
                rejected: REASONS.map(rejected).into_iter().collect(),
                decided: result("decided"),
                duplicates: result("duplicate"),
                mismatches: result("mismatch"),
                elsewhere: result("elsewhere"),
                told: metrics::histogram!("deft_fleet_told_seconds"),
                too_late: result("too_late"),
                late: metrics::counter!("deft_events_late_total"),
                future: metrics::counter!("deft_event_future_rejected_total"),
                age: metrics::histogram!("deft_event_age_seconds"),
                queue: CLASSES
                    .map(|class| metrics::histogram!("deft_queue_wait_seconds", "class" => class.name()))
                    .to_vec(),
                apply: stage("apply"),
                commit: stage("commit"),
                whole: stage("whole"),
                slice: metrics::histogram!("deft_snapshot_slice_seconds"),
                snapshots: metrics::counter!("deft_snapshots_total"),
                snapshots_failed: metrics::counter!("deft_snapshot_parts_failed_total"),
                ticks: metrics::counter!("deft_ticks_total"),
                timers: metrics::counter!("deft_timers_fired_total"),
                timer_lag: metrics::histogram!("deft_timer_lag_seconds"),
                shed: CLASSES.map(shed).to_vec(),
                repeats: metrics::counter!("deft_decision_repeats_total"),
                unauthenticated: failure("unauthenticated"),
                forbidden: failure("forbidden"),
                stream_dropped: metrics::counter!("deft_stream_dropped_total"),
                reload_failed: metrics::counter!("deft_reload_failed_total"),
                seen: Mutex::new(BTreeMap::new()),
                // Four series a rule; the rest of the room is for everything else.
                rules_max: max_series.saturating_sub(450) / 4,
                recorder: Arc::clone(&recorder),
            }
        });
        Ok(meters)
    }

    /// The text that Prometheus reads.
    pub(crate) fn render(&self) -> String {
        self.handle.render()
    }

    /// Folds samples together; without it they pile up until somebody scrapes.
    pub(crate) fn upkeep(&self) {
        self.handle.run_upkeep();
    }

    /// A record came in, of the event type at this place of the book.
    pub(crate) fn receive(&self, kind: Option<usize>) {
        let place = kind.unwrap_or(usize::MAX);
        let received = self.received.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(counter) = received.get(place).or(received.last()) {
            counter.increment(1);
        }
    }

    /// A record came to its end; who pulled it, where a source did.
    pub(crate) fn answer(&self, answer: &Answer, source: Option<&Arc<str>>) {
        match answer {
            Answer::Settled(_) => self.decided.increment(1),
            Answer::Duplicate => self.duplicates.increment(1),
            Answer::Mismatch => self.mismatches.increment(1),
            Answer::TooLate => self.too_late.increment(1),
            Answer::Elsewhere(_) => self.elsewhere.increment(1),
            Answer::Rejected(reject) => {
                match source {
                    Some(source) => self.pulled_reject(source, reject.code.name()),
                    None => self.reject(reject.code),
                }
                if reject.code == Code::TimeOutOfBounds && reject.cause.contains("ahead") {
                    self.future.increment(1);
                }
            }
        }
    }

    /// A record that never reached the engine.
    pub(crate) fn reject(&self, code: Code) {
        if let Some(counter) = self.rejected.get(&code) {
            counter.increment(1);
        }
    }

    /// A step was made, at this door time; by a timer, or by an event.
    pub(crate) fn settle(&self, settlement: &Settlement, door: i64, timer: bool) {
        let age = seconds(door.saturating_sub(settlement.time));
        if timer {
            self.timers.increment(1);
            self.timer_lag.record(age);
        } else {
            self.age.record(age);
        }
        if settlement.late {
            self.late.increment(1);
        }
        let withdrawn = settlement.withdrawn.len() as u64;
        if withdrawn > 0 {
            let labels = [("reason", "WITHDRAWN"), ("", "")];
            self.count("deft_candidates_total", labels, withdrawn);
        }
        if settlement.decision.is_none() {
            return;
        }
        self.count(
            "deft_decisions_total",
            [("outcome", outcome(settlement)), ("", "")],
            1,
        );
        for (code, count) in &settlement.refusals {
            let count = u64::from(*count);
            self.count("deft_candidates_total", [("reason", code), ("", "")], count);
        }
        for sent in &settlement.actions {
            self.count("deft_candidates_total", [("reason", "CHOSEN"), ("", "")], 1);
            let channel = sent.channel.as_deref().unwrap_or("none");
            let labels = [("channel", channel), ("kind", sent.kind)];
            self.count("deft_actions_total", labels, 1);
        }
    }

    /// An ask was turned away.
    pub(crate) fn shed(&self, class: Class, why: Shed) {
        let [full, rate, waited] = match self.shed.get(place(class)) {
            Some(counters) => counters,
            None => return,
        };
        match why {
            Shed::Full => full.increment(1),
            Shed::Rate => rate.increment(1),
            Shed::Waited => waited.increment(1),
        }
    }

    /// How long the requests of an endpoint take.
    pub(crate) fn endpoint(&self, endpoint: &'static str) -> Histogram {
        with_local_recorder(
            &self.recorder,
            || metrics::histogram!("deft_http_request_duration_seconds", "endpoint" => endpoint),
        )
    }

    /// A request was answered.
    pub(crate) fn request(&self, endpoint: &'static str, status: u16) {
        let status = status.to_string();
        let labels = [("endpoint", endpoint), ("status", status.as_str())];
        self.count("deft_http_requests_total", labels, 1);
    }

    /// An answer of decide was the fallback, being late.
    pub(crate) fn miss(&self, fallback: &'static str) {
        let labels = [("default", fallback), ("", "")];
        self.count("deft_decision_deadline_missed_total", labels, 1);
    }

    /// An outcome was reported.
    pub(crate) fn outcome(&self, word: &str) {
        self.count("deft_outcomes_total", [("outcome", word), ("", "")], 1);
    }

    /// A value as of now.
    pub(crate) fn gauge(
        &self,
        name: &'static str,
        label: Option<(&'static str, &'static str)>,
        value: f64,
    ) {
        let gauge: Gauge = with_local_recorder(&*self.recorder, || match label {
            Some((name_of, word)) => metrics::gauge!(name, name_of => word),
            None => metrics::gauge!(name),
        });
        gauge.set(value);
    }

    /// A count that is kept elsewhere, by listener.
    pub(crate) fn absolute(&self, name: &'static str, listener: &'static str, count: u64) {
        with_local_recorder(&*self.recorder, || {
            metrics::counter!(name, "listener" => listener).absolute(count);
        });
    }

    fn count(&self, name: &'static str, labels: [(&'static str, &str); 2], by: u64) {
        let [(one, first), (two, second)] = labels;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (name, first.to_owned(), second.to_owned());
        let counter = seen.entry(key).or_insert_with(|| {
            let (first, second) = (first.to_owned(), second.to_owned());
            with_local_recorder(&*self.recorder, || {
                if two.is_empty() {
                    metrics::counter!(name, one => first)
                } else {
                    metrics::counter!(name, one => first, two => second)
                }
            })
        });
        counter.increment(by);
    }
}

fn seconds(ms: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "telemetry")]
    let seconds = ms.max(0) as f64 / 1_000.0;
    seconds
}

fn received(book: &Book) -> Vec<Counter> {
    let names = book
        .catalogue
        .events
        .iter()
        .map(|kind| kind.name.to_string());
    let counter = |name: String| metrics::counter!("deft_events_received_total", "source" => "http", "type" => name);
    names.chain(["unknown".to_owned()]).map(counter).collect()
}

fn rejected(code: Code) -> (Code, Counter) {
    let counter = metrics::counter!(
        "deft_events_rejected_total", "source" => "http", "reason" => code.name()
    );
    (code, counter)
}

fn shed(class: Class) -> [Counter; 3] {
    ["full", "rate", "waited"].map(
        |reason| metrics::counter!("deft_shed_total", "class" => class.name(), "reason" => reason),
    )
}

/// One word for what a decision came to: of fraud, else of marketing.
fn outcome(settlement: &Settlement) -> &'static str {
    let verdicts = [
        ("block", "blocked"),
        ("hold", "held"),
        ("step_up", "step-up"),
        ("allow", "allowed"),
    ];
    let sent = |verdict: &str| {
        settlement
            .actions
            .iter()
            .any(|a| a.verdict == Some(verdict))
    };
    let word = verdicts.into_iter().find(|(verdict, _)| sent(verdict));
    match word {
        Some((_, word)) => word,
        None if !settlement.actions.is_empty() => "offered",
        None if !settlement.refusals.is_empty() => "suppressed",
        None => "no match",
    }
}
