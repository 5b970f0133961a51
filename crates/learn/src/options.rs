//! How readily several things become one entry.

use aether_path::VirtualPath;

/// How readily several things become one entry, and what counts. The defaults are meant to be kept:
/// each step down asks for more than was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How many paths have to differ in the same version, date, number or short hash, and nowhere
    /// else, before a wildcard stands for it. Never fewer than 2.
    pub alike: usize,
    /// How many different entries directly in a folder it takes until it is named as a whole: more
    /// than this.
    pub folder: usize,
    /// How many hosts right below a domain it takes until `*` stands for them. Never fewer than 2.
    pub subdomains: usize,
    /// Whether what was denied is asked for too. Not after a run that was widened to learn from
    /// ([`Observations::is_learned_from`](crate::Observations::is_learned_from)): that denied only what
    /// nobody should be given by habit, and what the policy refuses.
    pub denied: bool,
    /// Sensitive files that are known to be there: no wildcard may cover one. Those that were denied, and
    /// that the log tells were kept closed, are added.
    pub closed: Vec<VirtualPath>,
    /// Names of the owner's own network that the policy opens to the plugin, as `name` or `name:port`:
    /// these are hosts like any other. What else a policy can open needs no entry of a manifest.
    pub opened: Vec<String>,
    /// Whether the entries of a folder that was listed are asked for although they were only looked
    /// at. Whoever walks through a folder looks at all that it is shown there; what is not granted
    /// is not shown, and not missed.
    pub looks: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            alike: 2,
            folder: 8,
            subdomains: 5,
            denied: false,
            closed: Vec::new(),
            opened: Vec::new(),
            looks: false,
        }
    }
}

impl Options {
    pub(crate) fn alike(&self) -> usize {
        self.alike.max(2)
    }

    pub(crate) fn subdomains(&self) -> usize {
        self.subdomains.max(2)
    }
}
