//! The texts of a track: its rows say which by place. Short ones stand in their place, so that nothing has to be
//! fetched to compare them.

use rules::value::Text;

/// So many different texts are kept once each. Where there are more, hardly any comes again, and to look for it
/// takes longer than it saves.
const ONCE: usize = 64;
/// Bytes that a text in its place has: an entry has two words.
const SHORT: usize = 14;

/// One text.
#[derive(Clone, Debug)]
enum Entry {
    /// In its place; behind its length there are noughts.
    Short { length: u8, bytes: [u8; SHORT] },
    /// Shared with whoever else has it. Equal texts have equal prints: few are looked at closely.
    Long { print: u32, text: Text },
}

/// All of them, in the order in which they came.
#[derive(Clone, Debug)]
pub(super) struct Texts {
    all: Vec<Entry>,
}

impl Entry {
    fn of(text: &Text) -> Self {
        let mut bytes = [0; SHORT];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(own), Ok(length)) => {
                own.copy_from_slice(text.as_bytes());
                Self::Short { length, bytes }
            }
            _ => Self::Long {
                print: print(text),
                text: text.clone(),
            },
        }
    }

    fn text(&self) -> Text {
        match self {
            Self::Short { length, bytes } => {
                let own = bytes.get(..usize::from(*length)).unwrap_or(&[]);
                std::str::from_utf8(own).unwrap_or_default().into()
            }
            Self::Long { text, .. } => text.clone(),
        }
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Short { length, bytes },
                Self::Short {
                    length: l,
                    bytes: b,
                },
            ) => length == l && bytes == b,
            (Self::Long { print, text }, Self::Long { print: p, text: t }) => {
                print == p && (text.ptr_eq(t) || text == t)
            }
            _ => false,
        }
    }
}

impl Texts {
    pub(super) const NONE: Self = Self { all: Vec::new() };

    /// Bytes they take; long ones are shared with whoever else has them.
    pub(super) fn bytes(&self) -> usize {
        self.all.capacity() * size_of::<Entry>()
    }

    /// How many.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// See [`super::track::Track::touch`]: each line of memory, where they are looked through.
    pub(super) fn touch(&self) -> u32 {
        let lines = self.all.iter().take(ONCE).step_by(4);
        lines.fold(0, |all, entry| {
            all ^ u32::from(matches!(entry, Entry::Short { .. }))
        })
    }

    pub(super) fn get(&self, place: u32) -> Option<Text> {
        self.entry(place).map(Entry::text)
    }

    fn entry(&self, place: u32) -> Option<&Entry> {
        self.all.get(usize::try_from(place).ok()?)
    }

    /// True where each is kept once.
    pub(super) fn are_once(&self) -> bool {
        self.all.len() <= ONCE
    }

    /// True for places of one text.
    pub(super) fn are_same(&self, one: u32, other: u32) -> bool {
        one == other || (!self.are_once() && self.entry(one) == self.entry(other))
    }

    /// The place of a text, put there if it is new.
    pub(super) fn place(&mut self, text: &Text) -> u32 {
        self.put(Entry::of(text))
    }

    /// The same of one that may well stand at a place that is known.
    #[inline]
    pub(super) fn place_near(&mut self, near: Option<&u32>, text: &Text) -> u32 {
        let entry = Entry::of(text);
        match near {
            Some(near) if self.entry(*near) == Some(&entry) => *near,
            _ => self.put(entry),
        }
    }

    /// The place of one of other texts.
    pub(super) fn place_of(&mut self, others: &Self, place: u32) -> Option<u32> {
        Some(self.put(others.entry(place)?.clone()))
    }

    fn put(&mut self, entry: Entry) -> u32 {
        let found = || self.all.iter().rposition(|known| *known == entry);
        if let Some(at) = self.are_once().then(found).flatten() {
            return narrow(at);
        }
        if self.all.len() == self.all.capacity() {
            self.all.reserve_exact((self.all.len() / 2).max(2));
        }
        self.all.push(entry);
        narrow(self.all.len() - 1)
    }
}

fn print(text: &str) -> u32 {
    let print = xxhash_rust::xxh3::xxh3_64(text.as_bytes());
    u32::try_from(print >> 32).unwrap_or(0)
}

/// Rows are fewer than what fits, and each has few texts.
fn narrow(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
