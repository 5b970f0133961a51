//! What to write in a manifest to be allowed something.

use serde_json::Value as Json;

use crate::{Limit, Permission, Resources};

/// The line that asks for one thing, for example
/// `"permissions": { "filesystem": { "read": ["/etc/shadow"] } }`. The resource is escaped as JSON,
/// not for a terminal.
pub fn manifest_line(permission: Permission, resource: &str) -> String {
    manifest_list(permission, [resource])
}

/// The same for a whole list.
pub fn manifest_list<'a>(
    permission: Permission,
    resources: impl IntoIterator<Item = &'a str>,
) -> String {
    let entry = |resource: &str| match resource.parse::<u16>() {
        Ok(port) if permission == Permission::NetworkInbound => Json::from(port).to_string(),
        _ => Json::from(resource).to_string(),
    };
    let entry = resources.into_iter().map(entry).collect::<Vec<_>>().join(", ");
    match permission.as_str().split_once('.') {
        Some((section, list)) => {
            format!("\"permissions\": {{ \"{section}\": {{ \"{list}\": [{entry}] }} }}")
        }
        None => format!("\"permissions\": {{ \"{permission}\": [{entry}] }}"),
    }
}

/// Where somebody asks for something, and so how advice to ask for more is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Asking {
    /// In a manifest.
    #[default]
    Manifest,
    /// By the options of a command.
    Options,
}

impl Asking {
    /// What asks for one thing; the line of a manifest where no option does.
    pub fn line(self, permission: Permission, resource: &str) -> String {
        let option = match self {
            Asking::Manifest => None,
            Asking::Options => option_line(permission, resource),
        };
        option.unwrap_or_else(|| manifest_line(permission, resource))
    }

    /// What asks for a limit as these resources have it.
    pub fn limit(self, limit: Limit, resources: &Resources) -> String {
        let value = resources.show(limit);
        match (self, limit) {
            (Asking::Options, _) => format!("--{limit} {value}"),
            (Asking::Manifest, Limit::Cpu | Limit::Processes) => {
                format!("\"resources\": {{ \"{limit}\": {value} }}")
            }
            (Asking::Manifest, _) => format!("\"resources\": {{ \"{limit}\": \"{value}\" }}"),
        }
    }
}

/// The option that asks for one thing, for example `--net 'GET api.example.com/v1/**'`, quoted as a
/// shell takes it; nothing where no option does.
pub fn option_line(permission: Permission, resource: &str) -> Option<String> {
    let option = match permission {
        Permission::FilesystemRead => "--read",
        Permission::FilesystemWrite => "--write",
        Permission::NetworkDomains => "--net",
        Permission::NetworkInbound => "--listen",
        Permission::Environment => "--env",
        Permission::Process => "--run",
        Permission::Plugins
        | Permission::Secrets
        | Permission::EventsEmit
        | Permission::EventsOn => return None,
    };
    Some(format!("{option} {}", shell_word(resource)))
}

/// A text as one word of a shell.
pub fn shell_word(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-/:,+@%=".contains(letter);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_asked_for_where_everything_else_is() {
        let usual = Resources::default();
        let check = |asking: Asking, limit, expect: &str| {
            assert_eq!(asking.limit(limit, &usual), expect);
        };
        check(Asking::Options, Limit::Memory, "--memory 256MB");
        check(Asking::Options, Limit::Cpu, "--cpu 1");
        check(Asking::Manifest, Limit::Timeout, r#""resources": { "timeout": "30s" }"#);
        check(Asking::Manifest, Limit::Processes, r#""resources": { "processes": 16 }"#);
    }

    #[test]
    fn options_are_words_of_a_shell() {
        let check = |permission, resource: &str, expect: Option<&str>| {
            assert_eq!(option_line(permission, resource).as_deref(), expect);
        };
        check(Permission::NetworkDomains, "a.example.com", Some("--net a.example.com"));
        check(Permission::NetworkDomains, "GET a.com/*", Some("--net 'GET a.com/*'"));
        check(Permission::FilesystemRead, "/a b", Some("--read '/a b'"));
        check(Permission::FilesystemWrite, "/it's", Some(r"--write '/it'\''s'"));
        check(Permission::NetworkInbound, "8080", Some("--listen 8080"));
        check(Permission::Environment, "", Some("--env ''"));
        check(Permission::Plugins, "a.b", None);
        check(Permission::Secrets, "a", None);
    }
}
