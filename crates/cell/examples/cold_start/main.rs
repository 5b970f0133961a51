//! Times a cell from its process's start to the first answer of a hello plugin, unconfined, and a
//! plugin's requests to a host that answers at once.
//!
//! `cargo run --release -p aether-cell --example cold_start [ROUNDS]`. The program starts itself
//! as the cell, with the socket as standard input.

#[cfg(unix)]
mod unix;

#[cfg(unix)]
use unix::main;

#[cfg(not(unix))]
#[expect(clippy::print_stderr, reason = "it is told to whoever started it")]
fn main() -> std::process::ExitCode {
    eprintln!("this measures cells over a socket, which Windows has not");
    std::process::ExitCode::FAILURE
}
