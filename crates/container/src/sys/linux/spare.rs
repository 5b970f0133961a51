//! A process made ahead, for a start that need not wait for it.
//!
//! Most of a start is the same for every cell of a kind: namespaces, control groups, the cell
//! program itself, and of a native one also its devices and `/proc`. A spare has all that and waits.
//! It serves one cell and no other, and has read nothing that a plugin could have written.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsFd;
use std::path::Path;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{StatxFlags, statx};
use rustix::process::{getegid, geteuid, getgroups};
use rustix::thread::{CapabilitySets, capabilities};

use super::cgroup::{Cgroup, Kind};
use super::newborn::{Newborn, Rung, refuse_in_cells};
use super::{limits, native};
use crate::{LaunchError, Program, Recipe, Workload};

/// A process that waits to become a cell. Dropped, it is ended.
///
/// It was made by the host as that was then: when the host has since changed its user, its root, its
/// control group or what is mounted, it fits no recipe. Resource limits, processor affinity and
/// what else a process hands on to its children are those of the time when it was made, and so is
/// what the host forbade itself: a host that confines itself does that first.
#[derive(Debug)]
pub struct Spare {
    newborn: Newborn,
    program: Program,
    native: bool,
    stage: Option<&'static Path>,
    host: Host,
}

impl Spare {
    /// Makes one, for a native program or for an engine.
    ///
    /// # Errors
    /// [`LaunchError`], where a full container cannot be had. A launch says more of that.
    pub fn make(program: &Program, native: bool) -> Result<Self, LaunchError> {
        refuse_in_cells()?;
        // Before the process, so that what changes in between makes it unfit.
        let host = Host::now().map_err(LaunchError::system("looking at the host"))?;
        let stage = if native { native::stage_ahead() } else { None };
        let kind = if native { Kind::Tree } else { Kind::Engine { quota: true } };
        let cgroup = Cgroup::make(kind);
        let newborn = Newborn::make(program, Rung::Full, native, cgroup, stage)?;
        Ok(Self { newborn, program: program.clone(), native, stage, host })
    }

    /// The process's number, as the host sees it. For people; never to signal by.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.newborn.life.pid()
    }

    /// Whether it could still become a cell: whether the host is as it was, and the process there.
    #[must_use]
    pub fn is_fit(&self) -> bool {
        self.host.is_as_it_was() && !self.has_ended()
    }

    /// The process, if it can become what the recipe says, within its limits.
    pub(super) fn fit_for(self, recipe: &Recipe) -> Option<Newborn> {
        let fits = recipe.confine
            && self.program == recipe.program
            && self.program.stays_the_same()
            && self.native == matches!(recipe.workload, Workload::Native(_))
            && match (&recipe.workload, self.stage) {
                (Workload::Native(program), Some(stage)) => native::lies_beside(program, stage),
                _ => true,
            }
            && self.is_fit();
        let Self { mut newborn, .. } = self;
        if !fits {
            end_aside(newborn);
            return None;
        }
        let held = newborn.cgroup.limits_memory().is_some();
        newborn.cgroup.limit(&limits::wanted(recipe));
        // A limit below what it has already cannot be set.
        if held == newborn.cgroup.limits_memory().is_some() {
            return Some(newborn);
        }
        end_aside(newborn);
        None
    }

    fn has_ended(&self) -> bool {
        let Some(end) = self.newborn.life.pidfd() else { return true };
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        !matches!(poll(&mut [PollFd::from_borrowed_fd(end, PollFlags::IN)], Some(&now)), Ok(0))
    }
}

/// Ends it while the launch goes on without it.
fn end_aside(newborn: Newborn) {
    // Without a thread it is ended here.
    drop(std::thread::Builder::new().name("aether-spare".to_owned()).spawn(|| drop(newborn)));
}

/// What a process shares with its host from its birth on, and would not learn of later.
#[derive(Debug)]
struct Host {
    user: (u32, u32),
    /// Further groups of the user.
    others: Vec<u32>,
    capabilities: Option<CapabilitySets>,
    /// What a security module calls it.
    label: Option<Vec<u8>>,
    groups: String,
    root: (u64, u64),
    /// Tells of each change to what is mounted, proc_pid_mountinfo(5).
    mounts: File,
}

impl Host {
    fn now() -> io::Result<Self> {
        let mounts = File::open("/proc/self/mountinfo")?;
        Ok(Self {
            user: user(),
            others: others()?,
            capabilities: capabilities(None).ok(),
            label: label(),
            groups: groups()?,
            root: root()?,
            mounts,
        })
    }

    fn is_as_it_was(&self) -> bool {
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        let mut mounts = [PollFd::from_borrowed_fd(self.mounts.as_fd(), PollFlags::PRI)];
        let same = self.user == user()
            && others().is_ok_and(|others| others == self.others)
            && capabilities(None).ok() == self.capabilities
            && label() == self.label
            && groups().is_ok_and(|groups| groups == self.groups)
            && root().is_ok_and(|root| root == self.root);
        same && matches!(poll(&mut mounts, Some(&now)), Ok(0))
    }
}

fn user() -> (u32, u32) {
    (geteuid().as_raw(), getegid().as_raw())
}

fn others() -> io::Result<Vec<u32>> {
    Ok(getgroups()?.into_iter().map(|group| group.as_raw()).collect())
}

/// proc_pid_attr(5).
fn label() -> Option<Vec<u8>> {
    fs::read("/proc/self/attr/current").ok()
}

fn groups() -> io::Result<String> {
    fs::read_to_string("/proc/self/cgroup")
}

/// The mount and file that the host has as its root.
fn root() -> io::Result<(u64, u64)> {
    let flags = rustix::fs::AtFlags::empty();
    let root = statx(rustix::fs::CWD, "/", flags, StatxFlags::INO | StatxFlags::MNT_ID)?;
    Ok((root.stx_mnt_id, root.stx_ino))
}
