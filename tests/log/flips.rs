//! Every byte of a store is flipped, one at a time.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::log::{Error, Files, Twin, verify};
use kit::{Claimed, Failed, Trial, claim};

use super::life::Life;
use super::truth::{Truth, dir, open, sound};

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        claim("log::every_flipped_byte_is_detected", every_flip),
        claim("log::a_flipped_byte_is_never_served", never_served),
    ]
}

/// A store of several segments and snapshots, closed in good order.
fn small_store() -> Result<(Twin, Truth), Failed> {
    let twin = Twin::new(3);
    let mut truth = Truth::default();
    let files: Arc<dyn Files> = Arc::new(twin.clone());
    let life = Life::new(&files);
    life.run(60, &mut truth)?;
    sound(&files)?;
    Ok((twin, truth))
}

/// Every byte that means anything: of segments, zeros at their ends included, and of snapshots. What is
/// unfinished is removed when a store is opened, and a claim has no bytes.
fn bytes(twin: &Twin) -> Vec<(PathBuf, usize)> {
    let ends = |path: &Path, end: &str| path.extension().is_some_and(|found| found == end);
    let mut all = Vec::new();
    for path in twin.names() {
        if ends(&path, "log") || ends(&path, "snapshot") {
            let length = twin.bytes(&path).len();
            all.extend((0..length).map(|at| (path.clone(), at)));
        }
    }
    all
}

fn every_flip() -> Claimed {
    let (twin, _) = small_store()?;
    let files: Arc<dyn Files> = Arc::new(twin.clone());
    let before = verify(&files, dir())?;
    if before.overview.segments < 2 || before.overview.snapshots.is_empty() {
        return Err("the store is too small to show anything".into());
    }
    for (place, (path, at)) in bytes(&twin).into_iter().enumerate() {
        // One bit, and all bits, in turns.
        let bits = if place % 2 == 0 {
            1 << (place / 2 % 8)
        } else {
            0xff
        };
        twin.flip(&path, at, bits);
        let after = verify(&files, dir())?;
        if after.problems.is_empty() && after.overview.torn.is_none() {
            return Err(format!(
                "byte {at} of `{}` is flipped, and all is said to be well",
                path.display()
            )
            .into());
        }
        twin.flip(&path, at, bits);
    }
    match verify(&files, dir())? == before {
        true => Ok(()),
        false => Err("flipped back, it is not what it was".into()),
    }
}

/// Opened after a flip, it is refused, or an older snapshot stands in and that is said, or it is what it was.
fn never_served() -> Claimed {
    let (twin, truth) = small_store()?;
    let (mut refused, mut mended) = (0, 0);
    for (path, at) in bytes(&twin).into_iter().step_by(7) {
        let copy = twin.copy();
        copy.flip(&path, at, 0x10);
        let files: Arc<dyn Files> = Arc::new(copy);
        match served(&files, truth.clone()) {
            Ok(false) => {}
            Ok(true) => mended += 1,
            Err(Served::Refused) => refused += 1,
            Err(Served::Wrong(what)) => {
                return Err(format!("byte {at} of `{}`: {what}", path.display()).into());
            }
        }
    }
    match (refused, mended) {
        (0, _) | (_, 0) => Err("every flip ended alike: nothing is shown".into()),
        _ => Ok(()),
    }
}

enum Served {
    Refused,
    Wrong(String),
}

/// True when something was said about it.
fn served(files: &Arc<dyn Files>, mut truth: Truth) -> Result<bool, Served> {
    let refused = |error: Error| match error {
        Error::Io { .. } => Served::Wrong(error.to_string()),
        _ => Served::Refused,
    };
    let (log, mut recovery) = open(files).map_err(refused)?;
    let said = !recovery.damaged.is_empty() || recovery.torn.is_some();
    // Replay reads every frame, and refuses what is damaged in the middle.
    let frames = log
        .view()
        .frames_since(recovery.first_seq - 1)
        .map_err(refused)?;
    for frame in frames {
        frame.map_err(refused)?;
    }
    if !recovery.damaged.is_empty() {
        // An older one stands in: what it holds is compared, not that it is the newest.
        recovery.damaged.clear();
        truth.forget_snapshots();
    }
    truth
        .check(&log, &recovery)
        .map_err(|wrong| Served::Wrong(wrong.to_string()))?;
    Ok(said)
}
