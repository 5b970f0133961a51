//! Plugins compiled, loaded and called, each over a real door or over one that says what a test
//! has it say. Their sources are text: core modules, made components where they must be.
#![cfg(target_os = "linux")]

mod bench;
mod build;
mod calls;
mod compiling;
mod confined;
mod entries;
mod examples;
mod gate;
mod hostile;
mod limits;
mod properties;
mod suite;
mod wasi;
mod world;
