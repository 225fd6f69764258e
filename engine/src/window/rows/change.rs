//! What is done to rows but to put one behind them: laid out anew, put in between, added to, let go.

use super::{Held, Order, Row, Rows, based, long, put_long, room, short, whole};
use crate::window::layout::{Head, Kind, Layout};
use crate::window::texts::Texts;
use crate::window::track::Cell;

/// So few texts may wait with rows that stay as they are.
const FEW_TEXTS: usize = 16;

impl Rows {
    /// Lays all rows out anew; the layout has room for them.
    pub(super) fn lay(&mut self, layout: Layout) {
        if layout == self.layout {
            return;
        }
        let mut words: Vec<u32> = Vec::new();
        let stride = layout.stride();
        words.reserve_exact((self.len() + room(self.len())) * stride);
        for at in 0..self.len() {
            let from = words.len();
            words.resize(from + stride, 0);
            let row = words.get_mut(from..).unwrap_or_default();
            let said = self.said(at, 0);
            let _ = said.fill(row, &layout, self.base, at + 1);
        }
        (self.words, self.layout) = (words, layout);
    }

    /// What a row says; its totals are those behind the first `gone` rows.
    fn said(
        &self,
        at: usize,
        gone: usize,
    ) -> Row<impl FnMut(usize) -> i64 + '_, impl FnMut(usize) -> Held + '_> {
        let start = Order { time: 0, seq: 0 };
        Row {
            order: self.order(at).unwrap_or(start),
            mask: self.mask(at),
            total: move |slot| {
                let before = if gone == 0 {
                    0
                } else {
                    self.total_before(gone, slot)
                };
                self.total_before(at + 1, slot).wrapping_sub(before)
            },
            cell: move |cell| self.held(at, cell),
        }
    }

    /// Puts a row in before others.
    pub(in crate::window) fn insert(
        &mut self,
        at: usize,
        said: (Order, u32),
        cells: &[Cell],
        amount: impl Fn(usize) -> i64,
    ) {
        // Those behind it are one further on, and more by what it adds.
        self.add_from(at, 1, &amount);
        self.put(at, said, cells, amount);
    }

    /// Adds to the totals of the row at `at` and of all behind it.
    pub(in crate::window) fn add(&mut self, at: usize, amount: impl Fn(usize) -> i64) {
        self.add_from(at, 0, &amount);
    }

    /// The same; totals without a word are the places of their rows, and come to be more by `even`.
    fn add_from(&mut self, at: usize, even: i64, amount: &dyn Fn(usize) -> i64) {
        let kind = |slot: usize| {
            let amount = amount(slot);
            let kind = self.layout.total(slot).1;
            if kind == Kind::Long || (kind == Kind::None && amount == even) {
                return kind;
            }
            let mut totals = (at..self.len()).map(|row| self.total_before(row + 1, slot));
            let fits = totals.all(|total| {
                let more = total.wrapping_add(amount);
                i32::try_from(more).is_ok()
            });
            if fits { Kind::Short } else { Kind::Long }
        };
        let kinds: Vec<Kind> = (0..self.layout.totals()).map(kind).collect();
        let layout = Layout::of(
            self.layout.head,
            kinds.into_iter(),
            self.layout.cell_kinds(),
        );
        self.lay(layout);
        let (layout, stride) = (self.layout, self.layout.stride());
        let rows = self.words.get_mut(at * stride..).unwrap_or_default();
        for row in rows.chunks_exact_mut(stride.max(1)) {
            for slot in 0..layout.totals() {
                add_to(row, layout.total(slot), amount(slot));
            }
        }
    }

    /// Puts another cell in the place of one.
    pub(in crate::window) fn set_cell(&mut self, at: usize, place: usize, cell: &Cell) {
        let held = Held::of(cell, &mut self.texts);
        let layout = self.layout;
        if place >= layout.cells() {
            return;
        }
        let cells = (0..).zip(layout.cell_kinds());
        let cells = cells.map(|(at, kind)| match at == place {
            true => kind.or(held.kind()),
            false => kind,
        });
        self.lay(Layout::of(layout.head, layout.total_kinds(), cells));
        let (column, kind) = self.layout.cell(place);
        let from = at * self.layout.stride() + column;
        let words = self.words.get_mut(from..).unwrap_or_default();
        let _ = held.write(kind, words);
    }

    /// Lets go of the first `gone` rows, with their texts.
    pub(in crate::window) fn let_go(&mut self, gone: usize) {
        if self.fit_on(gone) {
            self.move_up(gone);
        } else {
            self.begin_again(gone);
        }
    }

    /// True where the rows behind the first `gone` can be told as they are for long: none of them is far from what
    /// it is told from, and most texts are theirs.
    fn fit_on(&self, gone: usize) -> bool {
        let kept = gone..self.len();
        let (head, far) = (self.layout.head, u64::from(u32::MAX / 2));
        let is_near = self.last().is_some_and(|last| {
            let from = self.base;
            last.time.abs_diff(from.time) < far && last.seq.saturating_sub(from.seq) < far
        });
        let texts = self.texts.are_once() && self.texts.len() <= FEW_TEXTS.max(kept.len() / 2);
        let fits = |slot| {
            let before = self.total_before(gone, slot);
            let total = |at| self.total_before(at + 1, slot).wrapping_sub(before);
            self.layout.total(slot).1 != Kind::Short
                || kept.clone().all(|at| i32::try_from(total(at)).is_ok())
        };
        let is_short = !head.long_time && !head.long_seq;
        is_short && is_near && texts && (0..self.layout.totals()).all(fits)
    }

    /// The first `gone` rows go; those behind stay as they are, but for their totals.
    fn move_up(&mut self, gone: usize) {
        let layout = self.layout;
        let before = |slot| self.total_before(gone, slot);
        let before: Vec<i64> = (0..layout.totals()).map(before).collect();
        let stride = layout.stride();
        self.words.drain(..(gone * stride).min(self.words.len()));
        for row in self.words.chunks_exact_mut(stride.max(1)) {
            for (slot, before) in before.iter().enumerate() {
                let (column, kind) = layout.total(slot);
                add_to(row, (column, kind), before.wrapping_neg());
            }
        }
        self.count -= u32::try_from(gone).unwrap_or(self.count).min(self.count);
    }

    /// The rows behind the first `gone` are told, and laid out, as if those had never been.
    fn begin_again(&mut self, gone: usize) {
        let kept = gone..self.len();
        let Some(first) = self.order(gone) else {
            *self = Self::EMPTY;
            return;
        };
        let numbers = kept.clone().filter_map(|at| Some(self.order(at)?.seq));
        let base = based(Order {
            time: first.time,
            seq: numbers.fold(first.seq, u64::min),
        });
        let none = |count| std::iter::repeat_n(Kind::None, count);
        let (totals, cells) = (self.layout.totals(), self.layout.cells());
        let least = Layout::of(Head::LEAST, none(totals), none(cells));
        let layout = kept.clone().fold(least, |layout, at| {
            let own = self.said(at, gone).layout(base, at + 1 - gone, &least);
            if layout == own {
                layout
            } else {
                layout.or(&own)
            }
        });
        let mut anew = Self {
            base,
            layout,
            ..Self::EMPTY
        };
        let stride = layout.stride();
        let mut moved = Moved::of(self.texts.len());
        let rows = kept.len();
        anew.words.reserve_exact((rows + room(rows)) * stride);
        for at in kept {
            let from = anew.words.len();
            anew.words.resize(from + stride, 0);
            let row = anew.words.get_mut(from..).unwrap_or_default();
            let Row {
                order,
                mask,
                total,
                mut cell,
            } = self.said(at, gone);
            let texts = &mut anew.texts;
            let cell = |place| moved.to(cell(place), &self.texts, texts);
            let said = Row {
                order,
                mask,
                total,
                cell,
            };
            let _ = said.fill(row, &layout, base, at + 1 - gone);
            anew.count += 1;
        }
        *self = anew;
    }
}

/// Adds to a total that has a word; where it has one alone, the sum fits it.
fn add_to(row: &mut [u32], (column, kind): (usize, Kind), amount: i64) {
    let words = row.get(column..).unwrap_or(&[]);
    match kind {
        Kind::None => {}
        Kind::Short => {
            let more = short(words).wrapping_add(amount);
            let more = i32::try_from(more).unwrap_or(i32::MAX);
            if let Some(word) = row.get_mut(column) {
                *word = more.cast_unsigned();
            }
        }
        _ => {
            let more = long(words).wrapping_add(amount.cast_unsigned());
            let _ = put_long(row, column, more);
        }
    }
}

/// Where texts go when others are let go.
struct Moved(Vec<Option<u32>>);

impl Moved {
    fn of(texts: usize) -> Self {
        Self(vec![None; texts])
    }

    /// A cell with its text in its new place.
    fn to(&mut self, held: Held, former: &Texts, texts: &mut Texts) -> Held {
        let Held::Text(place) = held else {
            return held;
        };
        let Some(moved) = self.0.get_mut(whole(place)) else {
            return Held::Empty;
        };
        *moved = moved.or_else(|| texts.place_of(former, place));
        moved.map_or(Held::Empty, Held::Text)
    }
}
