//! Where this process stands in the hierarchies of control groups. cgroups(7).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Where this process stands in each hierarchy.
#[derive(Debug)]
pub(super) struct Places {
    /// Version 1: controller and folder.
    one: Vec<(String, PathBuf)>,
    /// Version 2: folder.
    two: Option<PathBuf>,
}

impl Places {
    pub(super) fn of_this_process() -> io::Result<Self> {
        Ok(Self::parse(
            &fs::read_to_string("/proc/self/cgroup")?,
            &fs::read_to_string("/proc/self/mountinfo")?,
        ))
    }

    /// From the texts of `/proc/self/cgroup` (cgroups(7)) and `/proc/self/mountinfo` (proc(5)).
    pub(super) fn parse(cgroup: &str, mounts: &str) -> Self {
        let mut places = Self { one: Vec::new(), two: None };
        for line in cgroup.lines() {
            let mut parts = line.splitn(3, ':');
            let (Some(_), Some(controllers), Some(path)) =
                (parts.next(), parts.next(), parts.next())
            else {
                continue;
            };
            if controllers.is_empty() {
                places.two = mounted(mounts, "cgroup2", None, path);
            }
            for controller in controllers.split(',').filter(|name| !name.is_empty()) {
                if let Some(folder) = mounted(mounts, "cgroup", Some(controller), path) {
                    places.one.push((controller.to_owned(), folder));
                }
            }
        }
        places
    }

    /// The folder of a version 1 controller.
    pub(super) fn one(&self, controller: &str) -> Option<&Path> {
        let (_, folder) = self.one.iter().find(|(name, _)| name == controller)?;
        Some(folder)
    }

    /// The version 2 folder in which groups can be made, and the controllers that they have: the
    /// own one if it hands controllers down, which only the root may that holds processes itself
    /// (the no-internal-process rule), or else its parent where that was delegated to us; or the
    /// own one without any.
    pub(super) fn two(&self) -> Option<(&Path, Vec<String>)> {
        let own = self.two.as_deref()?;
        let handed_down = |folder: &Path| -> Vec<String> {
            let text = fs::read_to_string(folder.join("cgroup.subtree_control"));
            text.unwrap_or_default().split_ascii_whitespace().map(str::to_owned).collect()
        };
        [Some(own), own.parent()]
            .into_iter()
            .flatten()
            .map(|folder| (folder, handed_down(folder)))
            .find(|(_, controllers)| controllers.iter().any(|name| name == "memory"))
            .or(Some((own, Vec::new())))
    }
}

/// The folder of `path` in the mounted hierarchy of a type (and controller).
fn mounted(mounts: &str, kind: &str, controller: Option<&str>, path: &str) -> Option<PathBuf> {
    mounts.lines().find_map(|line| {
        let (left, right) = line.split_once(" - ")?;
        let mut right = right.split(' ');
        if right.next()? != kind {
            return None;
        }
        let options = right.nth(1)?;
        if controller.is_some_and(|name| !options.split(',').any(|option| option == name)) {
            return None;
        }
        let mut left = left.split(' ');
        let root = left.nth(3)?;
        let point = left.next()?;
        let below = path.strip_prefix(root.trim_end_matches('/'))?;
        Some(Path::new(point).join(below.trim_start_matches('/')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
30 25 0:26 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
31 25 0:27 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu,cpuacct
32 25 0:28 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
33 25 0:29 /docker/abc /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
";

    #[test]
    fn version_one_places() {
        let places =
            Places::parse("5:memory:/user/me\n4:cpu,cpuacct:/\n3:pids:/docker/abc/x\n", MOUNTS);
        let of = |name: &str| places.one(name).map(|folder| folder.display().to_string());
        assert_eq!(of("memory").as_deref(), Some("/sys/fs/cgroup/memory/user/me"));
        assert_eq!(of("cpu").as_deref(), Some("/sys/fs/cgroup/cpu/"));
        assert_eq!(of("pids").as_deref(), Some("/sys/fs/cgroup/pids/x"));
    }

    #[test]
    fn version_two_place() {
        let places = Places::parse("0::/user.slice/session\n", MOUNTS);
        assert_eq!(
            places.two.as_deref(),
            Some(Path::new("/sys/fs/cgroup/unified/user.slice/session"))
        );
        assert!(places.one.is_empty());
    }

    #[test]
    fn nonsense_gives_nothing() {
        let places = Places::parse("x\n::\n9:memory", "garbage\n - - -\n");
        assert!(places.one.is_empty() && places.two.is_none());
    }
}
