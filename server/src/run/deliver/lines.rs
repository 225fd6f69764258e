//! Batches of the log as records of topics.

use super::super::library::Library;
use super::super::store::Spoken;
use super::super::taken::Rejected;
use crate::config::fleet::{Divided, Fleet};
use crate::config::kafka::Sink;
use connectors::kafka::changelog::Entry;
use connectors::kafka::producer::Out;
use engine::log::{Frame, Section, StoreId};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Records of one sending; more wait for the next.
const RECORDS_MAX: usize = 2_000;
/// Bytes of them.
const BYTES_MAX: usize = 2 * 1024 * 1024;

/// Whole batches of the log that go out together.
pub(super) struct Shipment {
    pub(super) records: Vec<Out>,
    /// The number of the last batch.
    pub(super) seq: u64,
    /// Actions by channel.
    pub(super) channels: BTreeMap<String, u64>,
    bytes: usize,
    /// Bytes for those that follow.
    pub(super) copied: usize,
}

/// What of an action's line goes into headers.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    source: Cow<'a, str>,
    #[serde(borrow)]
    time: Cow<'a, str>,
    #[serde(borrow, default)]
    subject: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    partitionkey: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    traceparent: Option<Cow<'a, str>>,
    #[serde(borrow)]
    data: Told<'a>,
}

#[derive(Deserialize)]
struct Told<'a> {
    #[serde(borrow)]
    decision_id: Cow<'a, str>,
    #[serde(borrow)]
    customer: Cow<'a, str>,
    #[serde(borrow, default)]
    channel: Option<Cow<'a, str>>,
}

impl Shipment {
    /// Nothing yet, behind this number.
    pub(super) fn behind(seq: u64) -> Self {
        Self {
            records: Vec::new(),
            seq,
            channels: BTreeMap::new(),
            bytes: 0,
            copied: 0,
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.records.len() >= RECORDS_MAX || self.bytes >= BYTES_MAX
    }

    /// Takes a batch; gives its door time when it is the first that has something to send.
    ///
    /// # Errors
    /// An action or a reject of it cannot be read: nothing behind it may go out before it.
    pub(super) fn take(
        &mut self,
        frame: &Frame,
        sink: &Sink,
        divided: Option<&Divided>,
        node: &str,
    ) -> Result<Option<i64>, String> {
        let before = self.records.len();
        let unread = |what: &str| {
            format!(
                "{what} at number {} of the log cannot be read",
                frame.last_seq()
            )
        };
        // One that was erased says nothing any more, and is not sent.
        for payload in frame
            .items(Section::Actions)
            .filter_map(|item| item.payload)
        {
            let spoken = Spoken::read(payload);
            let out = spoken.and_then(|spoken| self.action(&spoken, sink));
            self.records.push(out.ok_or_else(|| unread("an action"))?);
        }
        for payload in frame
            .items(Section::Rejects)
            .filter_map(|item| item.payload)
        {
            let rejected = Rejected::read(payload).ok_or_else(|| unread("a reject"))?;
            self.records.push(quarantined(rejected, sink, node));
        }
        if let Some(divided) = divided {
            self.take_others(frame, divided)?;
        }
        self.seq = frame.last_seq();
        let added = self.records.get(before..).unwrap_or_default();
        let bytes = |out: &Out| out.value.as_ref().map_or(0, Vec::len);
        self.bytes += added.iter().map(bytes).sum::<usize>();
        Ok((before == 0 && !self.records.is_empty()).then(|| frame.door()))
    }

    pub(super) fn put(&mut self, record: Out) {
        self.records.push(record);
    }

    /// Takes the same batch for those that follow: as it is, behind the books that it takes up.
    ///
    /// # Errors
    /// The sources of a book cannot be read.
    pub(super) fn copy(
        &mut self,
        frame: &Frame,
        id: StoreId,
        fleet: &Fleet,
        library: Option<&Library>,
    ) -> Result<(), String> {
        let mut entries = Vec::new();
        for era in frame.eras() {
            let sources = library.map(|library| library.bytes(&era.book));
            if let Some(sources) = sources.transpose().map_err(|error| format!("{error:#}"))? {
                entries.push(Entry::Book(era.book, sources));
            }
        }
        entries.push(Entry::Batch(frame.copy(id)));
        self.put_last(&entries, fleet);
        Ok(())
    }

    /// Puts entries before all else.
    pub(super) fn put_first(&mut self, entries: &[Entry], fleet: &Fleet) {
        let behind = std::mem::take(&mut self.records);
        self.put_last(entries, fleet);
        self.records.extend(behind);
    }

    /// Puts entries behind all else.
    pub(super) fn put_last(&mut self, entries: &[Entry], fleet: &Fleet) {
        for record in entries.iter().flat_map(|entry| entry.out(&fleet.changelog)) {
            let bytes = record.value.as_ref().map_or(0, Vec::len);
            self.bytes += bytes;
            self.copied += bytes;
            self.records.push(record);
        }
    }

    /// An action: a CloudEvent in one piece, its attributes once more in headers. Its key is the
    /// customer, so that what is of one customer keeps its order.
    fn action(&mut self, spoken: &Spoken, sink: &Sink) -> Option<Out> {
        let head: Head<'_> = serde_json::from_str(&spoken.json).ok()?;
        let channel = head.data.channel.as_deref().unwrap_or("none");
        *self.channels.entry(channel.to_owned()).or_default() += 1;
        let key = head.partitionkey.as_ref().unwrap_or(&head.data.customer);
        let mut headers = vec![
            (
                "content-type",
                "application/cloudevents+json; charset=UTF-8".to_owned(),
            ),
            ("ce_specversion", "1.0".to_owned()),
            ("ce_id", head.id.clone().into_owned()),
            ("ce_type", head.kind.into_owned()),
            ("ce_source", head.source.into_owned()),
            ("ce_time", head.time.into_owned()),
            ("ce_partitionkey", key.clone().into_owned()),
            ("decision_id", head.data.decision_id.into_owned()),
        ];
        headers.extend(
            head.subject
                .map(|subject| ("ce_subject", subject.into_owned())),
        );
        if let Some(trace) = head.traceparent {
            headers.push(("ce_traceparent", trace.clone().into_owned()));
            headers.push(("traceparent", trace.into_owned()));
        }
        Some(Out {
            topic: sink.topic_of(spoken.kind),
            key: Some(key.as_bytes().to_vec()),
            headers,
            value: Some(spoken.json.as_bytes().to_vec()),
            ..Out::default()
        })
    }
}

/// A record that is no event, as it came, with where from and why.
fn quarantined(one: Rejected, sink: &Sink, node: &str) -> Out {
    let origin = one.origin;
    let headers = vec![
        ("deft_reason", one.code),
        ("deft_pointer", one.pointer),
        ("deft_cause", one.cause),
        ("deft_source", one.source.to_string()),
        ("deft_topic", origin.topic),
        ("deft_partition", origin.partition.to_string()),
        ("deft_offset", origin.offset.to_string()),
        ("deft_timestamp", origin.at.to_string()),
        ("deft_node", node.to_owned()),
    ];
    Out {
        topic: sink.quarantine.clone(),
        partition: None,
        key: origin.key,
        headers,
        came: origin.headers,
        value: origin.value,
    }
}
