//! Each hostile peer of `peers/`: a cell, confined like any, that speaks to a real host over its raw
//! gateway, and must get exactly the verdict that stands beside it while a neighbour keeps answering.
//! See the README.
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
mod apart;
#[cfg(target_os = "linux")]
#[path = "../peers/mod.rs"]
mod peers;
#[cfg(target_os = "linux")]
mod wire;

#[cfg(target_os = "linux")]
fn main() {
    wire::main();
}

#[cfg(not(target_os = "linux"))]
fn main() {}
