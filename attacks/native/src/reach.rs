//! Ways to touch a thing that several programs use.

use std::fs;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use rustix::fs::{Mode, OFlags, StatVfsMountFlags};

use crate::errors::While;
use crate::probe::{Kind, Miss, Outcome, bites};
use crate::scene::SECRET;

/// Longest wait for an answer.
pub(crate) const PATIENCE: Duration = Duration::from_millis(500);

/// Bites if these bytes hold the secret.
pub(crate) fn shows_secret(bytes: &[u8], place: &str) -> Outcome {
    if holds_secret(bytes) {
        bites(format!("read the secret {place}"))
    } else {
        Err(Miss::absent(format!("no secret {place}")))
    }
}

pub(crate) fn holds_secret(bytes: &[u8]) -> bool {
    bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes())
}

/// Reads a file, which bites if it holds the secret.
pub(crate) fn read(path: impl AsRef<Path>) -> Outcome {
    let path = path.as_ref();
    let place = format!("in {}", path.display());
    shows_secret(&fs::read(path).at_step(&place)?, &place)
}

/// Opens a file without reading or changing it; nothing is made or cut.
pub(crate) fn open(path: impl AsRef<Path>, flags: OFlags) -> Result<OwnedFd, Miss> {
    let path = path.as_ref();
    // Without NONBLOCK a pipe or terminal could hold the program.
    let flags = flags | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    rustix::fs::open(path, flags, Mode::empty()).at_step(&format!("opening {}", path.display()))
}

/// Bites if the file can be opened for writing; it is not written.
pub(crate) fn writable(path: impl AsRef<Path>) -> Outcome {
    let path = path.as_ref();
    open(path, OFlags::WRONLY)?;
    bites(format!("may write {}", path.display()))
}

/// Bites if the program of a process can be opened for writing as soon as nobody runs it.
pub(crate) fn writable_program(link: &str) -> Outcome {
    let busy = match writable(link) {
        // A running program can be opened for writing by nobody: so far the kernel has checked
        // everything but the mount, as CVE-2019-5736 waits for the program to end.
        Err(miss) if miss.errno == Some(libc::ETXTBSY) => miss,
        other => return other,
    };
    let file = open(link, OFlags::PATH)?;
    let mount = rustix::fs::fstatvfs(&file).needed("its mount")?;
    if mount.f_flag.contains(StatVfsMountFlags::RDONLY) {
        return Err(Miss { kind: Kind::Denied, detail: format!("{link} is read-only"), ..busy });
    }
    bites(format!("may write {link} once it has ended"))
}

/// Reads what a listener says, which bites if it is the secret.
pub(crate) fn hear(mut stream: impl Read, from: &str) -> Outcome {
    let mut heard = [0; 64];
    let length = stream.read(&mut heard).needed(from)?;
    shows_secret(&heard[..length], from)
}

/// The number of each process that is seen, but this one.
pub(crate) fn processes() -> Vec<i32> {
    let me = std::process::id().cast_signed();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter(|pid| *pid != me).collect()
}

/// Processes whose command line holds this; its words end with zeros.
pub(crate) fn processes_with(words: &str) -> Vec<i32> {
    let holds = |pid: &i32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(words)
    };
    processes().into_iter().filter(holds).collect()
}
