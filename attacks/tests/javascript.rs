//! Each hostile plugin of `javascript/`: in a cell, where it must get exactly the verdict that its
//! `attack.json` names while a neighbour keeps answering; and outside, in the machine's own Node,
//! where it must bite. See the README.
#![cfg_attr(
    any(target_os = "linux", windows),
    allow(
        clippy::print_stdout,
        clippy::exit,
        reason = "a test program, and the hosts that it plays"
    )
)]

#[cfg(any(target_os = "linux", windows))]
mod apart;
#[cfg(any(target_os = "linux", windows))]
mod hostile;

#[cfg(any(target_os = "linux", windows))]
fn main() {
    hostile::main(&hostile::Suite {
        folder: "javascript",
        fewest: 140,
        rows: 1..=40,
        // An engine that is owned already is what `engine/` is for.
        elsewhere: &[38],
        controls: &[
            ("tells-the-secret", "it knows the secret"),
            ("logs-the-secret", "it knows the secret"),
            ("never-armed", "inconclusive"),
            ("is-not-denied", "expected Denied"),
            ("claims-a-denial", "the host was not told"),
            ("leaves-no-record", "there is no record denied"),
            ("is-not-refused", "expected Refused"),
            ("ends-early", "expected Limit"),
            ("has-an-idle-accomplice", "the accomplice never came so far"),
            ("loses-its-accomplice", "the accomplice ended by itself"),
        ],
    });
}

#[cfg(not(any(target_os = "linux", windows)))]
fn main() {}
