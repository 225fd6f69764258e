//! How a disk fails, and how the power goes.

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The device fails. A failed sync decides by chance what of the unsynced is kept, and forgets it.
    Device,
    /// The disk is full. Only calls that can need room fail so.
    Full,
    /// A write takes a part of its bytes; any other call is unharmed.
    Short,
    /// The power goes in the middle of the call: it and all calls after it fail until [`crash`](super::Twin::crash).
    PowerLoss,
}

/// What becomes of what was not synced when the power goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// All of it is lost.
    Drop,
    /// By chance each write is lost, kept, or kept in some of its sectors; each name is changed or not.
    Tear,
}
