//! Chance that can be had again: SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number
//! Generators", OOPSLA 2014). Five lines of our own: the generators among the dependencies promise no
//! value stability between their versions, and the bytes of a bank must not change with an update.

/// A sequence of numbers that depends on its seed alone.
#[derive(Clone, Debug)]
pub(super) struct Chance(u64);

impl Chance {
    /// The sequence of a seed.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A sequence of its own for each `of`, whatever was drawn before.
    pub(super) fn branch(&self, of: u64) -> Self {
        let mut branch = Self(self.0 ^ of.wrapping_add(1).wrapping_mul(0xD6E8_FEB8_6659_FD93));
        branch.draw();
        branch
    }

    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 when the bound is 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.draw() % bound.max(1)
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn from(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high.saturating_sub(low)).unwrap_or(0);
        let more = i64::try_from(self.below(span.saturating_add(1))).unwrap_or(0);
        low.saturating_add(more)
    }

    /// At least 1, on average `mean`: evenly spread up to its double, without a logarithm that another
    /// machine may round otherwise.
    pub(super) fn around(&mut self, mean: i64) -> i64 {
        self.from(1, mean.saturating_mul(2).max(1))
    }

    /// True so many times in a hundred.
    pub(super) fn percent(&mut self, hits: u64) -> bool {
        self.below(100) < hits
    }

    /// One of the items.
    pub(super) fn pick<T: Copy>(&mut self, items: &[T], otherwise: T) -> T {
        let at = usize::try_from(self.below(items.len() as u64)).unwrap_or(0);
        items.get(at).copied().unwrap_or(otherwise)
    }

    /// Puts the items into an order of chance.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last as u64 + 1);
            items.swap(last, usize::try_from(other).unwrap_or(last));
        }
    }
}
