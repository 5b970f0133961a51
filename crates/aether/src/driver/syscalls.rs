//! System calls of native programs that the host is told of, in words.
//!
//! A record and nothing else: what a program can do is settled by its root, its namespaces and the
//! filter, whatever it is seen to try.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use aether_audit::{Kind, Verdict};
use aether_container::{
    Address, Detail, Outcome, Place as FilePlace, PluginText, Presence, SyscallAttempt,
};
use aether_gateway::limits::RECORDED_BYTES;
use aether_manifest::{Asking, Permission};
use aether_monitor::Act;
use aether_protocol::limits::cut;

use super::Running;
use crate::Ending;
use crate::mounts::plain;
use crate::native::is_system;

/// Acts that are looked at when their cell has ended, at most.
const LATE: usize = 1024;

/// Records that are dealt with at once, before deadlines are looked at again.
const AT_ONCE: usize = 256;

/// What a program was denied, as a grant would have it.
struct Missing {
    permission: Permission,
    object: String,
    message: String,
    /// What would allow it.
    fix: Option<String>,
}

impl Running {
    /// Keeps what a native program was seen to try, and lets the monitor see it.
    pub(super) fn take_native_calls(&mut self) -> Result<(), Ending> {
        for _ in 0..AT_ONCE {
            // Without the listener nothing more is told, and nothing more is allowed.
            let Ok(Some(attempt)) = self.driver.cell.next_syscall() else { break };
            if let Some(act) = self.keep_call(&attempt) {
                self.watch_act(&act)?;
            }
        }
        // Refusals are told where they are counted.
        self.take_events()
    }

    /// What is still waiting when the program has ended, and how much there was beyond.
    pub(super) fn take_last_calls(&mut self) {
        while let Ok(Some(attempt)) = self.driver.cell.next_syscall() {
            // It can be looked at still, for the record and for the next start.
            if let Some(act) = self.keep_call(&attempt)
                && self.driver.watched.late.len() < LATE
            {
                self.driver.watched.late.push(act);
            }
        }
        let dropped = self.driver.cell.dropped_syscalls().total();
        if dropped > 0 {
            let event = self.driver.auditor.event(Kind::LogDrop, "syscall", Verdict::Limited);
            let count = i64::try_from(dropped).unwrap_or(i64::MAX);
            // A log that cannot be written shows as unclean.
            drop(self.driver.auditor.write(&event.detail("calls", count)));
        }
    }

    /// Records a call. What was refused or denied the monitor hears of as such; the rest is what it
    /// is told of.
    fn keep_call(&mut self, attempt: &SyscallAttempt) -> Option<Act> {
        let mut words = words(attempt);
        words.truncate(cut(&words, RECORDED_BYTES).len());
        if let Outcome::Refused(_) = attempt.outcome {
            self.driver.door.note_system_call(&words, "no native program may make it", None);
            return None;
        }
        if let Some(missing) = self.missing(attempt) {
            let Missing { permission, object, message, fix } = missing;
            self.driver.door.note_denied(permission.as_str(), &object, &message, fix);
            return None;
        }
        let argument = argument(&attempt.detail);
        let is_of_files = matches!(
            &attempt.detail,
            Detail::Open { .. } | Detail::Place(_) | Detail::Places { .. }
        );
        let sensitive = is_of_files && self.driver.watched.is_sensitive(&argument);
        let act = match &attempt.detail {
            Detail::Open { access, .. } if access.read => Act::Read { place: argument, sensitive },
            _ => Act::Call { method: attempt.name.clone(), argument },
        };
        // Files that are told of for the monitor's sake alone are not written down one by one.
        if !is_of_files || sensitive || self.driver.outside.host.0.trace_files {
            let event = self.driver.auditor.event(Kind::SystemCall, &attempt.name, Verdict::Noted);
            // A record of what has been tried anyway; a log that cannot be written shows as unclean.
            drop(self.driver.auditor.write(&event.object(&words)));
        }
        Some(act)
    }

    /// What the grant lacks for a call to succeed, where that can be told.
    fn missing(&self, attempt: &SyscallAttempt) -> Option<Missing> {
        let native = self.driver.native.as_ref()?;
        match &attempt.detail {
            Detail::Addresses { addresses, .. } if attempt.name != "bind" => {
                let outside = addresses.iter().find_map(|address| match address {
                    Address::Internet(address) if !is_own(*address) => Some(address),
                    _ => None,
                })?;
                Some(Missing {
                    permission: Permission::NetworkDomains,
                    object: outside.to_string(),
                    message: format!(
                        "{outside} was tried past the proxy, and nothing is there to be reached"
                    ),
                    fix: None,
                })
            }
            Detail::Execute { program, .. } => {
                let path = path_of(program)?;
                // Where it is really executed, if it is there at all.
                let real = program_at(&path)?;
                let runs = |place: &PathBuf| path.starts_with(place) || real.starts_with(place);
                if native.executable.iter().any(runs) || !real.is_file() {
                    return None;
                }
                // A manifest grants programs by name, options by path.
                let object = match native.asking {
                    Asking::Manifest => path.file_name()?.to_string_lossy().into_owned(),
                    Asking::Options => path.display().to_string(),
                };
                Some(Missing {
                    permission: Permission::Process,
                    message: format!("{} may not be executed", path.display()),
                    fix: Some(native.asking.line(Permission::Process, &object)),
                    object,
                })
            }
            Detail::Open { place, access } => {
                let path = path_of(place)?;
                if place.presence != Presence::Absent || !is_on_host(&path) {
                    return None;
                }
                let permission = match access.write {
                    true => Permission::FilesystemWrite,
                    false => Permission::FilesystemRead,
                };
                let object = path.display().to_string();
                Some(Missing {
                    permission,
                    message: format!("{object} is not granted"),
                    fix: Some(native.asking.line(permission, &object)),
                    object,
                })
            }
            _ => None,
        }
    }
}

/// A program by the name under which a native program sees it. Only the system's own folders are
/// looked into: a path elsewhere is of the program's choosing, and a host that followed it could be
/// made to mount, to wait, or to ask a name server.
fn program_at(path: &Path) -> Option<PathBuf> {
    if !is_system(path) {
        return None;
    }
    path.canonicalize().ok()
}

/// Whether the host has something at a path of the program's choosing. No link is followed and no
/// other file system entered, for the same reason.
fn is_on_host(path: &Path) -> bool {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
        let beneath =
            ResolveFlags::NO_XDEV | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_SYMLINKS;
        openat2(CWD, path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), beneath).is_ok()
    }
    // Elsewhere no call is told, so that nobody asks.
    #[cfg(not(target_os = "linux"))]
    {
        let _unasked = path;
        false
    }
}

/// Whether an address is within the program's own network, or nowhere.
fn is_own(address: SocketAddr) -> bool {
    address.ip().is_loopback() || address.ip().is_unspecified()
}

/// Where a path of the program's leads, by its words alone.
fn path_of(place: &FilePlace) -> Option<PathBuf> {
    let bytes = place.from_root()?;
    #[cfg(unix)]
    let path: std::ffi::OsString = std::os::unix::ffi::OsStringExt::from_vec(bytes);
    // Elsewhere no call is told.
    #[cfg(not(unix))]
    let path = String::from_utf8(bytes).ok()?;
    Some(plain(Path::new(&path)))
}

/// A call for people: its name, and what it was for.
fn words(attempt: &SyscallAttempt) -> String {
    let mut text = attempt.name.clone();
    // Writing to a text cannot fail.
    let _infallible = describe(&attempt.detail, &attempt.arguments, &mut text);
    text
}

/// What a call is about, where that is a file.
fn argument(detail: &Detail) -> String {
    let mut path = match detail {
        Detail::Open { place, .. } | Detail::Place(place) | Detail::Places { to: place, .. } => {
            shown_path(place)
        }
        Detail::Execute { program, .. } => shown_path(program),
        _ => String::new(),
    };
    path.truncate(cut(&path, RECORDED_BYTES).len());
    path
}

fn describe(detail: &Detail, arguments: &[u64; 6], text: &mut String) -> std::fmt::Result {
    match detail {
        Detail::Open { place, access } => {
            let what = match (access.read, access.write) {
                (_, false) => "",
                (true, true) => " to read and write",
                (false, true) => " to write",
            };
            write!(text, " {}{what}", shown(place))
        }
        Detail::Execute { program, arguments, more } => {
            // Their number alone: people give programs secrets as arguments.
            let (count, more) = (arguments.len(), if *more { " or more" } else { "" });
            let plural = if count == 1 { "" } else { "s" };
            write!(text, " {} [{count}{more} argument{plural}]", shown(program))
        }
        Detail::Place(place) => write!(text, " {}", shown(place)),
        Detail::Places { from, to } => write!(text, " {} to {}", shown(from), shown(to)),
        Detail::Addresses { addresses, more } => {
            for address in addresses {
                match address {
                    Address::Internet(address) => write!(text, " {address}")?,
                    Address::Path(path) => write!(text, " {}", path.to_string_lossy())?,
                    Address::Abstract(name) => write!(text, " @{}", name.to_string_lossy())?,
                    Address::Unnamed => text.write_str(" nowhere")?,
                    Address::Other { family } => write!(text, " family {family}")?,
                }
            }
            text.write_str(if *more { " …" } else { "" })
        }
        Detail::Socket { family, kind, protocol } => {
            write!(text, " family {family}, type {kind}, protocol {protocol}")
        }
        Detail::Request(number) => write!(text, " request {number:#x}"),
        Detail::Process(number) => write!(text, " process {number}"),
        Detail::Name(name) => write!(text, " {}", or_unread(name.as_ref())),
        Detail::Mount { source, target, kind, flags } => write!(
            text,
            " {} on {} as {} with flags {flags:#x}",
            or_unread(source.as_ref()),
            or_unread(target.as_ref()),
            or_unread(kind.as_ref())
        ),
        _ => {
            let arguments = arguments.map(|argument| format!("{argument:#x}")).join(", ");
            write!(text, "({arguments})")
        }
    }
}

fn shown_path(place: &FilePlace) -> String {
    match place.from_root() {
        Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        None => or_unread(place.path.as_ref()),
    }
}

fn shown(place: &FilePlace) -> String {
    let path = shown_path(place);
    let presence = if place.presence == Presence::Absent { " (absent)" } else { "" };
    format!("{path}{presence}")
}

fn or_unread(text: Option<&PluginText>) -> String {
    text.map_or_else(|| "?".to_owned(), |text| text.to_string_lossy().into_owned())
}
