//! Where things are: the workspace, the shared data, a folder to write in.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use libtest_mimic::Failed;

/// The environment variable that says where the shared data lies.
pub const SHARED: &str = "DEFT_SHARED";

/// The folder of the workspace: the one with the root manifest.
pub fn root() -> PathBuf {
    // What cargo says now goes before what it said when this was built: two clones may share a
    // target folder, and the binary of one then runs in the other.
    let built = || env!("CARGO_MANIFEST_DIR").into();
    let tests = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(built));
    tests
        .parent()
        .map_or_else(|| tests.clone(), Path::to_path_buf)
}

/// The folder of the shared data, when it is there.
pub fn shared() -> Option<PathBuf> {
    let said = std::env::var_os(SHARED).map(|path| root().join(path));
    let path = said.unwrap_or_else(|| root().join("../shared"));
    path.join("data").is_dir().then_some(path)
}

/// Reads a text file; the failure names it.
pub fn read(path: &Path) -> Result<String, Failed> {
    fs::read_to_string(path).map_err(|error| Failed::from(format!("{}: {error}", path.display())))
}

/// Writes a file; the failure names it.
pub fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<(), Failed> {
    fs::write(path, bytes).map_err(|error| Failed::from(format!("{}: {error}", path.display())))
}

/// Writes a file, and the folders it lies in where they are absent.
pub fn lay(path: &Path, bytes: impl AsRef<[u8]>) -> Result<(), Failed> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    write(path, bytes)
}

/// Copies a folder with all it holds.
pub fn copy_tree(from: &Path, to: &Path) -> Result<(), Failed> {
    fs::create_dir_all(to)?;
    let entries = fs::read_dir(from).map_err(|error| format!("{}: {error}", from.display()))?;
    for entry in entries {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            // Written anew, not copied: a read-only original must not make the copy read-only.
            write(&target, fs::read(entry.path())?)?;
        }
    }
    Ok(())
}

/// A folder of this run alone, removed when dropped.
#[derive(Debug)]
pub struct TempDir(PathBuf);

impl TempDir {
    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The path of a file or folder in it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        // Nothing to do about a folder that will not go: the next run has another name.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Makes a new, empty folder under the system's temporary one.
pub fn temp_dir(name: &str) -> Result<TempDir, Failed> {
    static MADE: AtomicU32 = AtomicU32::new(0);
    loop {
        let nth = MADE.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("deft-{name}-{}-{nth}", std::process::id()));
        match fs::create_dir(&path) {
            Ok(()) => return Ok(TempDir(path)),
            // Left by an earlier process of the same number.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(format!("{}: {error}", path.display()).into()),
        }
    }
}

/// Lets this process have as many open files as it may: each connection is one.
pub fn allow_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // Where it cannot be raised, the test that needs it says how far it came.
    let _ = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: limit.maximum,
            ..limit
        },
    );
}
