//! Attacks on a cell from native code within it, as if its engine were already owned.
//!
//! Each file of `engine/` is one attack; `tests/engine.rs` shows that it bites outside a container
//! and is refused inside. The crate depends on none of our crates, is never shipped, and holds no
//! probe that could harm the machine where it succeeds. Linux only.
#![cfg(target_os = "linux")]
#![deny(unsafe_code)]

mod attack;
mod call;
mod child;
#[path = "../engine/mod.rs"]
pub mod engine;
mod scene;

pub use attack::{Attack, Miss, Need, Outcome, Refused, bites};
pub use call::{HERE, at, call, note_refused, take_refused};
pub use child::{child, fill};
pub use scene::{Scene, Victim};
