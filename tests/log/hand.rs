//! What these promises do by hand with a store.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::key::KeyGroup;
use engine::log::{Batch, Error, Files, Log, Part, SnapshotWriter, Twin};
use kit::{Claimed, Failed};

use super::life::Life;
use super::truth::{Truth, slices};

/// A claim and its proof.
pub(crate) type Named = (&'static str, fn() -> Claimed);

/// An empty machine.
pub(crate) fn twin() -> (Twin, Arc<dyn Files>) {
    let twin = Twin::new(1);
    (twin.clone(), Arc::new(twin))
}

/// Fails with these words when it does not hold.
pub(crate) fn expect(holds: bool, what: &str) -> Claimed {
    if holds { Ok(()) } else { Err(what.into()) }
}

/// One input per batch, committed one by one.
pub(crate) fn put(log: &mut Log, texts: &[&str]) -> Result<(), Error> {
    for text in texts {
        let seq = log.next_seq();
        let mut batch = Batch::new(seq, seq, 1_000);
        batch.input(seq, Some(KeyGroup(7)), text.as_bytes());
        log.append(&batch)?;
        log.commit()?;
    }
    Ok(())
}

/// All inputs, in order; `None` where one was erased.
pub(crate) fn inputs(log: &Log) -> Result<Vec<Option<String>>, Error> {
    let view = log.view();
    let mut all = Vec::new();
    for frame in view.frames_since(view.first_seq() - 1)? {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        all.extend(frame?.inputs().map(|item| item.payload.map(text)));
    }
    Ok(all)
}

/// Takes a snapshot of a part at what is durable.
pub(crate) fn snapshot(log: &Log, part: Part) -> Result<(), Error> {
    let seq = log.durable();
    let mut writer = SnapshotWriter::begin(log.store(), part, seq)?;
    for slice in slices(part, seq) {
        writer.write(&slice)?;
    }
    writer.finish(seq, 2)
}

/// The only file with this end.
pub(crate) fn file(twin: &Twin, end: &str) -> Result<PathBuf, Failed> {
    let mut names = twin.names().into_iter();
    let found = names.find(|path| path.extension().is_some_and(|found| found == end));
    found.ok_or_else(|| format!("there is no file `.{end}`").into())
}

/// Where in a file some bytes stand.
pub(crate) fn place_of(twin: &Twin, path: &Path, bytes: &[u8]) -> Result<usize, Failed> {
    let all = twin.bytes(path);
    let found = all.windows(bytes.len()).position(|window| window == bytes);
    found.ok_or_else(|| "the bytes are not there".into())
}

/// A store that was trimmed, with snapshots, closed.
pub(crate) fn lived() -> Result<(Twin, Arc<dyn Files>, Truth), Failed> {
    let (twin, files) = twin();
    let mut truth = Truth::default();
    let life = Life {
        seed: 77,
        ..Life::new(&files)
    };
    life.run(130, &mut truth)?;
    Ok((twin, files, truth))
}
