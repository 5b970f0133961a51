#![allow(unsafe_code, reason = "vfork may not return through a Rust function")]

use std::arch::asm;

use crate::{Attack, Miss, Outcome, Refused, Scene, bites, note_refused};

pub(super) const ATTACK: Attack = Attack {
    name: "vfork",
    tries: "Makes a child that borrows its memory.",
    source: "vfork(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["vfork"]),
};

fn attempt(_: &Scene) -> Outcome {
    let result: i64;
    // SAFETY: the child of vfork(2) shares this stack until it ends, so both calls stand in one
    // block without touching it: the child's only act is _exit(2). The kernel changes rcx and r11.
    unsafe {
        asm!(
            "syscall",
            "test rax, rax",
            "jnz 2f",
            "mov eax, {exit}",
            "syscall",
            "2:",
            exit = const libc::SYS_exit,
            inout("rax") libc::SYS_vfork => result,
            in("rdi") 0,
            in("rsi") 0,
            in("rdx") 0,
            in("r10") 0,
            in("r8") 0,
            in("r9") 0,
            out("rcx") _,
            out("r11") _,
            options(nostack),
        );
    }
    if result < 0 {
        let errno = -result as i32;
        if errno == libc::EPERM {
            note_refused([0; 6]);
        }
        return Err(Miss::Refused(errno));
    }
    // SAFETY: waitpid(2) allows a null status; the child has ended.
    unsafe { libc::waitpid(result as i32, std::ptr::null_mut(), 0) };
    bites("made a child")
}
