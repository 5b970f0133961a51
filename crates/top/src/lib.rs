//! The cells of a host that serves, in a terminal: a table that keeps itself up to date, and orders at
//! a key.
//!
//! It talks to `aether serve` over HTTP on this machine and to nobody else, holds no cell, and shows
//! every text of a plugin escaped. It depends on `aether-source` alone among Aether's crates.
#![forbid(unsafe_code)]

mod client;
mod columns;
mod draw;
mod error;
mod history;
mod keys;
mod overview;
mod plain;
mod response;
mod screen;
mod target;
mod view;
mod worker;

pub use error::TopError;
pub use plain::once;
pub use screen::watch;
pub use target::Target;
