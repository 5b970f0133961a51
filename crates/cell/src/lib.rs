//! What runs inside the confined process: the gateway's client, the JavaScript engine with its
//! runtime, and the engine for WebAssembly. It owns the limits that an engine can arm by itself
//! (heap, stack, deadlines) and turns whatever a plugin does into typed answers. It opens nothing,
//! starts no thread (but a clock for plugins in their host's own process, and on Windows one that only
//! reads what the host sends), and decides nothing: every request is checked on the host's side of the
//! door. Of our crates it may depend on `aether-protocol` and `aether-wasm` only.
#![deny(unsafe_code)]

mod builtins;
mod calls;
mod channel;
mod client;
mod engine;
pub mod exit;
mod failure;
mod hello;
mod host;
mod json;
mod lines;
#[cfg(unix)]
mod memfile;
mod ops;
mod packages;
mod part;
mod random;
mod requests;
mod runtime;
#[cfg(any(windows, test))]
mod section;
mod serve;
mod source_map;
mod specifier;
mod timers;
mod value;
mod wasm;

#[cfg(all(feature = "v8", not(target_os = "linux")))]
compile_error!("the feature `v8` is for Linux so far");

#[cfg(unix)]
use std::os::fd::OwnedFd;

use channel::Channel;

#[cfg(any(windows, test))]
pub use channel::Pipes;
#[cfg(unix)]
pub use channel::Turn;
#[cfg(any(windows, test))]
pub use section::{Attachment, Open};
pub use wasm::{Engines, Machine, Uses};

/// The engines for JavaScript that are built in, by the names that manifests have for them.
pub const ENGINES: &[&str] = &[
    "quickjs",
    #[cfg(feature = "v8")]
    "v8",
];

/// Bytes of machine code that V8 may have made at a time, for one plugin: the fewest that it reserves.
pub const V8_CODE_BYTES: u64 = 64 << 20;

/// Says which build of this engine made something ahead, if it makes anything: what another has made is of
/// no use to it.
#[must_use]
pub fn made_by(engine: &str, jit: bool) -> Option<String> {
    #[cfg(feature = "v8")]
    if engine == "v8" {
        return Some(engine::v8::ahead::identity(jit));
    }
    let _unused = (engine, jit);
    None
}

/// Asks the system for what a confined process cannot ask for. Call it before the process is confined.
pub fn prepare() {
    aether_wasm::prepare();
}

/// Starts, on this thread, what the engine that is watched needs before its host greets it. Which of its two
/// kinds it is stays so.
pub fn warm(makes_code: bool) {
    #[cfg(feature = "v8")]
    engine::v8::warm(makes_code);
    let _unused = makes_code;
}

/// Serves a WebAssembly plugin in its host's own process and thread, until the host says in its `turn`
/// that all is over: there it serves the other end of `socket`, waiting until that time at most. What
/// the plugin has of memory is told to `uses`.
///
/// Nothing confines it but the engine. A plugin of another runtime is refused.
#[cfg(unix)]
pub fn run_beside(socket: OwnedFd, turn: Turn, engines: Engines, uses: Uses) {
    let client = client::Client::new(Channel::beside(socket, turn));
    serve::serve_wasm(client, wasm::Ground::Hosts(engines, uses));
}

/// Serves the gateway on `socket` until the host closes it; the result is the process's exit
/// code, one of [`exit`].
///
/// Single-threaded and blocking. Code that goes on although it was interrupted at its deadline
/// (a plugin can swallow interrupts for ever) ends the process with [`exit::STUCK`] instead of
/// returning, and code that goes on with a full heap
/// with [`exit::MEMORY`].
#[cfg(unix)]
#[must_use]
pub fn run(socket: OwnedFd, machine: Machine) -> u8 {
    serve::serve(Channel::new(socket), machine, exit::give_up)
}

/// Serves the gateway over `pipes` until the host closes them; the result is the process's exit
/// code, one of [`exit`].
///
/// Blocking, and single-threaded but for a thread that reads from `pipes` and lasts as long as the
/// process or the host's end. Code that goes on although it was interrupted at its deadline ends the
/// process with [`exit::STUCK`] instead of returning, and code that goes on with a full heap with
/// [`exit::MEMORY`].
#[cfg(windows)]
#[must_use]
pub fn run(pipes: Pipes, machine: Machine) -> u8 {
    match Channel::new(pipes) {
        Ok(channel) => serve::serve(channel, machine, exit::give_up),
        Err(_) => exit::PROTOCOL,
    }
}
