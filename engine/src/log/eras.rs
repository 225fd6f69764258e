//! Eras: which book decides from which number on. The names of a store tell of all of them, and of the
//! types by which it knows tags, windows and fields.

use super::frame::Frame;
use super::names::{NameKind, Names};
use super::writer::Log;
use rules::catalogue::Catalogue;
use rules::catalogue::kept::{Known, Noun};

/// A book in force behind a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Era {
    /// It decides what has a greater number.
    pub seq: u64,
    /// The door's clock when it was taken up, ms.
    pub at: i64,
    /// The book's hash.
    pub book: String,
    /// Who wanted it.
    pub by: String,
}

impl Era {
    fn name(&self) -> String {
        format!("{} {} {} {}", self.seq, self.at, self.book, self.by)
    }

    fn of(name: &str) -> Option<Self> {
        let mut words = name.splitn(4, ' ');
        Some(Self {
            seq: words.next()?.parse().ok()?,
            at: words.next()?.parse().ok()?,
            book: words.next()?.to_owned(),
            by: words.next()?.to_owned(),
        })
    }
}

const TYPED: [(NameKind, Noun); 3] = [
    (NameKind::Tag, Noun::Tag),
    (NameKind::Feature, Noun::Feature),
    (NameKind::Event, Noun::Field),
];

impl Names {
    /// Every book that was ever in force, the newest last.
    #[must_use]
    pub fn eras(&self) -> Vec<Era> {
        let books = self.definitions().filter(|one| one.kind == NameKind::Book);
        books.filter_map(|one| Era::of(&one.name)).collect()
    }

    /// The types of tags, windows and fields: the first that each name had.
    #[must_use]
    pub fn types(&self) -> Known {
        let mut known = Known::new();
        for one in self.definitions() {
            let noun = TYPED.iter().find(|(kind, _)| *kind == one.kind);
            if let (Some((_, noun)), Some((name, ty))) = (noun, one.name.split_once(' ')) {
                let key = (*noun, name.into());
                known.entry(key).or_insert_with(|| ty.to_owned());
            }
        }
        known
    }
}

impl Frame {
    /// Books that are taken up with it.
    pub fn eras(&self) -> impl Iterator<Item = Era> {
        let books = self.definitions().filter(|one| one.kind == NameKind::Book);
        books.filter_map(|one| Era::of(&one.name))
    }
}

impl Log {
    /// A book is in force from here on: written with the next batch, as are the types of its names.
    pub fn begin_era(&mut self, era: &Era, catalogue: &Catalogue) {
        self.define(NameKind::Book, &era.name());
        for typed in catalogue.typed() {
            let kind = TYPED.iter().find(|(_, noun)| *noun == typed.noun);
            if let Some((kind, _)) = kind {
                self.define(*kind, &format!("{} {}", typed.name, typed.ty));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eras_and_types_are_read_back_in_order() {
        let mut names = Names::default();
        let eras = [(0, 5, "aaaa", "start"), (7, 9, "bbbb", "a b")];
        let eras = eras.map(|(seq, at, book, by)| Era {
            seq,
            at,
            book: book.to_owned(),
            by: by.to_owned(),
        });
        names.define(NameKind::Tag, "tier symbol");
        names.define(NameKind::Feature, "tier int");
        for era in &eras {
            names.define(NameKind::Book, &era.name());
        }
        names.define(NameKind::Tag, "tier int");
        assert_eq!(names.eras(), eras);
        let types = names.types();
        assert_eq!(
            types.get(&(Noun::Tag, "tier".into())).map(String::as_str),
            Some("symbol")
        );
        assert_eq!(
            types
                .get(&(Noun::Feature, "tier".into()))
                .map(String::as_str),
            Some("int")
        );
    }
}
