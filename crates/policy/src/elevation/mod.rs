//! Single operations beyond a grant: which of them the policy allows, refuses, or leaves to a person.
//!
//! A running plugin may wish for one thing that its grant does not cover: to write one file to disk
//! at once, to have one command run. [`Elevation`] holds the lines of the policy's entry against a
//! [`Wish`] and says [`Decided`]. What it allows is what was asked for and no more; how a right is
//! then handed out, used up and taken back is not known here. Where no line speaks, a person
//! decides.

mod decide;
mod host;
mod places;
#[cfg(test)]
mod properties;
mod read;
mod rule;
#[cfg(test)]
mod tests;
mod wish;

pub use aether_token::Right;
pub use decide::{Decided, Elevation};
pub use read::{MAX_ELEVATION, MAX_LIFETIME, MAX_USES};
pub use rule::{Answer, ElevationRule, LIFETIME, USES};
pub use wish::{Scope, Wish};

pub(crate) use read::read;
