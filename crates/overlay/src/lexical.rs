//! Where a symlink leads by its text alone.
//!
//! A symlink on the host is followed by every program there, and not within the virtual tree. So
//! none may come to stand where it could lead out of the granted folder. That is decided by the
//! text of its target, which cannot change, and not by what stands at the target, which can:
//!
//! - `..` goes first or not at all. Behind a name it would mean the folder around whatever the name
//!   leads to: with `s -> .`, the target `s/s/../../x` looks as if it stayed and climbs two folders.
//! - Leading `..` are exact, since the folder of the link is reached without a symlink.
//! - So each link by itself leads to a path of its mount, and so do links that lead to links. Those
//!   that the host's own people made are theirs.

use aether_path::VirtualPath;

use crate::error::Problem;
use crate::overlay::MAX_DEPTH;

/// Longest target of a symlink, in bytes: Linux allows none longer.
pub(crate) const MAX_TARGET_BYTES: usize = 4095;

/// The path that a symlink's target names, if it lies in the same mount. `mount_of` gives the place
/// of the mount that holds a path.
pub(crate) fn leads_to(
    link: &VirtualPath,
    target: &str,
    mount_of: impl Fn(&VirtualPath) -> Option<VirtualPath>,
) -> Result<VirtualPath, Problem> {
    if target.is_empty() || target.contains('\0') || target.len() > MAX_TARGET_BYTES {
        return Err(Problem::BadLink);
    }
    let mount = mount_of(link).ok_or(Problem::OutsideMounts)?;
    if target.starts_with('/') {
        return Err(Problem::LeadsOut);
    }
    let mut at = link.clone();
    climb(&mut at, &mount)?;
    let mut named = false;
    for name in target.split('/').filter(|name| !matches!(*name, "" | ".")) {
        if name != ".." {
            at = at.join(name).map_err(|_| Problem::BadLink)?;
            named = true;
        } else if named {
            return Err(Problem::LeadsOut);
        } else {
            climb(&mut at, &mount)?;
        }
    }
    if at.components().count() > MAX_DEPTH {
        return Err(Problem::TooDeep);
    }
    if mount_of(&at) == Some(mount) { Ok(at) } else { Err(Problem::LeadsOut) }
}

/// Goes up one folder, but never out of the mount.
fn climb(at: &mut VirtualPath, mount: &VirtualPath) -> Result<(), Problem> {
    match at.parent() {
        Some(folder) if at != mount => {
            *at = folder;
            Ok(())
        }
        _ => Err(Problem::LeadsOut),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> VirtualPath {
        VirtualPath::parse(text).expect(text)
    }

    fn check(link: &str, target: &str, expect: Result<&str, Problem>) {
        let mounts = ["/w", "/w/in", "/one"].map(path);
        let mount_of = |at: &VirtualPath| {
            let holding = mounts.iter().filter(|mount| at.starts_with(mount));
            holding.max_by_key(|mount| mount.as_str().len()).cloned()
        };
        let found = leads_to(&path(link), target, mount_of);
        assert_eq!(found, expect.map(path), "{link} -> {target}");
    }

    #[test]
    fn targets_keep_to_their_mount() {
        let out = || Err(Problem::LeadsOut);
        check("/w/l", "x", Ok("/w/x"));
        check("/w/l", ".", Ok("/w"));
        check("/w/l", ".//x/./y/", Ok("/w/x/y"));
        check("/w/a/b/l", "../../x", Ok("/w/x"));
        check("/w/a/b/l", "../..", Ok("/w"));
        check("/w/a/b/l", "../../..", out());
        check("/w/a/b/l", "../../../w/x", out());
        check("/w/l", "..", out());
        check("/w/l", "x/..", out());
        check("/w/l", "./../x", out());
        check("/w/l", "/w/x", out());
        check("/w/l", "/", out());
        check("/w/l", "in", out());
        check("/w/l", "in/x", out());
        check("/w/in/l", "../x", out());
        check("/w/in/l", "x", Ok("/w/in/x"));
        check("/one", "x", out());
        check("/one", ".", out());
        check("/else", "x", Err(Problem::OutsideMounts));
        check("/w/l", "", Err(Problem::BadLink));
        check("/w/l", "x\0", Err(Problem::BadLink));
        check("/w/l", &"x".repeat(256), Err(Problem::BadLink));
        check("/w/l", &"x/".repeat(MAX_DEPTH), Err(Problem::TooDeep));
    }
}
