//! The command with plugins that run.

mod changes;
mod consent;
mod denials;
mod limits;
mod policy;
mod reports;
mod results;
mod unsafe_mode;
