//! Where an attack stands, and what it prepares outside.
#![allow(unsafe_code, reason = "unshare(2) has no safe form")]

use std::ffi::CString;
use std::fs;

use rustix::mount::{MountPropagationFlags, mount_change};

use crate::Miss;

/// Where an attack stands.
///
/// Preparations are made outside only: inside, the attack's own call must be the first that is
/// refused, so it acts on guesses.
#[derive(Clone, Copy, Debug)]
pub struct Scene {
    /// Whether this process is unconfined.
    pub outside: bool,
    /// The host's process number, as the host sees it.
    pub host: i32,
    /// Another process, where the attack needs one.
    pub victim: Victim,
}

/// Another process of the same host, with a secret in its memory.
#[derive(Clone, Copy, Debug, Default)]
pub struct Victim {
    /// Its number, as the host sees it.
    pub pid: i32,
    /// Where the secret is in its memory.
    pub address: u64,
    /// The secret, to know it by.
    pub secret: u64,
}

impl Scene {
    /// The given value outside, `guess` inside.
    ///
    /// # Errors
    /// When it cannot be had outside.
    pub fn prop<T>(&self, guess: T, make: impl FnOnce() -> Result<T, Miss>) -> Result<T, Miss> {
        if self.outside { make() } else { Ok(guess) }
    }

    /// Does something outside only.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn prepare<T, E: std::fmt::Display>(
        &self,
        what: &'static str,
        act: impl FnOnce() -> Result<T, E>,
    ) -> Result<Option<T>, Miss> {
        if self.outside { act().map(Some).map_err(Miss::not_here(what)) } else { Ok(None) }
    }

    /// Outside, moves this process into namespaces of its own, so that what follows touches
    /// nothing of the machine; with a user namespace around them when it is not root.
    ///
    /// # Errors
    /// When the kernel gives none.
    pub fn own_namespaces(&self, kinds: libc::c_int) -> Result<(), Miss> {
        self.prepare("namespaces of its own", || leave(kinds)).map(drop)
    }

    /// A path below the folder for temporary files that nothing else uses.
    #[must_use]
    pub fn scratch(&self) -> CString {
        let path = format!("/tmp/aether-engine-attack-{}", std::process::id());
        CString::new(path).unwrap_or_default()
    }

    /// Outside, makes the file [`Scene::scratch`]; it goes when the value does.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn scratch_file(&self) -> Result<ScratchFile, Miss> {
        let path = self.scratch();
        self.prepare("a file of its own", || fs::write(text(&path), "scratch"))?;
        Ok(ScratchFile { path, outside: self.outside })
    }
}

/// A file that is removed when the value goes.
#[derive(Debug)]
pub struct ScratchFile {
    /// Its path.
    pub path: CString,
    outside: bool,
}

impl Drop for ScratchFile {
    fn drop(&mut self) {
        if self.outside {
            // Gone already where the attack removed it.
            let _gone = fs::remove_file(text(&self.path));
        }
    }
}

fn text(path: &CString) -> &str {
    path.to_str().unwrap_or_default()
}

fn leave(kinds: libc::c_int) -> std::io::Result<()> {
    let (user, group) = (rustix::process::getuid(), rustix::process::getgid());
    let around = if user.is_root() { 0 } else { libc::CLONE_NEWUSER };
    // SAFETY: unshare(2) takes flags; CLONE_FILES, which would change what descriptors mean, is
    // not among them.
    if unsafe { libc::unshare(kinds | around) } != 0 {
        return Err(std::io::Error::last_os_error());
    }
    if around != 0 {
        fs::write("/proc/self/setgroups", "deny")?;
        fs::write("/proc/self/uid_map", format!("0 {} 1\n", user.as_raw()))?;
        fs::write("/proc/self/gid_map", format!("0 {} 1\n", group.as_raw()))?;
    }
    if kinds & libc::CLONE_NEWNS != 0 {
        mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
    }
    Ok(())
}
