//! Plugins compiled, loaded and called, each over a real door or over one that says what a test
//! has it say. Their sources are text: core modules, made components where they must be.

mod bench;
mod build;
mod calls;
mod compiling;
#[cfg(target_os = "linux")]
mod confined;
mod entries;
mod examples;
mod gate;
mod hostile;
// A real door is where there is an overlay to be had.
#[cfg(target_os = "linux")]
mod house;
mod limits;
mod properties;
#[cfg(target_os = "linux")]
mod suite;
#[cfg(target_os = "linux")]
mod wasi;
mod world;
