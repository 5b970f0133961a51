//! One right: a permission with what it is for.

use aether_manifest::{
    DomainPattern, EnvName, Located, Permission, Permissions, SecretName, TopicPattern,
};
use aether_path::PathPattern;
use aether_source::Span;

/// One right.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Right {
    Read(PathPattern),
    Write(PathPattern),
    Domain(DomainPattern),
    Inbound(u16),
    Environment(EnvName),
    Process(String),
    Plugin(String),
    Secret(SecretName),
    Emit(TopicPattern),
    Hear(TopicPattern),
}

impl Right {
    /// Every right of a request or policy, each with its place.
    pub(crate) fn all(of: &Permissions) -> Vec<Located<Right>> {
        fn list<T: Clone>(from: &[Located<T>], right: impl Fn(T) -> Right) -> Vec<Located<Right>> {
            from.iter().map(|entry| entry.clone().map(&right)).collect()
        }
        let lists = [
            list(&of.read, Right::Read),
            list(&of.write, Right::Write),
            list(&of.domains, Right::Domain),
            list(&of.inbound, Right::Inbound),
            list(&of.environment, Right::Environment),
            list(&of.process, Right::Process),
            list(&of.plugins, Right::Plugin),
            list(&of.secrets, Right::Secret),
            list(&of.emit, Right::Emit),
            list(&of.on, Right::Hear),
        ];
        lists.into_iter().flatten().collect()
    }

    pub(crate) fn permission(&self) -> Permission {
        match self {
            Right::Read(_) => Permission::FilesystemRead,
            Right::Write(_) => Permission::FilesystemWrite,
            Right::Domain(_) => Permission::NetworkDomains,
            Right::Inbound(_) => Permission::NetworkInbound,
            Right::Environment(_) => Permission::Environment,
            Right::Process(_) => Permission::Process,
            Right::Plugin(_) => Permission::Plugins,
            Right::Secret(_) => Permission::Secrets,
            Right::Emit(_) => Permission::EventsEmit,
            Right::Hear(_) => Permission::EventsOn,
        }
    }

    /// What it is for, as written.
    pub(crate) fn resource(&self) -> String {
        match self {
            Right::Read(pattern) | Right::Write(pattern) => pattern.as_str().to_owned(),
            Right::Domain(pattern) => pattern.as_str().to_owned(),
            Right::Inbound(port) => port.to_string(),
            Right::Environment(name) => name.as_str().to_owned(),
            Right::Process(name) | Right::Plugin(name) => name.clone(),
            Right::Secret(name) => name.as_str().to_owned(),
            Right::Emit(topics) | Right::Hear(topics) => topics.as_str().to_owned(),
        }
    }

    /// The pattern of a right over files.
    pub(crate) fn files(&self) -> Option<&PathPattern> {
        match self {
            Right::Read(pattern) | Right::Write(pattern) => Some(pattern),
            _ => None,
        }
    }

    /// The same kind of right over other files; for other rights, reading them.
    pub(crate) fn over(&self, pattern: PathPattern) -> Right {
        match self {
            Right::Write(_) => Right::Write(pattern),
            _ => Right::Read(pattern),
        }
    }

    /// Whether everything that `other` permits is permitted by this right too. A "yes" is certain;
    /// see [`PathPattern::covers`].
    pub(crate) fn covers(&self, other: &Right) -> bool {
        match (self, other) {
            (Right::Read(mine), Right::Read(theirs))
            | (Right::Write(mine), Right::Write(theirs)) => mine.covers(theirs),
            (Right::Domain(mine), Right::Domain(theirs)) => mine.covers(theirs),
            (Right::Emit(mine), Right::Emit(theirs)) | (Right::Hear(mine), Right::Hear(theirs)) => {
                mine.covers(theirs)
            }
            _ => self == other,
        }
    }
}

/// Where, among these rights, one covers the right.
pub(crate) fn covering(rights: &[Located<Right>], right: &Right) -> Option<Span> {
    rights.iter().find(|allowed| allowed.value.covers(right)).map(|allowed| allowed.span)
}
