//! The parts of the harness, and which part this process plays: a cell, a host under attack, or
//! the one that starts the trials.

mod assemble;
mod attack;
mod breach;
mod controls;
mod engine;
mod expect;
mod host;
mod neighbour;
mod order;
mod outside;
mod pulse;
mod redirector;
mod run;
mod scene;
mod setup;
mod stage;
mod suite;
mod sys;
mod traces;
mod trials;

pub(crate) use suite::Suite;

/// Plays the part that this process was started for.
pub(crate) fn main(suite: &Suite) {
    aether::init(); // a cell does not return from here
    match order::Order::of_this_process() {
        Some(order) => host::be_a_host(&order),
        None => trials::run(suite),
    }
}
