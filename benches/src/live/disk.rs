//! The floors of the disk: how long a sync takes, and how fast files are read.

use super::spread::{Spread, micros};
use crate::clock;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

/// Bytes of one write: what a small commit writes.
const WRITE: usize = 4_096;
/// Bytes read at once.
const READ: usize = 1 << 20;

/// How long so many writes with a sync behind each took, in a file of `dir` that has its room already.
///
/// # Errors
/// The disk fails.
pub fn syncs(dir: &Path, count: usize) -> io::Result<Spread> {
    let path = dir.join("sync.probe");
    let mut file = File::create(&path)?;
    file.write_all(&vec![0; WRITE * count])?;
    file.sync_all()?;
    io::Seek::rewind(&mut file)?;
    let mut took = Vec::with_capacity(count);
    for _ in 0..count {
        let began = clock::moment();
        file.write_all(&[7; WRITE])?;
        file.sync_data()?;
        took.push(micros(began.elapsed()));
    }
    std::fs::remove_file(&path)?;
    Ok(Spread::of(took))
}

/// Bytes of the files of `dir`, and seconds to read them one behind the other. Folders in it are left out.
///
/// # Errors
/// The disk fails.
pub fn read(dir: &Path) -> io::Result<(u64, f64)> {
    let mut buffer = vec![0; READ];
    let (began, mut bytes) = (clock::moment(), 0);
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            continue;
        }
        let mut file = File::open(entry.path())?;
        loop {
            let read = file.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            bytes += read as u64;
        }
    }
    Ok((bytes, began.elapsed().as_secs_f64()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_and_folders_are_left_out() {
        let dir = std::env::temp_dir().join(format!("deft-bench-disk-{}", std::process::id()));
        std::fs::create_dir_all(dir.join("books")).unwrap();
        std::fs::write(dir.join("a.log"), [0; 1_000]).unwrap();
        assert_eq!(read(&dir).unwrap().0, 1_000);
        assert_eq!(syncs(&dir, 3).unwrap().len(), 3);
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
