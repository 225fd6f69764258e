//! A store copied: backups, exports, and copies that others keep.

use std::path::Path;
use std::sync::Arc;

use engine::key::KeyGroup;
use engine::log::{
    Batch, Error, Fault, Files, Footing, Frame, Log, Loss, Options, SnapshotWriter, StoreId, Twin,
    View, restore,
};
use kit::{Claimed, Trial, claim};

use super::hand::{Named, expect, lived, put, twin};
use super::truth::{dir, open, options, sound};

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    let claims: [Named; 4] = [
        (
            "a_copy_of_every_batch_is_the_same_store_wherever_it_begins",
            copy,
        ),
        ("a_restored_backup_is_the_same_store", backup),
        ("half_a_backup_is_none", half_backup),
        ("an_export_is_lines_of_json", export),
    ];
    let trial = |(name, proof)| claim(format!("log::{name}"), proof);
    claims.into_iter().map(trial).collect()
}

fn backup() -> Claimed {
    let (_, files, mut truth) = lived()?;
    let there: Arc<dyn Files> = Arc::new(Twin::new(9));
    let (mut log, _) = open(&files)?;
    let saved = log.view().backup(&there, Path::new("saved"))?;
    // What comes after is not in it.
    put(&mut log, &["after"])?;
    drop(log);
    let third: Arc<dyn Files> = Arc::new(Twin::new(10));
    let restored = restore(&there, Path::new("saved"), &third, dir())?;
    expect(
        restored == saved && restored.durable == truth.durable,
        "it is all there",
    )?;
    sound(&third)?;
    let (log, recovery) = open(&third)?;
    truth.check(&log, &recovery)?;
    let again = restore(&there, Path::new("saved"), &third, dir());
    expect(
        matches!(again, Err(Error::Unfit { .. })),
        "never over another store",
    )
}

fn half_backup() -> Claimed {
    let (_, files, _) = lived()?;
    let view = View::open(Arc::clone(&files), dir())?;
    let saved = Twin::new(9);
    let there: Arc<dyn Files> = Arc::new(saved.clone());
    view.backup(&there, Path::new("saved"))?;
    let calls = saved.calls();
    let (mut partly, mut flipped) = (0, 0);
    for call in (1..calls).step_by(9) {
        let saved = Twin::new(call);
        let there: Arc<dyn Files> = Arc::new(saved.clone());
        saved.fail_at(call, Fault::PowerLoss);
        partly += u64::from(view.backup(&there, Path::new("saved")).is_err());
        saved.crash(Loss::Tear);
        let into: Arc<dyn Files> = Arc::new(Twin::new(0));
        let restored = restore(&there, Path::new("saved"), &into, dir());
        expect(restored.is_err(), "half a backup was taken for a whole one")?;
    }
    for path in saved.names() {
        let copy = saved.copy();
        copy.flip(&path, saved.bytes(&path).len() / 2, 4);
        let there: Arc<dyn Files> = Arc::new(copy);
        let into: Arc<dyn Files> = Arc::new(Twin::new(0));
        let restored = restore(&there, Path::new("saved"), &into, dir());
        expect(
            matches!(restored, Err(Error::Damaged { .. })),
            "a damaged backup was taken",
        )?;
        flipped += 1;
    }
    expect(partly > 10 && flipped > 10, "too little was tried")
}

fn export() -> Claimed {
    let (_, files) = twin();
    let (mut log, _) = open(&files)?;
    let mut batch = Batch::new(1, 3, 99);
    batch.input(1, None, br#"{"type":"tick"}"#);
    batch.input(2, Some(KeyGroup(63)), b"\x00\xffno");
    batch.input(3, None, b"{\n}");
    log.append(&batch)?;
    expect(
        log.view().export(0)?.next().is_none(),
        "nothing is committed yet",
    )?;
    log.commit()?;
    let lines = log.view().export(0)?.collect::<Result<Vec<_>, _>>()?;
    let expected = [
        r#"{"seq":1,"door":99,"input":{"type":"tick"}}"#,
        r#"{"seq":2,"door":99,"group":63,"bytes":"00ff6e6f"}"#,
        r#"{"seq":3,"door":99,"bytes":"7b0a7d"}"#,
    ];
    expect(lines == expected, &lines.join("\n"))?;
    let later = log.view().export(2)?.count();
    expect(later == 1, "from the middle of a batch on")
}

/// What was committed here, taken by others behind `seq`, as bytes.
fn copied(from: &Log, view: &View, seq: u64) -> Result<(Twin, Arc<dyn Files>), kit::Failed> {
    let id = view.id();
    let footing = Footing::read(id, &view.footing(seq)?.write(id))?;
    let options = Options {
        footing: Some(footing),
        ..options()
    };
    let (twin, files) = twin();
    let (mut log, _) = Log::open(Arc::clone(&files), dir(), &options)?;
    for (nth, frame) in view.frames_since(seq)?.enumerate() {
        log.adopt(&Frame::of_copy(id, &frame?.copy(id))?)?;
        if nth % 3 == 0 {
            log.commit()?;
        }
    }
    log.commit()?;
    for snapshot in view.snapshots()?.0 {
        let mut writer = SnapshotWriter::begin(log.store(), snapshot.part(), snapshot.seq())?;
        for slice in snapshot.slices()? {
            writer.write(&slice?)?;
        }
        writer.finish(log.durable(), 2)?;
    }
    // Also those that stood still since long before its end.
    expect(log.offsets() == from.offsets(), "it knows the same places")?;
    log.close()?;
    Ok((twin, files))
}

fn copy() -> Claimed {
    let (_, files, mut truth) = lived()?;
    let (log, _) = open(&files)?;
    let view = log.view();
    let first = view.first_seq();
    // Snapshots hold what comes before the oldest number that is still there: a copy may begin up to the
    // oldest of them.
    let parts = view.snapshots()?.0;
    let last = parts.iter().map(|part| part.seq()).min().unwrap_or(0);
    expect(last > first, "several places to begin at")?;
    let mut copies = 0;
    for seq in first.saturating_sub(1)..=last {
        // Places in the middle of a batch are none.
        let between = |frame: &Frame| frame.first_seq() == seq + 1;
        let mut frames = view.frames_since(seq)?;
        if !frames
            .next()
            .transpose()?
            .is_some_and(|frame| between(&frame))
        {
            continue;
        }
        let (_, files) = copied(&log, &view, seq)?;
        sound(&files)?;
        let (copy, recovery) = open(&files)?;
        truth.check(&copy, &recovery)?;
        expect(copy.names() == log.names(), "it knows the same names")?;
        expect(copy.offsets() == log.offsets(), "and places, opened again")?;
        expect(copy.view().first_seq() == seq + 1, "it begins there")?;
        copies += 1;
    }
    expect(copies > 3, "several copies")?;
    let (id, other) = (view.id(), StoreId(*b"another store!!!"));
    let frame = view.frames_since(last)?.next().ok_or("no batch")??;
    let bytes = frame.copy(id);
    expect(
        Frame::of_copy(other, &bytes).is_err()
            && Frame::of_copy(id, bytes.get(1..).unwrap_or_default()).is_err(),
        "what is of another store, or damaged, is none",
    )?;
    let (_, files) = twin();
    let (mut empty, _) = open(&files)?;
    expect(
        matches!(empty.adopt(&frame), Err(Error::OutOfOrder { .. })),
        "none is missing before it",
    )
}
