//! What one record of the log tells.

mod denied;
mod gateway;
mod native;

use aether_audit::{Kind, Record, Verdict};
use aether_manifest::Permission;

use crate::limits::LONGEST_OBJECT;
use crate::observations::Use;

/// What an act was a use of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// A use that a manifest can ask for.
    Use(Use),
    /// A file was opened, for whatever purpose.
    Opened,
    /// Something was looked for where nothing is shown.
    Missing,
    /// Something that no manifest can ask for.
    Other,
    /// Nothing that needs to be asked for.
    Nothing,
}

/// One thing that a plugin did or tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Act {
    pub(crate) what: What,
    pub(crate) object: String,
    /// As the log has it.
    pub(crate) action: String,
    pub(crate) allowed: bool,
    /// Whether the object may be only the beginning of what it was.
    pub(crate) is_cut: bool,
    /// Whether it shows that the files of a native program are recorded.
    pub(crate) is_traced_file: bool,
}

/// All that a record tells. `started` is whether the program that the cell was made for runs
/// already, of a record that another one is executed.
pub(crate) fn acts(record: &Record, started: bool) -> Vec<Act> {
    match (record.kind, record.verdict) {
        (Kind::HostCall, Verdict::Allowed) => gateway::acts(record),
        (Kind::SystemCall, _) => native::acts(record, started),
        (Kind::Denied, Verdict::Denied) => vec![denied::act(record)],
        _ => Vec::new(),
    }
}

/// An allowed act as the record has it, on another object.
fn on(record: &Record, what: What, object: &str) -> Act {
    let whole = record.object.as_deref().unwrap_or_default();
    let is_cut = whole.len() > LONGEST_OBJECT || record.truncated.iter().any(|of| of == "object");
    Act {
        what,
        object: object.to_owned(),
        action: record.action.clone(),
        allowed: true,
        is_cut,
        is_traced_file: false,
    }
}

/// Something that no manifest asks for: named by action and object together.
fn other(record: &Record) -> Act {
    let object = record.object.as_deref().unwrap_or_default();
    on(record, What::Other, format!("{} {object}", record.action).trim_end())
}

const fn of(permission: Permission) -> What {
    What::Use(Use::Of(permission))
}
