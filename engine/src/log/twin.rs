//! A file system in memory that keeps what was synced apart from what was not, loses and tears the
//! latter when the power goes, and fails at the n-th call. The same seed gives the same run.

mod fault;
mod image;
mod unsynced;

use super::files::{File, Files, Open};
use crossbeam::channel::{Receiver, Sender, bounded};
pub use fault::{Fault, Loss};
use image::Image;

use std::io;
use std::path::{Path, PathBuf};

/// A file system in memory that loses, tears and fails. Clones are the same file system.
#[derive(Clone)]
pub struct Twin {
    /// The one image goes from hand to hand: who takes it gives it back.
    give: Sender<Box<Image>>,
    take: Receiver<Box<Image>>,
}

impl Twin {
    /// An empty one.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self::of(Image::new(seed))
    }

    fn of(image: Image) -> Self {
        let (give, take) = bounded(1);
        _ = give.send(Box::new(image));
        Self { give, take }
    }

    fn with<R>(&self, work: impl FnOnce(&mut Image) -> io::Result<R>) -> io::Result<R> {
        let gone = |_| io::Error::other("the twin is gone");
        let mut image = self.take.recv().map_err(gone)?;
        let done = work(&mut image);
        self.give
            .send(image)
            .map_err(|_| io::Error::other("the twin is gone"))?;
        done
    }

    fn ask<R: Default>(&self, work: impl FnOnce(&mut Image) -> R) -> R {
        self.with(|image| Ok(work(image))).unwrap_or_default()
    }

    /// Another file system that is just like this one now.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self::of(self.ask(|image| image.clone()))
    }

    /// How many calls it has had.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.ask(|image| image.calls)
    }

    /// The call with this number, counted from the very first, fails in this way.
    pub fn fail_at(&self, call: u64, fault: Fault) {
        self.ask(|image| image.fault = Some((call, fault)));
    }

    /// The bytes all files may have together; `None`: as many as they like.
    pub fn set_room(&self, room: Option<u64>) {
        self.ask(|image| image.room = room);
    }

    /// The power goes and comes back. What was synced is there; what was not is lost, or torn. Files
    /// that were open fail from now on.
    pub fn crash(&self, loss: Loss) {
        self.ask(|image| image.crash(loss));
    }

    /// The process dies and another begins: what was written is there, synced or not. Files that were
    /// open fail from now on.
    pub fn restart(&self) {
        self.ask(Image::restart);
    }

    /// Changes one byte of a file for good, as failing hardware does.
    pub fn flip(&self, path: &Path, at: usize, bits: u8) {
        self.ask(|image| image.flip(path, at, bits));
    }

    /// What is in a file now.
    #[must_use]
    pub fn bytes(&self, path: &Path) -> Vec<u8> {
        self.ask(|image| image.bytes(path).unwrap_or_default())
    }

    /// The names of all files.
    #[must_use]
    pub fn names(&self) -> Vec<PathBuf> {
        self.ask(|image| image.names())
    }
}

impl Default for Image {
    fn default() -> Self {
        Self::new(0)
    }
}

struct TwinFile {
    twin: Twin,
    node: u64,
    /// Of which life of the machine it is.
    life: u64,
    claimed: bool,
}

impl TwinFile {
    fn with<R>(&self, work: impl FnOnce(&mut Image, u64) -> io::Result<R>) -> io::Result<R> {
        self.twin.with(|image| {
            image.alive(self.life)?;
            work(image, self.node)
        })
    }
}

impl Drop for TwinFile {
    fn drop(&mut self) {
        if self.claimed {
            let (node, life) = (self.node, self.life);
            self.twin.ask(|image| image.unclaim(node, life));
        }
    }
}

impl Files for Twin {
    fn open(&self, path: &Path, how: Open) -> io::Result<Box<dyn File>> {
        let (node, life) = self.with(|image| Ok((image.open(path, how)?, image.life)))?;
        Ok(Box::new(TwinFile {
            twin: self.clone(),
            node,
            life,
            claimed: false,
        }))
    }

    fn claim(&self, path: &Path) -> io::Result<Box<dyn File>> {
        let (node, life) = self.with(|image| Ok((image.claim(path)?, image.life)))?;
        Ok(Box::new(TwinFile {
            twin: self.clone(),
            node,
            life,
            claimed: true,
        }))
    }

    fn create_dir(&self, _dir: &Path) -> io::Result<()> {
        // Folders are there wherever they are named.
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.with(|image| image.rename(from, to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.with(|image| image.remove(path))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        self.with(|image| image.list(dir))
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.with(|image| image.sync_dir(dir))
    }

    fn free_space(&self, _dir: &Path) -> io::Result<u64> {
        self.with(|image| Ok(image.free()))
    }
}

impl File for TwinFile {
    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<usize> {
        self.with(|image, node| image.read(node, into, at))
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<usize> {
        self.with(|image, node| image.write(node, bytes, at))
    }

    fn preallocate(&self, length: u64) -> io::Result<()> {
        self.with(|image, node| image.preallocate(node, length))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.with(|image, node| image.sync(node))
    }

    fn length(&self) -> io::Result<u64> {
        self.with(|image, node| image.length(node))
    }
}
