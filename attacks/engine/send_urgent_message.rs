#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "send-urgent-message",
    tries: "Sends a byte out of band through the gateway by the call for messages.",
    source: "sendmsg(2), MSG_OOB; CVE-2025-38236, by which code in Chrome's renderer became the kernel",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["sendmsg"]),
};

fn attempt(_: &Scene) -> Outcome {
    let mut byte = *b"!";
    let mut piece = libc::iovec { iov_base: byte.as_mut_ptr().cast(), iov_len: 1 };
    // SAFETY: all-zero is a valid value of this struct: no address, no control message.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &raw mut piece;
    message.msg_iovlen = 1;
    let what = [3, at(&raw const message), (libc::MSG_OOB | libc::MSG_NOSIGNAL) as u64];
    // SAFETY: sendmsg(2) reads one live header with one iovec of one byte.
    unsafe { call(libc::SYS_sendmsg, what) }?;
    bites("sent a byte out of band")
}
