//! The host owner's policy file, `aether-policy.yaml`.

mod allow;
mod ceilings;
mod model;
mod name;
mod protections;
mod read;
mod schema;
mod select;
#[cfg(test)]
mod tests;

pub use ceilings::Ceilings;
pub use model::{Allow, ConsentMode, Policy, PolicyOrigin, Rule, UnsafeMode};
pub use name::NamePattern;
pub use protections::PROTECTIONS;
pub use read::MAX_RULES;

pub(crate) use ceilings::amount;
