//! Programs of any kind in the container of Windows, with the system itself: this program is also the one
//! that is started.
#![cfg_attr(not(windows), allow(unused_crate_dependencies, reason = "there is nothing to test"))]
#![cfg_attr(
    windows,
    expect(
        clippy::print_stdout,
        clippy::print_stderr,
        reason = "a program prints, and people are told"
    )
)]

#[cfg(windows)]
mod host;
#[cfg(windows)]
mod program;
#[cfg(windows)]
#[path = "../wine/mod.rs"]
mod wine;

#[cfg(not(windows))]
fn main() {}

#[cfg(windows)]
fn main() {
    let words: Vec<String> = std::env::args().collect();
    match words.split_first() {
        Some((_, [mark, words @ ..])) if mark == program::MARK => {
            std::process::exit(program::main(words));
        }
        _ => host::main(),
    }
}
