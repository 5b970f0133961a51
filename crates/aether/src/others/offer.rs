//! Offering plugins to each other, and ceasing to.

use std::collections::BTreeSet;
use std::sync::Arc;

use aether_pipeline::Plan;

use super::offered::{Entry, Offered};
use crate::{Host, Plugin, RestartPolicy, StartOptions, start_options};

/// Why a plugin is not offered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OfferError {
    /// Another one of that name is.
    #[error("two plugins that are offered are called `{0}`: give one another `name`")]
    Taken(String),
}

impl Host {
    /// Lets other plugins of this run call this one's methods: those whose grants name them, and
    /// that the policy's entry for this plugin lets call it. It is started by the first call, on its
    /// own grant, and runs from then on; started again when it has failed, as one that is kept
    /// ([`Host::keep`]) with the default [`RestartPolicy`]. What is to be agreed to for it is asked
    /// together with what is asked next.
    ///
    /// # Errors
    /// [`OfferError`].
    pub fn offer(&self, plugin: &Plugin, options: &StartOptions) -> Result<(), OfferError> {
        let name = &plugin.identity().name;
        let kept = self.as_its_own().keep(plugin, options, RestartPolicy::default());
        match self.0.offered.add(name, Entry::One { kept: Arc::new(kept.offered()), called: false })
        {
            true => Ok(()),
            false => Err(OfferError::Taken(name.clone())),
        }
    }

    /// Stops every offered plugin that runs, and offers none of them any more. Calls of them that
    /// are under way are cancelled. [`Host::finish`] does the same; what they would change is known
    /// after this.
    pub fn withdraw(&self) {
        self.0.offered.withdraw(None);
    }

    /// The same for one of them, by its name.
    pub fn withdraw_plugin(&self, name: &str) {
        self.0.offered.withdraw(Some(&BTreeSet::from([name.to_owned()])));
    }

    /// Offers the plugins of a pipeline to each other, each as its step starts it; gives the names
    /// that are offered for it.
    ///
    /// What is called by a name must be one thing: of plugins that share a name, or that are started
    /// in different ways by different steps, none is offered.
    pub(crate) fn offer_steps(
        &self,
        plan: &Plan,
        plugin_of: impl Fn(&aether_pipeline::Step) -> Option<Plugin>,
    ) -> BTreeSet<String> {
        let mut found: Vec<(Plugin, StartOptions)> = Vec::new();
        let mut several = BTreeSet::new();
        for step in plan.steps() {
            let Some(plugin) = plugin_of(step) else { continue };
            let options = StartOptions { step: None, ..start_options(plan, step) };
            let name = &plugin.identity().name;
            match found.iter().find(|(known, _)| known.identity().name == *name) {
                None => found.push((plugin, options)),
                Some((known, other))
                    if known.identity() == plugin.identity() && other.is_like(&options) => {}
                Some(_) => {
                    several.insert(name.clone());
                }
            }
        }
        let mut names = BTreeSet::new();
        for (plugin, options) in found {
            let name = plugin.identity().name.clone();
            let offered = match several.contains(&name) {
                true => self.0.offered.add(&name, Entry::Several),
                // One that was offered before stays what it is.
                false => self.offer(&plugin, &options).is_ok(),
            };
            if offered {
                names.insert(name);
            }
        }
        names
    }

    /// Offers the plugins of these names no more.
    pub(crate) fn withdraw_steps(&self, names: &BTreeSet<String>) {
        self.0.offered.withdraw(Some(names));
    }

    /// The offered plugins, to be agreed to.
    pub(crate) fn offers(&self) -> Vec<(Plugin, StartOptions)> {
        self.0.offered.all()
    }
}

impl StartOptions {
    /// Whether both start a plugin in the same way.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.mounts == other.mounts && self.narrowing == other.narrowing
    }
}

impl Drop for super::Presence {
    fn drop(&mut self) {
        if let Some(shared) = self.0.upgrade() {
            Offered::withdraw(&shared.offered, None);
        }
    }
}
