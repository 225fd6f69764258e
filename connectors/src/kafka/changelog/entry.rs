//! What stands in a changelog: entries, each in one record or in several that follow each other.

use super::super::producer::Out;
use serde::{Deserialize, Serialize};

/// A changelog lies on one partition: it has one order.
pub(super) const PARTITION: i32 = 0;
/// Bytes of one record at most; brokers take a megabyte unless they are told otherwise.
const PIECE: usize = 512 * 1024;
/// The header that says what an entry is, and the one that says which piece of it a record is.
pub(super) const WHAT: &str = "deft_what";
pub(super) const OF: &str = "deft_piece";

/// Who leads, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// Its number: greater than all before.
    pub term: u64,
    /// The node's name.
    pub node: String,
    /// Where others reach it.
    pub address: String,
    /// The store whose changes follow.
    pub store: String,
    /// Whose customers it decides about, where they are divided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub division: Option<u16>,
    /// Where it listens to other nodes, `host:port`, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peers: Option<String>,
    /// What it runs on, where that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
}

/// A piece of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    /// Whose state: the part's number.
    pub part: u16,
    /// Up to where it has taken everything in.
    pub seq: u64,
    /// Its place among the pieces, from 0.
    pub index: u32,
    /// It is the last.
    pub last: bool,
}

/// A book that all divisions are to take up: its sources come before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Its own name: no other proposal has it.
    pub id: String,
    /// The book's hash.
    pub book: String,
    /// What it is for, where that is said.
    pub why: String,
    /// Who wants it.
    pub by: String,
}

/// What a division says of a book that was proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// Of which proposal.
    pub proposal: String,
    /// Who says it.
    pub division: u16,
    /// Why it cannot take the book up; `None`: it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// Something is turned off in all divisions, or on again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Its own name: no other order has it.
    pub id: String,
    /// What, by the name it has in a log.
    pub switch: String,
    /// It is on again.
    pub on: bool,
    /// What it is for, where that is said.
    pub why: String,
    /// Who wants it.
    pub by: String,
}

/// What stands in a changelog, or on the topic of orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Somebody leads from here on.
    Term(Term),
    /// A batch of the log.
    Batch(Vec<u8>),
    /// The sources of a book, under its hash: before the first batch that is of it.
    Book(String, Vec<u8>),
    /// Where a copy may begin.
    Footing(Vec<u8>),
    /// A piece of a snapshot.
    Slice(Slice, Vec<u8>),
    /// A book is proposed to all divisions.
    Proposal(Proposal),
    /// A division says whether it can take it up.
    Vote(Vote),
    /// Something is turned off in all divisions, or on again.
    Turn(Turn),
}

impl Entry {
    /// Its word, with what belongs to it, and its bytes.
    fn parts(&self) -> (String, Vec<u8>) {
        // Texts and numbers: there is nothing that JSON cannot say.
        let json = |value: Result<String, serde_json::Error>| value.unwrap_or_default();
        let told = |word: &str, value| (word.to_owned(), json(value).into_bytes());
        match self {
            Self::Term(term) => told("term", serde_json::to_string(term)),
            Self::Proposal(proposal) => told("proposal", serde_json::to_string(proposal)),
            Self::Vote(vote) => told("vote", serde_json::to_string(vote)),
            Self::Turn(turn) => told("turn", serde_json::to_string(turn)),
            Self::Batch(bytes) => ("batch".to_owned(), bytes.clone()),
            Self::Book(hash, sources) => (format!("book {hash}"), sources.clone()),
            Self::Footing(bytes) => ("footing".to_owned(), bytes.clone()),
            Self::Slice(slice, bytes) => (
                format!("slice {}", json(serde_json::to_string(slice))),
                bytes.clone(),
            ),
        }
    }

    /// Of its word and its bytes.
    pub(super) fn of(what: &str, bytes: Vec<u8>) -> Result<Self, String> {
        let wrong = |error: serde_json::Error| error.to_string();
        match what.split_once(' ').unwrap_or((what, "")) {
            ("term", _) => Ok(Self::Term(serde_json::from_slice(&bytes).map_err(wrong)?)),
            ("proposal", _) => Ok(Self::Proposal(
                serde_json::from_slice(&bytes).map_err(wrong)?,
            )),
            ("vote", _) => Ok(Self::Vote(serde_json::from_slice(&bytes).map_err(wrong)?)),
            ("turn", _) => Ok(Self::Turn(serde_json::from_slice(&bytes).map_err(wrong)?)),
            ("batch", _) => Ok(Self::Batch(bytes)),
            ("book", hash) => Ok(Self::Book(hash.to_owned(), bytes)),
            ("footing", _) => Ok(Self::Footing(bytes)),
            ("slice", slice) => Ok(Self::Slice(
                serde_json::from_str(slice).map_err(wrong)?,
                bytes,
            )),
            (other, _) => Err(format!(
                "`{other}` is no entry that this release knows: take the newer one"
            )),
        }
    }

    /// Its records.
    #[must_use]
    pub fn out(&self, topic: &str) -> Vec<Out> {
        let (what, bytes) = self.parts();
        let count = bytes.len().div_ceil(PIECE).max(1);
        let mut pieces: Vec<&[u8]> = bytes.chunks(PIECE).collect();
        if pieces.is_empty() {
            pieces.push(&[]);
        }
        let pieces = pieces.into_iter().enumerate();
        pieces
            .map(|(nth, piece)| Out {
                topic: topic.to_owned(),
                partition: Some(PARTITION),
                headers: vec![(WHAT, what.clone()), (OF, format!("{}/{count}", nth + 1))],
                value: Some(piece.to_vec()),
                ..Out::default()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the records of an entry say, put together again as who reads does it.
    fn back(entry: &Entry) -> Entry {
        let out = entry.out("log");
        let what = |one: &Out| one.headers[0].1.clone();
        let all = out.iter().flat_map(|one| one.value.clone().unwrap());
        Entry::of(&what(&out[0]), all.collect()).unwrap()
    }

    #[test]
    fn an_entry_comes_back_from_its_records() {
        let term = Term {
            term: 7,
            node: "a".to_owned(),
            address: "http://a:1".to_owned(),
            store: "00".to_owned(),
            division: Some(1),
            peers: Some("a:2".to_owned()),
            machine: Some("m".to_owned()),
        };
        let slice = Slice {
            part: 3,
            seq: 9,
            index: 0,
            last: true,
        };
        let proposal = Proposal {
            id: "0.7.1".to_owned(),
            book: "abc".to_owned(),
            why: String::new(),
            by: "ops".to_owned(),
        };
        let turn = Turn {
            id: "0.7.2".to_owned(),
            switch: "class.fraud".to_owned(),
            on: false,
            why: "it blocks everybody".to_owned(),
            by: "ops".to_owned(),
        };
        let vote = |refused| Vote {
            proposal: "0.7.1".to_owned(),
            division: 1,
            refused,
        };
        let long: Vec<u8> = (0..PIECE * 2 + 1).map(|n| (n % 251) as u8).collect();
        for entry in [
            Entry::Term(term),
            Entry::Batch(long.clone()),
            Entry::Book("abc".to_owned(), b"{}".to_vec()),
            Entry::Footing(Vec::new()),
            Entry::Slice(slice, long),
            Entry::Proposal(proposal),
            Entry::Turn(turn),
            Entry::Vote(vote(None)),
            Entry::Vote(vote(Some("no".to_owned()))),
        ] {
            assert_eq!(back(&entry), entry);
        }
        assert_eq!(Entry::Batch(vec![0; PIECE]).out("log").len(), 1);
        assert_eq!(Entry::Batch(vec![0; PIECE + 1]).out("log").len(), 2);
        assert!(Entry::of("later", Vec::new()).is_err());
    }
}
