//! What a host does about a cell that runs: gives it less of the processor, halts it, and looks closer at
//! it.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;

use super::super::governor::CpuGovernor;
use super::cell::Cell;
use crate::Survey;

/// Processes of a cell that are looked at one by one, so that a tree of thousands does not keep its
/// host busy looking.
const SURVEYED: usize = 64;

impl Cell {
    /// Lets the cell have so many thousandths of a core from now on; `None` is what its recipe says.
    /// Never more than that.
    ///
    /// # Errors
    /// The system's, where a control group holds it. The limit is the old one then.
    pub fn set_cpu(&mut self, millis: Option<u32>) -> io::Result<()> {
        let own = self.limits().cpu_millis;
        let millis = millis.map_or(own, |millis| millis.clamp(1, own.max(1)));
        if self.is_guest() {
            self.share_of_guest = Some(millis);
            return Ok(());
        }
        if self.cgroup.limits_cpu().is_some() {
            return self.cgroup.set_cpu(millis).map_err(io::Error::other);
        }
        // Whatever held it back is begun anew; what it stopped goes on, and is stopped again if it must.
        let held = self.governor.take().is_some();
        if held && self.ice.is_none() {
            self.halt(false);
        }
        if self.governed || millis < own {
            self.governor = Some(CpuGovernor::going_on(millis, self.usage.cpu));
        }
        Ok(())
    }

    /// Halts everything in the cell until it is told otherwise, or lets it go on. A halted cell can be
    /// ended, and is where it works on all the same, as with timers that wake it; [`Cell::govern`] sees
    /// to that.
    ///
    /// # Errors
    /// `Unsupported` where the cell is no process.
    pub fn freeze(&mut self, frozen: bool) -> io::Result<()> {
        if self.is_guest() {
            return Err(io::ErrorKind::Unsupported.into());
        }
        let used = self.usage().cpu;
        self.ice = frozen.then(|| CpuGovernor::standing_still(used));
        self.halt(frozen);
        Ok(())
    }

    /// Whether the cell was halted by [`Cell::freeze`].
    #[must_use]
    pub const fn is_frozen(&self) -> bool {
        self.ice.is_some()
    }

    /// A closer look than [`Cell::usage`], which takes longer: some files of `/proc` for each process.
    pub fn survey(&mut self) -> Survey {
        if self.is_guest() || self.has_exit() {
            return self.surveyed;
        }
        let mut survey = Survey::default();
        for (pid, threads) in self.processes().into_iter().take(SURVEYED) {
            let (read, written) = transferred(pid).unwrap_or_default();
            survey.read = survey.read.saturating_add(read);
            survey.written = survey.written.saturating_add(written);
            survey.threads = survey.threads.saturating_add(threads);
            survey.descriptors = survey.descriptors.saturating_add(descriptors(pid));
        }
        // What a process has transferred is lost where nobody waits for it, and never comes back.
        survey.read = survey.read.max(self.surveyed.read);
        survey.written = survey.written.max(self.surveyed.written);
        self.surveyed = survey;
        survey
    }
}

/// Bytes that a process and the children that it waited for have read and written by system calls.
/// proc_pid_io(5).
fn transferred(pid: i32) -> Option<(u64, u64)> {
    let text = fs::read_to_string(format!("/proc/{pid}/io")).ok()?;
    let figure = |name: &str| {
        text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok())
    };
    Some((figure("rchar:")?, figure("wchar:")?))
}

/// Open descriptors of a process. Since Linux 6.2 the folder's size is their number.
fn descriptors(pid: i32) -> u32 {
    let path = format!("/proc/{pid}/fd");
    let told = fs::metadata(&path).map_or(0, |folder| folder.size());
    if told > 0 {
        return u32::try_from(told).unwrap_or(u32::MAX);
    }
    let counted = fs::read_dir(&path).map_or(0, Iterator::count);
    u32::try_from(counted).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::tree::threads;
    use super::*;

    #[test]
    fn a_live_process_has_threads_and_descriptors_and_has_read() {
        let own = std::process::id() as i32;
        assert!(threads(own) >= 1);
        let before = descriptors(own);
        let held: Vec<_> = (0..32).map(|_| fs::File::open("/dev/null").unwrap()).collect();
        assert!(descriptors(own) >= before.min(32) && descriptors(own) >= 32, "{before}");
        drop(held);
        let (read, _) = transferred(own).unwrap();
        assert!(!fs::read("/proc/self/status").unwrap().is_empty());
        assert!(transferred(own).unwrap().0 > read);
        assert_eq!((transferred(i32::MAX), threads(i32::MAX), descriptors(i32::MAX)), (None, 0, 0));
    }
}
