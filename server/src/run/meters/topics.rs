//! What is counted of sources that pull and of the sink that sends.

use super::Meters;
use metrics::{Counter, Gauge, Histogram, with_local_recorder};

/// What is counted of a source.
pub(crate) struct Pulling {
    pub(crate) lag_records: Gauge,
    pub(crate) lag_seconds: Gauge,
    pub(crate) unstable: Gauge,
    pub(crate) paused: Gauge,
    pub(crate) partitions: Gauge,
    pub(crate) rebalances: Counter,
    pub(crate) joined: Gauge,
    /// Records that another division decides about.
    pub(crate) moved: Counter,
}

/// What is counted of a sink.
pub(crate) struct Sending {
    pub(crate) commit: Histogram,
    pub(crate) producers: Counter,
    /// Bytes for those that follow.
    pub(crate) copied: Counter,
    sink: String,
}

impl Meters {
    /// The handles of a source.
    pub(crate) fn pulling(&self, source: &str) -> Pulling {
        let name = || source.to_owned();
        with_local_recorder(&*self.recorder, || Pulling {
            lag_records: metrics::gauge!("deft_source_lag_records", "source" => name()),
            lag_seconds: metrics::gauge!("deft_source_lag_seconds", "source" => name()),
            unstable: metrics::gauge!("deft_source_unstable_records", "source" => name()),
            paused: metrics::gauge!("deft_source_paused", "source" => name()),
            partitions: metrics::gauge!("deft_source_partitions", "source" => name()),
            rebalances: metrics::counter!("deft_source_rebalances_total", "source" => name()),
            joined: metrics::gauge!("deft_source_joined", "source" => name()),
            moved: metrics::counter!("deft_source_moved_total", "source" => name()),
        })
    }

    /// The handles of a sink.
    pub(crate) fn sending(&self, sink: &str) -> Sending {
        let name = || sink.to_owned();
        with_local_recorder(&*self.recorder, || Sending {
            commit: metrics::histogram!("deft_sink_commit_seconds", "sink" => name()),
            producers: metrics::counter!("deft_sink_producers_total", "sink" => name()),
            copied: metrics::counter!("deft_fleet_changelog_bytes_total"),
            sink: name(),
        })
    }

    /// A request was handed on to another node.
    pub(crate) fn handed_on(&self, is_answered: bool, took: f64) {
        let result = if is_answered { "answered" } else { "failed" };
        with_local_recorder(&*self.recorder, || {
            metrics::histogram!("deft_fleet_forward_seconds", "result" => result).record(took);
        });
    }

    /// What is not out yet: how many numbers of the log, and for how long.
    pub(crate) fn outbox(&self, sink: &str, lag: u64, oldest_ms: i64) {
        #[expect(clippy::cast_precision_loss, reason = "telemetry")]
        let (lag, oldest) = (lag as f64, oldest_ms.max(0) as f64 / 1_000.0);
        let name = || sink.to_owned();
        with_local_recorder(&*self.recorder, || {
            metrics::gauge!("deft_outbox_lag", "sink" => name()).set(lag);
            metrics::gauge!("deft_outbox_oldest_seconds", "sink" => name()).set(oldest);
        });
    }

    /// Records of this event type came by a source.
    pub(crate) fn pulled(&self, source: &str, kind: &str, count: u64) {
        let labels = [("source", source), ("type", kind)];
        self.count("deft_events_received_total", labels, count);
    }

    /// A record of a source is no event.
    pub(crate) fn pulled_reject(&self, source: &str, reason: &str) {
        let labels = [("source", source), ("reason", reason)];
        self.count("deft_events_rejected_total", labels, 1);
    }

    /// Actions for a channel are on their topic.
    pub(crate) fn delivered(&self, channel: &str, count: u64) {
        let labels = [("channel", channel), ("result", "delivered")];
        self.count("deft_action_delivery_total", labels, count);
    }

    /// What was being sent is lost as a whole, and is sent again.
    pub(crate) fn aborted(&self, sending: &Sending, reason: &str) {
        let labels = [("sink", sending.sink.as_str()), ("reason", reason)];
        self.count("deft_sink_aborts_total", labels, 1);
    }
}
