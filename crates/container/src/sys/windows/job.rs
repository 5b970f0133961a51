//! The job that a cell is born in: what it may have, and that it ends as a whole.

use std::io;
use std::os::windows::io::{AsHandle as _, BorrowedHandle, OwnedHandle};

use windows_sys::Win32::System::JobObjects::{
    JOB_OBJECT_CPU_RATE_CONTROL_ENABLE, JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP,
    JOB_OBJECT_LIMIT_ACTIVE_PROCESS, JOB_OBJECT_LIMIT_BREAKAWAY_OK,
    JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION, JOB_OBJECT_LIMIT_JOB_MEMORY,
    JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE, JOB_OBJECT_LIMIT_PROCESS_MEMORY,
    JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK, JOB_OBJECT_UILIMIT_DESKTOP,
    JOB_OBJECT_UILIMIT_DISPLAYSETTINGS, JOB_OBJECT_UILIMIT_EXITWINDOWS,
    JOB_OBJECT_UILIMIT_GLOBALATOMS, JOB_OBJECT_UILIMIT_HANDLES, JOB_OBJECT_UILIMIT_READCLIPBOARD,
    JOB_OBJECT_UILIMIT_SYSTEMPARAMETERS, JOB_OBJECT_UILIMIT_WRITECLIPBOARD,
};

use super::acl::Private;
use super::calls::{Accounting, Calls, CpuRate, Extended};
use crate::Protection;

/// Everything that a job can keep from the desktop and its other programs.
pub(super) const UI: u32 = JOB_OBJECT_UILIMIT_DESKTOP
    | JOB_OBJECT_UILIMIT_DISPLAYSETTINGS
    | JOB_OBJECT_UILIMIT_EXITWINDOWS
    | JOB_OBJECT_UILIMIT_GLOBALATOMS
    | JOB_OBJECT_UILIMIT_HANDLES
    | JOB_OBJECT_UILIMIT_READCLIPBOARD
    | JOB_OBJECT_UILIMIT_SYSTEMPARAMETERS
    | JOB_OBJECT_UILIMIT_WRITECLIPBOARD;

/// Bytes of a page, of every machine that Windows runs on.
const PAGE: usize = 4096;

/// All processors, as a rate counts them.
const ALL_OF_IT: u64 = 10_000;

/// What lets a process leave its job.
const BREAKAWAY: u32 = JOB_OBJECT_LIMIT_BREAKAWAY_OK | JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK;

/// What a job is to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// Bytes that its processes may have committed, together and each.
    pub(super) memory: u64,
    /// Processes at a time.
    pub(super) processes: u32,
    /// Thousandths of one processor.
    pub(super) cpu_millis: u32,
    /// Processors of the machine.
    pub(super) processors: u32,
}

impl Asked {
    fn extended(self) -> Extended {
        // More than can be addressed is as much as can be; and the system keeps whole pages of it.
        let memory = usize::try_from(self.memory).unwrap_or(usize::MAX) & !(PAGE - 1);
        Extended {
            flags: JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
                | JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION
                | JOB_OBJECT_LIMIT_ACTIVE_PROCESS
                | JOB_OBJECT_LIMIT_PROCESS_MEMORY
                | JOB_OBJECT_LIMIT_JOB_MEMORY,
            active: self.processes,
            process_memory: memory,
            job_memory: memory,
        }
    }

    /// A rate of none is none at all, and one of more than all is no limit.
    fn rate(self) -> CpuRate {
        let all = u64::from(self.processors.max(1)) * 1000;
        let rate = (u64::from(self.cpu_millis) * ALL_OF_IT / all).clamp(1, ALL_OF_IT);
        CpuRate {
            flags: JOB_OBJECT_CPU_RATE_CONTROL_ENABLE | JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP,
            rate: u32::try_from(rate).unwrap_or(1),
        }
    }
}

/// What was asked for and cannot be had, or does not stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Missing {
    pub(super) protection: Protection,
    pub(super) reason: String,
}

/// A job, and whatever is in it. Dropped, all of it ends.
#[derive(Debug)]
pub(super) struct Job {
    handle: OwnedHandle,
    asked: Asked,
    /// What could not even be asked for.
    refused: Vec<Missing>,
}

impl Job {
    /// A job that is to hold this. What the system refuses is told by [`Job::missing`].
    ///
    /// # Errors
    /// The system's, where there is no job at all.
    pub(super) fn new(calls: &dyn Calls, asked: Asked) -> io::Result<Self> {
        let handle = calls.create_job(&Private::only_this_user(calls)?)?;
        let mut refused = Vec::new();
        let mut note = |protections: &[Protection], done: io::Result<()>| {
            let Err(error) = done else { return };
            let of = |protection: &Protection| Missing {
                protection: *protection,
                reason: format!("the job does not take it: {error}"),
            };
            refused.extend(protections.iter().map(of));
        };
        let job = handle.as_handle();
        let limits = [Protection::KillTree, Protection::Memory, Protection::Processes];
        note(&limits, calls.set_extended(job, &asked.extended()));
        note(&[Protection::Ui], calls.set_ui(job, UI));
        note(&[Protection::Cpu], calls.set_cpu(job, &asked.rate()));
        Ok(Self { handle, asked, refused })
    }

    pub(super) fn handle(&self) -> BorrowedHandle<'_> {
        self.handle.as_handle()
    }

    /// What does not stand, by what the system says now: nothing that was asked for counts.
    pub(super) fn missing(&self, calls: &dyn Calls) -> Vec<Missing> {
        let mut missing = self.refused.clone();
        let mut note = |protection: Protection, reason: Option<String>| {
            let known = missing.iter().any(|one| one.protection == protection);
            if let Some(reason) = reason.filter(|_| !known) {
                missing.push(Missing { protection, reason });
            }
        };
        let wanted = self.asked.extended();
        match calls.extended(self.handle()) {
            Ok(found) => {
                let has = |flag: u32| found.flags & flag == flag;
                let tree = has(JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE) && found.flags & BREAKAWAY == 0;
                let unheld =
                    "the job does not say that it ends as a whole, or lets processes leave";
                note(Protection::KillTree, (!tree).then(|| unheld.to_owned()));
                let memory = has(JOB_OBJECT_LIMIT_PROCESS_MEMORY | JOB_OBJECT_LIMIT_JOB_MEMORY)
                    && found.process_memory == wanted.process_memory
                    && found.job_memory == wanted.job_memory;
                let said = format!("the job says {} bytes", found.job_memory);
                note(Protection::Memory, (!memory).then_some(said));
                let processes =
                    has(JOB_OBJECT_LIMIT_ACTIVE_PROCESS) && found.active == wanted.active;
                let said = format!("the job says {} processes", found.active);
                note(Protection::Processes, (!processes).then_some(said));
            }
            Err(error) => {
                for one in [Protection::KillTree, Protection::Memory, Protection::Processes] {
                    note(one, Some(format!("the job does not say what it holds: {error}")));
                }
            }
        }
        let reason = match calls.ui(self.handle()) {
            Ok(found) if found & UI == UI => None,
            Ok(found) => Some(format!("the job says {found:#x} of {UI:#x}")),
            Err(error) => Some(format!("the job does not say what it holds: {error}")),
        };
        note(Protection::Ui, reason);
        let wanted = self.asked.rate();
        let reason = match calls.cpu(self.handle()) {
            Ok(found) if found == wanted => None,
            Ok(found) => Some(format!("the job says a rate of {}", found.rate)),
            Err(error) => Some(format!("the job does not say what it holds: {error}")),
        };
        note(Protection::Cpu, reason);
        missing
    }

    /// Ends everything in it, and its first process, be that in it or not.
    pub(super) fn end(&self, calls: &dyn Calls, first: BorrowedHandle<'_>) {
        // One that is empty has ended, and so has a process that was in it.
        drop(calls.terminate(self.handle(), ENDED));
        drop(calls.end_process(first, ENDED));
    }

    /// Lets it have so much memory from now on, or so much of the processor.
    ///
    /// # Errors
    /// The system's; or that it does not hold what it took. It is as it was then, as far as it says.
    pub(super) fn change(&mut self, calls: &dyn Calls, asked: Asked) -> io::Result<()> {
        let before = self.asked;
        let lacked: Vec<Protection> = self.lacks(calls);
        let done = self.set(calls, before, asked);
        self.asked = asked;
        let unheld = self.lacks(calls).into_iter().find(|one| !lacked.contains(one));
        if done.is_ok() && unheld.is_none() {
            return Ok(());
        }
        // What was taken is given back, as far as the system does that.
        drop(self.set(calls, asked, before));
        self.asked = before;
        let unheld = unheld.map_or("all", Protection::name);
        done.and(Err(io::Error::other(format!("the job does not hold what it took: {unheld}"))))
    }

    fn set(&self, calls: &dyn Calls, before: Asked, asked: Asked) -> io::Result<()> {
        if asked.extended() != before.extended() {
            calls.set_extended(self.handle(), &asked.extended())?;
        }
        if asked.rate() != before.rate() {
            calls.set_cpu(self.handle(), &asked.rate())?;
        }
        Ok(())
    }

    fn lacks(&self, calls: &dyn Calls) -> Vec<Protection> {
        self.missing(calls).into_iter().map(|one| one.protection).collect()
    }

    /// What it is to hold.
    pub(super) const fn asked(&self) -> Asked {
        self.asked
    }

    pub(super) fn accounting(&self, calls: &dyn Calls) -> io::Result<Accounting> {
        calls.accounting(self.handle())
    }
}

/// The exit code of what its host has ended.
pub(super) const ENDED: u32 = 0xA37E_0001;

#[cfg(test)]
mod tests {
    use super::super::recorded::Recorded;
    use super::*;

    const ASKED: Asked = Asked { memory: 256 << 20, processes: 1, cpu_millis: 500, processors: 4 };

    #[test]
    fn it_is_asked_for_exactly_this() {
        let calls = Recorded::honest();
        let job = Job::new(&calls, ASKED).unwrap();
        assert_eq!(job.missing(&calls), []);
        let limits = Extended {
            // KILL_ON_JOB_CLOSE, DIE_ON_UNHANDLED_EXCEPTION, JOB_MEMORY, PROCESS_MEMORY,
            // ACTIVE_PROCESS, and nothing that lets a process leave.
            flags: 0x2000 | 0x400 | 0x200 | 0x100 | 0x8,
            active: 1,
            process_memory: 256 << 20,
            job_memory: 256 << 20,
        };
        assert_eq!(
            calls.said(),
            [
                "host".to_owned(),
                "create_job".to_owned(),
                format!("set_extended {limits:?}"),
                "set_ui 0xff".to_owned(),
                // A half of one of four: an eighth.
                format!("set_cpu {:?}", CpuRate { flags: 5, rate: 1250 }),
                "extended".to_owned(),
                "ui".to_owned(),
                "cpu".to_owned(),
            ]
        );
    }

    #[test]
    fn memory_is_whole_pages() {
        let kept = |memory| Asked { memory, ..ASKED }.extended().job_memory;
        assert_eq!(kept(1_300_000), 1_298_432);
        assert_eq!(kept(u64::MAX) % PAGE, 0);
        let calls = Recorded::honest();
        let job = Job::new(&calls, Asked { memory: 5_000_001, ..ASKED }).unwrap();
        assert_eq!(job.missing(&calls), []);
    }

    #[test]
    fn a_change_that_is_taken_and_not_kept_is_none() {
        let calls = Recorded::honest();
        let mut job = Job::new(&calls, ASKED).unwrap();
        let less = Asked { memory: 1 << 20, cpu_millis: 100, ..ASKED };
        job.change(&calls, less).unwrap();
        assert_eq!((job.asked(), job.missing(&calls)), (less, Vec::new()));
        calls.keeps.set(false);
        let more = Asked { memory: 1 << 24, ..less };
        assert!(job.change(&calls, more).is_err());
        assert_eq!(job.asked(), less);
        calls.keeps.set(true);
        assert_eq!(job.missing(&calls), []);
    }

    #[test]
    fn a_rate_is_never_none_and_never_more_than_all() {
        let rate = |cpu_millis, processors| Asked { cpu_millis, processors, ..ASKED }.rate().rate;
        assert_eq!(rate(0, 4), 1);
        assert_eq!(rate(1, 64), 1);
        assert_eq!(rate(1000, 1), 10_000);
        assert_eq!(rate(64_000, 4), 10_000);
        assert_eq!(rate(1000, 0), 10_000);
    }

    #[test]
    fn what_does_not_stand_is_missing_whatever_was_said_to_it() {
        let missing = |calls: &Recorded| {
            let job = Job::new(calls, ASKED).unwrap();
            job.missing(calls).into_iter().map(|one| one.protection).collect::<Vec<_>>()
        };
        let all = [
            Protection::KillTree,
            Protection::Memory,
            Protection::Processes,
            Protection::Ui,
            Protection::Cpu,
        ];
        assert_eq!(missing(&Recorded::forgetful()), all, "all was taken, and nothing kept");
        assert_eq!(missing(&Recorded::refusing()), all);
        let mut leaky = Recorded::honest();
        leaky.adds_flags = JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK;
        assert_eq!(missing(&leaky), [Protection::KillTree]);
    }
}
