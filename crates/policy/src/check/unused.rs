//! Requests that the code never uses: rights that only an attacker would find a use for.

use aether_manifest::{Compat, Located, Manifest, Permission};
use aether_source::{Diagnostic, Span};

use crate::modules::{Tier, node_module};
use crate::scan::Uses;

/// Looks for requests without use. Where the text does not tell what the code does, nothing is
/// said.
pub(super) fn check(manifest: &Manifest, uses: &Uses, complete: bool) -> Vec<Diagnostic> {
    if !complete || !uses.is_certain() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let imports = |name: &str| uses.modules.contains(name);
    let unused = [
        (Permission::FilesystemRead, uses.files, "neither `aether:fs` nor `node:fs` is imported"),
        (Permission::FilesystemWrite, uses.files, "neither `aether:fs` nor `node:fs` is imported"),
        (Permission::NetworkDomains, uses.network, "nothing in the code uses the network"),
        (Permission::Environment, uses.environment, "`aether:env` is not imported"),
        (Permission::Plugins, imports("aether:plugins"), "`aether:plugins` is not imported"),
        (Permission::EventsEmit, imports("aether:events"), "`aether:events` is not imported"),
        (Permission::EventsOn, imports("aether:events"), "`aether:events` is not imported"),
    ];
    for (permission, used, reason) in unused {
        if !used {
            found.extend(of(manifest, permission, reason));
        }
    }
    found.extend(by_no_engine(manifest));
    let imports_fs = uses
        .modules
        .iter()
        .filter_map(|name| node_module(name))
        .any(|module| module.tier == Tier::Virtualised);
    if let Some(compat) =
        manifest.compat.iter().find(|compat| compat.value == Compat::NodeFs && !imports_fs)
    {
        let message = "`node:fs` is opted in to, but not imported".to_owned();
        found.push(warning(manifest, compat.span, message));
    }
    found
}

/// What no engine of this version does, whatever the code: starting programs, and listening.
pub(super) fn by_no_engine(manifest: &Manifest) -> impl Iterator<Item = Diagnostic> + '_ {
    let reason = "nothing in this version uses it";
    let requests = [Permission::NetworkInbound, Permission::Process];
    requests.into_iter().filter_map(move |permission| of(manifest, permission, reason))
}

/// A request that nothing uses, if it is made.
pub(super) fn of(manifest: &Manifest, permission: Permission, reason: &str) -> Option<Diagnostic> {
    let span = around(&manifest.permissions.entries(permission))?;
    Some(warning(manifest, span, format!("`{permission}` is requested, but {reason}")))
}

fn warning(manifest: &Manifest, span: Span, message: String) -> Diagnostic {
    Diagnostic::warning("request-unused", &manifest.source, span, message)
        .with_help("remove the request")
}

/// The range that holds all entries of a list.
fn around(entries: &[Located<String>]) -> Option<Span> {
    entries.iter().map(|entry| entry.span).reduce(Span::to)
}
