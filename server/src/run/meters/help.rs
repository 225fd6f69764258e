//! What each name counts, in one sentence: Prometheus shows it, and its linter asks for it.

use metrics::Unit;

/// What only grows.
const COUNTERS: [(&str, &str); 34] = [
    (
        "deft_source_moved_total",
        "Records a source found on its partitions that another division decides about, and sent there.",
    ),
    (
        "deft_fleet_changelog_bytes_total",
        "Bytes put on the changelog for those that follow.",
    ),
    (
        "deft_source_rebalances_total",
        "Assignments of partitions that changed, by source.",
    ),
    (
        "deft_sink_producers_total",
        "Producers begun, by sink: one, and one more for each failure.",
    ),
    (
        "deft_sink_aborts_total",
        "Transactions or sendings that failed as a whole and were made again, by sink and reason.",
    ),
    (
        "deft_action_delivery_total",
        "Actions on their way to channels, by channel and result.",
    ),
    (
        "deft_patterns_total",
        "Instances of patterns, by pattern and what became of them.",
    ),
    (
        "deft_pattern_steps_total",
        "Instances that got to a step, by pattern and step.",
    ),
    (
        "deft_reload_failed_total",
        "Projects that were to be taken up and were refused.",
    ),
    (
        "deft_events_received_total",
        "Records that came in, by source and event type.",
    ),
    (
        "deft_events_rejected_total",
        "Records that are no events, by reason.",
    ),
    (
        "deft_events_settled_total",
        "Events that came to their end, by result.",
    ),
    (
        "deft_events_late_total",
        "Events decided after a newer one of their customer.",
    ),
    (
        "deft_event_future_rejected_total",
        "Events dated too far ahead of the door's clock.",
    ),
    (
        "deft_decisions_total",
        "Decisions with at least one candidate, by outcome.",
    ),
    (
        "deft_decision_deadline_missed_total",
        "Answers of decide that were the fallback, being late.",
    ),
    (
        "deft_decision_repeats_total",
        "Answers of decide that repeat a recorded decision.",
    ),
    (
        "deft_rule_evaluations_total",
        "Evaluations of conditions, by rule and result.",
    ),
    (
        "deft_candidates_total",
        "Candidates, by what became of them.",
    ),
    ("deft_actions_total", "Actions sent, by channel and kind."),
    (
        "deft_outcomes_total",
        "Outcomes reported by channels, by word.",
    ),
    (
        "deft_shed_total",
        "Requests turned away, by admission class and reason.",
    ),
    (
        "deft_http_requests_total",
        "Requests answered, by endpoint and status.",
    ),
    (
        "deft_snapshots_total",
        "Rounds of snapshots that came to their end.",
    ),
    (
        "deft_snapshot_parts_failed_total",
        "Parts of snapshots that could not be written.",
    ),
    ("deft_ticks_total", "Ticks with an effect."),
    ("deft_timers_fired_total", "Timers that fired."),
    (
        "deft_cascades_cut_total",
        "CASCADE_LIMIT: changes of segments that made no step, because marks had made too many.",
    ),
    (
        "deft_audience_told_total",
        "Customers told of events that belong to no customer.",
    ),
    (
        "deft_audience_cut_total",
        "Events of no customer that were told to nobody, because too many were being told.",
    ),
    (
        "deft_auth_failures_total",
        "Requests without a known token or without its scope.",
    ),
    (
        "deft_stream_dropped_total",
        "Readers of the stream that were too slow.",
    ),
    (
        "deft_connections_refused_total",
        "Connections refused because all were busy.",
    ),
    (
        "deft_connections_evicted_total",
        "Idle connections closed for a newcomer.",
    ),
];

/// How long things take.
const DURATIONS: [(&str, &str); 9] = [
    (
        "deft_fleet_forward_seconds",
        "Time from handing a request on to another node to its answer, by result.",
    ),
    (
        "deft_fleet_told_seconds",
        "How old it is what another division tells of cards, devices and merchants when it comes.",
    ),
    (
        "deft_sink_commit_seconds",
        "Time from the first record of a sending to its acknowledgement or commit, by sink.",
    ),
    (
        "deft_snapshot_slice_seconds",
        "How long events wait for a slice of a snapshot.",
    ),
    ("deft_event_age_seconds", "Door time less event time."),
    (
        "deft_decision_duration_seconds",
        "Time from receipt, by stage: apply and commit alone, whole.",
    ),
    (
        "deft_queue_wait_seconds",
        "Time between receipt and the first look, by admission class.",
    ),
    (
        "deft_timer_lag_seconds",
        "Door time less the deadline of a timer that fired.",
    ),
    (
        "deft_http_request_duration_seconds",
        "Time from receipt to answer, by endpoint.",
    ),
];

/// What is so now.
const GAUGES: [(&str, &str); 32] = [
    (
        "deft_fleet_leads",
        "1 when this node of a fleet leads, 0 when it stands by or makes its copy.",
    ),
    (
        "deft_fleet_term",
        "The number of the lead that this node knows of: one more with each node that takes it.",
    ),
    (
        "deft_fleet_behind_records",
        "Records of the changelog that a node that follows has not applied yet.",
    ),
    (
        "deft_fleet_book_waits",
        "Divisions that have not said yet whether they can take up the book that is proposed.",
    ),
    (
        "deft_fleet_takeover_seconds",
        "How long the last take-over of this node took, from the group's word to its own.",
    ),
    (
        "deft_outbox_lag",
        "Numbers of the log whose actions are not on their topics yet, by sink.",
    ),
    (
        "deft_source_lag_records",
        "Records of its partitions that a source has not taken yet.",
    ),
    (
        "deft_source_unstable_records",
        "Records that a source cannot read yet because a transaction is open before them.",
    ),
    (
        "deft_source_lag_seconds",
        "Age of the last record taken while there are more, by source.",
    ),
    (
        "deft_source_paused",
        "1 while a source waits for room and fetches nothing.",
    ),
    ("deft_source_partitions", "Partitions a source has."),
    (
        "deft_source_joined",
        "1 while a source has partitions to read.",
    ),
    (
        "deft_outbox_oldest_seconds",
        "Age of the oldest committed batch whose actions are not on their topics, by sink.",
    ),
    (
        "deft_feature_cold",
        "1 while a window does not know its whole length.",
    ),
    (
        "deft_audience_rounds",
        "Events of no customer that are being told, as of the last two seconds.",
    ),
    (
        "deft_audience_halted",
        "Those of them that wait because every rule that listens is off.",
    ),
    (
        "deft_audience_waiting",
        "About how many customers they have still to be told to.",
    ),
    (
        "deft_customers",
        "Customers in memory, as of the last two seconds.",
    ),
    (
        "deft_entities",
        "Entities in memory whose windows hold something.",
    ),
    (
        "deft_state_bytes",
        "Bytes of memory that are allocated for state, by component.",
    ),
    ("deft_timers_pending", "Timers that have not fired."),
    ("deft_build_info", "The version, as a label."),
    (
        "deft_book_info",
        "The hash of the rule book in force, as a label.",
    ),
    (
        "deft_rule_change_timestamp_seconds",
        "When the rule book in force was taken up.",
    ),
    (
        "deft_in_flight_events",
        "Events between receipt and answer.",
    ),
    ("deft_queue_fill_ratio", "How full a queue is, by stage."),
    ("deft_connections", "Open connections, by listener."),
    ("deft_stream_readers", "Readers of the stream."),
    ("deft_decisions_kept", "Decisions that can be asked for."),
    (
        "deft_rule_paused",
        "1 while an order or its brake keeps a rule from acting.",
    ),
    (
        "deft_switch_off",
        "1 while an order keeps a class, or all, from acting.",
    ),
    ("deft_ready", "1 when new work is taken."),
];

/// Describes every metric.
pub(super) fn describe() {
    for (name, help) in COUNTERS {
        metrics::describe_counter!(name, help);
    }
    for (name, help) in DURATIONS {
        metrics::describe_histogram!(name, Unit::Seconds, help);
    }
    for (name, help) in GAUGES {
        metrics::describe_gauge!(name, help);
    }
}
