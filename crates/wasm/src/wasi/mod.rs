//! WASI 0.2 over the gate. Nothing in here reaches the system: files, requests and clocks are the
//! gate's, sockets and terminals are not there.
//!
//! What a program blocks on is blocked on in the host function, since a plugin has one thread and
//! the gate blocks as well. Only clocks and answers of other machines are ever not ready.
#![allow(unreachable_pub, reason = "the generated bindings re-export the types of handles")]

mod cli;
mod clocks;
mod descriptor;
mod errors;
mod files;
pub(crate) mod filesystem;
mod found;
pub(crate) mod http;
mod http_body;
mod http_fields;
mod http_request;
mod http_server;
pub(crate) mod io;
mod paths;
mod random;
pub(crate) mod sockets;
pub(crate) mod stdio;
mod streams;

pub(crate) use cli::Exit;
pub(crate) use http_body::{close as close_body, next as next_piece};
