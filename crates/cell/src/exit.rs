//! Exit codes of a cell's process. The host knows what happened from the answers that came before;
//! the codes are for when none did.

/// The host hung up or asked for the end.
pub const DONE: u8 = 0;

/// The host sent what is not the protocol, or the channel broke.
pub const PROTOCOL: u8 = 90;

/// The heap limit was reached; the calls were answered.
pub const MEMORY: u8 = 91;

/// Code went on although it was interrupted at its deadline; the calls were answered.
pub const STUCK: u8 = 92;

/// The runtime itself failed; a bug.
pub const BROKEN: u8 = 93;

/// Ends the process from inside code that does not stop.
#[expect(clippy::exit, reason = "there is no frame to return to: the engine is still running")]
pub(crate) fn give_up(code: u8) -> ! {
    std::process::exit(i32::from(code))
}
