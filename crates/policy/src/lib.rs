//! What a plugin may do.
//!
//! This crate reads the host owner's policy, looks through a plugin's code before it runs, and
//! joins request, policy and consent into a [`Grant`](grant::Grant): the only thing the gateway
//! asks. It performs no I/O, makes no call to the operating system and reads no clock: files, time
//! zones, the time and remembered answers are arguments. It never widens: nothing is granted that
//! was not both requested and allowed. Of our crates it may depend on `source`, `path` and
//! `manifest`.

#![forbid(unsafe_code)]

pub mod check;
pub mod consent;
pub mod elevation;
pub mod given;
pub mod grant;
pub mod modules;
pub mod policy;
pub mod scan;
pub mod sensitive;
pub mod window;
