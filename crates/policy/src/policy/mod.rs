//! The host owner's policy file, `aether-policy.yaml`.

mod allow;
pub(crate) mod bounds;
mod ceilings;
mod commands;
mod defined;
mod javascript;
mod model;
mod name;
mod protections;
mod read;
mod schema;
mod secrets;
mod select;
#[cfg(test)]
mod tests;
mod watching;

pub use ceilings::Ceilings;
pub use commands::{Command, CommandValue, MAX_COMMANDS};
pub use javascript::Javascript;
pub use model::{Allow, ConsentMode, Isolation, Policy, PolicyOrigin, Rule, UnsafeMode};
pub use name::NamePattern;
pub use protections::PROTECTIONS;
pub use read::MAX_RULES;
pub use secrets::{MAX_SECRETS, Secret, SecretSource};
pub use watching::{Measure, Watching};

pub(crate) use ceilings::amount;
pub(crate) use defined::Defined;
