#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "splice-memory",
    tries: "Gives pages of its memory to the captured output, to change them once they are read.",
    source: "vmsplice(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["vmsplice"]),
};

static TEXT: u8 = b'\n';

fn attempt(_: &Scene) -> Outcome {
    let piece = libc::iovec { iov_base: (&raw const TEXT).cast_mut().cast(), iov_len: 1 };
    // SAFETY: vmsplice(2) reads one live iovec; the page that it lends is a static's.
    unsafe { call(libc::SYS_vmsplice, [1, at(&raw const piece), 1]) }?;
    bites("the host reads its page")
}
