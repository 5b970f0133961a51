//! On Linux.

use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, chown, symlink};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use aether::{Host, HostBuilder, Posture, Protection, State};
use rustix::fs::{CWD, FileType, Mode, RenameFlags, mknodat, renameat_with};

use super::super::engine;

/// Whether cells are those of Windows.
pub(crate) const WINDOWS: bool = false;

/// How long one trial may take in all.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);

/// What a host may grow by more, since memory that grows is copied: it is moved here.
pub(crate) const MOVED: u64 = 0;

/// Whether the scene has links.
pub(crate) const HAS_LINKS: bool = true;

/// Whether attacks are tried outside; why not.
pub(crate) const OUTSIDE: Result<(), &str> = Ok(());

/// The name of a file that would turn a terminal red.
pub(crate) const ESCAPE_NAME: &str = "\u{1b}[31mred\u{202e}.js";

/// The name of a file that is not Unicode.
pub(crate) fn raw_name() -> OsString {
    OsString::from_vec(b"\xff\xfe.js".to_vec())
}

/// What is said of a run before it.
pub(crate) fn said(root: bool) -> Vec<&'static str> {
    if root {
        return Vec::new();
    }
    vec!["each is run once, as this user; root would also run them as another one"]
}

/// Whether this is no Windows, and passes for one.
pub(crate) const fn is_wine() -> bool {
    false
}

pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Gives a folder to another user.
pub(crate) fn give_away(folder: &Path, user: u32) -> Result<(), String> {
    chown(folder, Some(user), Some(user)).map_err(|error| format!("{}: {error}", folder.display()))
}

/// Has a program run as another user.
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it cannot be done")]
pub(crate) fn set_user(command: &mut Command, user: u32) -> Result<(), String> {
    // Setting a user from root also clears the groups.
    command.uid(user).gid(user);
    Ok(())
}

/// Gives a host the variables that one has here.
pub(crate) fn set_environment(command: &mut Command) {
    command.env("PATH", "/usr/bin:/bin");
}

/// A host that requires everything.
pub(crate) fn builder() -> HostBuilder {
    Host::builder()
}

/// Whether everything is in force.
pub(crate) fn stands(posture: &Posture) -> Result<(), String> {
    // What makes code lacks what keeps others from that, and nothing else.
    let may_lack = |protection: Protection| {
        protection == Protection::WriteXorExecute && engine::under_test().jit
    };
    let stands = |protection: &Protection| {
        let state = posture.get(*protection).map(|line| line.state);
        state == Some(State::Enforced) || (may_lack(*protection) && state == Some(State::Degraded))
    };
    let all = Protection::ALL.iter().filter(|protection| protection.applies(false));
    match all.copied().find(|protection| !stands(protection)) {
        None => Ok(()),
        Some(protection) => Err(format!("`{}` does not stand: {posture:?}", protection.name())),
    }
}

/// What only somebody says who knows where a host works.
pub(crate) fn path_mark(root: &Path) -> String {
    root.to_string_lossy().into_owned()
}

pub(crate) fn link(to: impl AsRef<Path>, at: impl AsRef<Path>) -> io::Result<()> {
    symlink(to, at)
}

/// Swaps two names.
pub(crate) fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

pub(crate) fn pipe(path: &Path) -> io::Result<()> {
    Ok(mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o666), 0)?)
}

/// Every file here takes room only where it has been written.
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
pub(crate) const fn make_sparse(_: &File) -> io::Result<()> {
    Ok(())
}

pub(crate) fn is_pipe(about: &Metadata) -> bool {
    about.file_type().is_fifo()
}

/// What may be done with a file.
pub(crate) fn mode(about: &Metadata) -> String {
    format!("{:o}", about.mode())
}

pub(crate) fn is_by_signal(status: ExitStatus) -> bool {
    status.signal().is_some()
}

/// Forgets how much of this process was resident at most so far.
pub(crate) fn forget_peak() -> Result<(), String> {
    // proc(5): 5 sets the peak back to what is resident.
    fs::write("/proc/self/clear_refs", "5").map_err(|error| error.to_string())
}

/// Bytes of this process that are resident.
pub(crate) fn resident() -> Result<u64, String> {
    status("VmRSS:")
}

/// Most bytes of it that were.
pub(crate) fn peak() -> Result<u64, String> {
    status("VmHWM:")
}

fn status(field: &str) -> Result<u64, String> {
    let text = fs::read_to_string("/proc/self/status").map_err(|error| error.to_string())?;
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    let kib = line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.map(|kib| kib << 10).ok_or_else(|| format!("no {field} in /proc/self/status"))
}

/// A child of this process, or one of the given processes, that is there.
pub(crate) fn anybody(pids: &[i64]) -> Option<String> {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let children =
        threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let children = children
        .flat_map(|text| text.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>());
    children
        .chain(pids.iter().map(ToString::to_string))
        .find_map(|pid| fs::read_to_string(format!("/proc/{pid}/stat")).ok())
}

/// Descriptors that this process has open.
#[expect(clippy::unnecessary_wraps, reason = "elsewhere they are not counted")]
pub(crate) fn descriptors() -> Option<usize> {
    Some(fs::read_dir("/proc/self/fd").map_or(0, Iterator::count))
}
