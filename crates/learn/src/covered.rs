//! Whether an entry of a manifest covers something that was observed.

use aether_manifest::{DomainPattern, Permission, Permissions, TopicPattern};
use aether_path::{PathPattern, VirtualPath};
use aether_policy::given;

use crate::cover::Request;

/// An entry of a manifest, ready to be asked.
#[derive(Debug, Clone)]
pub(crate) enum Asked {
    Path(PathPattern),
    Domain(DomainPattern),
    Emit(TopicPattern),
    Hear(TopicPattern),
    Program(String),
    /// What covers nothing but itself.
    Text(String),
}

impl Asked {
    /// The entry of this permission, as written; nothing where it is none.
    pub(crate) fn of(permission: Permission, entry: &str) -> Option<Self> {
        Some(match permission {
            Permission::FilesystemRead | Permission::FilesystemWrite => {
                Asked::Path(PathPattern::parse(entry).ok()?)
            }
            Permission::NetworkDomains => Asked::Domain(DomainPattern::parse(entry).ok()?),
            Permission::EventsEmit => Asked::Emit(TopicPattern::parse(entry).ok()?),
            Permission::EventsOn => Asked::Hear(TopicPattern::parse(entry).ok()?),
            Permission::Process => Asked::Program(entry.to_owned()),
            _ => Asked::Text(entry.to_owned()),
        })
    }

    /// Every entry of a permission.
    pub(crate) fn all(permissions: &Permissions, permission: Permission) -> Vec<Self> {
        let entries = permissions.entries(permission);
        entries.iter().filter_map(|entry| Asked::of(permission, &entry.value)).collect()
    }

    /// Whether it covers the object as it was observed.
    pub(crate) fn covers(&self, object: &str) -> bool {
        match self {
            Asked::Path(pattern) => {
                VirtualPath::parse(object).is_ok_and(|path| pattern.matches(&path))
            }
            Asked::Domain(pattern) => {
                Request::parse(object).is_ok_and(|request| request.is_allowed_by(pattern))
            }
            Asked::Emit(pattern) => pattern.matches(object),
            Asked::Hear(pattern) => {
                TopicPattern::parse(object).is_ok_and(|heard| pattern.covers(&heard))
            }
            Asked::Program(entry) => is_program(entry, object),
            Asked::Text(entry) => entry == object,
        }
    }

    /// Whether it lets the path be looked at.
    pub(crate) fn shows(&self, path: &VirtualPath) -> bool {
        matches!(self, Asked::Path(pattern) if pattern.matches(path) || pattern.leads_to(path))
    }
}

/// Whether an entry, a name or a path or a folder of programs, names the program.
fn is_program(entry: &str, program: &str) -> bool {
    if entry == program {
        return true;
    }
    let places = given::PATH.iter().map(|folder| format!("{folder}/{program}"));
    let mut places = places.chain([program.to_owned()]);
    match entry.ends_with('/') {
        true => places.any(|place| place.starts_with(entry)),
        false => places.any(|place| place == entry),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_cover_what_they_name() {
        let check = |permission, entry: &str, object: &str, expect: bool| {
            let asked = Asked::of(permission, entry).unwrap();
            assert_eq!(asked.covers(object), expect, "{entry} of {object}");
        };
        check(Permission::FilesystemRead, "./a/", "/workspace/a/b", true);
        check(Permission::FilesystemRead, "./a", "/workspace/a/b", false);
        check(Permission::NetworkDomains, "a.com", "GET a.com/x", true);
        check(Permission::NetworkDomains, "a.com", "GET a.com:8080/x", false);
        check(Permission::NetworkDomains, "a.com:443", "GET a.com/x", true);
        check(Permission::NetworkDomains, "GET a.com", "POST a.com/x", false);
        check(Permission::NetworkDomains, "GET a.com", "a.com", false);
        check(Permission::NetworkDomains, "a.com", " a.com", true);
        check(Permission::NetworkDomains, "a.com/x/**", "GET a.com/y", false);
        check(Permission::EventsEmit, "a.*", "a.b", true);
        check(Permission::EventsOn, "a.*", "a.b.*", true);
        check(Permission::EventsOn, "a.b", "a.*", false);
        check(Permission::Process, "git", "git", true);
        check(Permission::Process, "/usr/bin/git", "git", true);
        check(Permission::Process, "/usr/bin/", "git", true);
        check(Permission::Process, "/opt/tools/", "/opt/tools/x", true);
        check(Permission::Process, "/opt/tools/", "git", false);
        check(Permission::Environment, "LANG", "LANG", true);
        check(Permission::Environment, "LANG", "LANGUAGE", false);
        check(Permission::NetworkInbound, "80", "80", true);
    }
}
