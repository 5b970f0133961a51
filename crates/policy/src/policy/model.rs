//! What a policy says.

use std::collections::BTreeMap;

use aether_manifest::{Compat, Located, Permissions, Priority, Rates};
use aether_path::PathPattern;
use aether_source::{Diagnostic, Source, Span};

use super::{Ceilings, Command, Javascript, NamePattern, Secret, Watching};
use crate::elevation::ElevationRule;
use crate::window::Windows;

/// A policy: what the owner of the host allows. Whatever it does not name is denied.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The file.
    pub source: Source,
    /// How it came to be used.
    pub origin: PolicyOrigin,
    /// Whether runs without a container are allowed at all.
    pub unsafe_mode: UnsafeMode,
    /// Ceilings for every plugin.
    pub limits: Ceilings,
    pub(super) secrets: BTreeMap<String, Secret>,
    pub(super) commands: BTreeMap<String, Command>,
    /// The entries, in the order of the file.
    pub rules: Vec<Rule>,
    /// How closely every plugin is watched.
    pub watching: Watching,
    /// What runs every JavaScript plugin, and what it may.
    pub javascript: Javascript,
    /// What is probably not meant, though usable.
    pub warnings: Vec<Diagnostic>,
}

/// How a policy came to be used. Whoever wrote the pipeline may also have written the policy that
/// lies beside it, so such a policy grants no sensitive places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PolicyOrigin {
    /// A person named it (`--policy`), or it is the user's own configuration.
    Named,
    /// It was found beside a pipeline or plugin.
    Discovered,
}

/// Whether `--unsafe` may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum UnsafeMode {
    /// It may, with loud warnings elsewhere.
    #[default]
    Allow,
    /// It may not.
    Forbid,
}

/// The one entry that governs a plugin.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The plugins it is for.
    pub name: Located<NamePattern>,
    /// The only version it is for, if it names one.
    pub digest: Option<Located<String>>,
    /// What is allowed.
    pub allow: Allow,
    /// Ceilings for this plugin, under those for every plugin.
    pub limits: Ceilings,
    /// How fast it may call its host, where that is not as fast as any other.
    pub rates: Rates,
    /// When it may start; without windows, at any time.
    pub windows: Option<Windows>,
    /// Where the windows stand.
    pub windows_at: Option<Span>,
    /// Whether a person must agree too.
    pub consent: ConsentMode,
    /// Names of the protections it may run without.
    pub degraded: Vec<Located<String>>,
    /// Where it runs.
    pub isolation: Isolation,
    /// How much it matters when there is not enough for all.
    pub priority: Option<Priority>,
    /// How closely it is watched, where that is not as closely as any other.
    pub watching: Watching,
    /// What runs it, of a JavaScript plugin, where that is not as for every plugin.
    pub javascript: Javascript,
    /// The plugins that may call its exported methods; none by default.
    pub callers: Vec<Located<NamePattern>>,
    /// Where what it writes is made on disk as soon as the run has ended well; elsewhere it waits.
    pub commit: Vec<Located<PathPattern>>,
    /// Where what it changes is changed on disk at once.
    pub direct: Vec<Located<PathPattern>>,
    /// What is answered to wishes beyond the grant, in the order of the file.
    pub elevation: Vec<ElevationRule>,
}

impl Policy {
    /// The secret of this name. Without those of a policy that was found: whoever laid it beside a
    /// pipeline could otherwise name any file.
    pub fn secret(&self, name: &str) -> Option<&Secret> {
        self.own(&self.secrets).get(name)
    }

    /// The secrets, by name.
    pub fn secrets(&self) -> impl Iterator<Item = (&str, &Secret)> {
        self.own(&self.secrets).iter().map(|(name, secret)| (name.as_str(), secret))
    }

    /// The command of this name, likewise.
    pub fn command(&self, name: &str) -> Option<&Command> {
        self.own(&self.commands).get(name)
    }

    /// The commands, by name.
    pub fn commands(&self) -> impl Iterator<Item = (&str, &Command)> {
        self.own(&self.commands).iter().map(|(name, command)| (name.as_str(), command))
    }

    /// Reading refuses these sections in a policy that was found; that holds too where somebody
    /// changes the origin afterwards.
    fn own<'a, T>(&self, all: &'a BTreeMap<String, T>) -> &'a BTreeMap<String, T> {
        if self.origin == PolicyOrigin::Named { all } else { const { &BTreeMap::new() } }
    }
}

impl Rule {
    /// Whether the plugin of this name may call this one's exported methods.
    pub fn allows_caller(&self, name: &str) -> bool {
        self.callers.iter().any(|pattern| pattern.value.matches(name))
    }
}

/// What a rule allows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Allow {
    /// What may be reached; of the same shape as a manifest's request.
    pub permissions: Permissions,
    /// Compatibility layers; without the key, all of them, since they add no right.
    pub compat: Option<Vec<Located<Compat>>>,
    /// Places inside the owner's own networks that granted names may lead to, as written: what they
    /// mean is the egress gateway's.
    pub private: Vec<Located<String>>,
}

impl Allow {
    /// Whether the layer may be used.
    pub fn allows_compat(&self, layer: Compat) -> bool {
        self.compat.as_ref().is_none_or(|listed| listed.iter().any(|known| known.value == layer))
    }
}

/// What stands between a plugin and its host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Isolation {
    /// A process of its own, confined.
    #[default]
    Process,
    /// Its engine alone: it runs in the host's own process. For WebAssembly.
    InProcess,
}

impl Isolation {
    pub(super) const WORDS: [(&'static str, Isolation); 2] =
        [("process", Isolation::Process), ("in-process", Isolation::InProcess)];

    /// As written in a policy.
    pub fn as_str(self) -> &'static str {
        match self {
            Isolation::Process => "process",
            Isolation::InProcess => "in-process",
        }
    }
}

/// Whether the policy alone decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ConsentMode {
    /// The entry is the owner's consent.
    #[default]
    Granted,
    /// A person must agree too.
    Ask,
}
