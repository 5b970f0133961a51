//! Plugins from strings.

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::Scene;

/// A plugin about to be written; [`PluginMaker::main`] writes it.
#[derive(Debug)]
pub struct PluginMaker<'a> {
    pub(crate) scene: &'a Scene,
    pub(crate) folder: String,
    pub(crate) manifest: Map<String, Value>,
}

impl PluginMaker<'_> {
    /// Its `permissions`, as JSON text.
    ///
    /// # Panics
    /// When that is not JSON.
    #[must_use]
    pub fn permissions(self, json: &str) -> Self {
        self.with("permissions", json)
    }

    /// What it may read.
    #[must_use]
    pub fn reads(self, patterns: &[&str]) -> Self {
        self.files("read", patterns)
    }

    /// What it may write.
    #[must_use]
    pub fn writes(self, patterns: &[&str]) -> Self {
        self.files("write", patterns)
    }

    fn files(mut self, key: &str, patterns: &[&str]) -> Self {
        let permissions = self.manifest.entry("permissions").or_insert_with(|| json!({}));
        permissions["filesystem"][key] = json!(patterns);
        self
    }

    /// Its `resources`, as JSON text.
    ///
    /// # Panics
    /// When that is not JSON.
    #[must_use]
    pub fn resources(self, json: &str) -> Self {
        self.with("resources", json)
    }

    /// Any other member of the manifest, as JSON text.
    ///
    /// # Panics
    /// When that is not JSON.
    #[must_use]
    pub fn with(mut self, key: &str, json: &str) -> Self {
        let value = serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"));
        self.manifest.insert(key.to_owned(), value);
        self
    }

    /// Writes the manifest, one member a line so that places can be told apart, and this code.
    /// Gives the plugin's folder.
    ///
    /// # Panics
    /// When the files cannot be written.
    pub fn main(self, code: &str) -> PathBuf {
        let manifest = serde_json::to_string_pretty(&self.manifest).expect("a manifest");
        self.scene.file(format!("{}/aether-plugin.json", self.folder), manifest);
        self.scene.file(format!("{}/main.js", self.folder), code);
        self.scene.path(&self.folder)
    }
}
