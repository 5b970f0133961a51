//! What a plugin asks to reach.

mod entries;
mod overlap;
mod read;

use std::collections::BTreeMap;

use aether_path::PathPattern;
use aether_source::Span;

use crate::{DomainPattern, EnvName, Located, Permission, SecretName, TopicPattern};

pub use entries::MAX_ENTRIES;
pub(crate) use entries::unique;
pub use read::{read_allowed, read_domains, read_patterns, read_permissions};

/// What a plugin asks to reach; nothing by default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Permissions {
    /// Files to read.
    pub read: Vec<Located<PathPattern>>,
    /// Files to write. Does not include reading them.
    pub write: Vec<Located<PathPattern>>,
    /// Hosts to send requests to.
    pub domains: Vec<Located<DomainPattern>>,
    /// Ports to listen on.
    pub inbound: Vec<Located<u16>>,
    /// Environment variables to read.
    pub environment: Vec<Located<EnvName>>,
    /// Programs to start: names or absolute paths, without arguments.
    pub process: Vec<Located<String>>,
    /// Methods of other plugins to call, each as `plugin.method`.
    pub plugins: Vec<Located<String>>,
    /// Secrets to have used by name. None of them can be read.
    pub secrets: Vec<Located<SecretName>>,
    /// Topics of the events to send.
    pub emit: Vec<Located<TopicPattern>>,
    /// Topics of the events to hear.
    pub on: Vec<Located<TopicPattern>>,
    /// Headings by their pointer below `permissions` ("" for that itself).
    headings: BTreeMap<&'static str, Located<()>>,
}

impl Permissions {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        Permission::ALL.into_iter().all(|permission| self.entries(permission).is_empty())
    }

    /// The entries of one list as written, each with its place.
    pub fn entries(&self, permission: Permission) -> Vec<Located<String>> {
        fn text<T>(list: &[Located<T>], show: impl Fn(&T) -> String) -> Vec<Located<String>> {
            list.iter()
                .map(|entry| Located {
                    value: show(&entry.value),
                    span: entry.span,
                    pointer: entry.pointer.clone(),
                })
                .collect()
        }
        match permission {
            Permission::FilesystemRead => text(&self.read, |entry| entry.as_str().to_owned()),
            Permission::FilesystemWrite => text(&self.write, |entry| entry.as_str().to_owned()),
            Permission::NetworkDomains => text(&self.domains, |entry| entry.as_str().to_owned()),
            Permission::NetworkInbound => text(&self.inbound, u16::to_string),
            Permission::Environment => text(&self.environment, |entry| entry.as_str().to_owned()),
            Permission::Process => self.process.clone(),
            Permission::Plugins => self.plugins.clone(),
            Permission::Secrets => text(&self.secrets, |entry| entry.as_str().to_owned()),
            Permission::EventsEmit => text(&self.emit, |entry| entry.as_str().to_owned()),
            Permission::EventsOn => text(&self.on, |entry| entry.as_str().to_owned()),
        }
    }

    /// Where the file speaks of a permission: the key of its list, else the nearest key around it,
    /// else `permissions` itself; so that a report can point at the line to change. The value is
    /// the permission asked for.
    pub fn place_of(&self, permission: Permission) -> Located<Permission> {
        let path = permission.as_str();
        let around = path.split_once('.').map_or("", |(around, _)| around);
        let heading = [path, around, ""].iter().find_map(|path| self.headings.get(path));
        match heading {
            Some(heading) => heading.clone().map(|()| permission),
            None => Located {
                value: permission,
                span: Span::default(),
                pointer: "/permissions".to_owned(),
            },
        }
    }
}
