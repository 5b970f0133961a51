//! What every native program is shown, whatever it was granted: programs and libraries, and what these
//! look up.
//!
//! Paths are strings here: nothing is looked up. Whoever makes a program's root takes what the machine
//! has of them; whoever judges what a program used leaves them out.

use aether_path::VirtualPath;

/// Where programs are looked for by name; also a native program's `PATH`.
pub const PATH: [&str; 5] = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"];

/// Folders with programs and libraries.
pub const FOLDERS: [&str; 7] = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

/// What programs look up beside them: the loader's cache and configuration, the choices among
/// alternative programs, certificates, the time zone.
pub const LOOKED_UP: [&str; 11] = [
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/alternatives",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/ca-certificates",
    "/etc/pki/tls/certs",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/locale.alias",
];

/// The names of hosts, which are the cell's own loopback alone.
pub const HOSTS: &str = "/etc/hosts";

/// Whether a native program is shown the path without any grant.
pub fn is_shown(path: &VirtualPath) -> bool {
    let all = FOLDERS.iter().chain(&LOOKED_UP).chain([&HOSTS]);
    all.into_iter().any(|shown| is_within(path, shown))
}

/// Whether the path is this one, or lies below it.
fn is_within(path: &VirtualPath, folder: &str) -> bool {
    let rest = path.as_str().strip_prefix(folder);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_told_from_what_lies_beside_it() {
        let check = |path: &str, expect: bool| {
            assert_eq!(is_shown(&VirtualPath::parse(path).unwrap()), expect, "{path}");
        };
        check("/usr/lib/x.so", true);
        check("/lib64", true);
        check("/etc/pki/tls/certs/ca-bundle.crt", true);
        check("/etc/hosts", true);
        check("/etc/hosts.allow", false);
        check("/etc/pki/tls/private/host.key", false);
        check("/etc/ssl/private/host.key", false);
        check("/usrx", false);
        check("/etc", false);
        check("/", false);
    }

    #[test]
    fn every_entry_is_a_path_in_normal_form() {
        for shown in PATH.iter().chain(&FOLDERS).chain(&LOOKED_UP).chain([&HOSTS]) {
            assert_eq!(VirtualPath::parse(shown).unwrap().as_str(), *shown);
            assert!(is_shown(&VirtualPath::parse(shown).unwrap()), "{shown}");
        }
    }
}
