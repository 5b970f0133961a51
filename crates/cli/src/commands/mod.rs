//! One file per command.

mod allowed;
pub(crate) mod audit;
pub(crate) mod call;
pub(crate) mod changes;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod debug;
pub(crate) mod doctor;
pub(crate) mod exec;
mod finish;
pub(crate) mod learn;
pub(crate) mod mcp;
pub(crate) mod new;
mod observed;
pub(crate) mod offers;
pub(crate) mod plugins;
mod pupil;
pub(crate) mod report;
mod reports;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod serve;
pub(crate) mod suggest;
pub(crate) mod top;
