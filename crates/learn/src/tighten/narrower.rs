//! What would have been enough.

use aether_manifest::{HostPattern, Permission, TopicPattern};
use aether_path::{PathPattern, VirtualPath};

use crate::cover::{Cover, Path, Request, cover_hosts, cover_paths};
use crate::covered::Asked;
use crate::options::Options;

/// Most entries that one is replaced by: a longer list is no easier to agree to.
const MOST: usize = 8;

/// Entries that cover what was used of an entry much wider than that; nothing where it is about
/// right, or where it takes too many.
pub(super) fn narrower(
    permission: Permission,
    asked: &Asked,
    used: &[&str],
    options: &Options,
) -> Option<Vec<String>> {
    let narrow = match asked {
        Asked::Path(pattern) if is_wide(pattern) => paths(used, options)?,
        Asked::Domain(_) => hosts(used, options)?,
        Asked::Emit(pattern) | Asked::Hear(pattern) if !pattern.is_exact() => texts(used),
        Asked::Program(entry) if entry.ends_with('/') => texts(used),
        _ => return None,
    };
    let is_less =
        narrow.len() <= MOST && !narrow.is_empty() && is_narrower(permission, asked, &narrow);
    is_less.then_some(narrow)
}

/// Whether a pattern names a whole tree, or leaves more open than its last name.
fn is_wide(pattern: &PathPattern) -> bool {
    let above = pattern.as_str().rsplit_once('/').map_or("", |(above, _)| above);
    pattern.is_tree() || above.contains(['*', '?'])
}

fn paths(used: &[&str], options: &Options) -> Option<Vec<String>> {
    let paths = used.iter().filter_map(|object| VirtualPath::parse(object).ok());
    let paths: Vec<Path> = paths.map(|path| Path { path, is_used: true, is_made: false }).collect();
    entries(cover_paths(&paths, options))
}

fn hosts(used: &[&str], options: &Options) -> Option<Vec<String>> {
    let requests: Vec<Request> =
        used.iter().filter_map(|object| Request::parse(object).ok()).collect();
    entries(cover_hosts(&requests, options))
}

fn texts(used: &[&str]) -> Vec<String> {
    used.iter().map(|text| (*text).to_owned()).collect()
}

/// Nothing where something could not be covered.
fn entries(cover: Cover) -> Option<Vec<String>> {
    let drafts = cover.drafts.into_iter().map(|draft| draft.entry).collect();
    cover.left.is_empty().then_some(drafts)
}

/// Whether the entry covers all of these, and none of these covers the entry.
fn is_narrower(permission: Permission, asked: &Asked, narrow: &[String]) -> bool {
    narrow.iter().filter_map(|entry| Asked::of(permission, entry)).all(|one| match (asked, &one) {
        (Asked::Path(wide), Asked::Path(narrow)) => wide.covers(narrow) && !narrow.covers(wide),
        (Asked::Domain(wide), Asked::Domain(narrow)) => {
            let exact = matches!(narrow.host(), HostPattern::Exact(_));
            let same_host = wide.host() == narrow.host();
            wide.covers(narrow) && !narrow.covers(wide) && (exact || same_host)
        }
        (Asked::Emit(wide), Asked::Emit(narrow)) | (Asked::Hear(wide), Asked::Hear(narrow)) => {
            topics(wide, narrow)
        }
        (Asked::Program(wide), Asked::Program(narrow)) => wide != narrow,
        _ => false,
    })
}

fn topics(wide: &TopicPattern, narrow: &TopicPattern) -> bool {
    wide.covers(narrow) && !narrow.covers(wide)
}
