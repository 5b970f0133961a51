//! What the log does not tell.

use aether_manifest::{Manifest, Permission, Runtime};

use crate::{Observations, Use};

/// Whether the plugin is a native program, by its manifest or by what is on record of it.
pub(crate) fn is_native(manifest: Option<&Manifest>, seen: &Observations) -> bool {
    match manifest {
        Some(manifest) => manifest.runtime_or_default() == Runtime::Native,
        None => seen.is_native(),
    }
}

/// Why the log does not tell all that was used of a permission, where it does not.
pub(crate) fn blind(
    permission: Permission,
    is_native: bool,
    seen: &Observations,
) -> Option<&'static str> {
    if seen.not_kept(Use::Of(permission)) > 0
        || is_files(permission) && seen.not_kept(Use::Look) > 0
    {
        return Some("more was used than is kept");
    }
    unrecorded(permission, is_native, seen)
}

/// Why nothing is on record of a permission that was perhaps used.
pub(crate) fn unrecorded(
    permission: Permission,
    is_native: bool,
    seen: &Observations,
) -> Option<&'static str> {
    match permission {
        Permission::Environment if is_native => {
            Some("a native program has its variables from the start, whether or not it reads them")
        }
        Permission::Secrets if is_native => {
            Some("a native program has what stands for its secrets from the start")
        }
        _ if is_files(permission) && is_native && !seen.traces_files() => {
            Some("the files of a native program are on record only where they are traced")
        }
        _ => None,
    }
}

fn is_files(permission: Permission) -> bool {
    matches!(permission, Permission::FilesystemRead | Permission::FilesystemWrite)
}
