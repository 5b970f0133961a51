//! A denied act of a running plugin.

use std::fmt;

use aether_manifest::{Asking, Permission, manifest_line, manifest_list, option_line};
use aether_path::{PathPattern, VirtualPath, WORKSPACE};
use aether_source::quoted;

use super::changes::text;

/// Longest list of a manifest that is repeated in advice, in bytes: there is advice for each denial,
/// and a plugin can have very many of them.
const MAX_REQUESTED: usize = 512;

/// What was denied and what would allow it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The permission that is missing.
    pub permission: Permission,
    /// What it was wanted for, as the plugin gave it.
    pub resource: String,
    /// What was refused and why, for people; one line.
    pub message: String,
    /// The JSON that would request it in the manifest, beside what is requested already; or the
    /// option that would, where it was asked for by options; or, where the monitor has taken it away,
    /// the line of the policy that keeps it from doing so.
    pub manifest_line: String,
    /// The YAML that would allow it in the policy, in one line.
    pub policy_line: String,
}

/// Why a permission is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// Nobody asked for it.
    Unasked,
    /// It was asked for, and a step of the pipeline leaves it out.
    Withheld,
    /// It was granted, and taken away since.
    Taken,
}

impl Denial {
    pub(super) fn new(
        plugin: &str,
        asking: Asking,
        permission: Permission,
        resource: &str,
        missing: Missing,
        requested: &[String],
    ) -> Self {
        let wanted = requestable(permission, resource);
        let all = requested.iter().map(String::as_str).chain([wanted.as_str()]);
        let bytes: usize = requested.iter().map(String::len).sum();
        let option = (asking == Asking::Options).then(|| option_line(permission, &wanted));
        let manifest_line = if let Some(Some(option)) = option {
            option
        } else if bytes <= MAX_REQUESTED && !requested.contains(&wanted) {
            manifest_list(permission, all)
        } else {
            manifest_line(permission, &wanted)
        };
        let why = match (missing, asking) {
            (Missing::Taken, _) => {
                "the monitor has taken this permission away; `aether plugins restore` gives it back"
            }
            (Missing::Withheld, _) => {
                "the manifest requests it, but this step of the pipeline leaves it out"
            }
            (Missing::Unasked, Asking::Manifest) => "the manifest does not request it",
            (Missing::Unasked, Asking::Options) => "no option asks for it",
        };
        let message = format!("{} {} is not granted: {why}", act(permission), quoted(resource));
        let resource = resource.to_owned();
        if missing == Missing::Taken {
            // No manifest asks for what its author has already asked for, and no policy gives it back: a
            // person does, who has looked.
            let line = format!("aether plugins restore {plugin}");
            let (manifest_line, policy_line) = (line.clone(), line);
            return Denial { permission, resource, message, manifest_line, policy_line };
        }
        let policy_line = policy_line(plugin, permission, &wanted);
        Denial { permission, resource, message, manifest_line, policy_line }
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Denial {}

/// The permission's name in errors that plugins see, after Node's (`FileSystemRead`).
pub fn api_name(permission: Permission) -> &'static str {
    match permission {
        Permission::FilesystemRead => "FileSystemRead",
        Permission::FilesystemWrite => "FileSystemWrite",
        Permission::NetworkDomains => "NetworkOutbound",
        Permission::NetworkInbound => "NetworkInbound",
        Permission::Environment => "Environment",
        Permission::Process => "Process",
        Permission::Plugins => "Plugins",
        Permission::Secrets => "Secrets",
        Permission::EventsEmit => "EventsEmit",
        Permission::EventsOn => "EventsOn",
    }
}

fn act(permission: Permission) -> &'static str {
    match permission {
        Permission::FilesystemRead => "reading",
        Permission::FilesystemWrite => "writing",
        Permission::NetworkDomains => "reaching",
        Permission::NetworkInbound => "listening on port",
        Permission::Environment => "the variable",
        Permission::Process => "starting",
        Permission::Plugins => "calling",
        Permission::Secrets => "using the secret",
        Permission::EventsEmit => "sending the event",
        Permission::EventsOn => "hearing the event",
    }
}

/// The resource as a manifest requests it. For a path, a pattern of that path alone: a plugin may
/// name a file so that its name, taken for a pattern, would match more.
fn requestable(permission: Permission, resource: &str) -> String {
    if !matches!(permission, Permission::FilesystemRead | Permission::FilesystemWrite) {
        return resource.to_owned();
    }
    let below = resource.strip_prefix(WORKSPACE).filter(|rest| rest.starts_with('/'));
    let shown = below.map_or(resource.to_owned(), |rest| format!(".{rest}"));
    let plain = |letter: char| {
        if letter.is_control() || "*?[]{}!\\".contains(letter) { '?' } else { letter }
    };
    let pattern: String = shown.chars().map(plain).collect();
    let names_it = |path: &VirtualPath| {
        PathPattern::parse(&pattern).is_ok_and(|pattern| pattern.matches(path))
    };
    if VirtualPath::parse(resource).is_ok_and(|path| names_it(&path)) { pattern } else { shown }
}

fn policy_line(plugin: &str, permission: Permission, resource: &str) -> String {
    let entry =
        if permission == Permission::NetworkInbound { resource.to_owned() } else { text(resource) };
    let list = match permission.as_str().split_once('.') {
        Some((section, list)) => format!("{section}: {{ {list}: [{entry}] }}"),
        None => format!("{permission}: [{entry}]"),
    };
    format!("plugins: {{ {}: {{ allow: {{ {list} }} }} }}", text(plugin))
}
