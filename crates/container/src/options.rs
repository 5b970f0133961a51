//! What a launch may make use of beside its recipe.

use crate::{Broker, Spare};

/// What a launch may make use of beside its recipe.
#[derive(Debug, Default)]
pub struct LaunchOptions {
    /// Decides on the files that the recipe's native program opens, if the recipe says so.
    pub broker: Option<Box<dyn Broker>>,
    /// Whose container it is, where the system's containers have names: letters and digits of its own
    /// for each plugin. What has none shares one.
    pub container: Option<String>,
    /// A process that was made ahead. It is used if it fits the recipe, and ended if not.
    pub spare: Option<Spare>,
}
