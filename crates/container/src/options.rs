//! What a launch may make use of beside its recipe.

use crate::{Broker, Spare};

/// What a launch may make use of beside its recipe.
#[derive(Debug, Default)]
pub struct LaunchOptions {
    /// Decides on the files that the recipe's native program opens, if the recipe says so.
    pub broker: Option<Box<dyn Broker>>,
    /// A process that was made ahead. It is used if it fits the recipe, and ended if not.
    pub spare: Option<Spare>,
}
