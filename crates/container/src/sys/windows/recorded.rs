//! A stand-in for the system, which remembers what it was asked, for tests.

use std::cell::{Cell, RefCell};
use std::io;
use std::os::windows::io::{AsHandle as _, BorrowedHandle, OwnedHandle};

use super::acl::Private;
use super::calls::{
    Accounting, Calls, CpuRate, Created, Creation, DENIES_ONLY, Extended, Group, Host, IS_LOGON,
    TokenFacts,
};
use super::sid::Sid;

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// What it was told it holds.
    Honest,
    /// It takes everything and holds nothing.
    Forgetful,
    /// It refuses everything but to make things.
    Refusing,
}

/// The stand-in.
#[derive(Debug)]
pub(super) struct Recorded {
    manner: Manner,
    said: RefCell<Vec<String>>,
    limits: RefCell<(Extended, u32, CpuRate)>,
    /// Flags that a job says it has beside those it was given.
    pub(super) adds_flags: u32,
    /// Whether a job keeps what it is told from now on.
    pub(super) keeps: Cell<bool>,
    /// Whether a process is of 64 bits.
    pub(super) wide: bool,
    /// Whether a process is in another container than was asked for.
    pub(super) swaps: bool,
    /// Whether a process says that it is in the job.
    pub(super) joins: bool,
    /// Whom the host acts as.
    pub(super) host: Host,
    /// Whether it makes containers.
    pub(super) contains: bool,
    /// With what it refuses to make the next processes; the last one is the first.
    pub(super) refusals: RefCell<Vec<i32>>,
    /// What tokens say.
    token: RefCell<TokenFacts>,
}

/// The user of the host.
pub(super) fn user() -> Sid {
    Sid::of(5, [21, 1, 2, 3, 1000])
}

/// Those who logged on with it.
pub(super) fn logon() -> Sid {
    Sid::of(5, [5, 0, 7])
}

/// The container of every name.
pub(super) fn container() -> Sid {
    Sid::of(15, [2, 1, 2, 3, 4, 5, 6, 7])
}

/// What is made of the numbers that nobody can guess.
pub(super) fn random() -> Sid {
    Sid::unique([1; 8])
}

/// An administrator who has the right to a folder of others.
fn host() -> Host {
    let group = |sid, attributes| Group { sid, attributes };
    let groups = vec![
        group(Sid::everyone(), 7),
        group(Sid::administrators(), 15),
        group(Sid::users(), 7),
        group(Sid::interactive(), 7),
        group(logon(), IS_LOGON | 7),
        group(Sid::of(5, [21, 1, 2, 3, 2000]), 7),
        group(Sid::of(5, [21, 1, 2, 3, 2001]), DENIES_ONLY),
    ];
    Host { user: user(), groups }
}

impl Recorded {
    fn of(manner: Manner) -> Self {
        let token = TokenFacts {
            user: Some(user()),
            privileges: 24,
            integrity: 0x3000,
            ..TokenFacts::default()
        };
        Self {
            manner,
            said: RefCell::default(),
            limits: RefCell::default(),
            adds_flags: 0,
            keeps: Cell::new(true),
            wide: false,
            swaps: false,
            joins: manner == Manner::Honest,
            host: host(),
            contains: manner != Manner::Refusing,
            refusals: RefCell::default(),
            token: RefCell::new(token),
        }
    }

    pub(super) fn honest() -> Self {
        Self::of(Manner::Honest)
    }

    pub(super) fn forgetful() -> Self {
        Self::of(Manner::Forgetful)
    }

    pub(super) fn refusing() -> Self {
        Self::of(Manner::Refusing)
    }

    /// What it was asked so far.
    pub(super) fn said(&self) -> Vec<String> {
        self.said.borrow().clone()
    }

    fn note(&self, what: impl Into<String>) -> io::Result<()> {
        self.said.borrow_mut().push(what.into());
        match self.manner {
            Manner::Refusing => Err(io::ErrorKind::Unsupported.into()),
            _ => Ok(()),
        }
    }

    /// Tokens say this from now on, if it holds anything.
    fn holds(&self, change: impl FnOnce(&mut TokenFacts)) {
        if self.manner == Manner::Honest {
            change(&mut self.token.borrow_mut());
        }
    }

    fn kept(&self) -> (Extended, u32, CpuRate) {
        match self.manner {
            Manner::Honest => *self.limits.borrow(),
            _ => <(Extended, u32, CpuRate)>::default(),
        }
    }
}

/// A handle that stands for any.
pub(super) fn any_handle() -> OwnedHandle {
    std::fs::File::open("NUL").expect("the null device").into()
}

impl Calls for Recorded {
    fn app_container(&self, name: &[u16]) -> io::Result<Sid> {
        let name = String::from_utf16_lossy(name);
        drop(self.note(format!("app_container {}", name.trim_end_matches('\0'))));
        if self.contains { Ok(container()) } else { Err(io::ErrorKind::Unsupported.into()) }
    }

    fn host(&self) -> io::Result<Host> {
        drop(self.note("host"));
        Ok(self.host.clone())
    }

    fn random(&self) -> io::Result<[u32; 8]> {
        drop(self.note("random"));
        Ok([1; 8])
    }

    fn restricted_token(&self, deny_only: &[Sid], restricting: &[Sid]) -> io::Result<OwnedHandle> {
        self.note(format!("restricted_token deny_only={deny_only:?} restricting={restricting:?}"))?;
        self.holds(|token| {
            let count = |group: &&Sid| !deny_only.contains(group);
            token.privileges = 1;
            token.groups =
                self.host.groups.iter().map(|one| &one.sid).filter(count).cloned().collect();
            token.deny_only = deny_only.to_vec();
            token.restricting = Some(restricting.to_vec());
        });
        Ok(any_handle())
    }

    fn set_integrity(&self, _: BorrowedHandle<'_>, level: u32) -> io::Result<()> {
        self.holds(|token| token.integrity = level);
        self.note(format!("set_integrity {level:#x}"))
    }

    fn set_default_access(&self, _: BorrowedHandle<'_>, to: &[Sid]) -> io::Result<()> {
        self.holds(|token| token.default_access = to.to_vec());
        self.note(format!("set_default_access {to:?}"))
    }

    fn create_job(&self, _: &Private) -> io::Result<OwnedHandle> {
        drop(self.note("create_job"));
        Ok(any_handle())
    }

    fn set_extended(&self, _: BorrowedHandle<'_>, limits: &Extended) -> io::Result<()> {
        if self.keeps.get() {
            self.limits.borrow_mut().0 = *limits;
        }
        self.note(format!("set_extended {limits:?}"))
    }

    fn extended(&self, _: BorrowedHandle<'_>) -> io::Result<Extended> {
        self.note("extended")?;
        let found = self.kept().0;
        Ok(Extended { flags: found.flags | self.adds_flags, ..found })
    }

    fn set_ui(&self, _: BorrowedHandle<'_>, restrictions: u32) -> io::Result<()> {
        self.limits.borrow_mut().1 = restrictions;
        self.note(format!("set_ui {restrictions:#x}"))
    }

    fn ui(&self, _: BorrowedHandle<'_>) -> io::Result<u32> {
        self.note("ui")?;
        Ok(self.kept().1)
    }

    fn set_cpu(&self, _: BorrowedHandle<'_>, rate: &CpuRate) -> io::Result<()> {
        if self.keeps.get() {
            self.limits.borrow_mut().2 = *rate;
        }
        self.note(format!("set_cpu {rate:?}"))
    }

    fn cpu(&self, _: BorrowedHandle<'_>) -> io::Result<CpuRate> {
        self.note("cpu")?;
        Ok(self.kept().2)
    }

    fn accounting(&self, _: BorrowedHandle<'_>) -> io::Result<Accounting> {
        self.note("accounting")?;
        Ok(Accounting::default())
    }

    fn terminate(&self, _: BorrowedHandle<'_>, code: u32) -> io::Result<()> {
        self.note(format!("terminate {code:#x}"))
    }

    fn end_process(&self, _: BorrowedHandle<'_>, code: u32) -> io::Result<()> {
        self.note(format!("end_process {code:#x}"))
    }

    fn create_process(&self, creation: &Creation<'_>) -> io::Result<Created> {
        let Creation { mitigations, no_children, container, less_privileged, token, .. } = creation;
        drop(self.note(format!(
            "create_process mitigations={mitigations:x?} no_children={no_children} container={} less_privileged={less_privileged} token={} inherits={}",
            container.is_some(),
            token.is_some(),
            creation.inherit.len(),
        )));
        if let Some(code) = self.refusals.borrow_mut().pop() {
            return Err(io::Error::from_raw_os_error(code));
        }
        self.holds(|facts| {
            if let Some(sid) = container {
                facts.is_app_container = true;
                let other = self.swaps.then(|| Sid::of(15, [2, 9]));
                facts.container = other.or_else(|| Some((*sid).clone()));
                facts.capabilities = Some(0);
                facts.integrity = 0x1000;
                facts.default_access.push((*sid).clone());
            }
            facts.is_less_privileged = *less_privileged;
            if token.is_none() {
                facts.privileges = 24;
            }
        });
        Ok(Created { process: any_handle(), thread: any_handle(), pid: 1 })
    }

    fn is_in_job(&self, _: BorrowedHandle<'_>, _: BorrowedHandle<'_>) -> io::Result<bool> {
        self.note("is_in_job")?;
        Ok(self.joins)
    }

    fn mitigation(&self, _: BorrowedHandle<'_>, policy: i32) -> io::Result<u32> {
        self.note(format!("mitigation {policy}"))?;
        Ok(if self.manner == Manner::Honest { u32::MAX } else { 0 })
    }

    fn is_64_bit(&self, _: BorrowedHandle<'_>) -> io::Result<bool> {
        Ok(self.wide)
    }

    fn token(&self, _: BorrowedHandle<'_>) -> io::Result<TokenFacts> {
        self.note("token")?;
        Ok(self.token.borrow().clone())
    }

    fn resume(&self, _: BorrowedHandle<'_>) -> io::Result<()> {
        self.note("resume")
    }

    fn exit_code(&self, _: BorrowedHandle<'_>) -> io::Result<Option<u32>> {
        self.note("exit_code")?;
        Ok(None)
    }
}

/// The handles of one that is about to be made, all of them any.
pub(super) fn three(handle: &OwnedHandle) -> [BorrowedHandle<'_>; 3] {
    [handle.as_handle(); 3]
}
