//! Reads the project's documents and the places in the code that they speak of, so that tests can
//! hold one against the other. It never changes a file and decides nothing about what is right; its
//! tests do. Of our crates it depends on the facade only; its tests look into others for numbers.

mod blocks;
mod cargo;
mod cli;
mod documents;
mod links;
mod tables;

pub use blocks::{Block, blocks};
pub use cargo::{Package, packages};
pub use cli::Cli;
pub use documents::{Document, all, read, root};
pub use links::{Link, anchors, links};
pub use tables::{Row, rows};
