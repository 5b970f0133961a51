//! What a decision is made from.

use aether_manifest::{Manifest, Permissions};
use aether_path::VirtualPath;
use jiff::Timestamp;

use super::engine::Engine;
use crate::consent::Consents;
use crate::policy::Policy;

/// Which plugin is to be started.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// Its name: the manifest's, or what stands in for it. Policy entries are found by it.
    pub name: String,
    /// Its version, for people; empty when it has none.
    pub version: String,
    /// The digest of its bundle (`b3:` and 64 hexadecimal digits).
    pub digest: String,
}

/// A folder of the host that stands at a place of the plugin's virtual file tree.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mount {
    /// Where the plugin sees it.
    pub root: VirtualPath,
    /// The folder on the host, as an absolute path.
    pub host: String,
    /// Whether a person named the folder for this run, on the command line or by starting in it. A
    /// folder that a pipeline or plugin chose is not to be trusted to be what its virtual name
    /// says.
    pub typed_by_person: bool,
    /// Whether it is, or lies in, what the kernel shows of the host's own process: its variables,
    /// its memory, its descriptors. Whoever has these needs no grant, so none reaches them.
    pub shows_host: bool,
}

impl Mount {
    /// Whether the folder is what its virtual name says, or a person named it.
    pub(crate) fn is_plain(&self) -> bool {
        self.typed_by_person || self.host == self.root.as_str()
    }
}

/// What a decision is made from.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// What the plugin asks for.
    pub manifest: &'a Manifest,
    /// Which plugin it is.
    pub identity: &'a Identity,
    /// What the owner of the host allows.
    pub policy: Option<&'a Policy>,
    /// What runs a JavaScript plugin, and what it may, where neither its manifest nor the policy says:
    /// the word of whoever wrote the host.
    pub engine: Engine,
    /// What a step of a pipeline leaves of the request; every list counts, an empty one leaves
    /// nothing. It never adds.
    pub narrowing: Option<&'a Permissions>,
    /// Which folders of the host the plugin's paths lead to.
    pub mounts: &'a [Mount],
    /// What persons answered before.
    pub consents: Option<&'a Consents>,
    /// No person can be asked.
    pub unattended: bool,
    /// The time of the decision.
    pub now: Timestamp,
}
