//! What a WebAssembly plugin imports, against what its manifest asks for.

use std::collections::BTreeSet;

use aether_manifest::{Manifest, Permission, manifest_line};
use aether_source::{Diagnostic, Severity, quoted};

use super::unused;

/// An import of a plugin that is of use with a permission alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import<'a> {
    /// Its name, with its version.
    pub name: &'a str,
    /// Any of these makes it useful.
    pub permissions: &'a [Permission],
    /// Whether it is imported on purpose, and not by every program of its language.
    pub deliberate: bool,
}

/// Checks what a plugin imports against its manifest. What it imports on purpose and does not ask
/// for is an error: it cannot work; for one that `may_ask` when it needs something, a warning. What its
/// language imports for it is passed over. A request without an import is a warning, for permissions
/// that only imports can make use of.
pub fn check_imports(
    manifest: &Manifest,
    imports: &[Import<'_>],
    may_ask: bool,
) -> Vec<Diagnostic> {
    let is_asked = |permission: &Permission| !manifest.permissions.entries(*permission).is_empty();
    let unmet = imports.iter().filter(|import| !import.permissions.iter().any(is_asked));
    let mut told = BTreeSet::new();
    let mut found: Vec<Diagnostic> = unmet
        .filter_map(|import| {
            let permission = *import.permissions.first()?;
            let severity = match (import.deliberate, may_ask) {
                // Not the plugin's own doing.
                (false, _) => return None,
                (true, true) => Severity::Warning,
                (true, false) => Severity::Error,
            };
            // One interface of several of the same permission is enough.
            told.insert(permission).then(|| unrequested(manifest, import, permission, severity))
        })
        .collect();
    for permission in USED_BY_IMPORTS {
        let used = imports.iter().any(|import| import.permissions.contains(permission));
        if !used {
            let reason = "the code imports nothing that uses it";
            found.extend(unused::of(manifest, *permission, reason));
        }
    }
    found.extend(unused::by_no_engine(manifest));
    found
}

/// A request to hear events of a plugin that cannot hear any.
pub fn hears_nothing(manifest: &Manifest) -> Option<Diagnostic> {
    let reason = "the code does not export `aether:plugin/listener`";
    unused::of(manifest, Permission::EventsOn, reason)
}

/// What nothing but an import makes use of.
const USED_BY_IMPORTS: &[Permission] = &[
    Permission::FilesystemRead,
    Permission::FilesystemWrite,
    Permission::NetworkDomains,
    Permission::Environment,
    Permission::Plugins,
    Permission::EventsEmit,
];

fn unrequested(
    manifest: &Manifest,
    import: &Import<'_>,
    permission: Permission,
    severity: Severity,
) -> Diagnostic {
    let place = manifest.permissions.place_of(permission);
    let message = format!(
        "the plugin imports {}, but its manifest does not ask for `{permission}`",
        quoted(import.name)
    );
    let line = manifest_line(permission, example(permission));
    Diagnostic::new(severity, "import-unrequested", &manifest.source, place.span, message)
        .with_help(format!(
            "ask for what is needed, such as {line}, or build it without the import"
        ))
}

const fn example(permission: Permission) -> &'static str {
    match permission {
        Permission::FilesystemRead => "./input/**",
        Permission::FilesystemWrite => "./out/",
        Permission::NetworkDomains => "api.example.com",
        Permission::NetworkInbound => "8080",
        Permission::Environment => "LANG",
        Permission::Process => "git",
        Permission::Plugins => "other.method",
        Permission::Secrets => "api-key",
        Permission::EventsEmit | Permission::EventsOn => "news",
    }
}

#[cfg(test)]
mod tests {
    use aether_source::Source;

    use super::*;

    const FS: Import<'_> = Import {
        name: "aether:plugin/fs@1.0.0",
        permissions: &[Permission::FilesystemRead, Permission::FilesystemWrite],
        deliberate: true,
    };
    const WASI_FS: Import<'_> =
        Import { name: "wasi:filesystem/types@0.2.0", deliberate: false, ..FS };
    const HTTP: Import<'_> = Import {
        name: "wasi:http/outgoing-handler@0.2.0",
        permissions: &[Permission::NetworkDomains],
        deliberate: true,
    };

    fn check(permissions: &str, imports: &[Import<'_>], may_ask: bool, expect: &[&str]) {
        let text = format!("{{\"runtime\":\"wasm\",\"permissions\":{permissions}}}");
        let manifest = aether_manifest::parse(Source::new("aether-plugin.json", text));
        let found = check_imports(&manifest.expect("a manifest"), imports, may_ask);
        let severity = |found: &Diagnostic| if found.is_error() { "error" } else { "warning" };
        let found: Vec<_> =
            found.iter().map(|found| format!("{} {}", severity(found), found.code)).collect();
        assert_eq!(found, expect, "{permissions}");
    }

    #[test]
    fn imports_and_requests_belong_together() {
        let read = r#"{"filesystem":{"read":["./a"]}}"#;
        check("{}", &[], false, &[]);
        check(read, &[FS], false, &[]);
        check("{}", &[FS], false, &["error import-unrequested"]);
        check("{}", &[FS], true, &["warning import-unrequested"]);
        check("{}", &[WASI_FS], false, &[]);
        check(read, &[FS, HTTP], false, &["error import-unrequested"]);
        check(read, &[HTTP], true, &["warning import-unrequested", "warning request-unused"]);
        check(read, &[WASI_FS], false, &[]);
    }

    #[test]
    fn what_is_missing_is_told_with_the_line_that_asks_for_it() {
        let source = Source::new("m.json", r#"{"runtime":"wasm","permissions":{}}"#);
        let manifest = aether_manifest::parse(source).expect("a manifest");
        let found = check_imports(&manifest, &[HTTP], false);
        let [found] = &found[..] else { panic!("{found:?}") };
        assert!(found.message.contains("wasi:http/outgoing-handler@0.2.0"), "{}", found.message);
        let help = found.help.as_deref().expect("help");
        assert!(help.contains(r#""permissions": { "network": { "domains": ["#), "{help}");
    }
}
