//! Single rights, by kind and entry.

use std::collections::BTreeSet;
use std::fmt;

use aether_manifest::{DomainPattern, Located, Permission, Permissions, TopicPattern};
use aether_path::PathPattern;
use aether_source::quoted;

/// Longest lists that are compared entry by entry, in bytes of one list. The cost grows with the
/// product of both lengths, and either list is a stranger's. Beyond it, only what is written alike counts
/// as covered, so that more is asked and nothing slips through.
const MAX_COMPARED: usize = 4 * 1024;

/// One right that a manifest asks for: one entry of one of its lists.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Right {
    /// The kind.
    pub permission: Permission,
    /// The entry as the manifest writes it. It comes from the plugin: escape it when showing it.
    pub resource: String,
}

impl Right {
    /// A right.
    pub fn new(permission: Permission, resource: impl Into<String>) -> Self {
        Self { permission, resource: resource.into() }
    }
}

/// The kind and the escaped entry.
impl fmt::Display for Right {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}` {}", self.permission, quoted(&self.resource))
    }
}

/// Several rights, for a message.
pub(crate) fn listed(rights: &[Right]) -> String {
    rights.iter().map(Right::to_string).collect::<Vec<_>>().join(", ")
}

/// Every right of a request.
pub(crate) fn all(of: &Permissions) -> Vec<Right> {
    Permission::ALL.into_iter().flat_map(|permission| all_of(of, permission)).collect()
}

/// The part of a request that is among these rights, in the form in which a host takes it.
pub(crate) fn narrowed(request: &Permissions, to: &BTreeSet<Right>) -> Permissions {
    fn keep<T>(
        list: &mut Vec<Located<T>>,
        to: &BTreeSet<Right>,
        permission: Permission,
        show: impl Fn(&T) -> String,
    ) {
        list.retain(|entry| to.contains(&Right::new(permission, show(&entry.value))));
    }
    let mut left = request.clone();
    keep(&mut left.read, to, Permission::FilesystemRead, |at| at.as_str().to_owned());
    keep(&mut left.write, to, Permission::FilesystemWrite, |at| at.as_str().to_owned());
    keep(&mut left.domains, to, Permission::NetworkDomains, |at| at.as_str().to_owned());
    keep(&mut left.inbound, to, Permission::NetworkInbound, u16::to_string);
    keep(&mut left.environment, to, Permission::Environment, |name| name.as_str().to_owned());
    keep(&mut left.process, to, Permission::Process, String::clone);
    keep(&mut left.plugins, to, Permission::Plugins, String::clone);
    keep(&mut left.secrets, to, Permission::Secrets, |name| name.as_str().to_owned());
    keep(&mut left.emit, to, Permission::EventsEmit, |topics| topics.as_str().to_owned());
    keep(&mut left.on, to, Permission::EventsOn, |topics| topics.as_str().to_owned());
    left
}

/// The rights of `those` that permit everything that this right of `these` permits. What is found is
/// certain.
pub(crate) fn covering(right: &Right, these: &Permissions, those: &Permissions) -> Vec<Right> {
    related(right, these, those, |mine, theirs| theirs.covers(mine))
}

/// The rights of `those` that this right of `these` goes beyond.
pub(crate) fn covered(right: &Right, these: &Permissions, those: &Permissions) -> Vec<Right> {
    related(right, these, those, |mine, theirs| mine.covers(theirs))
}

/// One entry of one list.
#[derive(Clone, Copy)]
enum One<'a> {
    Path(&'a PathPattern),
    Domain(&'a DomainPattern),
    Topic(&'a TopicPattern),
}

impl One<'_> {
    fn covers(self, other: Self) -> bool {
        match (self, other) {
            (Self::Path(mine), Self::Path(theirs)) => mine.covers(theirs),
            (Self::Domain(mine), Self::Domain(theirs)) => mine.covers(theirs),
            (Self::Topic(mine), Self::Topic(theirs)) => mine.covers(theirs),
            _ => false,
        }
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Path(one) => one.as_str(),
            Self::Domain(one) => one.as_str(),
            Self::Topic(one) => one.as_str(),
        }
    }
}

fn related(
    right: &Right,
    these: &Permissions,
    those: &Permissions,
    relation: impl Fn(One<'_>, One<'_>) -> bool,
) -> Vec<Right> {
    let permission = right.permission;
    let (mine, theirs) = (patterns(these, permission), patterns(those, permission));
    let length = |list: &[One<'_>]| list.iter().map(|one| one.as_str().len()).sum::<usize>();
    let comparable = length(&mine).max(length(&theirs)) <= MAX_COMPARED;
    let mine = mine.into_iter().find(|one| one.as_str() == right.resource);
    match mine.filter(|_| comparable) {
        Some(mine) => {
            let found = theirs.iter().filter(|theirs| relation(mine, **theirs));
            found.map(|one| Right::new(permission, one.as_str())).collect()
        }
        None => all_of(those, permission).filter(|other| other == right).collect(),
    }
}

fn all_of(of: &Permissions, permission: Permission) -> impl Iterator<Item = Right> {
    let entries = of.entries(permission).into_iter();
    entries.map(move |entry| Right { permission, resource: entry.value })
}

/// The entries of a list of patterns; nothing for lists of names, which cover themselves alone.
fn patterns(of: &Permissions, permission: Permission) -> Vec<One<'_>> {
    match permission {
        Permission::FilesystemRead => of.read.iter().map(|at| One::Path(&at.value)).collect(),
        Permission::FilesystemWrite => of.write.iter().map(|at| One::Path(&at.value)).collect(),
        Permission::NetworkDomains => of.domains.iter().map(|at| One::Domain(&at.value)).collect(),
        Permission::EventsEmit => of.emit.iter().map(|at| One::Topic(&at.value)).collect(),
        Permission::EventsOn => of.on.iter().map(|at| One::Topic(&at.value)).collect(),
        Permission::NetworkInbound
        | Permission::Environment
        | Permission::Process
        | Permission::Plugins
        | Permission::Secrets => Vec::new(),
    }
}
