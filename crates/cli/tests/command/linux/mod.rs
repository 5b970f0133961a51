//! The command with plugins that run.

mod changes;
mod consent;
mod policy;
mod results;
mod unsafe_mode;
