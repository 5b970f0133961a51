//! What the first process of a native cell does before it knows its orders: what is the same for
//! every program. Its host may have made it ahead.

use std::io;

use rustix::fs::Mode;
use rustix::process::umask;

use super::super::super::unix::STATUS_FD;
use super::super::confine::{
    Report, bound_capabilities, hide_host_name, key_rings_absent, no_environment, own_session,
    whose_namespaces,
};
use super::super::raw;
use super::super::wire::{Opening, Orders};
use super::bare;
use super::root::{Base, RootError};
use crate::{EnterError, Protection as P, State};

/// How each step went. What to think of that stands in the orders.
pub(in super::super) struct Early {
    descriptors: io::Result<()>,
    environment: io::Result<()>,
    session: io::Result<()>,
    keyring: io::Result<()>,
    /// The host's, for the program.
    umask: Mode,
    unshared: Option<Unshared>,
}

/// What needs namespaces of the process's own.
struct Unshared {
    name: io::Result<()>,
    groups: io::Result<()>,
    loopback: io::Result<()>,
    root: Option<Result<Base, RootError>>,
    /// Last: nothing that is made from here on can have a capability again.
    bounded: Result<bool, String>,
}

/// What the init goes on with.
pub(super) struct Begun {
    pub(super) loopback: io::Result<()>,
    pub(super) root: Option<Base>,
    pub(super) bounded: bool,
    /// For the program.
    pub(super) umask: Mode,
}

impl Early {
    pub(in super::super) fn begin(opening: &Opening) -> Self {
        let descriptors = raw::close_from(STATUS_FD as u32 + 1);
        // The first to go when the machine runs out of memory. No protection rests on it.
        drop(std::fs::write("/proc/self/oom_score_adj", "1000"));
        Self {
            descriptors,
            environment: no_environment(),
            session: own_session(),
            keyring: raw::join_new_session_keyring().or_else(key_rings_absent),
            // What is made here is for the program, whoever that is.
            umask: umask(Mode::from_raw_mode(0o022)),
            unshared: opening.namespaces.then(|| Unshared {
                name: hide_host_name(),
                groups: raw::leave_cgroup_namespace(),
                loopback: loopback(),
                root: opening.stage.as_deref().map(|stage| Base::begin(stage, opening.identity)),
                bounded: bound_capabilities(),
            }),
        }
    }

    /// Tells the host how it went, as far as the root.
    ///
    /// # Errors
    /// [`EnterError`] where a step failed that the orders demand.
    pub(super) fn tell(self, orders: &Orders, report: &Report) -> Result<Begun, EnterError> {
        let bare = orders.in_place.is_some();
        if !orders.confine
            || orders.namespaces == bare
            || orders.namespaces != self.unshared.is_some()
        {
            return Err(report.fail(P::Userns, "native programs have a root or do without one"));
        }
        report.step(P::Descriptors, self.descriptors, "0 to 2 captured, 3 the gateway")?;
        report.step(P::Environment, self.environment, "what was granted")?;
        report.step(P::Session, self.session, "own session, no terminal")?;
        let begun = match self.unshared {
            Some(unshared) => unshared.tell(orders, self.umask, report)?,
            None => {
                bare::unshared(report)?;
                let bounded = bound_capabilities();
                let bounded = bounded.map_err(|why| report.fail(P::Capabilities, &why))?;
                Begun { loopback: Ok(()), root: None, bounded, umask: self.umask }
            }
        };
        report.step(P::Keyring, self.keyring, "own empty session key ring")?;
        Ok(begun)
    }
}

impl Unshared {
    /// In the order in which `confine` has them.
    fn tell(self, orders: &Orders, umask: Mode, report: &Report) -> Result<Begun, EnterError> {
        report.step_with(P::Userns, whose_namespaces(orders))?;
        report.line(P::Pidns, State::Enforced, "first process of its own namespace")?;
        report.line(P::Ipcns, State::Enforced, "own namespace")?;
        report.step(P::Utsns, self.name, "own namespace, neutral name")?;
        report.step(P::Cgroupns, self.groups, "own namespace")?;
        limit_segments(orders);
        let root = self.root.transpose();
        Ok(Begun {
            loopback: self.loopback,
            root: root.map_err(|error| report.fail(error.protection(), &error.to_string()))?,
            bounded: self.bounded.map_err(|why| report.fail(P::Capabilities, &why))?,
            umask,
        })
    }
}

/// System V segments of the own namespace, all together: no more than is written to files. Who
/// counts a process's memory from outside does not see those that nobody maps. Where the file cannot
/// be written, a control group counts them, or nobody does.
fn limit_segments(orders: &Orders) {
    let bytes = orders.native.as_ref().map_or(0, |native| native.scratch);
    let pages = (bytes / raw::page_bytes()).to_string();
    drop(std::fs::write("/proc/sys/kernel/shmall", pages));
    // Queues and semaphores are the kernel's memory: 16 queues of 16 KiB, and 32 sets of 32.
    drop(std::fs::write("/proc/sys/kernel/msgmni", "16"));
    drop(std::fs::write("/proc/sys/kernel/msgmnb", "16384"));
    drop(std::fs::write("/proc/sys/kernel/sem", "32 1024 32 32"));
    // These count for the host's own user too, who would go without. They are the user namespace's:
    // where that is the host's, they are everybody's.
    if orders.userns {
        drop(std::fs::write("/proc/sys/user/max_inotify_instances", "16"));
        drop(std::fs::write("/proc/sys/user/max_inotify_watches", "4096"));
    }
}

fn loopback() -> io::Result<()> {
    use std::os::fd::AsFd;

    use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
    let socket = socket_with(AddressFamily::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
    raw::loopback_up(socket.as_fd())
}
