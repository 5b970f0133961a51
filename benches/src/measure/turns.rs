//! Things that take turns, so that whatever else the machine does falls on all alike.

use std::error::Error;

use super::ms;
use crate::figure::{Aim, Figure};
use crate::process::Cost;
use crate::run::Document;
use crate::spread::Spread;

/// One thing that is done again and again.
pub(super) struct Contestant<'a> {
    /// Stable name.
    name: &'static str,
    round: Box<dyn FnMut() -> Result<Cost, Box<dyn Error>> + 'a>,
    wall: Vec<f64>,
    cpu: Vec<f64>,
}

impl<'a> Contestant<'a> {
    pub(super) fn new(
        name: &'static str,
        round: impl FnMut() -> Result<Cost, Box<dyn Error>> + 'a,
    ) -> Self {
        Self { name, round: Box::new(round), wall: Vec::new(), cpu: Vec::new() }
    }

    fn run(&mut self, counted: bool) -> Result<(), Box<dyn Error>> {
        let cost = (self.round)().map_err(|error| format!("{}: {error}", self.name))?;
        if counted {
            self.wall.push(ms(cost.wall));
            self.cpu.push(ms(cost.cpu));
        }
        Ok(())
    }
}

/// Lets each do its thing so often, one after the other.
pub(super) fn take_turns(
    contestants: &mut [Contestant<'_>],
    rounds: usize,
) -> Result<(), Box<dyn Error>> {
    for round in 0..=rounds {
        // Whoever is first in a round has the colder caches, so everybody is first in turn. The
        // round before the first is for reading programs from disk.
        let first = round % contestants.len();
        for offset in 0..contestants.len() {
            let place = (first + offset) % contestants.len();
            if let Some(contestant) = contestants.get_mut(place) {
                contestant.run(round > 0)?;
            }
        }
    }
    Ok(())
}

/// What is told: contestant, clock, stable name, text, its peer, and the aim.
pub(super) type Row = (&'static str, bool, &'static str, &'static str, &'static str, Aim);

pub(super) const WALL: bool = true;
pub(super) const CPU: bool = false;

pub(super) fn report(rows: &[Row], contestants: &[Contestant<'_>], document: &mut Document) {
    let spread = |name: &str, wall: bool| {
        let found = contestants.iter().find(|contestant| contestant.name == name)?;
        Spread::of(if wall { found.wall.clone() } else { found.cpu.clone() })
    };
    for &(name, wall, id, what, peer, aim) in rows {
        let Some(own) = spread(name, wall) else { continue };
        let figure = Figure::new(id, what, "ms", own);
        let figure = match spread(peer, wall) {
            Some(found) => figure.beside(peer, found).aim(aim),
            // A comparison alone tells nothing without its peer.
            None if matches!(aim, Aim::None) && !peer.is_empty() => continue,
            None => figure,
        };
        document.figures.push(figure);
    }
}
