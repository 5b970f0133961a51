//! `aether serve` as people use it: by `curl`, in a browser, and with `aether top` in a terminal.

#![cfg(target_os = "linux")]

mod curl;
mod serving;
#[path = "../command/stage.rs"]
#[allow(dead_code, reason = "the other tests use more of it")]
mod stage;
mod tokens;
mod top;
