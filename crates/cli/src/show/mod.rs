//! What people see. Everything goes to standard error but results; every text that a plugin could
//! have written is escaped here, at the last step.

pub(crate) mod controls;
pub(crate) mod diagnostics;
pub(crate) mod elevation;
pub(crate) mod errors;
pub(crate) mod failures;
pub(crate) mod pager;
pub(crate) mod progress;
pub(crate) mod prompt;
pub(crate) mod review;
pub(crate) mod terminal;
