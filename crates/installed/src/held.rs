//! A version that is kept in place while it runs.

use std::path::PathBuf;
use std::sync::Arc;

use aether_bundle::Digest;
use aether_manifest::{Manifest, Permissions, PluginName};
use aether_policy::consent::Consents;
use aether_policy::grant::{Decision, Identity, Input, Mount, decide};
use aether_policy::policy::Policy;
use jiff::Timestamp;

use crate::disk::Shared;
use crate::state::{Version, places};

/// A version whose files stay where they are for as long as this lives, whatever is installed or
/// uninstalled meanwhile; and what a host needs to start it. What was granted is as it was when it was
/// made: a running plugin keeps its rights until it is started again.
#[derive(Debug)]
pub struct Held {
    shared: Arc<Shared>,
    name: PluginName,
    folder: PathBuf,
    version: Version,
    permissions: Permissions,
    identity: Identity,
}

impl Held {
    pub(crate) fn new(shared: &Arc<Shared>, name: &PluginName, version: &Version) -> Self {
        Self {
            shared: Arc::clone(shared),
            folder: shared.folder(name, &version.digest),
            permissions: version.permissions(),
            identity: version.identity(name),
            name: name.clone(),
            version: version.clone(),
        }
    }

    /// The plugin's name.
    #[must_use]
    pub const fn name(&self) -> &PluginName {
        &self.name
    }

    /// The folder to load it from.
    #[must_use]
    pub const fn folder(&self) -> &PathBuf {
        &self.folder
    }

    /// The digest that the loaded bundle must have. Where it has another, somebody changed the files, and
    /// it must not be started.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.version.digest
    }

    /// Name, version and digest, as a decision takes them.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Its manifest.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.version.manifest
    }

    /// What was granted: what is to be left of its request when it is started.
    #[must_use]
    pub const fn permissions(&self) -> &Permissions {
        &self.permissions
    }

    /// The person's answer in the form in which a start looks for it: for exactly this version, these
    /// permissions and these places. It holds none where a place is not among those of the review that
    /// the person saw, and then a person has to be asked; nor where the policy refuses the start.
    #[must_use]
    pub fn consents(&self, policy: Option<&Policy>, mounts: &[Mount]) -> Consents {
        let mut consents = Consents::new();
        if !places(mounts).is_subset(&self.version.places) {
            return consents;
        }
        let input = Input {
            manifest: &self.version.manifest,
            identity: &self.identity,
            policy,
            engine: aether_policy::grant::Engine::default(),
            narrowing: Some(&self.permissions),
            mounts,
            consents: None,
            unattended: false,
            now: Timestamp::now(),
        };
        if let Decision::Ask(review) = decide(&input) {
            consents.remember(review.consent(self.version.agreed));
        }
        consents
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut inner = self.shared.lock();
        let key = (self.name.clone(), self.version.digest);
        match inner.held.get_mut(&key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                inner.held.remove(&key);
                self.shared.discard(&mut inner, &self.name, &self.version.digest);
            }
        }
    }
}

/// A change that counts from the plugin's next start on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a running plugin keeps what it had until it is started again"]
pub struct NextStart {
    /// Whether the plugin is held, so that it has to be stopped, or started again, for the change to
    /// count.
    pub running: bool,
}
