//! Each attack of `engine/` three times: outside, where it must bite; inside a cell, where it must
//! be refused and told; and afterwards, where nothing may be left. See the README.
#![cfg_attr(
    target_os = "linux",
    allow(
        clippy::print_stdout,
        clippy::print_stderr,
        clippy::exit,
        reason = "a test program, and the cells and hosts that it plays"
    )
)]

#[cfg(target_os = "linux")]
mod harness;

#[cfg(target_os = "linux")]
fn main() {
    harness::main();
}

#[cfg(not(target_os = "linux"))]
fn main() {}
