#![allow(unsafe_code, reason = "the 32-bit entry is an instruction of its own")]

use std::arch::asm;

use crate::probe::{Expect, Judged, Miss, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "calls-of-i386",
    tries: "Makes a system call by the 32-bit entry, where numbers mean something else.",
    row: Row::ForeignCalls,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    let result: i64;
    // SAFETY: number 20 of the 32-bit table is getpid, without arguments or memory. The entry may
    // clear r8 to r11.
    unsafe {
        asm!(
            "int 0x80",
            inout("rax") 20i64 => result,
            out("r8") _,
            out("r9") _,
            out("r10") _,
            out("r11") _,
        );
    }
    // A kernel without the entry ends the program with SIGSEGV, which is inconclusive outside.
    if result == i64::from(std::process::id()) {
        bites("was answered by the 32-bit table")
    } else {
        Err(Miss::from(-result as i32))
    }
}
