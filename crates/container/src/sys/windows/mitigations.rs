//! What a process cannot undo about itself, from its birth on.

use std::os::windows::io::BorrowedHandle;

use super::calls::Calls;
use super::job::Missing;
use crate::Protection;

/// One mitigation: where it stands among those that a process is made with, and where its process
/// says that it has it. `winbase.h`, `winnt.h`; `GetProcessMitigationPolicy`.
#[derive(Clone, Copy, Debug)]
struct Mitigation {
    protection: Protection,
    /// Bits of the two words.
    words: [u64; 2],
    /// `PROCESS_MITIGATION_POLICY`.
    policy: i32,
    /// Bits of its flags that must be set.
    flags: u32,
}

/// For every cell.
const ALWAYS: &[Mitigation] = &[
    // Data is not executed. What has 64 bits has it for good: no such process can be made without, and
    // older systems do not say so of one.
    Mitigation { protection: Protection::Dep, words: [0, 0], policy: 0, flags: 0b1 },
    // Images at other places each time, bottom-up and with more bits.
    Mitigation {
        protection: Protection::Aslr,
        words: [1 << 8 | 1 << 16 | 1 << 20, 0],
        policy: 1,
        flags: 0b111,
    },
    // A wrong handle ends the process.
    Mitigation {
        protection: Protection::StrictHandles,
        words: [1 << 24, 0],
        policy: 3,
        flags: 0b11,
    },
    // No code of others is brought in: input methods, hooks, network providers.
    Mitigation {
        protection: Protection::ExtensionPoints,
        words: [1 << 32, 0],
        policy: 6,
        flags: 0b1,
    },
    // No image of another machine or of a lower label, and those of the system first.
    Mitigation {
        protection: Protection::ImageLoad,
        words: [1 << 52 | 1 << 56 | 1 << 60, 0],
        policy: 10,
        flags: 0b111,
    },
];

/// For engines, which draw nothing and start nothing. That they start nothing is an attribute of its own,
/// and no bit here.
const ENGINE: &[Mitigation] = &[
    Mitigation { protection: Protection::ChildProcesses, words: [0, 0], policy: 13, flags: 0b1 },
    Mitigation { protection: Protection::Win32k, words: [1 << 28, 0], policy: 4, flags: 0b1 },
];

/// For engines that make no machine code.
const NO_CODE: &[Mitigation] = &[Mitigation {
    protection: Protection::WriteXorExecute,
    words: [1 << 36, 0],
    policy: 2,
    flags: 0b1,
}];

/// A list of heaps that end the process when they are damaged. It has no policy that could be read:
/// 64-bit processes have it anyway.
const HEAP: u64 = 1 << 12;

/// What kind of process it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// An engine of ours, and no program of somebody else's.
    pub(super) engine: bool,
    /// It runs machine code that its host hands over.
    pub(super) code: bool,
}

impl Kind {
    fn all(self) -> impl Iterator<Item = &'static Mitigation> {
        let engine = if self.engine { ENGINE } else { &[] };
        let no_code = if self.engine && !self.code { NO_CODE } else { &[] };
        ALWAYS.iter().chain(engine).chain(no_code)
    }

    /// What a process of the kind is made with.
    pub(super) fn words(self) -> [u64; 2] {
        let mut words = [HEAP, 0];
        for mitigation in self.all() {
            words[0] |= mitigation.words[0];
            words[1] |= mitigation.words[1];
        }
        words
    }

    /// Those that the process does not say it has.
    pub(super) fn missing(self, calls: &dyn Calls, process: BorrowedHandle<'_>) -> Vec<Missing> {
        let missing = |mitigation: &Mitigation| {
            let is_wide = || calls.is_64_bit(process).unwrap_or(false);
            if mitigation.protection == Protection::Dep && is_wide() {
                return None;
            }
            let reason = match calls.mitigation(process, mitigation.policy) {
                Ok(found) if found & mitigation.flags == mitigation.flags => return None,
                Ok(found) => format!("the process says {found:#x} of {:#x}", mitigation.flags),
                Err(error) => format!("the process does not say: {error}"),
            };
            Some(Missing { protection: mitigation.protection, reason })
        };
        self.all().filter_map(missing).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::os::windows::io::AsHandle as _;

    use super::super::recorded::{Recorded, any_handle};
    use super::*;

    const STRICT: Kind = Kind { engine: true, code: false };

    #[test]
    fn a_process_is_made_with_these_words() {
        assert_eq!(STRICT.words(), [0x1110_0011_1111_1100, 0]);
        assert_eq!(Kind { code: true, ..STRICT }.words(), [0x1110_0001_1111_1100, 0]);
        assert_eq!(Kind { engine: false, code: false }.words(), [0x1110_0001_0111_1100, 0]);
    }

    #[test]
    fn what_the_process_does_not_say_it_has_is_missing() {
        let handle = any_handle();
        let missing = |calls: &Recorded| {
            let found = STRICT.missing(calls, handle.as_handle());
            found.into_iter().map(|one| one.protection).collect::<Vec<_>>()
        };
        assert_eq!(missing(&Recorded::honest()), []);
        let all = [
            Protection::Dep,
            Protection::Aslr,
            Protection::StrictHandles,
            Protection::ExtensionPoints,
            Protection::ImageLoad,
            Protection::ChildProcesses,
            Protection::Win32k,
            Protection::WriteXorExecute,
        ];
        assert_eq!(missing(&Recorded::forgetful()), all);
        assert_eq!(missing(&Recorded::refusing()), all);
    }
}
