//! Measures Aether side by side with its peers in one run.
//!
//! `cargo run --release -p aether-benches`: one JSON document on standard output, a table on
//! standard error. Whole processes are compared, so this is a program of its own and no bench
//! harness: everything that is compared takes turns, round by round, in one run.
#![forbid(unsafe_code)]

#[cfg(target_os = "linux")]
mod args;
#[cfg(target_os = "linux")]
mod figure;
#[cfg(target_os = "linux")]
mod installed;
#[cfg(target_os = "linux")]
mod machine;
#[cfg(target_os = "linux")]
mod measure;
#[cfg(target_os = "linux")]
mod process;
#[cfg(target_os = "linux")]
mod programs;
#[cfg(target_os = "linux")]
mod run;
#[cfg(target_os = "linux")]
mod scene;
#[cfg(target_os = "linux")]
mod spread;
#[cfg(target_os = "linux")]
mod table;

#[cfg(target_os = "linux")]
use run::{Document, main as run};

fn main() -> std::process::ExitCode {
    // Becomes a cell and does not return when a host started this program as one.
    aether::init();
    run()
}

/// Cells of other systems are not there yet: nothing to measure.
#[cfg(not(target_os = "linux"))]
fn run() -> std::process::ExitCode {
    use std::io::Write as _;
    drop(writeln!(std::io::stderr(), "there is nothing to measure on this system yet"));
    std::process::ExitCode::FAILURE
}
