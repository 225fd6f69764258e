//! The project is watched: what somebody writes into its folder is taken up once it stands still, when
//! it is good. Contents are compared, not times: it does not matter how they came there.

use super::node::{Node, Phase};
use super::reload::take_up;
use rules::project::Project;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use std::time::Duration;

/// How often it is looked. What is the same at two looks stands still.
const LOOK: Duration = Duration::from_secs(1);

/// Watches until the node goes down.
pub(crate) async fn watch(node: Arc<Node>) {
    // What was refused is not tried again before it is another.
    let mut done = Some(node.contents.clone());
    let mut last = done.clone();
    while node.phase() == Phase::Ready {
        tokio::time::sleep(LOOK).await;
        let folder = node.project.clone();
        let look = move || Some(contents(&Project::read(&folder).ok()?));
        // A folder that cannot be read now may be read at the next look.
        let now = tokio::task::spawn_blocking(look).await.ok().flatten();
        if now.is_some() && now != done && now == last {
            done.clone_from(&now);
            match take_up(&node, "watch", false).await {
                Ok(_) => tracing::info!(book = node.shelf.book().hash.as_str(), "taken up"),
                Err(problem) => tracing::error!(
                    error = problem.detail,
                    "rules stay as they were; `POST /v1/rules/reload?dry_run=1` tells all"
                ),
            }
        }
        last = now;
    }
}

/// A digest of all files of a project.
pub(crate) fn contents(project: &Project) -> Vec<u8> {
    let mut digest = Sha256::new();
    let files = [&project.catalogue, &project.rules, &project.cases];
    for file in files.into_iter().flatten() {
        for part in [&file.path, &file.text] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part.as_bytes());
        }
    }
    digest.finalize().to_vec()
}
