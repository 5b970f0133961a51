//! What is run, and what runs it.

use std::fmt;

use aether_path::VirtualPath;
use aether_source::{Item, Value, quoted};

use crate::Located;

/// Most words of a native command; each has at most 4096 bytes. The kernel's limits on arguments
/// are far higher, and a manifest must not fill them.
pub const MAX_COMMAND: usize = 64;

/// Longest word of a native command, in bytes.
const MAX_WORD: usize = 4096;

/// What runs a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Runtime {
    /// The JavaScript engine.
    Javascript,
    /// The WebAssembly engine.
    Wasm,
    /// The operating system.
    Native,
}

impl Runtime {
    /// As written, else what follows from the entry, else JavaScript.
    pub(crate) fn of(runtime: Option<&Located<Self>>, entry: Option<&Located<Entry>>) -> Self {
        let stated = runtime.map(|runtime| runtime.value);
        let implied = || entry.and_then(|entry| entry.value.runtime());
        stated.or_else(implied).unwrap_or(Self::Javascript)
    }

    pub(crate) const WORDS: [(&'static str, Runtime); 3] =
        [("javascript", Runtime::Javascript), ("wasm", Runtime::Wasm), ("native", Runtime::Native)];

    /// As written in the manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Runtime::Javascript => "javascript",
            Runtime::Wasm => "wasm",
            Runtime::Native => "native",
        }
    }
}

impl fmt::Display for Runtime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// What is run.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Entry {
    /// A file of the bundle: relative, without `.` and `..` components.
    File(String),
    /// A command with its arguments, for a native plugin; never passed through a shell.
    Command(Vec<String>),
}

impl Entry {
    /// The runtime that follows from the entry, if one does.
    pub fn runtime(&self) -> Option<Runtime> {
        match self {
            Entry::Command(_) => Some(Runtime::Native),
            Entry::File(file) => match extension(file) {
                "js" | "mjs" | "cjs" | "ts" | "mts" | "cts" => Some(Runtime::Javascript),
                "wasm" => Some(Runtime::Wasm),
                _ => None,
            },
        }
    }

    /// The entry of a plugin that names none. A native one must name it; what is given for it here
    /// is never used, because a manifest without it is refused.
    pub(crate) fn default_of(runtime: Runtime) -> Entry {
        match runtime {
            Runtime::Javascript => Entry::File("main.js".to_owned()),
            Runtime::Wasm => Entry::File("main.wasm".to_owned()),
            Runtime::Native => Entry::Command(Vec::new()),
        }
    }
}

/// Reads an entry.
pub(crate) fn read(item: &Item<'_>) -> Option<Entry> {
    match &item.node().value {
        Value::String(text) => file(item, text).map(Entry::File),
        Value::Array(_) => command(item).map(Entry::Command),
        _ => item.expected("a file of the bundle or, for a native plugin, a list of strings"),
    }
}

/// Checks that runtime and entry go together, and that one of them says what the plugin is.
pub(crate) fn check(
    runtime: Option<&Located<Runtime>>,
    entry: Option<&Located<Entry>>,
    item: Option<&Item<'_>>,
) {
    let (Some(entry), Some(item)) = (entry, item) else { return };
    let implied = entry.value.runtime();
    match (runtime.map(|runtime| runtime.value), implied) {
        (None, None) => item.error_with(
            "unknown-entry",
            "the runtime does not follow from this entry",
            "add `\"runtime\": \"javascript\"`, `\"wasm\"` or `\"native\"`",
        ),
        (Some(Runtime::Native), _) | (None, Some(_)) => {}
        (Some(stated), implied) if implied == Some(stated) => {}
        (Some(stated), _) => {
            let needs = match stated {
                Runtime::Wasm => "a `.wasm` file",
                _ => {
                    "a file of JavaScript (`.js`, `.mjs`, `.cjs`) or TypeScript (`.ts`, `.mts`, `.cts`)"
                }
            };
            let message = format!("the runtime is `{stated}`, but this entry is not {needs}");
            item.error_with("entry-mismatch", message, "change `entry` or `runtime`");
        }
    }
}

/// Reports that a native plugin names no command.
pub(crate) fn require_command(runtime: Option<&Item<'_>>) {
    if let Some(item) = runtime {
        let message = "a native plugin must say what to run";
        item.error_with("missing-key", message, "add `\"entry\": [\"./program\"]`");
    }
}

/// A file of the bundle.
pub(crate) fn file(item: &Item<'_>, text: &str) -> Option<String> {
    let bundle = VirtualPath::root();
    if text.starts_with('/') || text.contains('\\') {
        let message = format!("{} is not a path inside the plugin's folder", quoted(text));
        item.error_with("bad-entry", message, "write it relative, with `/` between folders");
        return None;
    }
    match VirtualPath::resolve(&bundle, text) {
        Ok(path) if !path.is_root() => path.strip_prefix(&bundle).map(str::to_owned),
        Ok(_) => {
            item.error("bad-entry", "this names no file");
            None
        }
        Err(error) => {
            item.error("bad-entry", error.to_string());
            None
        }
    }
}

fn command(item: &Item<'_>) -> Option<Vec<String>> {
    let words = item.strings()?;
    if words.is_empty() {
        item.error("bad-entry", "the command is empty");
        return None;
    }
    if words.len() > MAX_COMMAND {
        item.error("bad-entry", format!("a command has at most {MAX_COMMAND} words"));
        return None;
    }
    if let Some((long, _)) = words.iter().find(|(_, word)| word.len() > MAX_WORD) {
        long.error("bad-entry", format!("a word of a command has at most {MAX_WORD} bytes"));
        return None;
    }
    if let Some((program, word)) = words.first() {
        check_program(program, word)?;
    }
    Some(words.into_iter().map(|(_, word)| word.to_owned()).collect())
}

/// The program: a name, a path inside the bundle, or an absolute path; never with `..`.
fn check_program(item: &Item<'_>, word: &str) -> Option<()> {
    match VirtualPath::resolve(&VirtualPath::root(), word) {
        Ok(path) if !path.is_root() => Some(()),
        Ok(_) => {
            item.error("bad-entry", "the command names no program");
            None
        }
        Err(error) => {
            item.error("bad-entry", error.to_string());
            None
        }
    }
}

fn extension(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}
