//! What the number means with which a process ended.

use crate::Exit;

/// signal(7): what other systems call the same ends.
const ABORT: i32 = 6;
const KILL: i32 = 9;
const SEGMENT: i32 = 11;
const SYSTEM_CALL: i32 = 31;

/// `STATUS_STACK_OVERFLOW`, `STATUS_ACCESS_VIOLATION`, `STATUS_IN_PAGE_ERROR`,
/// `STATUS_ILLEGAL_INSTRUCTION`, `STATUS_GUARD_PAGE_VIOLATION`.
const FAULTS: [u32; 5] = [0xC000_00FD, 0xC000_0005, 0xC000_0006, 0xC000_001D, 0x8000_0001];

/// `STATUS_STACK_BUFFER_OVERRUN`, with which `__fastfail` ends a process, and so does an abort of Rust's;
/// `STATUS_HEAP_CORRUPTION`, `STATUS_FATAL_APP_EXIT`, `STATUS_INVALID_HANDLE`.
const ABORTS: [u32; 4] = [0xC000_0409, 0xC000_0374, 0x4000_0015, 0xC000_0008];

/// `STATUS_NO_MEMORY`, `STATUS_COMMITMENT_LIMIT`, `STATUS_INSUFFICIENT_RESOURCES`.
const NO_MEMORY: [u32; 3] = [0xC000_0017, 0xC000_012D, 0xC000_009A];

/// `STATUS_DYNAMIC_CODE_BLOCKED`, `STATUS_INVALID_SYSTEM_SERVICE`: it asked for what it may not have.
const FORBIDDEN: [u32; 2] = [0xC000_0604, 0xC000_001C];

/// How one ends that had more memory than it may have.
pub(super) const OUT_OF_MEMORY: Exit = Exit::Signal { number: KILL, out_of_memory: true };

/// How a process ended that has left this number. `ended_by_us` is the number that its host ends one
/// with; `met_memory` whether its job has told that it met the limit of its memory.
pub(super) fn of_code(code: u32, ended_by_us: u32, met_memory: bool) -> Exit {
    let signal = |number| Exit::Signal { number, out_of_memory: false };
    if NO_MEMORY.contains(&code) || (met_memory && is_sudden(code)) {
        return OUT_OF_MEMORY;
    }
    match code {
        code if code == ended_by_us => signal(KILL),
        code if FAULTS.contains(&code) => signal(SEGMENT),
        code if ABORTS.contains(&code) => signal(ABORT),
        code if FORBIDDEN.contains(&code) => signal(SYSTEM_CALL),
        code => Exit::Code(code.cast_signed()),
    }
}

/// Whether no program ends itself with it in good order.
fn is_sudden(code: u32) -> bool {
    FAULTS.contains(&code) || ABORTS.contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: u32 = 0xA37E;

    #[test]
    fn each_end_is_told_as_what_it_is() {
        let signal = |number, out_of_memory| Exit::Signal { number, out_of_memory };
        for (code, met, exit) in [
            (0, false, Exit::Code(0)),
            (3, true, Exit::Code(3)),
            (259, false, Exit::Code(259)),
            (u32::MAX, false, Exit::Code(-1)),
            (OURS, false, signal(KILL, false)),
            (OURS, true, signal(KILL, false)),
            (0xC000_0005, false, signal(SEGMENT, false)),
            (0xC000_0409, false, signal(ABORT, false)),
            (0xC000_0409, true, signal(KILL, true)),
            (0xC000_0017, false, signal(KILL, true)),
            (0xC000_0604, false, signal(SYSTEM_CALL, false)),
        ] {
            assert_eq!(of_code(code, OURS, met), exit, "{code:#x}");
        }
    }
}
