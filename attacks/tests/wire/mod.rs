//! The parts of the harness, and which part this process plays: a cell, a host with a hostile peer,
//! or the one that starts the trials.

mod cell;
#[path = "../hostile/engine.rs"]
#[allow(dead_code, reason = "those who speak to the wire need a part")]
mod engine;
mod host;
#[path = "../hostile/neighbour.rs"]
mod neighbour;
mod order;
mod peer;
#[path = "../hostile/pulse.rs"]
mod pulse;
#[path = "../hostile/sys/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the rest is for hostile plugins")]
mod sys;
#[path = "../hostile/traces.rs"]
mod traces;
mod trials;
mod verdict;

pub(crate) use cell::{
    Wire, answer, answer_text, asks, code, print_without_end, result, tells, wait,
};
pub(crate) use peer::{Peer, peer};
pub(crate) use verdict::Verdict;

pub(crate) fn main() {
    if aether_container::is_cell() {
        cell::be_a_cell();
    }
    match order::Order::of_this_process() {
        Some(order) => host::be_a_host(&order),
        None => trials::run(),
    }
}
