//! Attachments that are none, are too many, or could still change.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, ftruncate, memfd_create};
use serde_json::{Value, json};

use crate::wire::Verdict::{Cut, Fails, Returns, ReturnsOr, Time};
use crate::wire::{Peer, Wire, answer, peer, tells};

/// Seals that an attachment must have.
const IMMUTABLE: SealFlags = SealFlags::WRITE.union(SealFlags::GROW).union(SealFlags::SHRINK);

pub(super) const PEERS: &[Peer] = &[
    peer(
        "attachment",
        "returns an attachment as an honest cell does",
        |wire| {
            let call = wire.called();
            let file = sealed(b"[1,2,3]");
            wire.say_with(&returns_blob(call, 7), &[file.as_fd()]);
        },
        &[Returns("[1,2,3]")],
    ),
    peer(
        "descriptor-flood",
        "sends as many descriptors as the kernel takes with one message",
        |wire| {
            let call = wire.called();
            let file = sealed(b"[]");
            wire.say_with(&answer(call, &json!(1)), &[file.as_fd(); 253]);
        },
        &[Cut("a flood of descriptors")],
    ),
    peer(
        "descriptors-in-pieces",
        "sends a descriptor with each byte of a line",
        |wire| {
            let call = wire.called();
            let file = sealed(b"[]");
            for byte in returns_blob(call, 2).bytes() {
                wire.attach(&[byte], &[file.as_fd()]);
            }
        },
        &[Cut("a flood of descriptors")],
    ),
    peer(
        "descriptors-without-end",
        "sends descriptors that no line claims, without end",
        |wire| {
            wire.called();
            let file = sealed(b"[]");
            let line = tells("call.progress", r#"{"call":0,"fraction":0,"message":""}"#);
            while wire.say_with(&line, &[file.as_fd()]) {
                crate::wire::wait(5);
            }
        },
        &[Cut("a descriptor that no line claims")],
    )
    .strikes(3),
    peer(
        "descriptors-of-a-slow-line",
        "leaves descriptors waiting behind a line that never ends",
        |wire| {
            wire.called();
            let file = sealed(b"[]");
            for _ in 0..4 {
                wire.attach(b"{", &[file.as_fd()]);
            }
        },
        &[Time],
    )
    .within(1),
    peer(
        "descriptor-with-the-wrong-line",
        "sends the descriptor one line before the answer that claims it",
        |wire| {
            let call = wire.called();
            let file = sealed(b"[]");
            let note = tells("call.progress", r#"{"call":0,"fraction":0,"message":""}"#);
            wire.say_with(&note, &[file.as_fd()]);
            crate::wire::wait(100);
            wire.say(returns_blob(call, 2));
        },
        &[Fails("a blob without an attached descriptor")],
    )
    .strikes(2),
    peer(
        "no-descriptor",
        "returns an attachment that it did not attach",
        |wire| {
            let call = wire.called();
            wire.say(returns_blob(call, 7));
        },
        &[Fails("a blob without an attached descriptor")],
    )
    .strikes(1),
    peer(
        "attachment-used-twice",
        "sets two values from one attachment",
        |wire| {
            let call = wire.called();
            let file = sealed(b"[1,2,3]");
            let set = sets_blob("k", 7);
            wire.attach(format!("{set}\n{set}\n").as_bytes(), &[file.as_fd()]);
            let codes: Vec<Value> = (0..2)
                .filter_map(|_| wire.answer())
                .map(|answer| crate::wire::code(&answer))
                .collect();
            wire.give(call, &Value::Array(codes));
        },
        &[Returns(r#"["ok",-32602]"#)],
    )
    .strikes(1),
    peer(
        "unsealed",
        "attaches what it can still write",
        |wire| attach(wire, SealFlags::empty()),
        SEAL,
    )
    .strikes(1),
    peer(
        "sealed-against-growth-only",
        "attaches what it can still write, though not lengthen or shorten",
        |wire| attach(wire, SealFlags::GROW | SealFlags::SHRINK),
        SEAL,
    )
    .strikes(1),
    peer(
        "sealed-against-writing-only",
        "attaches what it can still shorten",
        |wire| attach(wire, SealFlags::WRITE),
        SEAL,
    )
    .strikes(1),
    peer(
        "sealed-against-future-writing",
        "attaches what it still has mapped for writing",
        |wire| {
            attach(wire, SealFlags::FUTURE_WRITE | SealFlags::GROW | SealFlags::SHRINK);
        },
        SEAL,
    )
    .strikes(1),
    peer(
        "sealed-a-moment-later",
        "seals what it has sent while its host looks at it",
        |wire| {
            let call = wire.called();
            let file = unsealed(b"[1,2,3]");
            wire.say_with(&returns_blob(call, 7), &[file.as_fd()]);
            let _either = fcntl_add_seals(&file, IMMUTABLE);
        },
        &[ReturnsOr("[1,2,3]", "not sealed")],
    )
    .strikes_at_most(1),
    peer(
        "shortened-a-moment-later",
        "shortens what it has sent while its host looks at it",
        |wire| {
            let call = wire.called();
            let file = unsealed(&vec![b' '; 1 << 20]);
            wire.say_with(&returns_blob(call, 1 << 20), &[file.as_fd()]);
            let _either = ftruncate(&file, 0);
        },
        SEAL,
    )
    .strikes(1),
    peer("size-too-small", "says less than it attached", |wire| size(wire, 6), SIZE).strikes(1),
    peer("size-too-large", "says more than it attached", |wire| size(wire, 8), SIZE).strikes(1),
    peer("size-of-nothing", "says that it attached nothing", |wire| size(wire, 0), SIZE).strikes(1),
    peer(
        "size-of-the-cap",
        "says that it attached as much as may be",
        |wire| size(wire, 16 << 20),
        SIZE,
    )
    .strikes(1),
    peer(
        "size-beyond-the-cap",
        "says that it attached as much as a number holds",
        |wire| size(wire, u64::MAX),
        &[Fails("more than a payload may have")],
    )
    .strikes(1),
    peer(
        "vast-and-empty",
        "says that it attached a terabyte of holes",
        |wire| {
            let call = wire.called();
            let file = memfd_create(c"peer", MemfdFlags::ALLOW_SEALING).expect("a memory file");
            // Its limit on files says no, and the lie stands.
            let _refused = ftruncate(&file, 1 << 40);
            let _either = fcntl_add_seals(&file, IMMUTABLE);
            wire.say_with(&returns_blob(call, 1 << 40), &[file.as_fd()]);
        },
        &[Fails("more than a payload may have")],
    )
    .strikes(1),
    peer(
        "zeroes-at-the-cap",
        "attaches as many zero bytes as may be as JSON",
        |wire| {
            let call = wire.called();
            let file = memfd_create(c"peer", MemfdFlags::ALLOW_SEALING).expect("a memory file");
            ftruncate(&file, 16 << 20).expect("a length");
            fcntl_add_seals(&file, IMMUTABLE).expect("seals");
            wire.say_with(&returns_blob(call, 16 << 20), &[file.as_fd()]);
        },
        &[Fails("not acceptable JSON")],
    )
    .grows(40),
    peer(
        "attached-depth",
        "attaches sixteen megabytes of brackets",
        |wire| {
            let call = wire.called();
            let file = sealed(&vec![b'['; 16 << 20]);
            wire.say_with(&returns_blob(call, 16 << 20), &[file.as_fd()]);
        },
        &[Fails("nested deeper than 64 levels")],
    )
    .grows(40),
    peer(
        "attached-not-utf-8",
        "attaches bytes as text",
        |wire| {
            let call = wire.called();
            let file = sealed(b"\"\xff\xfe\"");
            wire.say_with(&returns_blob(call, 4), &[file.as_fd()]);
        },
        &[Fails("not UTF-8")],
    ),
    peer(
        "its-own-gateway",
        "attaches the gateway itself",
        |wire| {
            let call = wire.called();
            wire.say_with(&returns_blob(call, 7), &[wire.gateway()]);
        },
        &[Fails("not a memory file")],
    )
    .strikes(1),
    peer(
        "its-own-output",
        "attaches the pipe of its standard output",
        |wire| {
            let call = wire.called();
            wire.say_with(&returns_blob(call, 7), &[io_of_output()]);
        },
        &[Fails("not a memory file")],
    )
    .strikes(1),
    peer(
        "large-attachments-without-end",
        "sends attachments at the cap, one after the other, which its store refuses",
        |wire| {
            wire.called();
            let file = sealed(&vec![b' '; 16 << 20]);
            while wire.say_with(&sets_blob("k", 16 << 20), &[file.as_fd()]) {
                if wire.answer().is_none() {
                    return;
                }
            }
        },
        &[Time],
    )
    .within(2)
    .grows(56),
];

/// What becomes of an attachment that could still change, and of one whose size is a lie.
const SEAL: &[crate::wire::Verdict] = &[Fails("the memory file is not sealed")];
const SIZE: &[crate::wire::Verdict] = &[Fails("another size than announced")];

/// A memory file as the protocol wants it.
pub(super) fn sealed(bytes: &[u8]) -> OwnedFd {
    let file = unsealed(bytes);
    fcntl_add_seals(&file, IMMUTABLE).expect("seals");
    file
}

pub(super) fn unsealed(bytes: &[u8]) -> OwnedFd {
    let file = memfd_create(c"peer", MemfdFlags::ALLOW_SEALING).expect("a memory file");
    let mut written = 0;
    while written < bytes.len() {
        written += rustix::io::write(&file, &bytes[written..]).expect("room");
    }
    file
}

fn io_of_output() -> BorrowedFd<'static> {
    rustix::stdio::stdout()
}

fn returns_blob(call: u64, size: u64) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{call},"result":{{"output":{{"blob":{size},"as":"json"}}}}}}"#
    )
}

fn sets_blob(key: &str, size: u64) -> String {
    let params = format!(r#"{{"key":"{key}","value":{{"blob":{size},"as":"json"}}}}"#);
    crate::wire::asks("1", r#""kv.set""#, &params)
}

/// Returns a memory file with these seals only.
fn attach(wire: &mut Wire, seals: SealFlags) {
    let call = wire.called();
    let file = unsealed(b"[1,2,3]");
    let _either = fcntl_add_seals(&file, seals);
    wire.say_with(&returns_blob(call, 7), &[file.as_fd()]);
}

/// Returns seven bytes and says that they are `size`.
fn size(wire: &mut Wire, size: u64) {
    let call = wire.called();
    let file = sealed(b"[1,2,3]");
    wire.say_with(&returns_blob(call, size), &[file.as_fd()]);
}
