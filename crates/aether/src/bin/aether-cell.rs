//! The program of a cell, for hosts that are not to start themselves as one.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    aether::init();
    // Only reached when no host started it.
    ExitCode::from(aether::ExitCode::Usage.number())
}
