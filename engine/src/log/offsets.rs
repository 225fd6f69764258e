//! How far each source was read: what a node goes on from.

use std::collections::BTreeMap;

/// Per name of a source, or of a part of one: how far it was read. What the bytes say is the affair of
/// who wrote them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offsets {
    of: BTreeMap<String, Vec<u8>>,
    /// Bytes they take in the log, at most.
    bytes: usize,
}

impl Offsets {
    /// How far this one was read.
    #[must_use]
    pub fn get(&self, source: &str) -> Option<&[u8]> {
        self.of.get(source).map(Vec::as_slice)
    }

    /// All of them, by name.
    pub fn all(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let all = self.of.iter();
        all.map(|(source, offset)| (source.as_str(), offset.as_slice()))
    }

    /// This one was read so far; what was said of it before counts no more.
    pub(crate) fn put(&mut self, source: &str, offset: &[u8]) {
        // Two lengths stand with it.
        let bytes = |offset: &[u8]| source.len() + offset.len() + 20;
        self.bytes += bytes(offset);
        if let Some(before) = self.of.insert(source.to_owned(), offset.to_vec()) {
            self.bytes -= bytes(&before);
        }
    }

    /// Takes over what is said later.
    pub(crate) fn follow(&mut self, later: &Self) {
        later
            .all()
            .for_each(|(source, offset)| self.put(source, offset));
    }

    /// Bytes they take in the log, at most.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_counts_and_so_do_the_bytes() {
        let mut offsets = Offsets::default();
        offsets.put("a", b"1");
        offsets.put("b", b"22");
        let mut later = Offsets::default();
        later.put("a", b"333");
        offsets.follow(&later);
        assert_eq!(offsets.get("a"), Some(&b"333"[..]));
        assert_eq!(offsets.all().count(), 2);
        assert_eq!(offsets.bytes(), (1 + 3 + 20) + (1 + 2 + 20));
    }
}
