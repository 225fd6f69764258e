//! SHA-256 of what a run was given, so that two runs can be told to be of the same input.

use sha2::{Digest, Sha256};

/// The SHA-256 of these pieces, one after the other, in hexadecimal.
pub fn sha256<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for piece in pieces {
        hash.update(piece);
    }
    let mut text = String::with_capacity(64);
    for byte in hash.finalize() {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}
