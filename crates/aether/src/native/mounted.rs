//! What else is mounted on this machine.

use std::path::{Path, PathBuf};

/// Where file systems are mounted.
#[derive(Debug, Default)]
pub(super) struct Mounted(Vec<PathBuf>);

impl Mounted {
    /// Looks at this machine. Where it tells nothing, nothing is mounted.
    pub(super) fn now() -> Self {
        Self::of(&std::fs::read("/proc/self/mountinfo").unwrap_or_default())
    }

    /// proc_pid_mountinfo(5): the fifth field of each line.
    fn of(text: &[u8]) -> Self {
        let place = |line: &[u8]| line.split(|byte| *byte == b' ').nth(4).map(plain);
        Self(text.split(|byte| *byte == b'\n').filter_map(place).collect())
    }

    /// Whether something is mounted at a path.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        self.0.iter().any(|mounted| mounted == path)
    }

    /// Whether something is mounted within a folder.
    pub(super) fn is_within(&self, folder: &Path) -> bool {
        self.0.iter().any(|mounted| mounted != folder && mounted.starts_with(folder))
    }
}

/// Spaces, tabs, line ends and backslashes are written as octal numbers. Names that are not text are
/// none that anything here asks for.
fn plain(field: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
        let number = digits.and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match number.filter(|_| *first == b'\\') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[3..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_from_the_table() {
        let mounted = Mounted::of(
            b"22 27 0:20 / / rw - ext4 /dev/vda rw\n\
              23 22 0:21 / /mnt/a\\040b\\134 rw,nosuid shared:2 - tmpfs none rw\n",
        );
        assert!(mounted.is_at(Path::new("/mnt/a b\\")) && !mounted.is_at(Path::new("/mnt")));
        assert!(mounted.is_within(Path::new("/mnt")) && !mounted.is_within(Path::new("/home")));
        assert!(mounted.is_within(Path::new("/")) && !mounted.is_within(Path::new("/mnt/a b\\")));
    }
}
