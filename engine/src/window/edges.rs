//! Where windows begin at the newest entry of a track, and the totals before that: then a read looks at no
//! entry but the newest, and an entry that a window leaves behind is looked at once.

use super::rows::Rows;

/// So many lengths of windows have an edge.
pub(super) const EDGES: usize = 4;
/// Shorter tracks have none: so few rows stand in a few lines of memory, and most keys have no more. Tracks of
/// tests are short, and are to have edges as well.
const ROWS_MIN: usize = if cfg!(test) { 3 } else { 12 };
/// Words of an edge before its totals: place, time before it, time at it.
const HEAD: usize = 3;

/// The edges of a track in one piece of memory, by place of the length of their window.
#[derive(Clone, Debug, Default)]
pub(super) struct Edges {
    /// Words per edge.
    stride: u32,
    words: Vec<u64>,
}

/// Which edge a range begins at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge(u8);

impl Edge {
    /// None of them.
    pub(super) const NONE: Self = Self(u8::MAX);
}

impl Edges {
    pub(super) const NONE: Self = Self {
        stride: 0,
        words: Vec::new(),
    };

    /// Bytes they take.
    pub(super) fn bytes(&self) -> usize {
        self.words.capacity() * size_of::<u64>()
    }

    /// See [`super::track::Track::touch`]: the edges, and of each the row that leaves its window next. Where
    /// there are none, all rows are looked through.
    pub(super) fn touch(&self, rows: &Rows) -> i64 {
        if self.words.is_empty() {
            return rows.touch();
        }
        let edges = self.words.chunks_exact(self.stride().max(1));
        let next = edges.filter_map(|edge| {
            let place = usize::try_from(*edge.first()?).ok()?;
            rows.time(place)
        });
        next.fold(0, |all, time| all ^ time)
    }

    fn stride(&self) -> usize {
        usize::try_from(self.stride).unwrap_or(0)
    }

    /// Where a window begins that reaches back to `after`, if that is at the edge of this length: the place
    /// of its first row.
    pub(super) fn place(&self, length: usize, after: i64) -> Option<(usize, Edge)> {
        let (from, _) = self.totals(length, after)?;
        Some((from, Edge(u8::try_from(length).ok()?)))
    }

    /// The same with the totals of all rows before it.
    #[inline]
    pub(super) fn totals(&self, length: usize, after: i64) -> Option<(usize, &[u64])> {
        let (stride, from) = (self.stride(), length * self.stride());
        let [place, before, at, totals @ ..] = self.words.get(from..from + stride)? else {
            return None;
        };
        let begins = before.cast_signed() <= after && after < at.cast_signed();
        let place = usize::try_from(*place).ok()?;
        begins.then_some((place, totals))
    }

    /// A place at which no window of this length that reaches back to `after` begins earlier.
    pub(super) fn not_before(&self, length: usize, after: i64) -> Option<usize> {
        let from = length * self.stride();
        let [place, before] = self.words.get(from..from + 2)? else {
            return None;
        };
        let is_behind = before.cast_signed() <= after;
        usize::try_from(*place).ok().filter(|_| is_behind)
    }

    /// The total of all rows before an edge, of those that have a word in a row.
    pub(super) fn total(&self, edge: Edge, column: usize) -> Option<i64> {
        let word = usize::from(edge.0) * self.stride() + HEAD + column;
        self.words.get(word).map(|total| total.cast_signed())
    }

    /// A row has come in behind all others.
    pub(super) fn follow(&mut self, rows: &Rows, lengths: &[i64], start: usize, time: i64) {
        if self.words.is_empty() {
            if !lengths.is_empty() && rows.len() - start >= ROWS_MIN {
                self.find(rows, lengths, start);
            }
            return;
        }
        let stride = self.stride();
        for (edge, length) in self.words.chunks_exact_mut(stride).zip(lengths) {
            let after = time.saturating_sub(*length);
            let [place, _, at, ..] = edge else {
                continue;
            };
            if at.cast_signed() > after {
                continue;
            }
            let mut from = usize::try_from(*place).unwrap_or(usize::MAX);
            while rows.time(from).is_some_and(|time| time <= after) {
                from += 1;
            }
            set(edge, rows, from, start);
        }
    }

    /// Rows were put in between, or changed: all edges are looked for.
    pub(super) fn find(&mut self, rows: &Rows, lengths: &[i64], start: usize) {
        let (Some(last), totals) = (rows.last(), rows.width()) else {
            return;
        };
        let count = lengths.len().min(EDGES);
        self.stride = u32::try_from(HEAD + totals).unwrap_or(0);
        let stride = self.stride();
        self.words.clear();
        self.words.reserve_exact(count * stride);
        self.words.resize(count * stride, 0);
        for (edge, length) in self.words.chunks_exact_mut(stride).zip(lengths) {
            let after = last.time.saturating_sub(*length);
            let from = rows.place(start, rows.len(), |order| order.time <= after);
            set(edge, rows, from, start);
        }
    }

    /// The same, where there are edges.
    pub(super) fn find_again(&mut self, rows: &Rows, lengths: &[i64], start: usize) {
        if !self.words.is_empty() {
            self.find(rows, lengths, start);
        }
    }

    /// Rows before `start` are let go.
    pub(super) fn let_go(&mut self, rows: &Rows, start: usize) {
        let stride = self.stride();
        for edge in self.words.chunks_exact_mut(stride.max(1)) {
            let place = edge.first().and_then(|place| usize::try_from(*place).ok());
            if place.is_some_and(|place| place < start) {
                set(edge, rows, start, start);
            }
        }
    }

    /// The first `gone` rows are no more.
    pub(super) fn move_up(&mut self, gone: usize) {
        let stride = self.stride();
        let gone = gone as u64;
        for place in self.words.iter_mut().step_by(stride.max(1)) {
            *place = place.saturating_sub(gone);
        }
    }
}

/// Puts an edge before the row at `from`.
fn set(edge: &mut [u64], rows: &Rows, from: usize, start: usize) {
    let before = from.checked_sub(1).filter(|before| *before >= start);
    let before = before.and_then(|before| rows.time(before));
    let head = [
        from as u64,
        before.unwrap_or(i64::MIN).cast_unsigned(),
        rows.time(from).unwrap_or(i64::MAX).cast_unsigned(),
    ];
    let totals = rows.totals_before(from).iter().copied();
    // None before the first row: then they are nought.
    let totals = totals.chain(std::iter::repeat(0));
    for (word, value) in edge.iter_mut().zip(head.into_iter().chain(totals)) {
        *word = value;
    }
}
