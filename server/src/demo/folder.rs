//! A folder that goes with its owner.

use anyhow::Context as _;
use std::path::{Path, PathBuf};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot::Sender;

/// What a shell calls "ended by an interrupt".
const ENDED: i32 = 130;
/// How often a folder in which others write is removed.
const REMOVALS: u32 = 3;

/// Hears signals before a node does; dropped when the node hears them.
pub(crate) struct Guard(#[expect(dead_code, reason = "dropping it is the word")] Sender<()>);

/// A temporary folder, removed when it is let go of.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Makes one of this process alone. Until the guard is dropped, being told to end removes the folder
    /// and ends the process.
    pub(crate) fn make() -> anyhow::Result<(Self, Guard)> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()
            .context("cannot hear signals")?;
        // Before there is a folder: none is left behind.
        let (mut int, mut term) = {
            let _inside = runtime.enter();
            (
                signal(SignalKind::interrupt())?,
                signal(SignalKind::terminate())?,
            )
        };
        let path = std::env::temp_dir().join(format!("deft-demo-{}", std::process::id()));
        let made = std::fs::create_dir(&path);
        made.with_context(|| format!("cannot make the temporary folder `{}`", path.display()))?;
        let folder = Self(path.clone());
        let (over, mut ended) = tokio::sync::oneshot::channel::<()>();
        let wait = move || {
            let told = runtime.block_on(async {
                tokio::select! {
                    _ = &mut ended => false,
                    _ = int.recv() => true,
                    _ = term.recv() => true,
                }
            });
            if told {
                // Others may be writing into it just now.
                for _ in 0..REMOVALS {
                    let _ = std::fs::remove_dir_all(&path);
                }
                std::process::exit(ENDED);
            }
        };
        let thread = std::thread::Builder::new().name("early".to_owned());
        thread.spawn(wait)?;
        Ok((folder, Guard(over)))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes files into a folder of this name; gives its path.
    pub(crate) fn unpack(&self, name: &str, files: &[(&str, &str)]) -> anyhow::Result<PathBuf> {
        let root = self.0.join(name);
        for (path, text) in files {
            let file = root.join(path);
            let parent = file.parent().unwrap_or(&root);
            std::fs::create_dir_all(parent)
                .and_then(|()| std::fs::write(&file, text))
                .with_context(|| format!("cannot write `{}`", file.display()))?;
        }
        Ok(root)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            eprintln!("could not remove `{}`: {error}", self.0.display());
        }
    }
}
