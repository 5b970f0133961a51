//! The log as its users see it.

mod checkpoints;
mod common;
mod exports;
mod following;
mod mutations;
mod proofs;
mod random_mutations;
mod segments;
mod syncing;
mod tampering;
mod writing;
