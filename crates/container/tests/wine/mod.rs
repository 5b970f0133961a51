//! Whether the system is Wine, which takes nearly everything and holds little.

use std::path::Path;

/// Whether it has what Wine alone brings.
pub(crate) fn is_wine() -> bool {
    let root = std::env::var_os("SystemRoot").expect("a system");
    Path::new(&root).join("system32/winecfg.exe").exists()
}
