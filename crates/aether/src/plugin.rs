//! A plugin in memory: bundle and manifest.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use aether_bundle::{Bundle, BundleError};
use aether_manifest::{
    Entry, MANIFEST_FILE, Manifest, Permissions, PluginName, Resources, Runtime,
};
use aether_policy::grant::Identity;
use aether_schema::Contracts;
use aether_source::{Diagnostic, Source};

/// Why a folder is not a usable plugin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The folder cannot be taken.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// There is no manifest in it.
    #[error("{} has no {MANIFEST_FILE}", .0.display())]
    NoManifest(PathBuf),
    /// The manifest has errors; all of them.
    #[error("{} is not usable: {} problem(s)", .path.display(), .problems.len())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// Every problem.
        problems: Vec<Diagnostic>,
    },
}

/// A plugin, read once and hashed; what was read is what runs.
#[derive(Clone, Debug)]
pub struct Plugin {
    bundle: Bundle,
    manifest: Manifest,
    /// What its methods take and give, by the manifest.
    contracts: Arc<Contracts>,
    identity: Identity,
    entry: String,
    /// What is run instead of the manifest's entry.
    command: Vec<OsString>,
}

impl Plugin {
    /// Reads a plugin's folder.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn read(folder: &Path) -> Result<Self, LoadError> {
        let bundle = Bundle::read(folder)?;
        let (manifest, contracts) = parse(&bundle)?;
        let entry = match manifest.entry_or_default() {
            Entry::File(entry) => {
                let entry = entry.trim_start_matches("./").to_owned();
                if bundle.file(&entry).is_none() {
                    let mut problems =
                        aether_policy::check::check_bundle(&manifest, bundle.files());
                    problems.retain(|problem| problem.code == "entry-missing");
                    return Err(LoadError::Manifest { path: folder.join(MANIFEST_FILE), problems });
                }
                entry
            }
            Entry::Command(words) => words.join(" "),
        };
        let identity = Identity {
            name: manifest
                .name
                .as_ref()
                .map_or_else(|| name_of(folder), |name| name.value.to_string()),
            version: manifest
                .version
                .as_ref()
                .map_or_else(String::new, |version| version.value.clone()),
            digest: bundle.digest().to_string(),
        };
        let contracts = Arc::new(contracts);
        Ok(Self { bundle, manifest, contracts, identity, entry, command: Vec::new() })
    }

    /// The same plugin as if its manifest were this text: what it asks for is what that says. Its digest
    /// stays that of its folder.
    ///
    /// # Errors
    /// [`LoadError::Manifest`].
    pub fn asking_for(&self, text: &str) -> Result<Self, LoadError> {
        let path = self.bundle.folder().join(MANIFEST_FILE);
        let source = Source::new(shown_path(&path), text);
        let manifest = aether_manifest::parse(source)
            .map_err(|problems| LoadError::Manifest { path, problems })?;
        Ok(Self { manifest, ..self.clone() })
    }

    /// The digest of its files without its manifest: what it does depends on these, and what it may do
    /// does not.
    #[must_use]
    pub fn code_digest(&self) -> String {
        let files = self.bundle.files().iter().filter(|(name, _)| name.as_str() != MANIFEST_FILE);
        let files = files.map(|(name, bytes)| (name.clone(), Arc::clone(bytes))).collect();
        Bundle::from_files(self.bundle.folder(), files).digest().to_string()
    }

    /// A command as a plugin without files, for [`crate::Host::execute`]. What `manifest` asks for
    /// is what it is to be granted; `words` are its program, by name or absolute path, and its
    /// arguments.
    #[must_use]
    pub fn of_command(manifest: Manifest, words: Vec<OsString>, folder: &Path) -> Self {
        let shown: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
        let entry = shown.join(" ");
        let name = manifest.name.as_ref();
        let text = format!("{}\n{entry}", manifest.source.text());
        let identity = Identity {
            name: name.map_or_else(|| "command".to_owned(), |name| name.value.to_string()),
            version: String::new(),
            digest: format!("b3:{}", blake3::hash(text.as_bytes())),
        };
        let bundle = Bundle::from_files(folder, std::collections::BTreeMap::new());
        let contracts = Arc::default();
        Self { bundle, manifest, contracts, identity, entry, command: words }
    }

    /// The words of a native program.
    pub(crate) fn words(&self) -> Vec<OsString> {
        if !self.command.is_empty() {
            return self.command.clone();
        }
        match self.manifest.entry_or_default() {
            Entry::File(file) => vec![format!("./{file}").into()],
            Entry::Command(words) => words.into_iter().map(OsString::from).collect(),
        }
    }

    /// Its files.
    #[must_use]
    pub const fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// What it asks for.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// What its methods take and give, as far as its manifest says.
    pub(crate) const fn contracts(&self) -> &Arc<Contracts> {
        &self.contracts
    }

    /// Name, version and digest.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Whether it is a program of its own, and none for an engine.
    #[must_use]
    pub fn is_native(&self) -> bool {
        !self.command.is_empty() || self.manifest.runtime_or_default() == Runtime::Native
    }

    /// The entry's bytes, where it is WebAssembly.
    pub(crate) fn wasm(&self) -> Option<&[u8]> {
        match self.manifest.runtime_or_default() {
            Runtime::Wasm => self.bundle.file(&self.entry).map(|bytes| &bytes[..]),
            Runtime::Javascript | Runtime::Native => None,
        }
    }

    /// The entry's path in the bundle, or the command.
    #[must_use]
    pub fn entry(&self) -> &str {
        &self.entry
    }

    /// The same plugin without any request: for looking at it, not for running it.
    #[must_use]
    pub(crate) fn without_request(&self) -> Self {
        let mut plain = self.clone();
        plain.manifest.permissions = Permissions::default();
        plain.manifest.resources = Resources::default();
        plain
    }

    /// The same plugin without any request and any file: for what its engine makes of itself alone.
    #[must_use]
    pub(crate) fn without_files(&self) -> Self {
        let mut bare = self.without_request();
        bare.bundle = Bundle::from_files(self.bundle.folder(), std::collections::BTreeMap::new());
        bare.entry = String::new();
        bare
    }

    /// Everything that a look at the manifest and the code finds before anything runs.
    #[must_use]
    pub fn check(&self) -> Vec<Diagnostic> {
        let mut found = self.manifest.warnings.clone();
        let looked = aether_policy::check::check_bundle(&self.manifest, self.bundle.files());
        found.extend(looked.into_iter().map(|problem| self.with_folder(problem)));
        found
    }

    /// A file of the bundle as a person would name it here.
    #[must_use]
    pub fn shown_file(&self, name: &str) -> String {
        shown_path(&self.bundle.folder().join(name))
    }

    /// The check knows files by their names in the bundle; people know them by their paths.
    pub(crate) fn with_folder(&self, mut problem: Diagnostic) -> Diagnostic {
        if self.bundle.file(problem.source.name()).is_some() {
            problem.source = problem.source.renamed(self.shown_file(problem.source.name()));
        }
        problem
    }
}

fn parse(bundle: &Bundle) -> Result<(Manifest, Contracts), LoadError> {
    let folder = bundle.folder();
    let path = folder.join(MANIFEST_FILE);
    let bytes =
        bundle.file(MANIFEST_FILE).ok_or_else(|| LoadError::NoManifest(folder.to_owned()))?;
    let shown = shown_path(&path);
    let source = Source::from_bytes(shown, bytes.to_vec());
    source
        .map_err(|problem| vec![problem])
        .and_then(aether_manifest::parse)
        .and_then(|manifest| Contracts::of(&manifest).map(|contracts| (manifest, contracts)))
        .map_err(|problems| LoadError::Manifest { path, problems })
}

/// The path as a person would write it here: below the current folder where it is, without `.`.
#[must_use]
pub fn shown_path(path: &Path) -> String {
    let plain: PathBuf = path.components().filter(|part| *part != Component::CurDir).collect();
    let here = std::env::current_dir().ok();
    let below = here.as_ref().and_then(|here| plain.strip_prefix(here).ok());
    let shown = below.unwrap_or(&plain);
    if shown.as_os_str().is_empty() { ".".to_owned() } else { shown.display().to_string() }
}

/// A name from the folder's, for a manifest that gives none.
fn name_of(folder: &Path) -> String {
    let real = crate::host_path::real(folder).unwrap_or_else(|_| folder.to_owned());
    let name =
        real.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' })
        .collect();
    let plain = plain.trim_start_matches(['.', '_', '-']);
    PluginName::parse(plain).map_or_else(|_| "unnamed".to_owned(), |name| name.to_string())
}
