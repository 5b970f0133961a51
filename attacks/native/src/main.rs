//! Hostile native programs, and the judge that aims them at a sandbox.
//!
//! Each file of `probes/` is one program that tries one way out. `run` lets each try without a
//! sandbox, where it must succeed, and then within one; see the README. It depends on no crate of
//! the product, so that the same attacks can be aimed at other sandboxes. Linux only.
#![deny(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit,
    reason = "a program of the command line"
)]

#[cfg(target_os = "linux")]
mod apart;
#[cfg(target_os = "linux")]
mod command;
#[cfg(target_os = "linux")]
mod errors;
#[cfg(target_os = "linux")]
mod list;
#[cfg(target_os = "linux")]
mod parts;
#[cfg(target_os = "linux")]
mod probe;
#[cfg(target_os = "linux")]
#[path = "../probes/mod.rs"]
mod probes;
#[cfg(target_os = "linux")]
mod reach;
#[cfg(target_os = "linux")]
mod run;
#[cfg(target_os = "linux")]
mod scene;
#[cfg(target_os = "linux")]
mod scratch;

#[cfg(target_os = "linux")]
fn main() {
    std::process::exit(command::main());
}

#[cfg(not(target_os = "linux"))]
fn main() {}
