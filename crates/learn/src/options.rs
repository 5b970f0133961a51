//! How readily several things become one entry.

/// How readily several things become one entry, and what counts. The defaults are meant to be kept:
/// each step down asks for more than was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How many paths have to differ in the same version, date, number or short hash, and nowhere
    /// else, before a wildcard stands for it. Never fewer than 2.
    pub alike: usize,
    /// How many different entries directly in a folder it takes until it is named as a whole: more
    /// than this.
    pub folder: usize,
    /// How many hosts right below a domain it takes until `*` stands for them. Never fewer than 2.
    pub subdomains: usize,
    /// Whether what was denied is asked for too. Not after a run that was widened to learn from:
    /// that denied only what nobody should be given by habit.
    pub denied: bool,
    /// Whether the entries of a folder that was listed are asked for although they were only looked
    /// at. Whoever walks through a folder looks at all that it is shown there; what is not granted
    /// is not shown, and not missed.
    pub looks: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { alike: 2, folder: 8, subdomains: 5, denied: false, looks: false }
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
