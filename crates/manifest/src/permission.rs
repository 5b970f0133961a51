//! The kinds of permission.

use std::fmt;

/// One kind of permission, which is also one list of the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// Read files: `filesystem.read`.
    FilesystemRead,
    /// Write files: `filesystem.write`.
    FilesystemWrite,
    /// Make requests: `network.domains`.
    NetworkDomains,
    /// Listen on a port: `network.inbound`.
    NetworkInbound,
    /// Read environment variables: `environment`.
    Environment,
    /// Start programs: `process`.
    Process,
    /// Call other plugins: `plugins`.
    Plugins,
    /// Have secrets used, without reading them: `secrets`.
    Secrets,
    /// Send events: `events.emit`.
    EventsEmit,
    /// Hear events: `events.on`.
    EventsOn,
}

impl Permission {
    /// All of them, in the order of the manifest.
    pub const ALL: [Permission; 10] = [
        Permission::FilesystemRead,
        Permission::FilesystemWrite,
        Permission::NetworkDomains,
        Permission::NetworkInbound,
        Permission::Environment,
        Permission::Process,
        Permission::Plugins,
        Permission::Secrets,
        Permission::EventsEmit,
        Permission::EventsOn,
    ];

    /// Its path inside `permissions`, with points.
    pub fn as_str(self) -> &'static str {
        match self {
            Permission::FilesystemRead => "filesystem.read",
            Permission::FilesystemWrite => "filesystem.write",
            Permission::NetworkDomains => "network.domains",
            Permission::NetworkInbound => "network.inbound",
            Permission::Environment => "environment",
            Permission::Process => "process",
            Permission::Plugins => "plugins",
            Permission::Secrets => "secrets",
            Permission::EventsEmit => "events.emit",
            Permission::EventsOn => "events.on",
        }
    }

    /// The permission of this name, as [`Permission::as_str`] gives it.
    pub fn from_name(name: &str) -> Option<Permission> {
        Permission::ALL.into_iter().find(|permission| permission.as_str() == name)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}
