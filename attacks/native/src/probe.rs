//! What a hostile program is, and what it can say.

use crate::scene::Scene;

/// One hostile program.
#[derive(Clone, Copy)]
pub(crate) struct Probe {
    /// The name of its file, with hyphens.
    pub(crate) name: &'static str,
    /// What it tries, in one sentence.
    pub(crate) tries: &'static str,
    /// The row of the table of known escapes that it belongs to.
    pub(crate) row: Row,
    /// What the stage must hold for it.
    pub(crate) needs: &'static [Need],
    /// How it must fail in Aether.
    pub(crate) expect: Expect,
    /// Who says whether it won.
    pub(crate) judged: Judged,
    /// Tries it. Harmless where it succeeds, and bounded in time.
    pub(crate) attempt: fn(&Scene) -> Outcome,
}

impl Probe {
    pub(crate) fn needs(&self, need: Need) -> bool {
        self.needs.contains(&need)
    }
}

/// What the stage must hold for a program, beside the scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// To be root outside, or it cannot bite there.
    Root,
    /// The listeners on the machine's loopback.
    Loopback,
    /// The other process of the same user.
    Victim,
    /// A second cell, started by the same command line.
    Neighbour,
    /// A start from a terminal that becomes the standard input.
    Terminal,
    /// A start with the folder outside the grant as working folder.
    Folder,
    /// Someone on the machine who swaps `granted/link` meanwhile.
    Swapper,
}

impl Need {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Loopback => "loopback",
            Self::Victim => "victim",
            Self::Neighbour => "other cell",
            Self::Terminal => "terminal",
            Self::Folder => "working folder",
            Self::Swapper => "swapper",
        }
    }
}

/// How a program must fail in Aether.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expect {
    /// A call is refused.
    Denied,
    /// What it looks for is not there.
    Absent,
    /// A limit stops it.
    Limited,
    /// It may succeed; the table only tells.
    Report,
}

impl Expect {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Absent => "absent",
            Self::Limited => "limited",
            Self::Report => "report",
        }
    }
}

/// Who says whether a program won. What happened inside a private copy has harmed nobody, so where
/// the harm is one to the machine, the machine is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judged {
    /// The program itself.
    Told,
    /// A process of it is left when its sandbox has ended.
    Process,
    /// A file of the scene differs on the machine.
    Files,
    /// All of [`crate::parts::FLOOD`] arrived.
    Output,
    /// A shared segment with the key of the scene is left.
    Segment,
}

/// What was won, as a clause for people; or why nothing was.
pub(crate) type Outcome = Result<String, Miss>;

/// Why a program won nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Miss {
    pub(crate) kind: Kind,
    pub(crate) errno: Option<i32>,
    pub(crate) detail: String,
}

/// In the order of what they prove, weakest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Absent,
    Limited,
    Denied,
    /// It failed for a reason that is no sandbox's.
    Inconclusive,
}

impl Kind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Limited => "limited",
            Self::Denied => "denied",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// The outcome of a program that succeeded.
///
/// # Errors
/// Never.
pub(crate) fn bites(won: impl Into<String>) -> Outcome {
    Ok(won.into())
}

/// The table of known escapes, with what was measured on other sandboxes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    Launcher,
    Descriptors,
    Masks,
    Links,
    Setuid,
    Terminal,
    Rings,
    Races,
    Sockets,
    Network,
    Processes,
    Scheduling,
    Kernel,
    Namespaces,
    Mounts,
    Cgroups,
    ForeignCalls,
    AnonymousPrograms,
    Environment,
    Orphans,
    Bombs,
    Machine,
    Files,
    Cells,
    OwnPolicy,
}

impl Row {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 25] = [
        Self::Launcher,
        Self::Descriptors,
        Self::Masks,
        Self::Links,
        Self::Setuid,
        Self::Terminal,
        Self::Rings,
        Self::Races,
        Self::Sockets,
        Self::Network,
        Self::Processes,
        Self::Scheduling,
        Self::Kernel,
        Self::Namespaces,
        Self::Mounts,
        Self::Cgroups,
        Self::ForeignCalls,
        Self::AnonymousPrograms,
        Self::Environment,
        Self::Orphans,
        Self::Bombs,
        Self::Machine,
        Self::Files,
        Self::Cells,
        Self::OwnPolicy,
    ];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Launcher => "overwriting the launcher",
            Self::Descriptors => "leaked descriptors and folders",
            Self::Masks => "masks of /proc and /sys",
            Self::Links => "links that are swapped",
            Self::Setuid => "setuid programs and capabilities",
            Self::Terminal => "terminal injection",
            Self::Rings => "io_uring past the filter",
            Self::Races => "races between check and use",
            Self::Sockets => "local sockets",
            Self::Network => "network",
            Self::Processes => "other processes",
            Self::Scheduling => "priorities and limits",
            Self::Kernel => "system calls that no plugin needs",
            Self::Namespaces => "nested namespaces",
            Self::Mounts => "mounts and roots",
            Self::Cgroups => "control groups",
            Self::ForeignCalls => "foreign system call tables",
            Self::AnonymousPrograms => "programs that are no granted file",
            Self::Environment => "environment",
            Self::Orphans => "processes that stay",
            Self::Bombs => "bombs and floods",
            Self::Machine => "settings and devices of the machine",
            Self::Files => "files outside the grant",
            Self::Cells => "other cells",
            Self::OwnPolicy => "its own program and grant",
        }
    }
}
