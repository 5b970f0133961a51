//! Why a plugin's bytes are not compiled.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Longest message of the compiler that is passed on, in bytes.
const MESSAGE_BYTES: usize = 500;

/// Why a plugin's bytes are not compiled. It is told to whoever made the plugin, and travels from
/// the cell that compiles to the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum CompileError {
    /// Not WebAssembly.
    #[error("this is not WebAssembly: it does not begin with `\\0asm`{}", text_advice(*.text))]
    NotWasm {
        /// It looks like the text form.
        text: bool,
    },
    /// Machine code, or what some compiler made for itself.
    #[error(
        "this is compiled machine code, which is never taken from a plugin; the entry must be the \
         `.wasm` that it was made of"
    )]
    Precompiled,
    /// It ends too early.
    #[error(
        "the file is cut off: it ends at byte {at}, within what it says it has; build it again"
    )]
    Truncated {
        /// The byte at which it ends.
        at: u64,
    },
    /// Of another version of WebAssembly.
    #[error(
        "its version is {number:#x}, which is neither a module (0x1) nor a component (0x1000d); \
         build it with a current toolchain"
    )]
    Version {
        /// The number that it says.
        number: u32,
    },
    /// Not valid.
    #[error("it is not valid WebAssembly, at byte {at}: {message}")]
    Invalid {
        /// What the validator says.
        message: String,
        /// Where.
        at: u64,
    },
    /// More of something than any plugin may have.
    #[error("it has {has} {what}, and no plugin may have more than {most}")]
    TooMany {
        /// What.
        what: String,
        /// How much of it.
        has: u64,
        /// The most that any may have.
        most: u64,
    },
    /// More memory from the start than the plugin may have.
    #[error(
        "it has {has} bytes of memory from the start, and this plugin may have {most}; raise \
         `resources.memory` in its manifest, or build it with less initial memory"
    )]
    Memory {
        /// Bytes that it declares.
        has: u64,
        /// Bytes that it may have.
        most: u64,
    },
    /// It imports what is not there.
    #[error("{} of its imports are not there:{}", missing.len(), Lines(missing))]
    Imports {
        /// Everything that is missing.
        missing: Vec<Missing>,
    },
    /// A core module that cannot be made a component.
    #[error("the module cannot be made a component: {message}")]
    Adapt {
        /// Why not.
        message: String,
    },
    /// Nothing in it can be called.
    #[error(
        "it exports nothing that can be called: export a function of the component, \
         `wasi:cli/run`, or `aether:plugin/handler`{}",
        Lines(left_out)
    )]
    NoMethods {
        /// Exports that cannot be called, each with the reason.
        left_out: Vec<String>,
    },
    /// The compiler failed.
    #[error("it cannot be compiled: {message}")]
    Compiler {
        /// What the compiler says.
        message: String,
    },
}

/// An import that is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// Its name.
    pub name: String,
    /// What to do about it.
    pub advice: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}`: {}", self.name, self.advice)
    }
}

struct Lines<'a, T>(&'a [T]);

impl<T: fmt::Display> fmt::Display for Lines<'_, T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // In one line: it is shown as what a plugin says, in which nothing breaks lines.
        let mut before = " ";
        self.0
            .iter()
            .try_for_each(|line| write!(out, "{}{line}", std::mem::replace(&mut before, "; ")))
    }
}

const fn text_advice(text: bool) -> &'static str {
    match text {
        true => "; it looks like the text form, which `wasm-tools parse` turns into the binary one",
        false => "; the entry of a WebAssembly plugin must be a `.wasm` file",
    }
}

/// A message of somebody else on one line, and not too long.
pub(crate) fn one_line(message: &str) -> String {
    let line: Vec<&str> = message.split_whitespace().collect();
    let line = line.join(" ");
    aether_protocol::limits::cut(&line, MESSAGE_BYTES).to_owned()
}
