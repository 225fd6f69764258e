//! Open files: each connection is one, and most systems allow a process few until it asks for more.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files beside connections: the log, snapshots, the project.
const OTHERS: u64 = 256;

/// Raises the limit of open files as far as it may be, and says so when that is too few for this many
/// connections.
pub(crate) fn allow(connections: usize) {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let allowed = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    let wanted = u64::try_from(connections)
        .unwrap_or(u64::MAX)
        .saturating_add(OTHERS);
    if let Some(allowed) = allowed.filter(|allowed| *allowed < wanted) {
        tracing::warn!(
            allowed,
            wanted,
            "too few open files for `[limits] connections`: raise the hard limit (`ulimit -Hn`, LimitNOFILE=)"
        );
    }
}
