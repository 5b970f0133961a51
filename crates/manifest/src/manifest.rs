//! What a manifest says, in checked types.

use std::collections::BTreeMap;

use aether_source::{Diagnostic, Source};

use crate::{
    Asking, Entry, Export, JsEngine, Located, Permission, Permissions, PluginName, Priority,
    Resources, Runtime,
};

/// The name of the manifest in a plugin's folder.
pub const MANIFEST_FILE: &str = "aether-plugin.json";

/// The newest version of the plugin API this Aether knows.
pub const API_VERSION: u32 = 1;

/// Longest description, in characters. It is shown when a person is asked for consent; a long one
/// would push what matters off the screen.
pub const MAX_DESCRIPTION: usize = 500;

/// A checked manifest. Every field but `permissions` may be left out in the file.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The text it was read from.
    pub source: Source,
    /// The plugin's name; the folder's name stands in for it when left out.
    pub name: Option<Located<PluginName>>,
    /// The plugin's version, in the form of semantic versioning.
    pub version: Option<Located<String>>,
    /// One line on what the plugin does.
    pub description: Option<String>,
    /// The version of the plugin API it was written for.
    pub api: u32,
    /// What runs it, as written; see [`Manifest::runtime_or_default`].
    pub runtime: Option<Located<Runtime>>,
    /// What is run, as written; see [`Manifest::entry_or_default`].
    pub entry: Option<Located<Entry>>,
    /// The engine that it is to run in, of a JavaScript plugin that names one. Without it the policy
    /// says which, else it is QuickJS.
    pub engine: Option<Located<JsEngine>>,
    /// What it asks to reach.
    pub permissions: Permissions,
    /// What it asks to use up at most.
    pub resources: Resources,
    /// The schemas of its methods, by name. A method need not be listed to be called.
    pub exports: BTreeMap<String, Export>,
    /// Which compatibility layers it opts in to.
    pub compat: Vec<Located<Compat>>,
    /// Whether it keeps nothing from one call to the next, so that each call may get a fresh instance.
    pub stateless: bool,
    /// How much it matters, in its author's opinion, when there is not enough for all.
    pub priority: Option<Priority>,
    /// The kinds of permission that it can do without: they are taken from it first when it behaves
    /// oddly.
    pub optional: Vec<Located<Permission>>,
    /// The page that an app may show for it, in a frame of its own: a file of the bundle.
    pub panel: Option<Located<String>>,
    /// What is odd but not wrong.
    pub warnings: Vec<Diagnostic>,
    /// Whether it stands in for the options of a command, so that advice names options.
    pub asking: Asking,
}

/// A compatibility layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Compat {
    /// A virtualised `node:fs` over the plugin's own file permissions.
    NodeFs,
}

impl Compat {
    /// As written in the manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Compat::NodeFs => "node:fs",
        }
    }
}

impl Manifest {
    /// What runs the plugin: as written, else what follows from the entry, else JavaScript.
    pub fn runtime_or_default(&self) -> Runtime {
        Runtime::of(self.runtime.as_ref(), self.entry.as_ref())
    }

    /// What is run: as written, else `main.js` or `main.wasm`.
    pub fn entry_or_default(&self) -> Entry {
        match &self.entry {
            Some(entry) => entry.value.clone(),
            None => Entry::default_of(self.runtime_or_default()),
        }
    }

    /// Whether it opts in to a compatibility layer.
    pub fn has_compat(&self, layer: Compat) -> bool {
        self.compat.iter().any(|listed| listed.value == layer)
    }
}
