#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::ffi::CString;
use std::os::fd::{FromRawFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::{Duration, Instant};

use aether_attacks::{HERE, at, call};

use crate::errors::While;
use crate::probe::{Expect, Judged, Miss, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "race-path-buffer",
    tries: "Changes the path under a call that is being checked, a hundred thousand times.",
    row: Row::Races,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

const TRIES: u32 = 100_000;

fn attempt(scene: &Scene) -> Outcome {
    let text = |path: String| CString::new(path).needed("a path");
    let right = text(format!("{}/data.txt", scene.granted()))?;
    let wrong = text(scene.secret())?;
    let longest = right.as_bytes_with_nul().len().max(wrong.as_bytes_with_nul().len());
    let buffer: Vec<AtomicU8> = (0..longest).map(|_| AtomicU8::new(0)).collect();
    let write = |path: &CString| {
        for (at, byte) in buffer.iter().zip(path.as_bytes_with_nul()) {
            at.store(*byte, Ordering::Relaxed);
        }
    };
    write(&right);
    let (done, begin) = (AtomicBool::new(false), Instant::now());
    let (mut won, mut rights) = (None, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                write(&wrong);
                write(&right);
            }
        });
        for _ in 0..TRIES {
            let arguments = [HERE, at(buffer.as_ptr()), libc::O_RDONLY as u64];
            // SAFETY: openat(2) reads a path that is live, and ends with a zero whatever its mixture.
            let opened = unsafe { call(libc::SYS_openat, arguments) };
            if let Ok(number) = opened {
                // SAFETY: the call has just made this descriptor, and nothing else owns it.
                let file = unsafe { OwnedFd::from_raw_fd(number as i32) };
                let read = reach::hear(std::fs::File::from(file), "by a path that changed");
                match read {
                    Ok(words) => {
                        won = Some(words);
                        break;
                    }
                    Err(_) => rights += 1,
                }
            }
            if begin.elapsed() > Duration::from_secs(4) {
                break;
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    // Who never opened the right file has not raced.
    won.ok_or_else(|| match rights {
        0 => Miss::inconclusive("never opened the granted file"),
        times => Miss::absent(format!("{times} times the granted file")),
    })
}
