//! What the cells of a plugin leave to those that are started after them: a plugin is not new when it
//! is started again.

use aether_manifest::Asking;
use aether_monitor::{Carried, Watcher};
use aether_policy::grant::Grant;

use super::{Host, lock};

/// Plugins whose cells are remembered. Stops a host that runs ever new plugins from filling its memory.
const REMEMBERED: usize = 256;

/// One plugin's, by the name and the digest of its code.
#[derive(Debug)]
pub(super) struct History {
    plugin: String,
    digest: String,
    carried: Carried,
}

impl Host {
    /// The watcher with what earlier cells of the plugin have left.
    pub(super) fn with_history(&self, grant: &Grant, watcher: Watcher) -> Watcher {
        let of = grant.plugin();
        let all = lock(&self.0.histories);
        let known = all.iter().find(|one| one.plugin == of.name && one.digest == of.digest);
        let carried = known.map(|one| one.carried.clone()).unwrap_or_default();
        watcher.with(carried, self.0.started.elapsed())
    }

    /// What a cell has left. A command is another one each time, whatever it is called.
    pub(crate) fn leave_history(&self, grant: &Grant, carried: Carried) {
        if grant.asking() != Asking::Manifest {
            return;
        }
        let of = grant.plugin();
        let mut all = lock(&self.0.histories);
        let at = all.iter().position(|one| one.plugin == of.name && one.digest == of.digest);
        let carried = match at.map(|at| all.remove(at)) {
            Some(before) => before.carried.and(carried),
            None => carried,
        };
        if all.len() >= REMEMBERED {
            all.remove(0);
        }
        let (plugin, digest) = (of.name.clone(), of.digest.clone());
        all.push(History { plugin, digest, carried });
    }

    /// A person has looked at what the plugin did.
    pub(super) fn forget_history(&self, plugin: &str) {
        lock(&self.0.histories).retain(|one| one.plugin != plugin);
    }
}
