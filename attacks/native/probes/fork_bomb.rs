#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::parts;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "fork-bomb",
    tries: "Multiplies until there are sixty-four of it.",
    row: Row::Bombs,
    needs: &[],
    expect: Expect::Limited,
    judged: Judged::Told,
    attempt,
};

const MOST: u32 = 64;

fn attempt(_: &Scene) -> Outcome {
    let mut made = 0;
    let mut failed = None;
    while made < MOST {
        match parts::fork() {
            Ok(true) => {
                // Together for a moment, since it is their number at a time that is limited.
                std::thread::sleep(std::time::Duration::from_secs(1));
                parts::end();
            }
            Ok(false) => made += 1,
            Err(miss) => {
                failed = Some(miss);
                break;
            }
        }
    }
    for _ in 0..made {
        // SAFETY: wait(2) allows a null status; the children end by themselves.
        unsafe { libc::wait(std::ptr::null_mut()) };
    }
    failed.map_or_else(|| bites(format!("made {made} children")), Err)
}
