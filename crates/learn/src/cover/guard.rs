//! What no pattern that was not itself observed may become.

use aether_path::{PathPattern, VirtualPath};
use aether_policy::sensitive;

use super::item::{Item, holds_homes};

/// The pattern of an item that says more than was observed, if it may be suggested: it can be
/// written, it reaches no sensitive place and covers no file that is closed, and it is neither all of a
/// folder right below the root, or of somebody's home, nor most of it.
pub(super) fn permitted(item: &Item, closed: &[VirtualPath]) -> Option<PathPattern> {
    let pattern = PathPattern::parse(&item.written().ok()?).ok()?;
    let narrow = !is_whole(item) && !is_open(item) && sensitive::reached(&pattern).is_none();
    let covers_closed = || closed.iter().any(|path| pattern.matches(path));
    (narrow && !covers_closed()).then_some(pattern)
}

/// Whether it is all of a folder that is never named as a whole.
fn is_whole(item: &Item) -> bool {
    let mut names = item.names.as_slice();
    match (item.whole, names.split_last()) {
        (Some(_), _) => {}
        (None, Some((last, folder))) if last.is_bare() => names = folder,
        _ => return false,
    }
    names.len() < 2 || names.len() == 2 && holds_homes(&first(item))
}

/// Whether a name right below a folder of the root is left open from its beginning, as in
/// `/etc/*.conf`. The folder that is worked in is the plugin's own affair.
fn is_open(item: &Item) -> bool {
    let name = item.names.get(1);
    name.is_some_and(|name| match first(item).as_str() {
        "workspace" => name.is_bare(),
        _ => name.is_open(),
    })
}

fn first(item: &Item) -> String {
    item.names.first().and_then(|name| name.written().ok()).unwrap_or_default()
}
