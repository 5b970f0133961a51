//! Parts that this program plays beside the attack: victim, other cell, proof, and those who stay.
#![allow(unsafe_code, reason = "forks by hand")]

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::time::Duration;

use crate::errors::While;
use crate::probe::{Kind, Miss, Outcome, bites};
use crate::scene::{SECRET, Scene};

/// What an executed copy of this program returns; no error number has this value here.
pub(crate) const PROOF: i32 = 42;

/// Longest life of what an attack leaves, should nobody end it.
const LIFE: Duration = Duration::from_secs(20);

/// Bytes that a flood of output writes.
pub(crate) const FLOOD: u64 = 16 << 20;

/// A process with a secret in its memory. Says where, and lives until its input ends.
pub(crate) fn victim() {
    let secret = format!("{SECRET}of the victim");
    println!("{}", secret.as_ptr() as u64);
    let _unheard = std::io::stdout().flush();
    let _ended = std::io::stdin().read(&mut [0]);
    // Kept until here.
    drop(std::hint::black_box(secret));
}

/// Another cell, which leaves the secret wherever cells could meet, and lives for a while.
pub(crate) fn neighbour(scene: Scene) -> i32 {
    use std::os::linux::net::SocketAddrExt;
    let secret = format!("{SECRET}of the neighbour");
    let name = scene.neighbour_name();
    // What it cannot have it cannot be robbed of.
    let _listener = std::os::unix::net::SocketAddr::from_abstract_name(name.as_bytes())
        .and_then(|address| UnixListener::bind_addr(&address));
    for folder in ["/tmp", "/dev/shm", "/var/tmp", "/run"] {
        let _left = fs::write(format!("{folder}/{name}"), &secret);
    }
    println!("{{\"ready\":true}}");
    let _unheard = std::io::stdout().flush();
    std::thread::sleep(LIFE);
    drop(std::hint::black_box(secret));
    0
}

/// Executes this file, a copy of this program; bites if it runs.
pub(crate) fn runs(command: &mut Command, what: &str) -> Outcome {
    let status = command.arg("proof").status().at_step(&format!("executing {what}"))?;
    match status.code() {
        Some(PROOF) => bites(format!("executed {what}")),
        _ => Err(Miss::inconclusive(format!("{what} ended with {status}"))),
    }
}

/// Forks; whether this is the child.
pub(crate) fn fork() -> Result<bool, Miss> {
    // SAFETY: these programs have no second thread when they fork, and the child uses nothing that
    // one could hold.
    match unsafe { libc::fork() } {
        -1 => Err(std::io::Error::last_os_error()).at_step("forking"),
        pid => Ok(pid == 0),
    }
}

/// Stays behind for a while, and ends without a word.
pub(crate) fn stay() -> ! {
    std::thread::sleep(LIFE);
    end()
}

/// Ends a child at once.
pub(crate) fn end() -> ! {
    // SAFETY: _exit(2) takes an integer, runs no handler and does not return.
    unsafe { libc::_exit(0) }
}

/// Does it in a child, which may lose itself in namespaces or rights.
pub(crate) fn in_child(act: impl FnOnce() -> Outcome) -> Outcome {
    let (mut reader, mut writer) = std::io::pipe().needed("a pipe")?;
    if fork()? {
        drop(reader);
        let word = match act() {
            Ok(won) => serde_json::json!(["bites", 0, won]),
            Err(miss) => serde_json::json!([miss.kind.word(), miss.errno, miss.detail]),
        };
        // A child that cannot say it is inconclusive, which is what the parent makes of silence.
        let _unheard = writer.write_all(word.to_string().as_bytes());
        end();
    }
    drop(writer);
    let mut text = String::new();
    reader.read_to_string(&mut text).needed("the child's word")?;
    // SAFETY: wait(2) allows a null status.
    unsafe { libc::wait(std::ptr::null_mut()) };
    said(&text).unwrap_or_else(|| Err(Miss::inconclusive("the child died")))
}

/// Does it several times, each in a child of its own, until one wins or fails by more than finding
/// nothing. A limit on the time of a process then ends no long race.
pub(crate) fn in_turns(turns: u32, act: impl Fn() -> Outcome) -> Outcome {
    let mut outcome = Err(Miss::absent("no turn"));
    for _ in 0..turns {
        outcome = in_child(&act);
        if outcome.as_ref().map_or_else(|miss| miss.kind != Kind::Absent, |_| true) {
            break;
        }
    }
    outcome
}

fn said(text: &str) -> Option<Outcome> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let detail = value.get(2)?.as_str()?.to_owned();
    let kind = match value.get(0)?.as_str()? {
        "bites" => return Some(bites(detail)),
        "denied" => Kind::Denied,
        "absent" => Kind::Absent,
        "limited" => Kind::Limited,
        _ => Kind::Inconclusive,
    };
    let errno = value.get(1)?.as_i64().and_then(|errno| i32::try_from(errno).ok());
    Some(Err(Miss { kind, errno, detail }))
}
