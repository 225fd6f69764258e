//! Entries in several records: what came of each, until it is whole. Several who write at once have a key each.

use std::collections::BTreeMap;

/// Bytes of an entry at most, and so what who reads has room for.
const ENTRY_MAX: usize = 256 * 1024 * 1024;

/// A record of an entry.
#[derive(Debug, Default)]
pub(super) struct Piece {
    /// Who wrote it: its key.
    pub(super) by: Vec<u8>,
    /// What the entry is.
    pub(super) what: String,
    /// Which of its records, from 1.
    pub(super) nth: usize,
    /// Of how many.
    pub(super) count: usize,
    pub(super) bytes: Vec<u8>,
    /// Its offset.
    pub(super) at: i64,
}

/// An entry as it was written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Whole {
    pub(super) what: String,
    pub(super) bytes: Vec<u8>,
    /// The offset of its first record.
    pub(super) began: i64,
}

/// Entries that are not whole yet.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    open: BTreeMap<Vec<u8>, (usize, Whole)>,
}

impl Pieces {
    /// The entry that is whole with this record.
    ///
    /// # Errors
    /// A record before it is missing.
    pub(super) fn take(&mut self, piece: Piece) -> Result<Option<Whole>, &'static str> {
        let (have, mut whole) = match self.open.remove(&piece.by) {
            Some(open) if piece.nth > 1 => open,
            // What was begun and not ended came of a producer that was put out.
            _ => (
                0,
                Whole {
                    what: piece.what.clone(),
                    bytes: Vec::new(),
                    began: piece.at,
                },
            ),
        };
        if whole.what != piece.what || piece.nth != have + 1 || whole.bytes.len() > ENTRY_MAX {
            return Err("a piece of an entry is missing");
        }
        whole.bytes.extend_from_slice(&piece.bytes);
        if piece.nth >= piece.count {
            return Ok(Some(whole));
        }
        self.open.insert(piece.by, (piece.nth, whole));
        Ok(None)
    }

    /// Where the first of them begins.
    pub(super) fn began(&self) -> Option<i64> {
        self.open.values().map(|(_, whole)| whole.began).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(by: &str, what: &str, (nth, count): (usize, usize), at: i64) -> Piece {
        Piece {
            by: by.into(),
            what: what.to_owned(),
            nth,
            count,
            bytes: vec![u8::try_from(at).unwrap()],
            at,
        }
    }

    fn whole(what: &str, bytes: &[u8], began: i64) -> Whole {
        Whole {
            what: what.to_owned(),
            bytes: bytes.to_vec(),
            began,
        }
    }

    #[test]
    fn those_who_write_at_once_do_not_meet() {
        let mut pieces = Pieces::default();
        assert_eq!(pieces.take(piece("a", "x", (1, 2), 4)), Ok(None));
        assert_eq!(pieces.take(piece("b", "y", (1, 3), 5)), Ok(None));
        assert_eq!(
            pieces.take(piece("c", "z", (1, 1), 6)),
            Ok(Some(whole("z", &[6], 6)))
        );
        assert_eq!(pieces.began(), Some(4));
        assert_eq!(
            pieces.take(piece("a", "x", (2, 2), 7)),
            Ok(Some(whole("x", &[4, 7], 4)))
        );
        assert_eq!(pieces.began(), Some(5));
        assert_eq!(pieces.take(piece("b", "y", (2, 3), 8)), Ok(None));
        assert_eq!(
            pieces.take(piece("b", "y", (3, 3), 9)),
            Ok(Some(whole("y", &[5, 8, 9], 5)))
        );
        assert_eq!(pieces.began(), None);
    }

    #[test]
    fn what_was_begun_and_not_ended_is_let_go_of_and_a_gap_is_told() {
        let mut pieces = Pieces::default();
        assert_eq!(pieces.take(piece("a", "x", (1, 2), 1)), Ok(None));
        assert_eq!(
            pieces.take(piece("a", "y", (1, 1), 2)),
            Ok(Some(whole("y", &[2], 2)))
        );
        assert!(pieces.take(piece("a", "x", (2, 2), 3)).is_err());
        assert_eq!(pieces.take(piece("a", "x", (1, 3), 4)), Ok(None));
        assert!(pieces.take(piece("a", "x", (3, 3), 5)).is_err());
        assert_eq!(pieces.take(piece("a", "x", (1, 2), 6)), Ok(None));
        assert!(pieces.take(piece("a", "other", (2, 2), 7)).is_err());
    }
}
