//! A stand-in for the system, which remembers what it was asked, for tests.

use std::cell::RefCell;
use std::io;
use std::os::windows::io::{AsHandle as _, BorrowedHandle, OwnedHandle};

use super::calls::{Accounting, Calls, CpuRate, Created, Creation, Extended, Sid, TokenFacts};

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
    /// Whether a process says that it is in the job.
    pub(super) joins: bool,
    /// What tokens say.
    pub(super) token: TokenFacts,
}

impl Recorded {
    fn of(manner: Manner) -> Self {
        let token = match manner {
            Manner::Honest => TokenFacts {
                is_app_container: true,
                is_less_privileged: true,
                privileges: 1,
                integrity: 0x1000,
                ..TokenFacts::default()
            },
            _ => TokenFacts { privileges: 24, integrity: 0x3000, ..TokenFacts::default() },
        };
        Self {
            manner,
            said: RefCell::default(),
            limits: RefCell::default(),
            adds_flags: 0,
            joins: manner == Manner::Honest,
            token,
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
        self.note(format!("app_container {}", name.trim_end_matches('\0')))?;
        Ok(Sid(vec![1, 0, 0, 0]))
    }

    fn inheritable(&self, handle: BorrowedHandle<'_>) -> io::Result<OwnedHandle> {
        drop(self.note("inheritable"));
        handle.try_clone_to_owned()
    }

    fn create_job(&self) -> io::Result<OwnedHandle> {
        drop(self.note("create_job"));
        Ok(any_handle())
    }

    fn set_extended(&self, _: BorrowedHandle<'_>, limits: &Extended) -> io::Result<()> {
        self.limits.borrow_mut().0 = *limits;
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
        self.limits.borrow_mut().2 = *rate;
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

    fn create_process(&self, creation: &Creation<'_>) -> io::Result<Created> {
        let Creation { mitigations, no_children, container, less_privileged, token, .. } = creation;
        drop(self.note(format!(
            "create_process mitigations={mitigations:x?} no_children={no_children} container={} less_privileged={less_privileged} token={} inherits={}",
            container.is_some(),
            token.is_some(),
            creation.inherit.len(),
        )));
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

    fn token(&self, _: BorrowedHandle<'_>) -> io::Result<TokenFacts> {
        self.note("token")?;
        Ok(self.token)
    }

    fn resume(&self, _: BorrowedHandle<'_>) -> io::Result<()> {
        self.note("resume")
    }

    fn memory(&self, _: BorrowedHandle<'_>) -> io::Result<[u64; 2]> {
        self.note("memory")?;
        Ok([0; 2])
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
