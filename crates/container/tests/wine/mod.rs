//! Whether the system is Wine, which takes nearly everything and holds little.

use std::path::Path;

/// What it holds all the same, by the names of the protections.
#[allow(dead_code, reason = "not every test asks")]
pub(crate) const HELD: [&str; 4] = ["descriptors", "environment", "session", "dep"];

/// Whether it has what Wine alone brings.
pub(crate) fn is_wine() -> bool {
    let root = std::env::var_os("SystemRoot").expect("a system");
    Path::new(&root).join("system32/winecfg.exe").exists()
}
