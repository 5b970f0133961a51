//! What a person answered.

use std::collections::BTreeSet;

use crate::Right;

/// The answers to a [`Review`](crate::Review). They can only take from what it asks for: a right that
/// it does not list is an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    agreed: bool,
    everything: bool,
    granted: BTreeSet<Right>,
    refused: BTreeSet<Right>,
}

impl Answers {
    /// Nobody was asked. What asks for nothing is installed, an update that asks for no more than was
    /// granted takes the place of what was there, and any other update waits.
    ///
    /// A bundle is not signed, and an update is whatever has the plugin's name: pass this only for what
    /// comes from where the plugin came from.
    #[must_use]
    pub fn nobody() -> Self {
        Self::default()
    }

    /// A person read the review and agrees to what the plugin requires, its limits among it. Of what it
    /// can do without, it gets what it was granted before.
    #[must_use]
    pub fn agreed() -> Self {
        Self { agreed: true, ..Self::default() }
    }

    /// A person agrees to all of it.
    #[must_use]
    pub fn everything() -> Self {
        Self { agreed: true, everything: true, ..Self::default() }
    }

    /// The same, with this right granted. It makes no answer to the rest: where nobody agreed to what
    /// is required, nothing is granted.
    #[must_use]
    pub fn granting(mut self, right: Right) -> Self {
        self.refused.remove(&right);
        self.granted.insert(right);
        self
    }

    /// The same, with this right refused. Without a right that it requires, a plugin is not installed.
    #[must_use]
    pub fn refusing(mut self, right: Right) -> Self {
        self.granted.remove(&right);
        self.refused.insert(right);
        self
    }

    /// Whether a person answered.
    #[must_use]
    pub const fn is_agreed(&self) -> bool {
        self.agreed
    }

    /// What was answered about one right, if anything.
    pub(crate) fn to(&self, right: &Right) -> Option<bool> {
        if self.refused.contains(right) {
            return Some(false);
        }
        (self.everything || self.granted.contains(right)).then_some(true)
    }

    /// The first right that is named and not asked for.
    pub(crate) fn beyond(&self, asked: &[Right]) -> Option<&Right> {
        self.granted.iter().chain(&self.refused).find(|right| !asked.contains(right))
    }
}
