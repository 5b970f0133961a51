//! Compiles, loads and calls WebAssembly plugins.
//!
//! A stranger's bytes are compiled by [`compile`](fn@compile), in a process that is confined; what
//! comes of it is stored by the host with a header that [`entry::seal`] makes, loaded by
//! [`Program::load`], and begun as a [`Plugin`]. Components run as they are. Core modules are made
//! components when they are compiled: those for WASI preview 1 with its adapter, those that import
//! nothing by lifting their functions that take and give numbers. So there is one way to run a
//! plugin, one set of limits and one file system.
//!
//! Everything that a plugin wants goes through one [`Gate`], which the embedder implements: in a
//! cell it is the conversation with the host, in the host's own process the door itself. This
//! crate opens no file and no socket, decides nothing, and starts no thread but the [`Ticker`]. Of
//! our crates it may depend on `aether-protocol` only.
//!
//! # What a plugin sees
//!
//! - The interfaces of `aether:plugin` (`wit/aether.wit`): the operations of the `aether:*` modules
//!   of JavaScript, with their error codes. It imports what it uses.
//! - WASI 0.2, up to 0.2.12: files are the gate's, in the folders of [`Surroundings::folders`];
//!   requests are the gate's, and a redirect is given as it came; clocks are as coarse as the gate
//!   gives them; sockets are linked and refused.
//! - Any exported function is a method, by its name or by `interface.name`; JSON is converted by
//!   the types of WIT, as the table in [`json`] says. `func(list<u8>) -> list<u8>` and
//!   `func(string) -> string` take bytes and text as they are. A plugin that exports
//!   `aether:plugin/handler` takes calls by itself, one that exports `aether:plugin/listener` hears
//!   events.
//! - A program (`wasi:cli/run`, or `_start` of preview 1) has the method `run`. Its input is JSON
//!   on standard input; `{"args": ["a"], "stdin": "text"}` gives it arguments and a text instead.
//!   What it prints is the result: JSON if it is that, otherwise a text. Standard error becomes
//!   lines of the log, as standard output does of plugins that are no programs.
//!
//! # What holds it
//!
//! Its memory is its own; it runs in its caller's thread, on a stack with a limit, and looks at its
//! own deadline at each [`TICK`]. [`Limits`] says what else it may use. What it does wrong is a
//! [`Failure`] with a stack that names its functions. None of this holds where the engine itself
//! has been taken over: that is what cells are for.
#![deny(unsafe_code)]

mod bindings;
mod call;
mod compile;
mod engine;
pub mod entry;
mod facts;
mod failure;
mod gate;
mod held;
mod host;
pub mod json;
mod limiter;
pub mod limits;
mod link;
mod plugin;
mod program;
mod state;
mod ticker;
mod trusted;
mod wasi;
mod worlds;

pub use call::{Call, Input, News, Output};
pub use compile::{CompileError, Compiled, Missing, compile};
pub use engine::{Beat, Compiler, Engine, EngineError, Layout, Settings, TIGHT_SLACK};
pub use entry::{Code, EntryError};
pub use facts::{Facts, Import, Kind, Method, Need, Size};
pub use failure::{Failure, Frame, Why};
pub use gate::{Ask, Gate, Look, Over, Refused, Told};
pub use json::Unfit;
pub use limits::Limits;
pub use plugin::{NotStarted, Plugin, Reuse};
pub use program::Program;
pub use state::{Folder, Surroundings};
pub use ticker::{TICK, Ticker};
pub use trusted::prepare;
