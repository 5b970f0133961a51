//! `aether:plugin` over the gate: the operations of the `aether:*` modules of JavaScript, with
//! their errors.

#![allow(unreachable_pub, reason = "the generated bindings re-export the types of handles")]

mod call;
pub(crate) mod failure;
mod fs;
pub(crate) mod http;
mod others;
mod store;
pub(crate) mod token;
