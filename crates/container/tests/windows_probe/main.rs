//! What no cell of Windows may do, tried in one with every protection required: this program launches
//! itself as the cell.
//!
//! A refusal counts only if the same act succeeds outside of the cell just before, the cell lives to tell
//! of it, and the error is one that the container gives. All else fails the test. Only Windows refuses.
//! Under Wine, which holds nothing of this, each act has to succeed outside of a cell and in one that lacks
//! everything: so the probe is seen to see what is not held.
#![cfg_attr(not(windows), allow(unused_crate_dependencies, reason = "there is nothing to test"))]
#![cfg_attr(
    windows,
    expect(clippy::print_stdout, clippy::print_stderr, reason = "it tells its parent, and people")
)]

#[cfg(windows)]
mod attempts;
#[cfg(windows)]
mod calls;
#[cfg(windows)]
mod cell;
#[cfg(windows)]
mod host;
#[cfg(windows)]
mod scene;
#[cfg(windows)]
#[path = "../wine/mod.rs"]
mod wine;

#[cfg(not(windows))]
fn main() {}

#[cfg(windows)]
fn main() {
    if aether_container::is_cell() {
        std::process::exit(cell::main());
    }
    if let Some(told) = cell::outside() {
        println!("{told}");
        return;
    }
    host::main();
}
