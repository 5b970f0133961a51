//! What is known of a plugin once it has been compiled.

use serde::{Deserialize, Serialize};

/// What the plugin's bytes were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A component.
    Component,
    /// A core module that imports nothing, or only `env.abort`: made a component whose methods
    /// take and give numbers.
    Module,
    /// A core module for WASI preview 1 with `_start`: made a command component.
    Preview1Command,
    /// A core module for WASI preview 1 without `_start`: made a component.
    Preview1Reactor,
}

/// The facts of one plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// What its bytes were.
    pub kind: Kind,
    /// What it imports, each with the permission that it takes.
    pub imports: Vec<Import>,
    /// What can be called, sorted by name.
    pub methods: Vec<Method>,
    /// It exports `aether:plugin/handler`, which names further methods when it runs.
    pub handler: bool,
    /// It exports `aether:plugin/listener`, and so hears events.
    pub listener: bool,
    /// Exports that cannot be called by name, each with the reason.
    pub left_out: Vec<String>,
    /// Numbers about it.
    pub size: Size,
}

/// One import of a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Its name, such as `wasi:filesystem/types@0.2.3`.
    pub name: String,
    /// The permission that using it takes, for whoever holds it to a grant.
    pub needs: Need,
}

/// What an import is of use for only with a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// Nothing: every plugin has it.
    Nothing,
    /// Files.
    Files,
    /// Other machines.
    Network,
    /// Variables of the environment.
    Environment,
    /// Methods of other plugins.
    Plugins,
    /// Events.
    Events,
    /// Secrets of the host's owner.
    Secrets,
    /// Commands of the host's owner.
    Commands,
    /// It is there so that programs can be linked, and always refused.
    Refused,
}

/// A method of a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Method {
    /// The name by which it is called: `add`, or `calculator.add` of an exported interface.
    pub name: String,
    /// The names of its parameters and their types, as WIT has them.
    pub params: Vec<(String, String)>,
    /// The type of its result, if it has one.
    pub result: Option<String>,
    /// Where it is found: the exported interface, and the function.
    pub(crate) interface: Option<String>,
    pub(crate) function: String,
    pub(crate) form: Form,
}

/// How a method is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Form {
    /// By its types.
    Typed,
    /// `func(list<u8>) -> list<u8>`.
    Bytes,
    /// `func(string) -> string`.
    Text,
    /// `wasi:cli/run`.
    Command,
}

/// Numbers about a plugin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Bytes of the module or component.
    pub bytes: u64,
    /// Functions, at every depth.
    pub functions: u64,
    /// Modules, at every depth.
    pub modules: u64,
    /// Bytes of memory that it has from the start.
    pub memory: u64,
}
