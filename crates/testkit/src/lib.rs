//! What the tests of several crates share: temporary folders with plugins made from strings, the
//! `aether` command run in a clean environment or in a terminal of its own, and comparison with
//! what is different in every run redacted by one list. It never ships, touches nothing outside
//! its temporary folders, and depends on none of Aether's other crates.
#![forbid(unsafe_code)]

mod acts;
mod browser;
mod command;
mod compare;
mod listed;
mod outcome;
mod plugin;
mod redact;
mod scene;
mod schema;
mod skip;
#[cfg(unix)]
mod terminal;

pub use acts::acts;
pub use browser::browse;
pub use command::{Command, spawn};
pub use compare::{compare, matches};
pub use listed::{Test, run_tests};
pub use outcome::Outcome;
pub use plugin::PluginMaker;
pub use redact::redact;
#[cfg(unix)]
pub use rustix::process::Signal;
pub use scene::Scene;
pub use schema::is_valid;
pub use skip::skip;
#[cfg(unix)]
pub use terminal::Session;
