//! Which entry governs a plugin.

use super::{Policy, Rule};

impl Policy {
    /// The one rule for a plugin: its exact name wins over patterns, and among patterns the longest
    /// beginning. Rules are never joined, so that one place says all that a plugin may do.
    pub fn rule_for(&self, plugin: &str) -> Option<&Rule> {
        let matching = self.rules.iter().filter(|rule| rule.name.value.matches(plugin));
        matching.max_by_key(|rule| rule.name.value.narrowness())
    }
}
