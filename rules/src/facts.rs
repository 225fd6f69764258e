//! What a rule may see: typed slots, filled lazily, read in one way.

use crate::catalogue::EventId;
use crate::layout::Slot;
use crate::value::Value;

/// Whoever knows the values of slots: the engine live, a decision record in an explanation.
pub trait Fill {
    /// The value of `slot` for the event being decided. Asked at most once per slot and event.
    fn fill(&mut self, slot: Slot) -> Value;

    /// True when the `value` it filled `slot` with is a window that does not tell all there is.
    fn is_truncated(&self, slot: Slot, value: &Value) -> bool {
        let _ = (slot, value);
        false
    }

    /// True when it filled `slot` with a window that holds an event which came behind a later one.
    fn is_corrected(&self, slot: Slot) -> bool {
        let _ = slot;
        false
    }

    /// Goes on with another event of the same step: 0 is the one being decided, then come those it
    /// completed. Leaves `facts` as they are known of that event before anything is asked.
    fn turn(&mut self, at: usize, facts: &mut Facts);
}

/// The slots of one event: their values, which are computed, and which were read.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    event: Option<EventId>,
    values: Vec<Value>,
    computed: Bits,
    read: Bits,
}

impl Facts {
    /// Empty facts for a layout of so many slots.
    #[must_use]
    pub fn new(slots: usize) -> Self {
        Self {
            event: None,
            values: vec![Value::Missing; slots],
            computed: Bits::new(slots),
            read: Bits::new(slots),
        }
    }

    /// Forgets everything, for the next event; keeps its memory.
    pub fn reset(&mut self, event: EventId) {
        self.event = Some(event);
        self.computed.clear();
        self.read.clear();
    }

    /// The event type these facts are about.
    #[must_use]
    pub fn event(&self) -> Option<EventId> {
        self.event
    }

    /// Fills those of `slots` that are not computed yet.
    pub fn ensure(&mut self, slots: &[Slot], from: &mut dyn Fill) {
        for slot in slots {
            if !self.computed.has(*slot) {
                let value = from.fill(*slot);
                self.set(*slot, value);
            }
        }
    }

    /// Sets a slot that is known already.
    pub fn set(&mut self, slot: Slot, value: Value) {
        if let Some(place) = self.values.get_mut(usize::from(slot.0)) {
            *place = value;
            self.computed.set(slot);
        }
    }

    /// The value of a computed slot, and notes the read. A slot that is not computed is missing.
    pub fn get(&mut self, slot: Slot) -> &Value {
        self.read.set(slot);
        self.peek(slot)
    }

    /// The value of a computed slot without noting a read: for records and tests.
    #[must_use]
    pub fn peek(&self, slot: Slot) -> &Value {
        const MISSING: &Value = &Value::Missing;
        if self.computed.has(slot) {
            self.values.get(usize::from(slot.0)).unwrap_or(MISSING)
        } else {
            MISSING
        }
    }

    /// True when the slot is computed.
    #[must_use]
    pub fn is_computed(&self, slot: Slot) -> bool {
        self.computed.has(slot)
    }

    /// The slots read so far, in order.
    pub fn reads(&self) -> impl Iterator<Item = Slot> + '_ {
        self.read.iter()
    }
}

/// A set of slots.
#[derive(Clone, Debug, Default)]
struct Bits {
    words: Vec<u64>,
}

impl Bits {
    fn new(slots: usize) -> Self {
        Self {
            words: vec![0; slots.div_ceil(64)],
        }
    }

    fn clear(&mut self) {
        self.words.fill(0);
    }

    fn set(&mut self, slot: Slot) {
        if let Some(word) = self.words.get_mut(usize::from(slot.0 / 64)) {
            *word |= 1 << (slot.0 % 64);
        }
    }

    fn has(&self, slot: Slot) -> bool {
        self.words
            .get(usize::from(slot.0 / 64))
            .is_some_and(|word| word & (1 << (slot.0 % 64)) != 0)
    }

    fn iter(&self) -> impl Iterator<Item = Slot> + '_ {
        self.words.iter().zip(0u16..).flat_map(|(word, at)| {
            (0u16..64)
                .filter(move |bit| word & (1 << bit) != 0)
                .map(move |bit| Slot(at * 64 + bit))
        })
    }
}
