//! Runs other people's plugins without trusting them.
//!
//! A plugin is a folder with a manifest, `aether-plugin.json`, and code. A [`Host`] loads it, grants
//! what both its owner and the plugin's request allow, starts it confined in a process of its own,
//! calls its methods, and tells what happens. This crate wires the others together and contains
//! little itself; programs need no other crate of Aether.
//!
//! ```no_run
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     aether::init(); // becomes a cell when a host starts this program as one
//!     let host = aether::Host::builder().audit("audit.jsonl").build()?;
//!     let plugin = host.load("plugins/hello")?;
//!     let cell = host.start(&plugin, &aether::StartOptions::default())?;
//!     let greeting = cell.call("hello", serde_json::json!({ "name": "Ada" }))?;
//!     println!("{greeting}");
//!     cell.stop();
//!     Ok(())
//! }
//! ```
//!
//! Two closures stand for a person: [`HostBuilder::ask`] before plugins start, and
//! [`HostBuilder::ask_elevation`] when one that runs wants a single thing beyond its grant. Without
//! them, what the policy does not allow is refused.
#![forbid(unsafe_code)]

mod blobs;
mod call;
mod cell;
mod debug;
mod driver;
mod ending;
mod event;
mod events;
mod exit_code;
mod host;
mod host_path;
mod init;
mod kept;
mod mounts;
mod native;
mod network;
mod others;
mod own_process;
mod pieces;
mod pipeline;
mod plugin;
mod private;
mod raise;
mod record;
mod run_record;
mod stores;
mod watch;
mod watchdog;
mod wire;

pub use aether_audit as audit;
#[cfg(windows)]
pub use aether_container::forget_what_was_typed;
pub use aether_container::{LaunchError, Line as PostureLine, Posture, Protection, State};
pub use aether_egress as egress;
pub use aether_learn as learn;
pub use aether_manifest as manifest;
pub use aether_monitor as monitor;
pub use aether_overlay as overlay;
pub use aether_path as path;
pub use aether_pipeline as pipelines;
pub use aether_policy as policy;
pub use aether_protocol::schema::schema as protocol_schema;
pub use aether_protocol::version as protocol;
pub use aether_report as report;
pub use aether_schema as schema;
pub use aether_source as source;
pub use call::{CallError, Canceller, Misfit, PendingCall, PluginError, SourcePlace};
pub use cell::Cell;
pub use debug::Debugging;
pub use driver::{ProgramLimits, Streams};
pub use ending::{Ending, Limit, Violation};
pub use event::{Event, Level, Traced};
pub use exit_code::{ExitCode, INTERRUPTED};
pub use host::{
    Answer, BuildError, ElevationQuestion, Host, HostBuilder, KEY_NAME, LoadSource, Standing,
    StartError, StartOptions, TokenInUse, host_name, model_file, narrowed, plain_path, real_path,
    restore_narrowed,
};
pub use init::init;
pub use kept::{KeptCall, KeptPieces, KeptPlugin, NotStarted, Rest, RestartPolicy, Resting};
pub use mounts::Mount;
pub use native::NativeError;
pub use network::{NetworkError, private_problems};
pub use others::{EmitError, OfferError};
pub use pieces::Pieces;
pub use pipeline::{
    InputPlace, PipelineError, PipelineRun, StepFailure, missing_places, start_options,
};
pub use plugin::{LoadError, Plugin, shown_path};
pub use record::{Final, Sample};
pub use run_record::{audit_check, outcome_of};
pub use watch::{CellView, Monitoring, NoCell};

/// The version of Aether.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The system that this program runs on, such as `linux x86_64`.
#[must_use]
pub fn platform() -> String {
    format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)
}

/// What this machine can enforce for plugins in an engine: each protection tried in a cell, not
/// guessed.
///
/// # Errors
/// [`LaunchError`] when not even an unprotected cell starts.
pub fn probe() -> Result<Posture, LaunchError> {
    use aether_container::{Program, Workload};
    let program = host::own_program().unwrap_or(Program::Itself);
    aether_container::probe(program, Workload::Engine)
}

/// The same for native programs: `true` is run, below an init and with a folder laid over.
///
/// # Errors
/// [`StartError`] when it cannot be tried.
pub fn probe_native() -> Result<Posture, StartError> {
    use aether_container::{Program, Workload};
    let shelf = native::Shelf::default();
    let (native, _stays) =
        native::trial(&shelf).map_err(|error| StartError::Native { error, place: None })?;
    Ok(aether_container::probe(Program::Itself, Workload::Native(Box::new(native)))?)
}

/// Reads a method's input: strict JSON, in which no key stands twice, no deeper than messages are.
///
/// # Errors
/// What is wrong, as a sentence fragment.
pub fn read_input(text: &str) -> Result<serde_json::Value, String> {
    aether_protocol::strict::parse(text).map_err(|refused| refused.to_string())
}
