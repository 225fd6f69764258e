//! The codes of findings about `deft.toml`. A code never changes its meaning and is never reused.

/// Not TOML.
pub(crate) const SYNTAX: &str = "D001";
/// A section or key that does not exist.
pub(crate) const UNKNOWN_KEY: &str = "D002";
/// A text where a number was expected, and the like.
pub(crate) const WRONG_SHAPE: &str = "D003";
/// A number, size, duration or path outside its bounds.
pub(crate) const OUT_OF_RANGE: &str = "D004";
/// A word that is none of a closed list.
pub(crate) const UNKNOWN_WORD: &str = "D005";
/// A key of a part that this build does not have.
pub(crate) const NOT_BUILT: &str = "D006";
/// An address that others can reach, without tokens.
pub(crate) const OPEN_DOOR: &str = "D007";
