//! How many words of a row each of its parts takes. A part takes as many as its rows need, and none where all of
//! them say the same: a mask of nought, a total that each row adds one to, a cell that is always empty.

/// Of so many columns it is known where they stand; those behind are as long as can be.
const COLUMNS: usize = 16;

/// What a column holds in each row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing: a total is the place of the row, a cell is empty.
    None,
    /// A whole number of 32 bits; of a cell the least of them says that it is empty.
    Short,
    /// The place of a text; the greatest says that the cell is empty.
    Text,
    /// Anything: a total of 64 bits, a cell with its kind.
    Long,
}

impl Kind {
    /// Words of it.
    const fn words(self) -> usize {
        match self {
            Self::None => 0,
            Self::Short | Self::Text => 1,
            Self::Long => 3,
        }
    }

    /// What holds both.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, kind) | (kind, Self::None) => kind,
            (one, other) if one == other => one,
            _ => Self::Long,
        }
    }

    const fn of_bits(bits: u8) -> Self {
        match bits & 3 {
            0 => Self::None,
            1 => Self::Short,
            2 => Self::Text,
            _ => Self::Long,
        }
    }

    const fn bits(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Short => 1,
            Self::Text => 2,
            Self::Long => 3,
        }
    }
}

/// What stands before the columns of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// The time takes two words.
    pub(super) long_time: bool,
    /// The number takes two words.
    pub(super) long_seq: bool,
    /// There is a mask.
    pub(super) mask: bool,
}

impl Head {
    pub(super) const LEAST: Self = Self {
        long_time: false,
        long_seq: false,
        mask: false,
    };

    /// Where the number stands.
    #[inline]
    pub(super) fn seq(self) -> usize {
        1 + usize::from(self.long_time)
    }

    /// Where the mask stands, if there is one.
    #[inline]
    pub(super) fn mask(self) -> usize {
        self.seq() + 1 + usize::from(self.long_seq)
    }

    fn words(self) -> usize {
        self.mask() + usize::from(self.mask)
    }

    /// What holds both.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            long_time: self.long_time || other.long_time,
            long_seq: self.long_seq || other.long_seq,
            mask: self.mask || other.mask,
        }
    }
}

/// The layout of a row: its head, its totals, its cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// By column, totals first: where it stands, and in the lower two bits its kind.
    columns: [u8; COLUMNS],
    pub(super) head: Head,
    totals: u16,
    cells: u16,
    /// Words of a row.
    stride: u32,
}

impl Layout {
    /// Of rows that say nothing but time and number.
    pub(super) const LEAST: Self = Self {
        columns: [8; COLUMNS],
        head: Head::LEAST,
        totals: 0,
        cells: 0,
        stride: 2,
    };

    /// Of a head and the kinds of all totals and cells.
    pub(super) fn of(
        head: Head,
        totals: impl Iterator<Item = Kind>,
        cells: impl Iterator<Item = Kind>,
    ) -> Self {
        let mut layout = Self {
            head,
            ..Self::LEAST
        };
        let mut at = head.words();
        let mut place = 0;
        let mut column = |kind: Kind, words: usize| {
            at += match layout.columns.get_mut(place) {
                Some(column) => {
                    *column = u8::try_from(at << 2).unwrap_or(u8::MAX) | kind.bits();
                    words
                }
                None => Kind::Long.words(),
            };
            place += 1;
        };
        let (mut all_totals, mut all_cells) = (0, 0);
        for kind in totals {
            // Its number has no kind beside it.
            column(kind, kind.words().min(2));
            all_totals += 1;
        }
        for kind in cells {
            column(kind, kind.words());
            all_cells += 1;
        }
        (layout.totals, layout.cells) = (all_totals, all_cells);
        layout.stride = u32::try_from(at).unwrap_or(u32::MAX);
        layout
    }

    /// Words of a row.
    #[inline]
    pub(super) fn stride(&self) -> usize {
        usize::try_from(self.stride).unwrap_or(usize::MAX)
    }

    /// Totals of a row.
    pub(super) fn totals(&self) -> usize {
        usize::from(self.totals)
    }

    /// Cells of a row.
    pub(super) fn cells(&self) -> usize {
        usize::from(self.cells)
    }

    /// Where a total stands in a row, and its kind.
    #[inline]
    pub(super) fn total(&self, slot: usize) -> (usize, Kind) {
        match self.columns.get(slot) {
            Some(column) => (usize::from(column >> 2), Kind::of_bits(*column)),
            None => self.behind(slot),
        }
    }

    /// The same of a cell.
    #[inline]
    pub(super) fn cell(&self, cell: usize) -> (usize, Kind) {
        self.total(self.totals() + cell)
    }

    /// The same of a column behind those that are known.
    fn behind(&self, place: usize) -> (usize, Kind) {
        let all = self.totals() + self.cells();
        let later = all.saturating_sub(place) * Kind::Long.words();
        (self.stride().saturating_sub(later), Kind::Long)
    }

    /// The kinds of its totals.
    pub(super) fn total_kinds(&self) -> impl Iterator<Item = Kind> {
        (0..self.totals()).map(|slot| self.total(slot).1)
    }

    /// The kinds of its cells.
    pub(super) fn cell_kinds(&self) -> impl Iterator<Item = Kind> {
        (0..self.cells()).map(|cell| self.cell(cell).1)
    }

    /// What has room for rows of both; one without columns has those of the other.
    pub(super) fn or(&self, other: &Self) -> Self {
        let kinds = |mine: &mut dyn Iterator<Item = Kind>,
                     others: &mut dyn Iterator<Item = Kind>| {
            let both = others.map(|other| mine.next().unwrap_or(Kind::None).or(other));
            both.collect::<Vec<Kind>>()
        };
        let totals = kinds(&mut self.total_kinds(), &mut other.total_kinds());
        let cells = kinds(&mut self.cell_kinds(), &mut other.cell_kinds());
        Self::of(
            self.head.or(other.head),
            totals.into_iter(),
            cells.into_iter(),
        )
    }
}
