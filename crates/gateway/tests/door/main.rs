//! The door as a state machine: lines go in, lines and events come out, whatever the lines are.
//! Where there is an overlay to be had.
#![cfg(any(target_os = "linux", windows))]

mod bench;
mod blobs;
mod chunks;
mod code;
mod direct;
mod elevation;
mod files;
mod floods;
mod lines;
mod older;
mod open_files;
mod orders;
mod others;
mod properties;
mod records;
mod store;
mod streams;
mod transcripts;
mod versions;
mod watched;
