//! Calls that were denied.

use aether_audit::{Detail, Record};
use aether_manifest::{Permission, SecretName};

use super::{Act, What, of, on, other};
use crate::observations::Use;

/// Calls that look at a file without reading it.
const LOOKS: [&str; 3] = ["fs.list", "fs.stat", "fs.readlink"];

pub(super) fn act(record: &Record) -> Act {
    let permission = Permission::from_name(&record.action);
    let call = record.detail.get("call").and_then(Detail::as_str);
    let act = match (permission, record.object.as_deref()) {
        (Some(Permission::FilesystemRead), Some(object))
            if call.is_some_and(|call| LOOKS.contains(&call)) =>
        {
            on(record, What::Use(Use::Look), object)
        }
        // A request that may not carry the secret: it has it, and no entry lets it send it there.
        (Some(Permission::Secrets), Some(object)) if SecretName::parse(object).is_err() => {
            other(record)
        }
        (Some(permission), Some(object)) => on(record, of(permission), object),
        _ => other(record),
    };
    Act { allowed: false, ..act }
}
