//! The door as a state machine: lines go in, lines and events come out, whatever the lines are.

mod bench;
mod files;
mod floods;
mod lines;
mod properties;
mod records;
mod store;
