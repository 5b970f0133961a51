//! What a machine says of itself: where to look for the reason why a protection cannot be had.

use std::fs;
use std::path::Path;

/// Settings and facts of the machine; `None` for what it does not tell.
#[derive(Clone, Debug, Default)]
pub(super) struct Machine {
    /// The kernel's version, such as 6.8.
    pub(super) kernel: Option<(u32, u32)>,
    /// `user.max_user_namespaces`
    pub(super) user_namespaces: Option<u64>,
    /// `kernel.unprivileged_userns_clone`, which Debian's kernels have.
    pub(super) clone_switch: Option<u64>,
    /// `kernel.apparmor_restrict_unprivileged_userns`, which Ubuntu's kernels have.
    pub(super) apparmor: Option<u64>,
    /// Whether this process is under a filter of system calls: it is in somebody's container.
    pub(super) is_filtered: bool,
    /// The active security modules.
    pub(super) modules: Option<Vec<String>>,
    /// Whether the kernel knows overlayfs.
    pub(super) overlayfs: Option<bool>,
    /// Where this program is.
    pub(super) program: String,
}

impl Machine {
    pub(super) fn read() -> Self {
        let words = |text: String, at: char| text.trim().split(at).map(str::to_owned).collect();
        Self {
            kernel: text("/proc/sys/kernel/osrelease").and_then(|text| version(&text)),
            user_namespaces: number("/proc/sys/user/max_user_namespaces"),
            clone_switch: number("/proc/sys/kernel/unprivileged_userns_clone"),
            apparmor: number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
            is_filtered: text("/proc/self/status").is_some_and(|text| is_filtered(&text)),
            modules: text("/sys/kernel/security/lsm").map(|text| words(text, ',')),
            overlayfs: text("/proc/filesystems").map(|text| knows(&text, "overlay")),
            program: std::env::current_exe()
                .map_or_else(|_| "aether".to_owned(), |path| path.display().to_string()),
        }
    }
}

fn text(path: impl AsRef<Path>) -> Option<String> {
    fs::read_to_string(path).ok()
}

fn number(path: &str) -> Option<u64> {
    text(path)?.trim().parse().ok()
}

/// From uname(2)'s release.
fn version(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|letter: char| !letter.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// From `/proc/PID/status`: proc(5).
fn is_filtered(status: &str) -> bool {
    status.lines().any(|line| line.strip_prefix("Seccomp:").is_some_and(|mode| mode.trim() == "2"))
}

/// From `/proc/filesystems`: proc(5).
fn knows(filesystems: &str, name: &str) -> bool {
    filesystems.lines().any(|line| line.split_whitespace().next_back() == Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_the_kernel() {
        assert_eq!(version("6.8.0-45-generic\n"), Some((6, 8)));
        assert_eq!(version("5.10-rc1"), Some((5, 10)));
        assert_eq!(version("unknown"), None);
        assert!(is_filtered("Name:\tx\nSeccomp:\t2\nSeccomp_filters:\t1\n"));
        assert!(!is_filtered("Seccomp:\t0\n"));
        assert!(knows("nodev\tproc\n\text4\nnodev\toverlay\n", "overlay"));
        assert!(!knows("nodev\tproc\n", "overlay"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_machine_tells_its_kernel() {
        let machine = Machine::read();
        assert!(machine.kernel.is_some_and(|version| version > (4, 0)), "{machine:?}");
        assert!(Path::new(&machine.program).is_absolute());
    }
}
