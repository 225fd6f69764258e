//! A folder that goes with its owner.

use anyhow::Context as _;
use std::path::{Path, PathBuf};

/// A temporary folder, removed when it is let go of.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Makes one of this process alone.
    pub(crate) fn make() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("deft-demo-{}", std::process::id()));
        let made = std::fs::create_dir(&path);
        made.with_context(|| format!("cannot make the temporary folder `{}`", path.display()))?;
        Ok(Self(path))
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
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("could not remove `{}`: {error}", self.0.display());
        }
    }
}
