//! Asks for the packed form of relocations (`DT_RELR`). The command is the program of its cells too: what the
//! loader does for it is done again at each cell's start, and there are a hundred thousand relocations where
//! V8 is built in.

use std::process::Command;

/// The first glibc whose loader reads that form.
const SINCE: (u32, u32) = (2, 36);

/// Says that what is built is for older systems too.
const PORTABLE: &str = "AETHER_PORTABLE";

fn main() {
    println!("cargo::rerun-if-changed=Cargo.toml");
    println!("cargo::rerun-if-env-changed={PORTABLE}");
    // What is built for another machine may be run by an older loader.
    let is_portable = std::env::var_os(PORTABLE).is_some();
    if !is_portable && is_for_here() && glibc() >= Some(SINCE) {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

fn is_for_here() -> bool {
    // Cargo says each of these to every build script. What it does not say, is not for here.
    let said = |name| std::env::var(name).unwrap_or_default();
    said("HOST") == said("TARGET")
        && said("CARGO_CFG_TARGET_OS") == "linux"
        && said("CARGO_CFG_TARGET_ENV") == "gnu"
}

/// The version of this machine's glibc, as in `glibc 2.36`.
fn glibc() -> Option<(u32, u32)> {
    let told = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let (major, minor) =
        str::from_utf8(&told.stdout).ok()?.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
