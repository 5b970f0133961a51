//! Where on the host a pattern of the virtual tree leads.

use aether_path::{PathPattern, VirtualPath, WORKSPACE};

use super::input::Mount;
use crate::sensitive::{Place, reached_outside};

/// A mount that a pattern reaches, and what it reaches there.
pub(super) struct Reach<'a> {
    pub(super) mount: &'a Mount,
    /// The pattern over the host's paths; nothing when the host's path cannot be a pattern.
    pub(super) host: Option<PathPattern>,
}

impl Reach<'_> {
    /// The folder is what its virtual name says, or a person named it.
    pub(super) fn is_plain(&self) -> bool {
        self.mount.is_plain()
    }
}

/// The mounts that a pattern reaches: the innermost one that holds its root, and those below.
pub(super) fn reaches<'a>(pattern: &PathPattern, mounts: &'a [Mount]) -> Vec<Reach<'a>> {
    let root = pattern.root();
    let holding = mounts.iter().filter(|mount| root.starts_with(&mount.root));
    let innermost = holding.max_by_key(|mount| mount.root.components().count());
    let below = mounts.iter().filter(|mount| {
        !root.starts_with(&mount.root)
            && (pattern.matches(&mount.root) || pattern.leads_to(&mount.root))
    });
    let inside = innermost.map(|mount| Reach { mount, host: inside(pattern, mount) });
    inside.into_iter().chain(below.map(|mount| Reach { mount, host: tree(mount) })).collect()
}

/// A sensitive place that the pattern reaches, by its virtual or its host's name. A folder that a
/// person named excuses what it lies in, not what lies in it.
pub(super) fn sensitive(pattern: &PathPattern, mounts: &[Mount]) -> Option<&'static Place> {
    let reaches = reaches(pattern, mounts);
    let typed = reaches
        .iter()
        .find(|reach| reach.mount.typed_by_person && pattern.root().starts_with(&reach.mount.root));
    let by_name = reached_outside(pattern, typed.map(|reach| &reach.mount.root));
    by_name.or_else(|| reaches.iter().find_map(on_host))
}

fn on_host(reach: &Reach<'_>) -> Option<&'static Place> {
    let named = host_path(&reach.mount.host).filter(|_| reach.mount.typed_by_person);
    reached_outside(reach.host.as_ref()?, named.as_ref())
}

/// The pattern with the mount's root replaced by the host's folder.
fn inside(pattern: &PathPattern, mount: &Mount) -> Option<PathPattern> {
    let absolute = absolute(pattern);
    let depth = mount.root.components().count();
    let names = absolute.split('/').filter(|name| !name.is_empty() && *name != ".");
    let rest: Vec<&str> = names.skip(depth).collect();
    let slash =
        if absolute.ends_with('/') || rest.is_empty() && pattern.is_tree() { "/" } else { "" };
    let host = literal(&mount.host)?;
    let joined = if rest.is_empty() {
        host
    } else {
        format!("{}/{}", host.trim_end_matches('/'), rest.join("/"))
    };
    let whole = if joined.ends_with('/') { joined } else { format!("{joined}{slash}") };
    PathPattern::parse(&whole).ok()
}

/// Everything below the mount's folder.
fn tree(mount: &Mount) -> Option<PathPattern> {
    PathPattern::parse(&format!("{}/", literal(&mount.host)?.trim_end_matches('/'))).ok()
}

fn absolute(pattern: &PathPattern) -> String {
    let written = pattern.as_str();
    if written.starts_with('/') { written.to_owned() } else { format!("{WORKSPACE}/{written}") }
}

/// The host's folder as a pattern that matches it; what patterns cannot say becomes `?`. Drive
/// letters go: the sensitive places are the same on every drive.
fn literal(host: &str) -> Option<String> {
    let path = host_path(host)?;
    let plain = |letter: char| {
        if letter.is_control() || "*?[]{}!\\".contains(letter) { '?' } else { letter }
    };
    Some(path.as_str().chars().map(plain).collect())
}

/// The host's folder in the form of a virtual path.
pub(crate) fn host_path(host: &str) -> Option<VirtualPath> {
    let slashes = host.replace('\\', "/");
    let drive = slashes.get(1..2) == Some(":");
    let path = if drive { slashes.get(2..)? } else { &slashes };
    VirtualPath::resolve(&VirtualPath::root(), path).ok().filter(|_| path.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount(root: &str, host: &str) -> Mount {
        Mount {
            root: VirtualPath::parse(root).unwrap(),
            host: host.to_owned(),
            typed_by_person: false,
            shows_host: false,
        }
    }

    #[test]
    fn patterns_are_carried_over_to_the_host() {
        let check = |pattern: &str, mounts: &[Mount], expect: &[&str]| {
            let pattern = PathPattern::parse(pattern).unwrap();
            let found: Vec<String> = reaches(&pattern, mounts)
                .iter()
                .map(|reach| {
                    reach.host.as_ref().map_or("?".to_owned(), |host| host.as_str().to_owned())
                })
                .collect();
            assert_eq!(found, expect, "{pattern}");
        };
        let mounts = [
            mount("/workspace", "/home/a/p"),
            mount("/var/log", "/data/logs"),
            mount("/var/log/app", "/srv/app"),
        ];
        check("./out/", &mounts, &["/home/a/p/out/"]);
        check("out", &mounts, &["/home/a/p/out"]);
        check("./", &mounts, &["/home/a/p/"]);
        check("/workspace", &mounts, &["/home/a/p"]);
        check("/var/log/*.log", &mounts, &["/data/logs/*.log"]);
        check("/var/log/**", &mounts, &["/data/logs/**", "/srv/app/"]);
        check("/var/log/", &mounts, &["/data/logs/", "/srv/app/"]);
        check("/var/log/app/x", &mounts, &["/srv/app/x"]);
        check("/**", &mounts, &["/home/a/p/", "/data/logs/", "/srv/app/"]);
        check("/etc/**", &mounts, &[]);
        check("/w/x", &[mount("/w", "C:\\Users\\a")], &["/Users/a/x"]);
        check("/w/x", &[mount("/w", "/")], &["/x"]);
        check("/w/", &[mount("/w", "/")], &["/"]);
        check("/w/x", &[mount("/w", "/a[1]!")], &["/a?1??/x"]);
        check("/w/x", &[mount("/w", "/a/../b")], &["?"]);
        check("/w/x", &[mount("/w", "relative")], &["?"]);
    }
}
