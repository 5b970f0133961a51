//! Each hostile plugin of `wasm/`: assembled, and in a cell, where it must get exactly the verdict that
//! its `attack.json` names while a neighbour keeps answering; and outside, in the machine's own Node,
//! where it must bite. See the README.
#![cfg_attr(
    target_os = "linux",
    allow(
        clippy::print_stdout,
        clippy::exit,
        reason = "a test program, and the hosts that it plays"
    )
)]

#[cfg(target_os = "linux")]
mod apart;
#[cfg(target_os = "linux")]
mod hostile;

#[cfg(target_os = "linux")]
fn main() {
    hostile::main(&hostile::Suite {
        folder: "wasm",
        fewest: 90,
        rows: 1..=24,
        elsewhere: &[],
        controls: &[
            ("program-tells-the-secret", "it knows the secret"),
            ("program-never-armed", "inconclusive"),
            ("program-is-compiled", "expected Uncompiled"),
            ("program-has-no-twin", "the control does not run"),
        ],
    });
}

#[cfg(not(target_os = "linux"))]
fn main() {}
