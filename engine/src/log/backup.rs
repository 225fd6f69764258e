//! A copy that is a store of its own, complete or worthless, and the way back from it.

use super::error::Error;
use super::files::{File, Files, Open, write_all};
use super::snapshot::Snapshot;
use super::store::{Kind, kind_of, remove_if_there};
use super::view::View;
use super::walk::Pieces;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The list of a backup's files. Written last: a backup without it is none.
const LIST: &str = "backup.list";
/// Bytes copied at once.
const PIECE: usize = 256 * 1024;
/// Bytes of the list: two lines a file, and more files than a store ever has.
const LIST_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What a backup holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backup {
    /// The last number in it.
    pub durable: u64,
    /// Its files.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
}

/// One line of the list: the checksum of a file, its length, its name.
struct Listed {
    sum: u32,
    length: u64,
    name: String,
}

impl View {
    /// Copies the durable part and all whole snapshots it covers to an empty folder. The log may go on
    /// meanwhile; when it is trimmed meanwhile, the copy may fail and is to be asked for again.
    ///
    /// # Errors
    /// When the folder is not empty, anything is damaged, or a disk fails.
    pub fn backup(&self, to: &Arc<dyn Files>, dir: &Path) -> Result<Backup, Error> {
        self.check_frames()?;
        let to = Target::new(&**to, dir)?;
        let mut listed = Vec::new();
        let from = &*self.store.files;
        for (_, seq, path) in self.store.snapshots_by_name()? {
            if seq <= self.end_seq {
                let snapshot = Snapshot::check(&self.store, &path)?;
                listed.push(to.copy(from, &snapshot.path, None)?);
            }
        }
        for (index, segment) in self.segments.iter().enumerate() {
            let last = index + 1 == self.segments.len();
            let until = last.then_some(self.end_at);
            listed.push(to.copy(from, &segment.path, until)?);
        }
        to.put_list(&listed)?;
        Ok(Backup {
            durable: self.end_seq,
            files: listed.len(),
            bytes: listed.iter().map(|file| file.length).sum(),
        })
    }

    /// Reads all frames: what is damaged is not worth keeping twice.
    fn check_frames(&self) -> Result<(), Error> {
        let mut frames = self.frames_since(self.first_seq() - 1)?;
        frames.try_for_each(|frame| frame.map(drop))
    }
}

/// Makes a store of a backup, in an empty folder, and looks it over.
///
/// # Errors
/// When the backup is incomplete or differs from its list, or the folder is not empty.
pub fn restore(
    from: &Arc<dyn Files>,
    backup: &Path,
    into: &Arc<dyn Files>,
    dir: &Path,
) -> Result<Backup, Error> {
    let listed = read_list(&**from, backup)?;
    let to = Target::new(&**into, dir)?;
    for expected in &listed {
        let path = backup.join(&expected.name);
        let copied = to.copy(&**from, &path, None)?;
        if (copied.sum, copied.length) != (expected.sum, expected.length) {
            return Err(Error::damaged(
                &path,
                0,
                "it differs from the backup's list",
            ));
        }
    }
    to.sync()?;
    let view = View::open(Arc::clone(into), dir)?;
    view.check_frames()?;
    view.snapshots()?;
    Ok(Backup {
        durable: view.end_seq,
        files: listed.len(),
        bytes: listed.iter().map(|file| file.length).sum(),
    })
}

/// An empty folder to copy to.
struct Target<'t> {
    files: &'t dyn Files,
    dir: &'t Path,
}

impl<'t> Target<'t> {
    fn new(files: &'t dyn Files, dir: &'t Path) -> Result<Self, Error> {
        files.create_dir(dir).map_err(Error::io("make", dir))?;
        let there = match files.list(dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            listed => listed.map_err(Error::io("list", dir))?,
        };
        if there.iter().any(|path| kind_of(path) != Kind::Unfinished) {
            return Err(Error::Unfit {
                path: dir.to_owned(),
                what: "not empty: a copy needs a folder of its own",
            });
        }
        for left in there {
            remove_if_there(files, &left)?;
        }
        Ok(Self { files, dir })
    }

    /// Copies a file; what lies behind `until` is zeros in the copy.
    fn copy(&self, from: &dyn Files, path: &Path, until: Option<u64>) -> Result<Listed, Error> {
        let file = from
            .open(path, Open::Read)
            .map_err(Error::io("open", path))?;
        let length = file.length().map_err(Error::io("read", path))?;
        let until = until.unwrap_or(length).min(length);
        let mut pieces = Pieces::new(file, path.to_owned(), length);
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.unwrap_or_default().to_owned();
        let copy = self.dir.join(format!("{name}.tmp"));
        let made = self.files.open(&copy, Open::Create);
        let made = made.map_err(Error::io("create", &copy))?;
        let tried = Error::io("take room for", &copy);
        made.preallocate(length).map_err(tried)?;
        let (mut at, mut sum) = (0, 0);
        while at < length {
            let wanted = usize::try_from(length - at).unwrap_or(PIECE).min(PIECE);
            let mut piece = pieces.get(at, wanted)?.to_vec();
            if piece.len() < wanted {
                return Err(Error::damaged(path, at, "it became shorter"));
            }
            let kept = usize::try_from(until.saturating_sub(at)).unwrap_or(PIECE);
            piece.iter_mut().skip(kept).for_each(|byte| *byte = 0);
            sum = crc32c::crc32c_append(sum, &piece);
            write_all(&*made, &piece, at).map_err(Error::io("write", &copy))?;
            at += wanted as u64;
        }
        self.finish(&*made, &copy, &name)?;
        Ok(Listed { sum, length, name })
    }

    fn finish(&self, file: &dyn File, copy: &Path, name: &str) -> Result<(), Error> {
        file.sync_data().map_err(Error::io("sync", copy))?;
        let named = self.dir.join(name);
        self.files
            .rename(copy, &named)
            .map_err(Error::io("rename", copy))
    }

    fn sync(&self) -> Result<(), Error> {
        let tried = Error::io("sync", self.dir);
        self.files.sync_dir(self.dir).map_err(tried)
    }

    /// Writes the list, once all it lists is durable.
    fn put_list(&self, listed: &[Listed]) -> Result<(), Error> {
        self.sync()?;
        let mut text = String::new();
        for Listed { sum, length, name } in listed {
            // Writing to a text cannot fail.
            _ = writeln!(text, "{sum:08x} {length} {name}");
        }
        let end = crc32c::crc32c(text.as_bytes());
        _ = writeln!(text, "{end:08x} end");
        let copy = self.dir.join(format!("{LIST}.tmp"));
        let file = self.files.open(&copy, Open::Create);
        let file = file.map_err(Error::io("create", &copy))?;
        write_all(&*file, text.as_bytes(), 0).map_err(Error::io("write", &copy))?;
        self.finish(&*file, &copy, LIST)?;
        self.sync()
    }
}

fn read_list(files: &dyn Files, backup: &Path) -> Result<Vec<Listed>, Error> {
    let path: PathBuf = backup.join(LIST);
    let file = match files.open(&path, Open::Read) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Error::Unfit {
                path: backup.to_owned(),
                what: "no complete backup: its list is not there",
            });
        }
        opened => opened.map_err(Error::io("open", &path))?,
    };
    let length = file.length().map_err(Error::io("read", &path))?;
    let bytes = usize::try_from(length).unwrap_or(usize::MAX);
    if bytes > LIST_BYTES_MAX {
        return Err(Error::damaged(&path, 0, "the list is too long"));
    }
    let mut pieces = Pieces::new(file, path.clone(), length);
    let text = std::str::from_utf8(pieces.get(0, bytes)?).ok();
    let listed = text.and_then(parse_list);
    listed.ok_or_else(|| Error::damaged(&path, 0, "the list differs from its checksum"))
}

fn parse_list(text: &str) -> Option<Vec<Listed>> {
    let lines = text.strip_suffix('\n')?;
    let (above, end) = lines.rsplit_once('\n')?;
    let above = text.get(..=above.len())?;
    let sum = u32::from_str_radix(end.strip_suffix(" end")?, 16).ok()?;
    if crc32c::crc32c(above.as_bytes()) != sum {
        return None;
    }
    above
        .lines()
        .map(|line| {
            let (sum, rest) = line.split_once(' ')?;
            let (length, name) = rest.split_once(' ')?;
            let plain = !name.is_empty() && !name.contains(['/', '\\']);
            Some(Listed {
                sum: u32::from_str_radix(sum, 16).ok()?,
                length: length.parse().ok()?,
                name: plain.then(|| name.to_owned())?,
            })
        })
        .collect()
}
