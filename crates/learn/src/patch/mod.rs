//! A suggestion as a manifest's text.

mod addition;
mod weave;

use aether_manifest::{MANIFEST_FILE, Permission, PluginName};
use aether_source::{Diagnostic, Source, Value, json};

use crate::Suggestion;
use crate::covered::Asked;

use addition::Addition;
use weave::Weaver;

/// Why a suggestion cannot be written into a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// It is no JSON.
    #[error("the manifest cannot be read, so nothing can be added to it: {}", first(.0))]
    Unreadable(Vec<Diagnostic>),
    /// Something that has to be added to is of another kind.
    #[error("{pointer} of the manifest is {kind}, where {expected} was expected")]
    Shape {
        /// The JSON pointer of it.
        pointer: String,
        /// What it is.
        kind: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// With what is added to it, it is no manifest; most likely it was none before.
    #[error("with the suggestion in it, the manifest is not valid: {}", first(.0))]
    Invalid(Vec<Diagnostic>),
    /// What was added is not what the new text asks for.
    #[error("the new manifest does not ask for the suggested {permission} `{}`", aether_source::printable(.entry))]
    Lost {
        /// The list of the entry.
        permission: Permission,
        /// The entry.
        entry: String,
    },
}

fn first(problems: &[Diagnostic]) -> String {
    problems.first().map(ToString::to_string).unwrap_or_default()
}

impl Suggestion {
    /// Whether there is nothing to be written.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.limits.is_empty()
    }

    /// The manifest's text with the entries and limits added in their places. All that the author
    /// wrote stays as it was, to the blank; only a list or object that stood on one line and grows
    /// beyond it is broken into several. The text is then read again as a manifest, which has to
    /// ask for all that is suggested.
    pub fn patch(&self, manifest: &Source) -> Result<String, PatchError> {
        let root = json(manifest).map_err(PatchError::Unreadable)?;
        if !matches!(root.value, Value::Object(_)) {
            let (pointer, kind) = ("the whole".to_owned(), root.kind());
            return Err(PatchError::Shape { pointer, kind, expected: "an object" });
        }
        if self.is_empty() {
            return Ok(manifest.text().to_owned());
        }
        let text = Weaver::new(manifest, &root).weave(&root, &self.addition())?;
        self.checked(manifest.name(), text)
    }

    /// The smallest manifest with the entries and limits, for a plugin that has none.
    pub fn manifest(&self) -> Result<String, PatchError> {
        let name = PluginName::parse(&self.plugin).ok();
        let name =
            name.map(|name| format!("{{\n  \"name\": \"{name}\",\n  \"permissions\": {{}}\n}}\n"));
        let text = name.unwrap_or_else(|| "{\n  \"permissions\": {}\n}\n".to_owned());
        self.patch(&Source::new(MANIFEST_FILE, text))
    }

    /// All of it, in the shape of a manifest.
    fn addition(&self) -> Addition {
        let mut root = Addition::default();
        for permission in Permission::ALL {
            let lines = self.lines.iter().filter(|line| line.permission == permission);
            for line in lines {
                root.entry(permission, &line.entry);
            }
        }
        for limit in &self.limits {
            root.limit(limit.limit.as_str(), limit.json());
        }
        root
    }

    fn checked(&self, name: &str, text: String) -> Result<String, PatchError> {
        let manifest = aether_manifest::parse(Source::new(name, text.as_str()))
            .map_err(PatchError::Invalid)?;
        for line in &self.lines {
            let entries = manifest.permissions.entries(line.permission);
            let asks = entries.iter().any(|entry| entry.value == line.entry);
            let reads = Asked::of(line.permission, &line.entry).is_some();
            if !asks || !reads {
                let entry = line.entry.clone();
                return Err(PatchError::Lost { permission: line.permission, entry });
            }
        }
        Ok(text)
    }
}
