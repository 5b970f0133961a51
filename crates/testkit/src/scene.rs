//! A temporary folder in which a test plays.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, json};
use tempfile::TempDir;

use crate::{Command, PluginMaker};

/// A temporary folder with a working folder, a home and a state folder; removed when dropped.
#[derive(Debug)]
pub struct Scene {
    folder: TempDir,
    /// Its real path, without links, so that it is found again in what programs print.
    root: PathBuf,
}

impl Scene {
    /// An empty scene.
    ///
    /// # Panics
    /// When no temporary folder can be made.
    #[must_use]
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().canonicalize().expect("its path");
        for name in ["work", "home", "state"] {
            fs::create_dir(root.join(name)).expect("a folder");
        }
        Self { folder, root }
    }

    /// A path in the working folder.
    #[must_use]
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.root.join("work").join(name)
    }

    /// The home that commands have.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    /// The folder in which commands keep runs and consents.
    #[must_use]
    pub fn state(&self) -> PathBuf {
        self.root.join("state")
    }

    /// A path in none of these.
    #[must_use]
    pub fn aside(&self, name: impl AsRef<Path>) -> PathBuf {
        self.root.join(name)
    }

    /// Writes a file of the working folder, with the folders that it needs. Gives its path.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn file(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("its folder");
        fs::write(&path, content).expect("a file");
        path
    }

    /// The text of a file of the working folder.
    ///
    /// # Panics
    /// When it cannot be read.
    #[must_use]
    pub fn text(&self, name: impl AsRef<Path>) -> String {
        let path = self.path(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Whether something of that name is in the working folder.
    #[must_use]
    pub fn has(&self, name: impl AsRef<Path>) -> bool {
        self.path(name).symlink_metadata().is_ok()
    }

    /// A plugin in the working folder, named like the last part of its folder.
    #[must_use]
    pub fn plugin(&self, folder: &str) -> PluginMaker<'_> {
        let name = folder.rsplit('/').next().unwrap_or(folder);
        let mut manifest = Map::new();
        manifest.insert("name".to_owned(), json!(name));
        manifest.insert("version".to_owned(), json!("0.1.0"));
        manifest.insert("permissions".to_owned(), json!({}));
        PluginMaker { scene: self, folder: folder.to_owned(), manifest }
    }

    /// A program to be run in the working folder, in a clean environment.
    #[must_use]
    pub fn command(&self, program: impl AsRef<Path>) -> Command<'_> {
        Command::new(self, program.as_ref())
    }

    /// What differs from scene to scene, and what stands in its place; the longer first.
    #[must_use]
    pub fn names(&self) -> Vec<(String, &'static str)> {
        let shown = |path: &Path| path.display().to_string();
        vec![
            (shown(&self.path("")).trim_end_matches('/').to_owned(), "[WORK]"),
            (shown(&self.root), "[SCENE]"),
        ]
    }

    /// A text with what differs from scene to scene and from run to run replaced, as it is in what
    /// programs print.
    #[must_use]
    pub fn redacted(&self, text: &str) -> String {
        let names = self.names();
        let names: Vec<(&str, &str)> =
            names.iter().map(|(name, stand_in)| (name.as_str(), *stand_in)).collect();
        crate::redact(text, &names)
    }

    #[cfg(unix)]
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Keeps the folder after the test, to look at what is in it.
    pub fn keep(&mut self) -> &Path {
        self.folder.disable_cleanup(true);
        &self.root
    }
}

impl Default for Scene {
    fn default() -> Self {
        Self::new()
    }
}
