#![allow(unsafe_code, reason = "the 32-bit entry is an instruction of its own")]

use std::arch::asm;

use crate::{Attack, Miss, Outcome, Refused, Scene, bites};

pub(super) const ATTACK: Attack = Attack {
    name: "calls-of-i386",
    tries: "Makes a system call by the 32-bit entry, where numbers mean something else.",
    source: "seccomp(2), Caveats: the architecture must be checked",
    needs: &[],
    attempt,
    refused: Refused::Killed,
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
    if result < 0 {
        Err(Miss::Refused(-result as i32))
    } else {
        bites(format!("is process {result}"))
    }
}
