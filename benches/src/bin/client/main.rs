//! The other side of the door without an engine: a cell whose "plugin" is this program.
//!
//! Started by a host it confines itself like every cell, then speaks the protocol natively, so
//! that its figures are those of container and gateway alone. `echo` on the command line makes it
//! the floor instead: an unconfined process that answers lines on its standard input, a socket.
#![forbid(unsafe_code)]

#[cfg(target_os = "linux")]
mod echo;
#[cfg(target_os = "linux")]
mod plugin;
#[cfg(target_os = "linux")]
mod wire;

use std::process::ExitCode;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    use std::io::Write as _;
    let served = if aether_container::is_cell() {
        match aether_container::enter() {
            Ok(aether_container::Role::Engine(gateway)) => plugin::serve(gateway),
            Ok(aether_container::Role::Over(code)) => return ExitCode::from(code),
            Ok(_) => return ExitCode::from(2),
            Err(error) => Err(error.into()),
        }
    } else {
        echo::serve()
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell it to when that is closed.
            drop(writeln!(std::io::stderr(), "{error}"));
            ExitCode::FAILURE
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    ExitCode::FAILURE
}
