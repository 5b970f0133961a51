//! The parts of the harness, and which part this process plays.

mod controls;
mod drive;
mod inside;
mod judge;
mod open;
mod record;
mod traces;
mod trials;
mod user;
mod words;

use aether_attacks::{Attack, engine};

pub(crate) fn main() {
    if aether_container::is_cell() {
        inside::be_a_cell();
    }
    if let Some(attack) = judge::plain_child() {
        inside::be_a_plain_child(&attack);
    }
    if let Some(attack) = user::ordinary_host() {
        user::be_an_ordinary_host(&attack);
    }
    trials::run();
}

/// The attack, or control, of that name.
fn find(name: &str) -> Option<&'static Attack> {
    engine::ALL.iter().chain(controls::ALL).find(|attack| attack.name == name)
}
