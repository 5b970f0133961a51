//! Paths of WASI: relative to an opened folder, and never above it.
//!
//! The gate takes absolute paths without `..`, so `..` is resolved here, by text. What that means
//! depends on links: behind the name of a symbolic link it is refused, since the folder above the
//! link is not the one above what it leads to.

use crate::bindings::wasi::filesystem::types::ErrorCode;

/// Longest path that a program may name, in bytes. The gate has its own cap, for the whole.
const PATH_BYTES: usize = 4096;

/// A path within an opened folder, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Absolute, in the plugin's virtual files.
    pub(crate) path: String,
    /// The program says that it is a folder: its path ends in `/` or `/.`.
    pub(crate) is_folder: bool,
    /// Paths behind which there was a `..`: each must be a folder and no link.
    pub(crate) left: Vec<String>,
}

/// Finds `path` below `folder`, which is absolute.
pub(crate) fn within(folder: &str, path: &str) -> Result<Found, ErrorCode> {
    if path.is_empty() {
        return Err(ErrorCode::NoEntry);
    }
    if path.contains('\0') {
        return Err(ErrorCode::Invalid);
    }
    if path.len() > PATH_BYTES {
        return Err(ErrorCode::NameTooLong);
    }
    if path.starts_with('/') {
        return Err(ErrorCode::NotPermitted);
    }
    let (mut parts, mut left): (Vec<&str>, Vec<String>) = (Vec::new(), Vec::new());
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                left.push(join(folder, &parts));
                if parts.pop().is_none() {
                    return Err(ErrorCode::NotPermitted);
                }
            }
            name => parts.push(name),
        }
    }
    let last = path.rsplit('/').next();
    let is_folder = matches!(last, Some("" | "." | ".."));
    Ok(Found { path: join(folder, &parts), is_folder, left })
}

fn join(folder: &str, parts: &[&str]) -> String {
    let folder = folder.trim_end_matches('/');
    match parts {
        [] if folder.is_empty() => "/".to_owned(),
        [] => folder.to_owned(),
        parts => format!("{folder}/{}", parts.join("/")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expect: Result<(&str, bool), ErrorCode>) {
        let found = within("/work/x", path).map(|found| (found.path, found.is_folder));
        let expect = expect.map(|(path, is_folder)| (path.to_owned(), is_folder));
        assert_eq!(found.map_err(|code| code as u8), expect.map_err(|code| code as u8), "{path}");
    }

    #[test]
    fn paths_stay_within_their_folder() {
        check("a", Ok(("/work/x/a", false)));
        check("a/", Ok(("/work/x/a", true)));
        check(".", Ok(("/work/x", true)));
        check("./a//b/.", Ok(("/work/x/a/b", true)));
        check("a/../b", Ok(("/work/x/b", false)));
        check("a/..", Ok(("/work/x", true)));
        check("a/../../b", Err(ErrorCode::NotPermitted));
        check("..", Err(ErrorCode::NotPermitted));
        check("/a", Err(ErrorCode::NotPermitted));
        check("/", Err(ErrorCode::NotPermitted));
        check("", Err(ErrorCode::NoEntry));
        check("a\0b", Err(ErrorCode::Invalid));
        check(&"a".repeat(5000), Err(ErrorCode::NameTooLong));
    }

    #[test]
    fn the_root_is_a_folder_like_any_other() {
        assert_eq!(within("/", "a").unwrap().path, "/a");
        assert_eq!(within("/", ".").unwrap().path, "/");
        assert_eq!(within("/", "a/../b").unwrap().left, ["/a"]);
    }
}
