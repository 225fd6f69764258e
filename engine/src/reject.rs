//! Reject: an input that is not an event we understand. It goes to quarantine; its offset settles.

use std::fmt;

/// Why a record was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// Not one JSON object in UTF-8.
    Malformed,
    /// More bytes than a record may have.
    TooLarge,
    /// Nested deeper than a record may be, or more members than it may have.
    TooDeep,
    /// A member stands twice.
    DuplicateMember,
    /// A required member is absent.
    MissingMember,
    /// A member the catalogue does not name, on a type that refuses those.
    UnknownMember,
    /// An event type the catalogue does not name.
    UnknownType,
    /// A value of another type than the catalogue says.
    WrongType,
    /// A value outside its declared range or list.
    OutOfRange,
    /// An id that is empty, too long, or has control characters.
    BadId,
    /// A time outside the bounds of `[time]`.
    TimeOutOfBounds,
}

impl Code {
    /// The code as records and metrics write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Malformed => "MALFORMED",
            Self::TooLarge => "TOO_LARGE",
            Self::TooDeep => "TOO_DEEP",
            Self::DuplicateMember => "DUPLICATE_MEMBER",
            Self::MissingMember => "MISSING_MEMBER",
            Self::UnknownMember => "UNKNOWN_MEMBER",
            Self::UnknownType => "UNKNOWN_TYPE",
            Self::WrongType => "WRONG_TYPE",
            Self::OutOfRange => "OUT_OF_RANGE",
            Self::BadId => "BAD_ID",
            Self::TimeOutOfBounds => "TIME_OUT_OF_BOUNDS",
        }
    }
}

/// A record that was not taken: why, and where in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Reject {
    /// Why.
    pub code: Code,
    /// JSON pointer of the member (RFC 6901), empty for the record as a whole.
    pub pointer: String,
    /// A sentence: cause and, where there is one, the fix.
    pub cause: String,
}

impl Reject {
    /// A reject of the member at `pointer`.
    pub fn new(code: Code, pointer: impl Into<String>, cause: impl Into<String>) -> Self {
        Self {
            code,
            pointer: pointer.into(),
            cause: cause.into(),
        }
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pointer.is_empty() {
            write!(f, "{}: {}", self.code.name(), self.cause)
        } else {
            write!(
                f,
                "{} at {}: {}",
                self.code.name(),
                self.pointer,
                self.cause
            )
        }
    }
}
