//! From a folder on disk to the bytes of its files.

use super::{ENTRIES_MAX, ProjectError, TOML_BYTES_MAX, is_quiet};
use crate::catalogue::load::codes;
use crate::finding::{Finding, Findings, Place, Words};
use std::collections::BTreeMap;
use std::path::Path;

/// Reads `dir` and, below it, two more levels: enough to see that a rule stands too deep.
pub(super) fn walk(
    dir: &Path,
    shown: &str,
    depth: usize,
    found: &mut BTreeMap<String, Vec<u8>>,
    findings: &mut Findings,
) -> Result<(), ProjectError> {
    if depth > 3 || !dir.is_dir() {
        return Ok(());
    }
    let unreadable = |path: &Path, cause| ProjectError::Unreadable {
        path: path.to_owned(),
        cause,
    };
    let mut entries = BTreeMap::new();
    for entry in std::fs::read_dir(dir).map_err(|e| unreadable(dir, e))? {
        let entry = entry.map_err(|e| unreadable(dir, e))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        entries.insert(name, entry.path());
    }
    for (name, path) in entries {
        let shown = format!("{shown}/{name}");
        if is_quiet(&name) {
            continue;
        }
        if path.is_dir() {
            walk(&path, &shown, depth + 1, found, findings)?;
        } else if found.len() == ENTRIES_MAX {
            findings.push(Finding::error(
                codes::TOO_LARGE,
                Place::file(shown),
                Words::new(
                    format!("the project has more than {ENTRIES_MAX} files; the rest is not read"),
                    format!("项目中的文件多于 {ENTRIES_MAX} 个，其余不再读取"),
                ),
            ));
            break;
        } else {
            // Only what can mean something is opened; a pipe or a device never is.
            let ours = path.is_file() && (name.ends_with(".toml") || name.ends_with(".rhai"));
            let bytes = match ours {
                true => read_bounded(&path).map_err(|e| unreadable(&path, e))?,
                false => Vec::new(),
            };
            found.insert(shown, bytes);
        }
    }
    Ok(())
}

/// At most one byte more than any file may have: enough to say that it is too long.
fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read;
    let mut bytes = Vec::new();
    let most = u64::try_from(TOML_BYTES_MAX).unwrap_or(u64::MAX);
    std::fs::File::open(path)?
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}
