//! Requests for more than any one task needs.

use aether_manifest::{HostPattern, Located, Manifest};
use aether_path::{PathPattern, VirtualPath};
use aether_source::{Diagnostic, quoted};

use crate::sensitive;

/// Endings below which strangers have names although they are no public suffixes: those are refused
/// before, when the pattern is read.
const SHARED_ENDINGS: &[&str] = &["azure.com", "cloudapp.azure.com"];

/// Folders that hold everything of their kind.
const BROAD_FOLDERS: &[&str] =
    &["/", "/etc", "/home", "/root", "/Users", "/usr", "/var", "/opt", "/srv", "/mnt", "/media"];

pub(super) fn check(manifest: &Manifest) -> Vec<Diagnostic> {
    let asked = &manifest.permissions;
    let mut found = Vec::new();
    for pattern in asked.read.iter().chain(&asked.write) {
        found.extend(broad_path(manifest, pattern).or_else(|| sensitive_path(manifest, pattern)));
    }
    for domain in &asked.domains {
        if is_broad_host(domain.value.host()) {
            let message =
                format!("{} covers hosts of very many owners", quoted(domain.value.as_str()));
            let diagnostic =
                Diagnostic::warning("request-broad", &manifest.source, domain.span, message);
            found.push(diagnostic.with_help("name the hosts that the plugin talks to"));
        }
    }
    found
}

fn broad_path(manifest: &Manifest, pattern: &Located<PathPattern>) -> Option<Diagnostic> {
    if !is_broad(&pattern.value) {
        return None;
    }
    let written = quoted(pattern.value.as_str());
    let message = format!("{written} covers far more than one task needs");
    let diagnostic = Diagnostic::warning("request-broad", &manifest.source, pattern.span, message);
    Some(diagnostic.with_help("name the folder that the plugin works in"))
}

/// Whether the pattern covers a folder that holds everything of its kind, or someone's whole home.
pub(crate) fn is_broad(pattern: &PathPattern) -> bool {
    let root = pattern.root();
    let broad = BROAD_FOLDERS.contains(&root.as_str()) || is_home(&root);
    pattern.is_tree() && broad && !is_narrowed(pattern)
}

/// Names between the first wildcard and the end narrow a tree: `/home/*/logs/**`.
fn is_narrowed(pattern: &PathPattern) -> bool {
    let depth = pattern.root().components().count();
    let below =
        pattern.as_str().split('/').filter(|name| !name.is_empty() && *name != ".").skip(depth);
    below.into_iter().any(|name| !name.chars().all(|letter| matches!(letter, '*' | '?')))
}

fn is_home(path: &VirtualPath) -> bool {
    let mut names = path.components();
    matches!((names.next(), names.next(), names.next()), (Some("home" | "Users"), Some(_), None))
}

fn sensitive_path(manifest: &Manifest, pattern: &Located<PathPattern>) -> Option<Diagnostic> {
    let place = sensitive::reached(&pattern.value)?;
    let message = format!("{} reaches {}", quoted(pattern.value.as_str()), place.name);
    let diagnostic =
        Diagnostic::warning("request-sensitive", &manifest.source, pattern.span, message);
    Some(
        diagnostic.with_help(
            "a policy must name it expressly; ask for less if the plugin can do without",
        ),
    )
}

fn is_broad_host(host: &HostPattern) -> bool {
    let (HostPattern::Child(name) | HostPattern::Below(name)) = host else { return false };
    SHARED_ENDINGS.contains(&name.as_str())
}
