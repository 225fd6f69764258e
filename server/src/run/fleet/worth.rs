//! What a node finds in its folder when it joins: a copy to go on with, one to be made anew, or a store that is
//! nobody's to touch.

use super::post::{Post, Role};
use anyhow::Context as _;
use engine::log::{Disk, StoreId, View, clear};
use std::path::Path;
use std::sync::Arc;

/// What the copy in a folder is worth, and which store it is of. Only what a fleet has made is ever let go of.
pub(super) fn worth(dir: &Path) -> anyhow::Result<(Post, Option<StoreId>)> {
    let view = View::open(Arc::new(Disk), dir);
    let nothing = Post::nothing();
    match (view, Post::read(dir)?) {
        (Ok(view), Some(post)) if post.role != Role::Builds => Ok((post, Some(view.id()))),
        (Ok(view), None) if !Post::is_there(dir) => {
            let alone = Post {
                role: Role::Alone,
                ..nothing
            };
            Ok((alone, Some(view.id())))
        }
        (Err(error), None) if !Post::is_there(dir) && holds_files(dir) => {
            Err(error).with_context(|| format!("cannot read the store `{}`", dir.display()))
        }
        _ => {
            nothing.write(dir)?;
            clear(&Disk, dir)?;
            Ok((nothing, None))
        }
    }
}

/// Whether there is anything of a log or a snapshot.
fn holds_files(dir: &Path) -> bool {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut endings = entries.filter_map(|entry| entry.path().extension().map(ToOwned::to_owned));
    endings.any(|ending| ending == "log" || ending == "snapshot")
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::log::{Log, Options};

    #[test]
    fn only_what_a_fleet_has_made_is_let_go_of() {
        let dir = std::env::temp_dir().join(format!("deft-worth-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let role = || worth(&dir).map(|(post, _)| post.role);
        // Somebody's store that cannot be read is nothing to be cleared away.
        let segment = dir.join("00000000000000000001.log");
        std::fs::write(&segment, b"half of a segment").unwrap();
        assert!(role().is_err());
        assert!(segment.is_file());
        std::fs::remove_file(&segment).unwrap();
        assert!(!Post::is_there(&dir));
        let options = Options::new(StoreId([7; 16]), "");
        drop(Log::open(Arc::new(Disk), &dir, &options).unwrap());
        assert_eq!(role().unwrap(), Role::Alone);
        assert!(segment.is_file() && !Post::is_there(&dir));
        let follows = Post {
            role: Role::Follows,
            ..Post::nothing()
        };
        follows.write(&dir).unwrap();
        assert_eq!(role().unwrap(), Role::Follows);
        // A copy that was not finished is.
        Post::nothing().write(&dir).unwrap();
        assert_eq!(role().unwrap(), Role::Builds);
        assert!(!segment.is_file());
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
