//! The log as its users see it.

mod common;
mod tampering;
mod writing;
