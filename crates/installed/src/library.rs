//! The library.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aether_bundle::Digest;
use aether_manifest::{Manifest, PluginName, Runtime};
use aether_policy::grant::ReviewLimit;
use jiff::Timestamp;

use crate::disk::{Inner, Shared};
use crate::install::{find, grant, revoke};
use crate::review::{self, asked};
use crate::state::{Plugin, Version};
use crate::{
    Answers, AskedRight, Difference, Held, Installed, LibraryError, NextStart, Review, ReviewError,
    Right, Source, Terms, difference, open,
};

/// The plugins that an app has installed: a folder of its own, which one process at a time has open.
/// Clones are the same library.
#[derive(Clone, Debug)]
pub struct Library(Arc<Shared>);

/// An installed plugin, in a list. Texts come from the plugin: escape them when showing them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: PluginName,
    /// Whether it may be started.
    pub enabled: bool,
    /// Whether it is held, as it is while it runs.
    pub running: bool,
    /// What is started.
    pub current: ListedVersion,
    /// An update that waits for a person.
    pub waiting: Option<ListedVersion>,
}

/// One version of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedVersion {
    /// As the manifest has it; empty when it has none.
    pub version: String,
    /// The identity of its content.
    pub digest: Digest,
    /// One line on what it does, in its author's words.
    pub description: Option<String>,
    /// What runs it.
    pub runtime: Runtime,
    /// When it was installed.
    pub installed: Timestamp,
    /// When a person last agreed to something of it.
    pub agreed: Timestamp,
    /// What it was granted; nothing of an update that waits.
    pub granted: Vec<Right>,
    /// What it asked for and was not granted.
    pub refused: Vec<Right>,
    /// Whether it brings a panel.
    pub panel: bool,
}

/// Everything about an installed plugin.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// As in the list.
    pub listed: Listed,
    /// Its manifest.
    pub manifest: Manifest,
    /// What it asks for, the greatest risk first, and whether that is granted.
    pub rights: Vec<(AskedRight, bool)>,
    /// The limits that it asks to be above their defaults.
    pub limits: Vec<ReviewLimit>,
    /// Where its files are.
    pub folder: PathBuf,
    /// How many files it has, and their bytes; nothing where they are not what was installed. Then it has
    /// to be installed again before it can be started.
    pub files: Option<(usize, u64)>,
    /// What the update that waits would change.
    pub difference: Option<Difference>,
}

impl Library {
    /// Opens or makes the library in a folder that is used for nothing else. Whatever a crash left half
    /// done is undone.
    ///
    /// # Errors
    /// [`LibraryError::InUse`] while another process, or another part of this one, has it open;
    /// [`LibraryError::NotALibrary`] for a folder with other content; and what the system or the index
    /// says.
    pub fn open(root: &Path) -> Result<Self, LibraryError> {
        Ok(Self(Arc::new(open::open(root)?)))
    }

    /// Where it is.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.0.root()
    }

    /// What could not be removed. It belongs to no plugin any more; the next opening tries again.
    #[must_use]
    pub fn leftovers(&self) -> Vec<PathBuf> {
        self.0.lock().leftovers.clone()
    }

    /// Reads a plugin and says what a person has to know. Nothing is written.
    ///
    /// # Errors
    /// [`ReviewError`] for what is no plugin that can be installed.
    pub fn review(&self, source: Source<'_>, terms: &Terms<'_>) -> Result<Review, ReviewError> {
        let review = Review::of(review::read(source)?, terms)?;
        let difference = self.difference(&review);
        Ok(review.against(difference))
    }

    /// The same for the update that waits.
    ///
    /// # Errors
    /// As [`Library::review`]; [`LibraryError::Unknown`] where no update waits, and
    /// [`LibraryError::Changed`] where its files are not those that were put there.
    pub fn review_waiting(&self, name: &str, terms: &Terms<'_>) -> Result<Review, ReviewError> {
        let waiting = {
            let inner = self.0.lock();
            let (name, plugin) = find(&inner.state, name).map_err(Box::new)?;
            plugin.waiting.as_ref().map(|waiting| (name.clone(), waiting.digest))
        };
        let waiting = waiting.ok_or_else(|| LibraryError::Unknown(name.to_owned()));
        let (name, digest) = waiting.map_err(Box::new)?;
        let bundle = self.0.read(&name, &digest).ok_or(LibraryError::Changed(name));
        let review = Review::of(bundle.map_err(Box::new)?, terms)?;
        let difference = self.difference(&review);
        Ok(review.against(difference))
    }

    /// Keeps what was reviewed, with the rights that a person gave.
    ///
    /// - The same bundle again changes nothing.
    /// - Another version takes the place of the one before. Where a person answered, with what they gave;
    ///   where nobody did, with the rights that it asks for and that were granted before. If it asks for
    ///   more than that, or is older, it waits: see [`Library::accept`].
    /// - While a version is held, its files stay, and it goes on as it is.
    ///
    /// # Errors
    /// [`LibraryError::Refused`] when a right that it requires was refused,
    /// [`LibraryError::NotAnswered`] when nobody was asked and it asks for something,
    /// [`LibraryError::NotAsked`] for answers about other rights, and what the system says. What was
    /// there before is there still.
    pub fn install(&self, review: &Review, answers: &Answers) -> Result<Installed, LibraryError> {
        self.0.install(review, answers)
    }

    /// Puts the update that waits in the place of the version before. The review says which update the
    /// person saw: another one that came meanwhile is not accepted.
    ///
    /// # Errors
    /// [`LibraryError::NotWaiting`], and as [`Library::install`].
    pub fn accept(&self, review: &Review, answers: &Answers) -> Result<Installed, LibraryError> {
        self.0.accept(review, answers)
    }

    /// Removes the update that waits.
    ///
    /// # Errors
    /// [`LibraryError::NotWaiting`], and what the system says.
    pub fn reject(&self, name: &str, digest: &Digest) -> Result<(), LibraryError> {
        let name = find(&self.0.lock().state, name)?.0.clone();
        self.0.reject(&name, digest)
    }

    /// Every installed plugin, by name.
    #[must_use]
    pub fn list(&self) -> Vec<Listed> {
        let inner = self.0.lock();
        inner.state.plugins.iter().map(|(name, plugin)| listed(&inner, name, plugin)).collect()
    }

    /// The names of entries in the index that this version of Aether cannot read: written by another one,
    /// or changed by somebody. Nothing of them is started, listed or removed. Install the plugin again, or
    /// uninstall it.
    #[must_use]
    pub fn unreadable(&self) -> Vec<String> {
        self.0.lock().state.unreadable.keys().cloned().collect()
    }

    /// Everything about one.
    ///
    /// # Errors
    /// [`LibraryError::Unknown`].
    pub fn inspect(&self, name: &str, terms: &Terms<'_>) -> Result<Inspection, LibraryError> {
        let (name, plugin, listed) = {
            let inner = self.0.lock();
            let (name, plugin) = find(&inner.state, name)?;
            (name.clone(), plugin.clone(), listed(&inner, name, plugin))
        };
        let Plugin { current, waiting, .. } = plugin;
        let (rights, limits) = asked(&current.manifest, &current.identity(&name), terms.mounts);
        let granted = |asked: AskedRight| {
            let granted = current.granted.contains(&asked.right);
            (asked, granted)
        };
        let bundle = self.0.read(&name, &current.digest);
        let new = waiting.as_ref().and_then(|waiting| self.0.read(&name, &waiting.digest));
        let changes = bundle.as_ref().zip(new.as_ref());
        let changes = changes.map(|(old, new)| difference::files(old.files(), new.files()));
        let difference =
            waiting.map(|waiting| Difference::of(&current, &waiting.manifest, changes));
        let size = |bundle: &aether_bundle::Bundle| {
            let bytes = bundle.files().values().map(|content| content.len() as u64).sum();
            (bundle.files().len(), bytes)
        };
        Ok(Inspection {
            listed,
            rights: rights.into_iter().map(granted).collect(),
            limits,
            folder: self.0.folder(&name, &current.digest),
            files: bundle.as_ref().map(size),
            difference,
            manifest: current.manifest,
        })
    }

    /// Grants a right that it asks for and can do without, because a person said so.
    ///
    /// # Errors
    /// [`LibraryError::NotAsked`], and what the system says.
    pub fn grant(&self, name: &str, right: &Right) -> Result<NextStart, LibraryError> {
        self.0.change(name, |name, plugin| grant(name, &mut plugin.current, right))
    }

    /// Takes a right that it can do without, or refuses one that it was not granted.
    ///
    /// # Errors
    /// [`LibraryError::Required`] for one that it cannot do without, [`LibraryError::Covered`] where
    /// another granted right permits the same, and what the system says.
    pub fn revoke(&self, name: &str, right: &Right) -> Result<NextStart, LibraryError> {
        self.0.change(name, |name, plugin| revoke(name, &mut plugin.current, right))
    }

    /// Lets it be started.
    ///
    /// # Errors
    /// What the system says.
    pub fn enable(&self, name: &str) -> Result<NextStart, LibraryError> {
        self.switch(name, true)
    }

    /// Keeps it from being started.
    ///
    /// # Errors
    /// What the system says.
    pub fn disable(&self, name: &str) -> Result<NextStart, LibraryError> {
        self.switch(name, false)
    }

    /// Removes it with all that was granted to it. Files of a version that is held stay until the last
    /// [`Held`] goes; until then nothing can be started from them anew.
    ///
    /// # Errors
    /// What the system says.
    pub fn uninstall(&self, name: &str) -> Result<NextStart, LibraryError> {
        self.0.uninstall(name)
    }

    /// Keeps the current version in place, to start it. Keep what this gives for as long as it runs.
    ///
    /// # Errors
    /// [`LibraryError::Unknown`], [`LibraryError::Disabled`], and [`LibraryError::Changed`] where its
    /// folder is gone.
    pub fn hold(&self, name: &str) -> Result<Held, LibraryError> {
        let mut inner = self.0.lock();
        let (name, plugin) = find(&inner.state, name)?;
        let (name, current) = (name.clone(), plugin.current.clone());
        if !plugin.enabled {
            return Err(LibraryError::Disabled(name));
        }
        if !self.0.folder(&name, &current.digest).is_dir() {
            return Err(LibraryError::Changed(name));
        }
        *inner.held.entry((name.clone(), current.digest)).or_default() += 1;
        drop(inner);
        Ok(Held::new(&self.0, &name, &current))
    }

    fn switch(&self, name: &str, enabled: bool) -> Result<NextStart, LibraryError> {
        self.0.change(name, |_, plugin| {
            plugin.enabled = enabled;
            Ok(())
        })
    }

    fn difference(&self, review: &Review) -> Option<Difference> {
        let installed = self.0.lock().state.plugins.get(review.name()).cloned()?;
        // Read without the lock: where it is removed meanwhile, its files are not told.
        let bundle = self.0.read(review.name(), &installed.current.digest);
        let files = bundle.map(|old| difference::files(old.files(), review.bundle().files()));
        Some(Difference::of(&installed.current, review.manifest(), files))
    }
}

fn listed(inner: &Inner, name: &PluginName, plugin: &Plugin) -> Listed {
    Listed {
        name: name.clone(),
        enabled: plugin.enabled,
        running: inner.is_running(name),
        current: listed_version(&plugin.current),
        waiting: plugin.waiting.as_ref().map(listed_version),
    }
}

fn listed_version(version: &Version) -> ListedVersion {
    ListedVersion {
        version: version.version().to_owned(),
        digest: version.digest,
        description: version.manifest.description.clone(),
        runtime: version.manifest.runtime_or_default(),
        installed: version.installed,
        agreed: version.agreed,
        granted: version.granted.iter().cloned().collect(),
        refused: version.refused(),
        panel: version.manifest.panel.is_some(),
    }
}
