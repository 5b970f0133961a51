//! The program of a cell, for hosts that are not to start themselves as one.
#![forbid(unsafe_code)]
// Of no console: no cell has one, and Windows would make one for whoever starts this by hand.
#![cfg_attr(windows, windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    aether::init();
    // Only reached when no host started it.
    ExitCode::from(aether::ExitCode::Usage.number())
}
