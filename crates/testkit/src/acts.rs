//! Where the test kit's own plugin is.

use std::path::PathBuf;

/// The program of the native plugin `acts`, an example of this crate: Cargo has put it beside the folder of the
/// test that asks.
#[must_use]
pub fn acts() -> PathBuf {
    let own = std::env::current_exe().expect("a program");
    let built = own.ancestors().nth(2).expect("a folder");
    built.join("examples").join(format!("acts{}", std::env::consts::EXE_SUFFIX))
}
