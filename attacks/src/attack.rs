//! What an attack is.

use crate::Scene;

/// One attack, with the verdict that it must get.
#[derive(Clone, Copy, Debug)]
pub struct Attack {
    /// The name of its file, with hyphens.
    pub name: &'static str,
    /// What it tries, in one sentence.
    pub tries: &'static str,
    /// Where it comes from: a CVE, a manual page, or what was measured on another sandbox.
    pub source: &'static str,
    /// What the harness must set up for it.
    pub needs: &'static [Need],
    /// Tries it. Harmless where it succeeds, and bounded in time.
    pub attempt: fn(&Scene) -> Outcome,
    /// How it must fail inside.
    pub refused: Refused,
}

impl Attack {
    /// Whether the harness must set `need` up.
    #[must_use]
    pub fn needs(&self, need: Need) -> bool {
        self.needs.contains(&need)
    }
}

/// Something that the harness sets up for an attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Another process that holds a secret: another cell inside, an unconfined process outside.
    Victim,
    /// A start that inherits: a host with a descriptor and a variable to leak, and outside a plain
    /// child of it, since even an unconfined cell is born without them.
    Inheritance,
}

/// How an attack must fail inside.
#[derive(Clone, Copy, Debug)]
pub enum Refused {
    /// Each call gets `EPERM` and is told to the host, with exactly its arguments. The names, in
    /// the order of the calls; one name stands for any number of calls in a row.
    Syscalls(&'static [&'static str]),
    /// The kernel ends the cell with `SIGSYS`.
    Killed,
    /// The calls are allowed, and what they look for is not there ([`Miss::Nothing`]).
    Absent,
    /// A limit ends the cell or fails the call ([`Miss::Refused`] with a limit's error), or the call
    /// that could exceed it is refused as for [`Refused::Syscalls`].
    Limited,
}

/// What was won, as a clause for people; or why nothing was.
pub type Outcome = Result<String, Miss>;

/// The outcome of an attack that succeeded.
///
/// # Errors
/// Never.
pub fn bites(won: impl Into<String>) -> Outcome {
    Ok(won.into())
}

/// Why an attack won nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Miss {
    /// A call gave this error number.
    Refused(i32),
    /// Every call worked, and there was nothing to win.
    Nothing,
    /// This machine has no such thing; never a verdict inside.
    NotHere(String),
}

impl Miss {
    /// For what an attack needs set up outside and cannot have.
    pub fn not_here<E: std::fmt::Display>(what: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self::NotHere(format!("{what}: {error}"))
    }
}

impl From<i32> for Miss {
    fn from(errno: i32) -> Self {
        Self::Refused(errno)
    }
}
