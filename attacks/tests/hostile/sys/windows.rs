//! On Windows: in a cell of the container there, without what Wine does not hold where this is Wine.

use std::ffi::OsString;
use std::fs::Metadata;
use std::io;
use std::os::windows::ffi::OsStringExt;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use aether::{Host, HostBuilder, Posture, Protection, State};

/// Whether cells are those of Windows.
pub(crate) const WINDOWS: bool = true;

/// How long one trial may take in all. Wine opens a file in some milliseconds, and there are
/// attacks that open thousands.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// What a host may grow by more, since memory that grows is copied: a file of the largest size, as it is
/// read, is there twice for a moment.
pub(crate) const MOVED: u64 = 32 << 20;

/// Whether the scene has links. Wine makes none, and Windows only for some users.
pub(crate) const HAS_LINKS: bool = false;

/// Whether attacks are tried outside; why not.
pub(crate) const OUTSIDE: Result<(), &str> = Err("whose scripts are for Linux, and are run there");

/// The name of a file that would turn a terminal red, by the one character that starts an escape and may
/// stand in a name here.
pub(crate) const ESCAPE_NAME: &str = "\u{9b}31mred\u{202e}.js";

/// The variable that says where Windows is.
const SYSTEM_ROOT: &str = "SystemRoot";

/// The name of a file that is not Unicode: half of a pair.
pub(crate) fn raw_name() -> OsString {
    OsString::from_wide(&[0xd800, 0x2e, 0x6a, 0x73])
}

/// What is said of a run before it.
pub(crate) fn said(_: bool) -> Vec<&'static str> {
    let mut lines = vec!["NOT RUN here: whether a host has more handles than before"];
    if is_wine() {
        lines.push("this is Wine: what it does not hold is named as optional, and so not tried");
    }
    lines
}

/// There is no user here whom everything obeys.
pub(crate) const fn is_root() -> bool {
    false
}

pub(crate) fn give_away(_: &Path, _: u32) -> Result<(), String> {
    Err("there are no other users here".to_owned())
}

pub(crate) fn set_user(_: &mut Command, _: u32) -> Result<(), String> {
    Err("there are no other users here".to_owned())
}

/// Gives a host the variables that one has here.
pub(crate) fn set_environment(command: &mut Command) {
    for name in [SYSTEM_ROOT, "PATH"] {
        command.env(name, std::env::var_os(name).unwrap_or_default());
    }
}

#[path = "../../../../crates/container/tests/wine/mod.rs"]
mod wine;

/// Whether this is no Windows, and passes for one.
pub(crate) use wine::is_wine;

/// What a host may do without: under Wine everything that it does not hold.
fn optional() -> impl Iterator<Item = Protection> {
    let all = if is_wine() { Protection::ALL } else { &[] };
    all.iter().copied().filter(|protection| !wine::HELD.contains(&protection.name()))
}

/// A host that requires everything that this system holds.
pub(crate) fn builder() -> HostBuilder {
    optional().fold(Host::builder(), HostBuilder::allow_degraded)
}

/// Whether everything is in force that is required.
pub(crate) fn stands(posture: &Posture) -> Result<(), String> {
    let optional: Vec<Protection> = optional().collect();
    let missing = Protection::ALL.iter().find(|protection| {
        let state = posture.get(**protection).map(|line| line.state);
        let may_lack = optional.contains(protection);
        state != Some(State::Enforced) && !(may_lack && state == Some(State::Degraded))
    });
    match missing {
        None => Ok(()),
        Some(protection) => Err(format!("`{}` does not stand: {posture:?}", protection.name())),
    }
}

/// What only somebody says who knows where a host works: the last name of its folder. Those before it can
/// be written in many ways.
pub(crate) fn path_mark(root: &Path) -> String {
    root.file_name().unwrap_or(root.as_os_str()).to_string_lossy().into_owned()
}

fn unsupported() -> io::Error {
    io::Error::from(io::ErrorKind::Unsupported)
}

pub(crate) fn link(_: impl AsRef<Path>, _: impl AsRef<Path>) -> io::Result<()> {
    Err(unsupported())
}

pub(crate) fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(unsupported())
}

/// No folder has pipes here.
pub(crate) fn pipe(_: &Path) -> io::Result<()> {
    Err(unsupported())
}

/// No folder has pipes here.
pub(crate) const fn is_pipe(_: &Metadata) -> bool {
    false
}

/// What may be done with a file.
pub(crate) fn mode(about: &Metadata) -> String {
    let mode = if about.permissions().readonly() { "read-only" } else { "writable" };
    mode.to_owned()
}

/// There are no signals.
pub(crate) const fn is_by_signal(_: ExitStatus) -> bool {
    false
}

/// Not counted: Wine does not tell.
pub(crate) const fn descriptors() -> Option<usize> {
    None
}
