//! Blobs made of what is none, guessed, hoarded, and meddled with.

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{MemfdFlags, SealFlags, SeekFrom, fcntl_add_seals, ftruncate, memfd_create, seek};
use rustix::io::{pread, pwrite, read};
use serde_json::{Value, json};

use super::descriptors::{sealed, unsealed};
use crate::wire::Verdict::{Returns, Unread};
use crate::wire::{Peer, Wire, asks, code, peer};

/// Large enough to be held as a memory file.
const LARGE: usize = 64 << 10;

pub(super) const PEERS: &[Peer] = &[
    peer(
        "blob",
        "makes a blob and opens it as an honest cell does",
        |wire| {
            let call = wire.called();
            let file = lasting(&[7; LARGE]);
            let blob = made(wire, LARGE as u64, &file);
            let opened = open(wire, &blob).expect("a descriptor");
            wire.give(call, &json!(bytes(&opened) == [7; LARGE]));
        },
        &[Returns("true")],
    ),
    peer(
        "blob-unsealed",
        "makes a blob of what it can still write",
        |wire| create_with(wire, SealFlags::empty()),
        REFUSED,
    )
    .strikes(1),
    peer(
        "blob-sealed-against-growth-only",
        "makes a blob of what it can still write, though not lengthen or shorten",
        |wire| create_with(wire, SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL),
        REFUSED,
    )
    .strikes(1),
    peer(
        "blob-sealed-against-writing-only",
        "makes a blob of what it can still shorten",
        |wire| create_with(wire, SealFlags::WRITE | SealFlags::GROW | SealFlags::SEAL),
        REFUSED,
    )
    .strikes(1),
    peer(
        "blob-sealed-against-future-writing",
        "makes a blob of what it still has mapped for writing",
        |wire| {
            let seals = SealFlags::FUTURE_WRITE | SealFlags::GROW | SealFlags::SHRINK;
            create_with(wire, seals | SealFlags::SEAL);
        },
        REFUSED,
    )
    .strikes(1),
    peer(
        "blob-size-too-small",
        "makes a blob of less than it attached",
        |wire| create_sized(wire, LARGE as u64 - 1),
        REFUSED,
    )
    .strikes(1),
    peer(
        "blob-size-too-large",
        "makes a blob of more than it attached",
        |wire| create_sized(wire, LARGE as u64 + 1),
        REFUSED,
    )
    .strikes(1),
    peer(
        "blob-size-beyond-the-cap",
        "makes a blob of as much as a number holds",
        |wire| create_sized(wire, u64::MAX),
        REFUSED,
    ),
    peer(
        "blob-of-its-output",
        "makes a blob of the pipe of its standard output",
        |wire| {
            let call = wire.called();
            wire.say_with(&creates(LARGE as u64), &[rustix::stdio::stdout()]);
            give_code(wire, call);
        },
        REFUSED,
    )
    .strikes(1),
    peer(
        "blob-of-its-gateway",
        "makes a blob of the gateway itself",
        |wire| {
            let call = wire.called();
            wire.say_with(&creates(LARGE as u64), &[wire.gateway()]);
            give_code(wire, call);
        },
        REFUSED,
    )
    .strikes(1),
    peer(
        "blob-without-descriptor",
        "makes a blob of what it did not attach",
        |wire| {
            let call = wire.called();
            wire.say(creates(LARGE as u64));
            give_code(wire, call);
        },
        REFUSED,
    )
    .strikes(1),
    peer(
        "blob-of-two-descriptors",
        "attaches two memory files to one blob",
        |wire| {
            let call = wire.called();
            let (first, second) = (lasting(&[1; LARGE]), lasting(&[2; LARGE]));
            wire.say_with(&creates(LARGE as u64), &[first.as_fd(), second.as_fd()]);
            let Some(blob) = wire.answer().map(|answer| name(&answer)) else { return };
            let opened = open(wire, &blob).expect("a descriptor");
            wire.give(call, &json!(bytes(&opened) == [1; LARGE]));
        },
        &[Returns("true")],
    )
    .strikes(1),
    peer(
        "blobs-of-one-descriptor",
        "makes two blobs of one attachment",
        |wire| {
            let call = wire.called();
            let file = lasting(&[1; LARGE]);
            let create = creates(LARGE as u64);
            wire.attach(format!("{create}\n{create}\n").as_bytes(), &[file.as_fd()]);
            let codes: Vec<Value> =
                (0..2).filter_map(|_| wire.answer()).map(|answer| code(&answer)).collect();
            wire.give(call, &Value::Array(codes));
        },
        &[Returns(r#"["ok",-32602]"#)],
    )
    .strikes(1),
    peer(
        "blob-shortened-after-it-was-made",
        "shortens, lengthens and writes what it has sent",
        |wire| {
            let call = wire.called();
            // The last seal is missing: it could still add seals to what it has.
            let file = sealed(&[7; LARGE]);
            let blob = made(wire, LARGE as u64, &file);
            let refused = [
                ftruncate(&file, 0).is_err(),
                ftruncate(&file, LARGE as u64 * 2).is_err(),
                pwrite(&file, b"x", 0).is_err(),
            ];
            let opened = open(wire, &blob).expect("a descriptor");
            wire.give(call, &json!([refused, bytes(&opened) == [7; LARGE]]));
        },
        &[Returns("[[true,true,true],true]")],
    ),
    peer(
        "blob-written-by-its-reader",
        "writes into, shortens and seals what it has opened",
        |wire| {
            let call = wire.called();
            let mut all = Vec::new();
            for file in [lasting(&[7; LARGE]), sealed(&[7; LARGE])] {
                let blob = made(wire, LARGE as u64, &file);
                let opened = open(wire, &blob).expect("a descriptor");
                all.extend([
                    pwrite(&opened, b"x", 0).is_err(),
                    ftruncate(&opened, 0).is_err(),
                    fcntl_add_seals(&opened, SealFlags::FUTURE_WRITE).is_err(),
                ]);
                let again = open(wire, &blob).expect("a descriptor");
                all.push(bytes(&again) == [7; LARGE]);
            }
            wire.give(call, &json!(all.iter().all(|held| *held)));
        },
        &[Returns("true")],
    ),
    peer(
        "blob-read-from-elsewhere",
        "moves the place at which others would go on reading",
        |wire| {
            let call = wire.called();
            let file = lasting(&[7; LARGE]);
            let blob = made(wire, LARGE as u64, &file);
            let first = open(wire, &blob).expect("a descriptor");
            let second = open(wire, &blob).expect("a descriptor");
            for moved in [&file, &first] {
                seek(moved, SeekFrom::Start(LARGE as u64)).expect("a place");
            }
            let mut buffer = [0; 16];
            wire.give(call, &json!(read(&second, &mut buffer).expect("bytes")));
        },
        &[Returns("16")],
    ),
    peer(
        "blobs-guessed",
        "opens, sends and drops what it never made",
        |wire| {
            let call = wire.called();
            let mut answers = Vec::new();
            for guess in 0..500_u128 {
                let text = match guess {
                    0 => String::new(),
                    1 => "0".repeat(10_000),
                    _ => format!("{:032x}", guess.wrapping_mul(u128::MAX / 7919)),
                };
                for method in ["open", "drop", "send"] {
                    let to = if method == "send" { r#","to":"peer""# } else { "" };
                    let params = format!(r#"{{"blob":"{text}"{to}}}"#);
                    let line = asks("1", &format!("\"blob.{method}\""), &params);
                    let Some(answer) = wire.ask(line) else { return };
                    answers.push(answer["error"].to_string());
                }
            }
            answers.dedup();
            wire.give(call, &json!([answers.len(), answers[0].contains("ENOENT")]));
        },
        &[Returns("[1,true]")],
    )
    .records(&["denied/denied"]),
    peer(
        "blob-of-a-neighbour",
        "asks for blobs by names of every wrong type",
        |wire| {
            let call = wire.called();
            let long = "n".repeat(500_000);
            let lines: Vec<String> = [
                ("open", "{}".to_owned()),
                ("open", r#"{"blob":null}"#.to_owned()),
                ("open", r#"{"blob":["a"]}"#.to_owned()),
                ("open", r#"{"blob":"a","of":"neighbour"}"#.to_owned()),
                ("send", r#"{"blob":"a"}"#.to_owned()),
                ("send", r#"{"blob":"a","to":""}"#.to_owned()),
                ("send", format!(r#"{{"blob":"a","to":"{long}"}}"#)),
                ("create", r#"{"data":{"base64":"!"}}"#.to_owned()),
                ("create", "{}".to_owned()),
            ]
            .iter()
            .map(|(method, params)| asks("1", &format!("\"blob.{method}\""), params))
            .collect();
            wire.give_codes(call, &lines);
        },
        &[Returns("[-32602,-32602,-32602,-32602,-32602,-32602,-32602,-32602,-32602]")],
    ),
    peer(
        "blobs-without-number",
        "makes blobs of nothing, one after the other",
        |wire| {
            let call = wire.called();
            let create = asks("1", r#""blob.create""#, r#"{"data":{"base64":""}}"#);
            let mut codes = Vec::new();
            for _ in 0..3000 {
                let Some(answer) = wire.ask(&create) else { return };
                codes.push(code(&answer));
            }
            let made = codes.iter().filter(|code| **code == "ok").count();
            codes.dedup();
            wire.give(call, &json!([made, codes]));
        },
        &[Returns(r#"[1024,["ok",-32030]]"#)],
    ),
    peer(
        "blobs-of-everything",
        "makes blobs at the cap of a payload, one after the other",
        |wire| {
            let call = wire.called();
            let file = holes(16 << 20);
            let mut codes = Vec::new();
            for _ in 0..20 {
                wire.say_with(&creates(16 << 20), &[file.as_fd()]);
                let Some(answer) = wire.answer() else { return };
                codes.push(code(&answer));
            }
            let made = codes.iter().filter(|code| **code == "ok").count();
            codes.dedup();
            wire.give(call, &json!([made, codes]));
        },
        // Four are 64 MiB, of which the host has copied nothing.
        &[Returns(r#"[4,["ok",-32030]]"#)],
    ),
    peer(
        "blobs-made-and-dropped",
        "makes and drops blobs at the cap, again and again",
        |wire| {
            let call = wire.called();
            let file = holes(16 << 20);
            let mut answered = 0;
            for _ in 0..25 {
                let blob = made(wire, 16 << 20, &file);
                let drop = asks("2", r#""blob.drop""#, &format!(r#"{{"blob":"{blob}"}}"#));
                answered += usize::from(wire.ask(drop).is_some_and(|answer| code(&answer) == "ok"));
            }
            wire.give(call, &json!(answered));
        },
        &[Returns("25")],
    ),
    peer(
        "blob-opened-unread",
        "opens a blob at the cap without end and reads nothing",
        |wire| {
            wire.called();
            let file = holes(16 << 20);
            let blob = made(wire, 16 << 20, &file);
            let open = asks("1", r#""blob.open""#, &format!(r#"{{"blob":"{blob}"}}"#));
            while wire.say(&open) {}
        },
        &[Unread],
    )
    .within(20),
];

const REFUSED: &[crate::wire::Verdict] = &[Returns("-32602")];

/// A memory file with every seal, and not to be executed: what can be handed on as it is.
fn lasting(bytes: &[u8]) -> OwnedFd {
    let file = memfd_create(c"peer", MemfdFlags::ALLOW_SEALING | MemfdFlags::NOEXEC_SEAL);
    let file = file.expect("a memory file");
    let mut written = 0;
    while written < bytes.len() {
        written += rustix::io::write(&file, &bytes[written..]).expect("room");
    }
    seal(&file);
    file
}

/// The same of zeroes that take no memory.
fn holes(size: u64) -> OwnedFd {
    let file = memfd_create(c"peer", MemfdFlags::ALLOW_SEALING | MemfdFlags::NOEXEC_SEAL);
    let file = file.expect("a memory file");
    ftruncate(&file, size).expect("a length");
    seal(&file);
    file
}

fn seal(file: &OwnedFd) {
    let all = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
    fcntl_add_seals(file, all).expect("seals");
}

fn creates(size: u64) -> String {
    asks("1", r#""blob.create""#, &format!(r#"{{"data":{{"blob":{size},"as":"bytes"}}}}"#))
}

fn name(answer: &Value) -> String {
    answer["result"]["blob"].as_str().unwrap_or_default().to_owned()
}

/// Makes a blob; its name.
fn made(wire: &mut Wire, size: u64, file: &OwnedFd) -> String {
    wire.say_with(&creates(size), &[file.as_fd()]);
    wire.answer().map(|answer| name(&answer)).unwrap_or_default()
}

/// Opens a blob; what came along.
fn open(wire: &mut Wire, blob: &str) -> Option<OwnedFd> {
    wire.ask(asks("1", r#""blob.open""#, &format!(r#"{{"blob":"{blob}"}}"#)))?;
    wire.arrived()
}

fn bytes(file: &OwnedFd) -> Vec<u8> {
    let mut bytes = vec![0; LARGE + 1];
    let count = pread(file, &mut bytes[..], 0).expect("bytes");
    bytes.truncate(count);
    bytes
}

fn give_code(wire: &mut Wire, call: u64) {
    let Some(answer) = wire.answer() else { return };
    wire.give(call, &code(&answer));
}

/// Makes a blob of a memory file with these seals only.
fn create_with(wire: &mut Wire, seals: SealFlags) {
    let call = wire.called();
    let file = unsealed(&[7; LARGE]);
    let _either = fcntl_add_seals(&file, seals);
    wire.say_with(&creates(LARGE as u64), &[file.as_fd()]);
    give_code(wire, call);
}

/// Makes a blob and says that it has so many bytes.
fn create_sized(wire: &mut Wire, size: u64) {
    let call = wire.called();
    let file = lasting(&[7; LARGE]);
    wire.say_with(&creates(size), &[file.as_fd()]);
    give_code(wire, call);
}
