//! The parts of a suggestion.

use aether_manifest::{Limit, Permission};
use aether_policy::grant::Risk;

use crate::Observed;

/// An entry to be asked for, with its evidence. The texts are a plugin's choice: they are escaped
/// where they are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuggestedLine {
    /// The list of the manifest.
    pub permission: Permission,
    /// The entry, as the manifest would have it.
    pub entry: String,
    /// What it could cost.
    pub risk: Risk,
    /// How often what it is for was seen.
    pub count: u64,
    /// How many different objects it is for.
    pub evidence: usize,
    /// The number of the first record of it.
    pub first: u64,
    /// A few of the objects.
    pub samples: Vec<String>,
    /// What it allows and, where it is more than was seen, why; one sentence.
    pub why: String,
    /// Whether it allows more than was seen.
    pub is_widened: bool,
    /// Whether what it is for was only looked at.
    pub is_look: bool,
}

/// What was seen and is not asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotSuggested {
    /// The permission that it would need, if one would do.
    pub permission: Option<Permission>,
    /// What it was.
    pub what: String,
    /// How often it was seen.
    pub count: u64,
    /// The number of the first record of it.
    pub first: u64,
    /// Why it is not asked for.
    pub why: String,
    /// Whether it is what nobody is given by habit: a sensitive place, a variable named like a
    /// secret, an address. These come first.
    pub is_grave: bool,
}

impl NotSuggested {
    pub(super) fn of(
        permission: Option<Permission>,
        what: &str,
        observed: &Observed,
        why: String,
    ) -> Self {
        let (count, first) = (observed.count(), observed.first);
        NotSuggested { permission, what: what.to_owned(), count, first, why, is_grave: false }
    }
}

/// A limit below the one that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuggestedLimit {
    /// Which.
    pub limit: Limit,
    /// What it would be, as a manifest has it, without quotes.
    pub value: String,
    /// The most that was used.
    pub peak: String,
    /// The limit that holds.
    pub present: String,
}

impl SuggestedLimit {
    pub(crate) fn new(limit: Limit, value: String, peak: String, present: String) -> Self {
        SuggestedLimit { limit, value, peak, present }
    }

    /// The value as JSON.
    pub(crate) fn json(&self) -> String {
        match self.limit {
            Limit::Cpu | Limit::Processes => self.value.clone(),
            Limit::Memory | Limit::Timeout | Limit::Disk => {
                serde_json::Value::from(self.value.as_str()).to_string()
            }
        }
    }
}
