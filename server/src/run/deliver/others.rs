//! What other divisions get of a batch: records that they decide about, and what this one's customers did
//! with cards, devices and merchants.

use super::super::intake::peek;
use super::super::pull::DOOR;
use super::lines::Shipment;
use crate::config::fleet::Divided;
use connectors::kafka::producer::Out;
use engine::log::{Frame, Section};
use std::collections::BTreeSet;

impl Shipment {
    /// Takes what of a batch is for other divisions.
    ///
    /// # Errors
    /// A record of it cannot be read: nothing behind it may go out before it.
    pub(super) fn take_others(&mut self, frame: &Frame, divided: &Divided) -> Result<(), String> {
        for record in frame.items(Section::Moved).filter_map(|item| item.payload) {
            let customer = peek(record).map(|peek| peek.customer.into_owned());
            let customer = customer.ok_or_else(|| {
                let at = frame.last_seq();
                format!("a record for another division at number {at} of the log cannot be read")
            })?;
            self.put(Out {
                topic: divided.inbox.clone(),
                partition: Some(divided.division.number_of(&customer).into()),
                key: Some(customer.into_bytes()),
                value: Some(record.to_vec()),
                ..Out::default()
            });
        }
        let mut told = BTreeSet::new();
        for item in frame.items(Section::Told) {
            match item.payload {
                Some([]) => _ = told.insert(item.seq),
                Some(event) => self.tell(event, frame, divided),
                None => {}
            }
        }
        if told.is_empty() {
            return Ok(());
        }
        // One that was erased says nothing any more, and is told nobody.
        for input in frame.inputs().filter(|input| told.contains(&input.seq)) {
            if let Some(record) = input.payload {
                self.tell(record, frame, divided);
            }
        }
        Ok(())
    }

    fn tell(&mut self, event: &[u8], frame: &Frame, divided: &Divided) {
        self.put(Out {
            topic: divided.told.clone(),
            partition: Some(divided.division.number().into()),
            key: peek(event).map(|peek| peek.customer.into_owned().into_bytes()),
            headers: vec![(DOOR, frame.door().to_string())],
            value: Some(event.to_vec()),
            ..Out::default()
        });
    }
}
