//! What an entry could cost, and why something is never asked for by habit.

use aether_manifest::{HostPattern, Permission};
use aether_path::{PathPattern, VirtualPath};
use aether_policy::grant::Risk;
use aether_policy::sensitive;
use aether_source::quoted;

use crate::covered::Asked;

/// The risk of an entry, as it is shown when a person is asked for consent, and a sentence on it.
pub(crate) fn of(permission: Permission, entry: &str) -> (Risk, String) {
    match (permission, Asked::of(permission, entry)) {
        (Permission::FilesystemRead, Some(Asked::Path(pattern))) => files(&pattern, false),
        (Permission::FilesystemWrite, Some(Asked::Path(pattern))) => files(&pattern, true),
        (_, Some(Asked::Domain(pattern))) => {
            let exact = matches!(pattern.host(), HostPattern::Exact(_));
            let host = quoted(&pattern.host().to_string());
            let note = format!("it can send to {host} whatever it can read");
            (if exact { Risk::Medium } else { Risk::High }, note)
        }
        _ => named(permission, entry),
    }
}

fn named(permission: Permission, entry: &str) -> (Risk, String) {
    let (risk, note) = match permission {
        Permission::NetworkInbound => (Risk::High, "others can connect to it on this port"),
        Permission::Environment if sensitive::is_secret_name(entry) => {
            (Risk::High, "it learns what is probably a secret")
        }
        Permission::Environment => (Risk::Low, "it learns this variable's value"),
        Permission::Process => {
            (Risk::High, "it can start this program with arguments of its choice")
        }
        Permission::Plugins => {
            (Risk::Medium, "it can make the other plugin act with that plugin's rights")
        }
        Permission::Secrets => (
            Risk::High,
            "it can act with this secret where the policy puts it in, without seeing it",
        ),
        Permission::EventsEmit => {
            (Risk::Medium, "plugins that hear these events act on what it says")
        }
        Permission::EventsOn if entry.ends_with('*') => {
            (Risk::Medium, "it learns what other plugins say in these events")
        }
        Permission::EventsOn => (Risk::Low, "it learns what other plugins say in these events"),
        _ => (Risk::High, "it is not known what this allows"),
    };
    (risk, note.to_owned())
}

fn files(pattern: &PathPattern, write: bool) -> (Risk, String) {
    let act = if write { "it can change" } else { "it can read" };
    if let Some(place) = sensitive::reached(pattern) {
        return (Risk::High, format!("{act} {}", place.name));
    }
    match (pattern.root().starts_with(&VirtualPath::workspace()), write) {
        (true, false) => (Risk::Low, format!("{act} files of the folder that it works in")),
        (true, true) => (Risk::Medium, format!("{act} files of the folder that it works in")),
        (false, false) => (Risk::Medium, format!("{act} files of this machine")),
        (false, true) => (Risk::High, format!("{act} files of this machine")),
    }
}

/// Why what was denied is denied to everybody who did not name it, where it is. `opened` is what the
/// owner has opened inside.
pub(crate) fn refusal(permission: Permission, object: &str, opened: &[String]) -> Option<String> {
    match permission {
        Permission::FilesystemRead | Permission::FilesystemWrite => {
            sensitive::reached_by(object).map(|place| format!("it reaches {}", place.name))
        }
        Permission::Environment => {
            sensitive::is_secret_name(object).then(|| "its name is that of a secret".to_owned())
        }
        Permission::NetworkDomains => {
            let (host, port) = target_of(object);
            let closed = is_inside(host) && !opened.iter().any(|one| names(one, host, port));
            closed.then(|| "it is an address, or a name of one's own network".to_owned())
        }
        _ => None,
    }
}

/// The host of a request and, where it is not the scheme's own, the port.
fn target_of(object: &str) -> (&str, Option<u16>) {
    let target = object.split_once(' ').map_or(object, |(_, target)| target);
    host_and_port(target.split('/').next().unwrap_or(target))
}

fn host_and_port(authority: &str) -> (&str, Option<u16>) {
    match authority.rsplit_once(':') {
        Some((host, port)) => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (authority, None),
        },
        None => (authority, None),
    }
}

/// Whether a host is in the owner's own network, by its name alone.
fn is_inside(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let own = ["localhost", "local", "internal", "lan", "home.arpa"];
    let is_own = |name: &str| host == name || host.ends_with(&format!(".{name}"));
    bare.parse::<std::net::IpAddr>().is_ok() || own.into_iter().any(is_own)
}

/// Whether what a policy has opened is this name. One without a port is open at every port.
fn names(opened: &str, host: &str, port: Option<u16>) -> bool {
    let (name, open_at) = host_and_port(opened);
    let is_port = open_at.is_none_or(|open| match port {
        Some(port) => open == port,
        None => matches!(open, 80 | 443),
    });
    name.eq_ignore_ascii_case(host) && is_port
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn risks_are_those_of_consent() {
        let check = |permission, entry: &str, expect: Risk| {
            assert_eq!(of(permission, entry).0, expect, "{permission} {entry}");
        };
        check(Permission::FilesystemRead, "./a", Risk::Low);
        check(Permission::FilesystemWrite, "./a", Risk::Medium);
        check(Permission::FilesystemRead, "/var/log/x", Risk::Medium);
        check(Permission::FilesystemWrite, "/var/log/x", Risk::High);
        check(Permission::FilesystemRead, "/home/a/.ssh/config", Risk::High);
        check(Permission::FilesystemRead, "./.env", Risk::High);
        check(Permission::NetworkDomains, "GET a.com/x", Risk::Medium);
        check(Permission::NetworkDomains, "*.a.com", Risk::High);
        check(Permission::Environment, "LANG", Risk::Low);
        check(Permission::Environment, "GITHUB_TOKEN", Risk::High);
        check(Permission::Process, "git", Risk::High);
        check(Permission::EventsOn, "a.*", Risk::Medium);
        check(Permission::EventsOn, "a", Risk::Low);
    }

    #[test]
    fn what_nobody_is_given_by_habit() {
        let check = |permission, object: &str, expect: bool| {
            let found = refusal(permission, object, &[]);
            assert_eq!(found.is_some(), expect, "{permission} {object}");
        };
        check(Permission::FilesystemRead, "/etc/shadow", true);
        check(Permission::FilesystemRead, "/etc/hostname", false);
        check(Permission::Environment, "AWS_SECRET_ACCESS_KEY", true);
        check(Permission::Environment, "LANG", false);
        check(Permission::NetworkDomains, "GET 169.254.169.254/latest", true);
        check(Permission::NetworkDomains, "10.0.0.1:443", true);
        check(Permission::NetworkDomains, "[::1]:443", true);
        check(Permission::NetworkDomains, "GET localhost:80/", true);
        check(Permission::NetworkDomains, "db.corp.internal", true);
        check(Permission::NetworkDomains, "GET example.com/internal", false);
        check(Permission::NetworkDomains, "notlocalhost", false);
    }

    #[test]
    fn what_the_owner_opened_inside_is_a_host_like_any_other() {
        let check = |opened: &str, object: &str, expect: bool| {
            let found = refusal(Permission::NetworkDomains, object, &[opened.to_owned()]);
            assert_eq!(found.is_none(), expect, "{opened} for {object}");
        };
        check("localhost:8080", "GET localhost:8080/x", true);
        check("localhost:8080", "localhost:8080", true);
        check("Db.Internal", "db.internal:5432", true);
        check("localhost:80", "GET localhost/x", true);
        check("localhost:8080", "localhost:8081", false);
        check("localhost:8080", "GET localhost/x", false);
        check("localhost", "x.localhost", false);
        check("10.0.0.0/8", "db.internal", false);
    }
}
