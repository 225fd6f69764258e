//! What a machine has on disk and what it only believes to have.

use super::super::files::Open;
use super::fault::{Fault, Loss};
use super::unsynced::{Naming, Node, Unsynced, in_sectors};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

/// A machine's disk and its memory of it.
#[derive(Clone, Debug)]
pub(super) struct Image {
    nodes: BTreeMap<u64, Node>,
    names: BTreeMap<PathBuf, u64>,
    durable: BTreeMap<PathBuf, u64>,
    unsynced: Vec<Naming>,
    claims: BTreeSet<u64>,
    next_node: u64,
    chance: u64,
    off: bool,
    pub(super) life: u64,
    pub(super) calls: u64,
    pub(super) fault: Option<(u64, Fault)>,
    pub(super) room: Option<u64>,
}

impl Image {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            nodes: BTreeMap::new(),
            names: BTreeMap::new(),
            durable: BTreeMap::new(),
            unsynced: Vec::new(),
            claims: BTreeSet::new(),
            next_node: 1,
            chance: seed,
            off: false,
            life: 0,
            calls: 0,
            fault: None,
            room: None,
        }
    }

    /// The next number by chance (splitmix64).
    fn chance(&mut self, below: u64) -> u64 {
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.chance;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below.max(1)
    }

    /// Counts a call; gives the fault it has, if any.
    fn call(&mut self) -> io::Result<Option<Fault>> {
        if self.off {
            return Err(power_is_off());
        }
        self.calls += 1;
        let due = self.fault.filter(|(call, _)| *call == self.calls);
        if due.is_some() {
            self.fault = None;
        }
        let fault = due.map(|(_, fault)| fault);
        self.off = fault == Some(Fault::PowerLoss);
        Ok(fault)
    }

    /// A call that changes nothing.
    fn look(&mut self) -> io::Result<()> {
        match self.call()? {
            Some(Fault::Device) => Err(device()),
            Some(Fault::PowerLoss) => Err(power_is_off()),
            _ => Ok(()),
        }
    }

    /// A call that is done or not, and can need room.
    fn need(&mut self) -> io::Result<()> {
        match self.call()? {
            Some(Fault::Device) => Err(device()),
            Some(Fault::Full) => Err(full_disk()),
            Some(Fault::PowerLoss) => Err(power_is_off()),
            _ => Ok(()),
        }
    }

    /// A call that changes names: under a loss of power it is done or not, by chance.
    fn name(&mut self, change: impl FnOnce(&mut Self)) -> io::Result<()> {
        match self.call()? {
            Some(Fault::Device) => Err(device()),
            Some(Fault::Full) => Err(full_disk()),
            Some(Fault::PowerLoss) => {
                if self.chance(2) == 0 {
                    change(self);
                }
                Err(power_is_off())
            }
            _ => {
                change(self);
                Ok(())
            }
        }
    }

    pub(super) fn alive(&self, life: u64) -> io::Result<()> {
        if life == self.life {
            Ok(())
        } else {
            Err(power_is_off())
        }
    }

    pub(super) fn open(&mut self, path: &Path, how: Open) -> io::Result<u64> {
        let there = self.names.get(path).copied();
        if how == Open::Create {
            if there.is_some() {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            self.name(|image| image.make(path))?;
        } else {
            self.look()?;
        }
        let node = self.names.get(path).copied();
        node.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn make(&mut self, path: &Path) {
        let node = self.next_node;
        self.next_node += 1;
        self.nodes.insert(node, Node::default());
        self.names.insert(path.to_owned(), node);
        self.unsynced.push(Naming::Made(path.to_owned(), node));
    }

    pub(super) fn claim(&mut self, path: &Path) -> io::Result<u64> {
        if !self.names.contains_key(path) {
            self.name(|image| image.make(path))?;
        } else {
            self.look()?;
        }
        let node = self.names.get(path).copied();
        let node = node.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        if !self.claims.insert(node) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(node)
    }

    pub(super) fn unclaim(&mut self, node: u64, life: u64) {
        if life == self.life {
            self.claims.remove(&node);
        }
    }

    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let node = self.names.get(from).copied();
        let node = node.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        self.name(|image| {
            image.names.remove(from);
            image.names.insert(to.to_owned(), node);
            let (from, to) = (from.to_owned(), to.to_owned());
            image.unsynced.push(Naming::Renamed(from, to, node));
        })
    }

    pub(super) fn remove(&mut self, path: &Path) -> io::Result<()> {
        if !self.names.contains_key(path) {
            self.look()?;
            return Err(io::ErrorKind::NotFound.into());
        }
        self.name(|image| {
            image.names.remove(path);
            image.unsynced.push(Naming::Removed(path.to_owned()));
        })
    }

    pub(super) fn list(&mut self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        self.look()?;
        let inside = self.names.keys().filter(|path| path.parent() == Some(dir));
        Ok(inside.cloned().collect())
    }

    /// A failed sync of names leaves them to the next one: file systems keep a journal of names and
    /// stop when it fails.
    pub(super) fn sync_dir(&mut self, dir: &Path) -> io::Result<()> {
        self.need()?;
        let (here, elsewhere): (Vec<Naming>, Vec<Naming>) = std::mem::take(&mut self.unsynced)
            .into_iter()
            .partition(|naming| naming.path().parent() == Some(dir));
        here.iter()
            .for_each(|naming| naming.apply(&mut self.durable));
        self.unsynced = elsewhere;
        Ok(())
    }

    pub(super) fn read(&mut self, node: u64, into: &mut [u8], at: u64) -> io::Result<usize> {
        self.look()?;
        let seen = &self.node(node)?.seen;
        let rest = seen.get(place(at)..).unwrap_or_default();
        let length = rest.len().min(into.len());
        for (to, from) in into.iter_mut().zip(rest) {
            *to = *from;
        }
        Ok(length)
    }

    pub(super) fn write(&mut self, node: u64, bytes: &[u8], at: u64) -> io::Result<usize> {
        let fault = self.call()?;
        let part = usize::try_from(self.chance(bytes.len() as u64)).unwrap_or(0);
        let taken = match fault {
            None => bytes,
            Some(Fault::Full) => return Err(full_disk()),
            Some(Fault::Short) => bytes.get(..part.max(1)).unwrap_or(bytes),
            Some(Fault::Device | Fault::PowerLoss) => bytes.get(..part).unwrap_or_default(),
        };
        let end = place(at) + taken.len();
        self.check_room(node, end)?;
        let write = Unsynced::Bytes(place(at), taken.to_vec());
        let node = self.node(node)?;
        write.apply(&mut node.seen);
        node.unsynced.push(write);
        match fault {
            Some(Fault::Device) => Err(device()),
            Some(Fault::PowerLoss) => Err(power_is_off()),
            _ => Ok(taken.len()),
        }
    }

    pub(super) fn preallocate(&mut self, node: u64, length: u64) -> io::Result<()> {
        self.need()?;
        let length = place(length);
        self.check_room(node, length)?;
        let node = self.node(node)?;
        if length > node.seen.len() {
            node.seen.resize(length, 0);
            node.unsynced.push(Unsynced::Length(length));
        }
        Ok(())
    }

    pub(super) fn sync(&mut self, node: u64) -> io::Result<()> {
        let fault = self.call()?;
        match fault {
            Some(Fault::PowerLoss) => return Err(power_is_off()),
            Some(fault @ (Fault::Device | Fault::Full)) => {
                // The system marks all of it clean: a second sync would say yes and write nothing.
                self.settle(node, Loss::Tear);
                let full = fault == Fault::Full;
                return Err(if full { full_disk() } else { device() });
            }
            _ => {}
        }
        let node = self.node(node)?;
        for change in std::mem::take(&mut node.unsynced) {
            change.apply(&mut node.durable);
        }
        Ok(())
    }

    pub(super) fn length(&mut self, node: u64) -> io::Result<u64> {
        self.look()?;
        Ok(self.node(node)?.seen.len() as u64)
    }

    fn node(&mut self, node: u64) -> io::Result<&mut Node> {
        let found = self.nodes.get_mut(&node);
        found.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn used(&self) -> u64 {
        let named: BTreeSet<u64> = self.names.values().copied().collect();
        let named = named.iter().filter_map(|node| self.nodes.get(node));
        named.map(|node| node.seen.len() as u64).sum()
    }

    pub(super) fn free(&self) -> u64 {
        let room = self.room.unwrap_or(u64::MAX);
        room.saturating_sub(self.used())
    }

    fn check_room(&mut self, node: u64, end: usize) -> io::Result<()> {
        if self.room.is_none() {
            return Ok(());
        }
        let more = end.saturating_sub(self.node(node)?.seen.len());
        if more as u64 > self.free() {
            return Err(full_disk());
        }
        Ok(())
    }

    /// Decides what of a file's unsynced changes is durable, and forgets the rest.
    fn settle(&mut self, node: u64, loss: Loss) {
        let Ok(found) = self.node(node) else { return };
        for change in std::mem::take(&mut found.unsynced) {
            if loss == Loss::Drop {
                continue;
            }
            let fate = self.chance(4);
            let kept: Vec<Unsynced> = match (fate, change) {
                (0, _) => Vec::new(),
                (1, change) | (_, change @ Unsynced::Length(_)) => vec![change],
                (_, Unsynced::Bytes(at, bytes)) => {
                    let sectors = in_sectors(at, &bytes);
                    sectors
                        .into_iter()
                        .filter(|_| self.chance(2) == 0)
                        .collect()
                }
            };
            if let Ok(found) = self.node(node) {
                kept.iter()
                    .for_each(|change| change.apply(&mut found.durable));
            }
        }
    }

    pub(super) fn crash(&mut self, loss: Loss) {
        for node in self.nodes.keys().copied().collect::<Vec<_>>() {
            self.settle(node, loss);
        }
        for naming in std::mem::take(&mut self.unsynced) {
            if loss == Loss::Tear && self.chance(2) == 0 {
                naming.apply(&mut self.durable);
            }
        }
        self.names = self.durable.clone();
        let named: BTreeSet<u64> = self.names.values().copied().collect();
        self.nodes.retain(|node, _| named.contains(node));
        for node in self.nodes.values_mut() {
            node.seen = node.durable.clone();
        }
        self.restart();
    }

    pub(super) fn restart(&mut self) {
        self.life += 1;
        self.claims.clear();
        self.off = false;
        self.fault = None;
    }

    pub(super) fn flip(&mut self, path: &Path, at: usize, bits: u8) {
        let node = self
            .names
            .get(path)
            .and_then(|node| self.nodes.get_mut(node));
        if let Some(node) = node {
            for image in [&mut node.seen, &mut node.durable] {
                if let Some(byte) = image.get_mut(at) {
                    *byte ^= bits;
                }
            }
        }
    }

    pub(super) fn bytes(&self, path: &Path) -> Option<Vec<u8>> {
        let node = self.nodes.get(self.names.get(path)?)?;
        Some(node.seen.clone())
    }

    pub(super) fn names(&self) -> Vec<PathBuf> {
        self.names.keys().cloned().collect()
    }
}

fn place(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

fn device() -> io::Error {
    io::Error::other("the device failed")
}

fn full_disk() -> io::Error {
    io::ErrorKind::StorageFull.into()
}

fn power_is_off() -> io::Error {
    io::Error::other("the power is off")
}
