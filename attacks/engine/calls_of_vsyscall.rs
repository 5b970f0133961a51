#![allow(unsafe_code, reason = "the page is called like a function")]

use std::arch::asm;

use crate::{Attack, Miss, Outcome, Refused, Scene, bites, note_refused};

pub(super) const ATTACK: Attack = Attack {
    name: "calls-of-vsyscall",
    tries: "Makes a call by the page that old programs expect at a fixed address.",
    source: "vdso(7), seccomp(2): the page's calls go past the usual entry",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["time"]),
};

/// Where time(2) is on that page.
const TIME: u64 = 0xffff_ffff_ff60_0400;

fn attempt(scene: &Scene) -> Outcome {
    scene.prepare("the page", || match std::fs::read_to_string("/proc/self/maps") {
        Ok(maps) if maps.contains("[vsyscall]") => Ok(()),
        _ => Err("the kernel has none"),
    })?;
    let result: i64;
    // SAFETY: the function takes a pointer, which may be null, and follows the C convention; the
    // block does not use the red zone, and declares what the convention lets a function change.
    unsafe {
        asm!(
            "call {time}",
            time = in(reg) TIME,
            in("rdi") 0,
            in("rsi") 0,
            in("rdx") 0,
            in("r10") 0,
            in("r8") 0,
            in("r9") 0,
            lateout("rax") result,
            clobber_abi("C"),
        );
    }
    if result < 0 {
        let errno = -result as i32;
        if errno == libc::EPERM {
            note_refused([0; 6]);
        }
        return Err(Miss::Refused(errno));
    }
    bites(format!("it is {result}"))
}
