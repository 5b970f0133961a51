//! What a cell would change on the host.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One change in the overlay.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChangeRecord {
    /// The path the plugin used.
    pub path: String,
    /// The path on the host that it stands for.
    #[serde(default)]
    pub host: Option<String>,
    /// For a rename, the path that it had before.
    #[serde(default)]
    pub from: Option<String>,
    /// For a symlink that was not there, what it leads to, as the plugin wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// What would happen there.
    pub kind: ChangeKind,
    /// The size afterwards.
    pub bytes: u64,
    /// What a reader should look at twice, e.g. `executable`; one word each.
    #[serde(default)]
    pub flags: Vec<String>,
    /// Whether it has been applied to the host. If not, it waits, or was dropped.
    #[serde(default)]
    pub applied: bool,
}

impl ChangeRecord {
    /// The flag of what was changed on the host at once, before anybody could look at it.
    pub const AT_ONCE: &str = "at-once";
}

/// What would happen to a path.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// A file that was not there.
    Create,
    /// A file with other content.
    #[default]
    Modify,
    /// A file or folder that goes away.
    Delete,
    /// A file or folder that gets this path.
    Rename,
    /// A folder that was not there.
    Mkdir,
    /// A symlink that was not there.
    Symlink,
    /// A file or folder with other permissions.
    Permissions,
    /// A file or folder with another time of modification.
    Time,
}
