//! Installing, updating, removing.

use std::collections::BTreeSet;

use aether_bundle::Digest;
use aether_manifest::PluginName;
use jiff::Timestamp;

use crate::disk::{Inner, Shared};
use crate::held::NextStart;
use crate::limits::MAX_PLUGINS;
use crate::state::{Plugin, State, Version, places};
use crate::{Answers, Difference, LibraryError, Review, Right, difference, right};

/// What an installation came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// The plugin.
    pub name: PluginName,
    /// The digest of the reviewed bundle.
    pub digest: Digest,
    /// What became of it.
    pub outcome: Outcome,
    /// Whether a version of the plugin is held: it goes on as it is until it is started again.
    pub running: bool,
}

/// What became of a reviewed bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is installed, and no version was.
    New,
    /// It was installed already. Nothing changed, its rights neither.
    Unchanged,
    /// It was installed already, and its files were not what they had been: they are again.
    Repaired,
    /// It took the place of the version with this digest.
    Updated(Digest),
    /// It asks for more than was granted, or goes back. The version before stays in use until a person
    /// accepts this.
    Waiting(Box<Difference>),
}

impl Shared {
    pub(crate) fn install(
        &self,
        review: &Review,
        answers: &Answers,
    ) -> Result<Installed, LibraryError> {
        let (name, digest) = (&review.name, review.digest());
        let mut inner = self.lock();
        if let Some(right) = answers.beyond(&right::all(&review.manifest.permissions)) {
            return Err(LibraryError::NotAsked { name: name.clone(), right: right.clone() });
        }
        let installed = inner.state.plugins.get(name).cloned();
        let outcome = match installed {
            None => self.first(&mut inner, review, answers)?,
            Some(plugin) if plugin.current.digest == digest => {
                match self.put(&mut inner, review)? {
                    true => Outcome::Repaired,
                    false => Outcome::Unchanged,
                }
            }
            Some(plugin) => self.update(&mut inner, review, answers, plugin)?,
        };
        let running = inner.is_running(name);
        Ok(Installed { name: name.clone(), digest, outcome, running })
    }

    fn first(
        &self,
        inner: &mut Inner,
        review: &Review,
        answers: &Answers,
    ) -> Result<Outcome, LibraryError> {
        let manifest = &review.manifest;
        let asks = !right::all(&manifest.permissions).is_empty()
            || difference::raises_limits(&manifest.resources);
        if asks && !answers.is_agreed() {
            return Err(LibraryError::NotAnswered(review.name.clone()));
        }
        if inner.state.plugins.len() + inner.state.unreadable.len() >= MAX_PLUGINS {
            return Err(LibraryError::Full);
        }
        let granted = granted(review, answers, &BTreeSet::new())?;
        let plugin = Plugin { enabled: true, current: version(review, granted), waiting: None };
        self.adopt(inner, review, plugin)?;
        Ok(Outcome::New)
    }

    fn update(
        &self,
        inner: &mut Inner,
        review: &Review,
        answers: &Answers,
        old: Plugin,
    ) -> Result<Outcome, LibraryError> {
        let was = old.current.digest;
        let carried = difference::carried(&old.current, &review.manifest);
        if answers.is_agreed() {
            let granted = granted(review, answers, &carried)?;
            let plugin = Plugin { current: version(review, granted), waiting: None, ..old };
            self.adopt(inner, review, plugin)?;
            return Ok(Outcome::Updated(was));
        }
        let change = Difference::of(&old.current, &review.manifest, None);
        let mut new = version(review, BTreeSet::new());
        // Nobody answered, so the answer that counts is the old one.
        new.agreed = old.current.agreed;
        new.places.clone_from(&old.current.places);
        if change.needs_a_person() {
            let plugin = Plugin { waiting: Some(new), ..old };
            self.adopt(inner, review, plugin)?;
            return Ok(Outcome::Waiting(Box::new(change)));
        }
        new.granted = carried;
        self.adopt(inner, review, Plugin { current: new, waiting: None, ..old })?;
        Ok(Outcome::Updated(was))
    }

    /// Puts the files, then says in the index that they are there.
    fn adopt(
        &self,
        inner: &mut Inner,
        review: &Review,
        plugin: Plugin,
    ) -> Result<(), LibraryError> {
        self.put(inner, review)?;
        let mut state = inner.state.clone();
        state.unreadable.remove(review.name.as_str());
        state.plugins.insert(review.name.clone(), plugin);
        self.commit(inner, state)
    }

    /// Puts the reviewed files where they are not there; whether it did.
    fn put(&self, inner: &mut Inner, review: &Review) -> Result<bool, LibraryError> {
        let (name, digest) = (&review.name, review.digest());
        if self.is_intact(name, &digest) {
            return Ok(false);
        }
        if inner.is_held(name, &digest) {
            return Err(LibraryError::Busy(name.clone()));
        }
        self.place(inner, name, &review.bundle)?;
        Ok(true)
    }

    pub(crate) fn accept(
        &self,
        review: &Review,
        answers: &Answers,
    ) -> Result<Installed, LibraryError> {
        let (name, digest) = (&review.name, review.digest());
        self.waiting(&self.lock(), name, &digest)?;
        if !answers.is_agreed() {
            return Err(LibraryError::NotAnswered(name.clone()));
        }
        self.install(review, answers)
    }

    pub(crate) fn reject(&self, name: &PluginName, digest: &Digest) -> Result<(), LibraryError> {
        let mut inner = self.lock();
        let plugin = self.waiting(&inner, name, digest)?;
        let mut state = inner.state.clone();
        state.plugins.insert(name.clone(), Plugin { waiting: None, ..plugin });
        self.commit(&mut inner, state)
    }

    fn waiting(
        &self,
        inner: &Inner,
        name: &PluginName,
        digest: &Digest,
    ) -> Result<Plugin, LibraryError> {
        let plugin = inner.state.plugins.get(name);
        let waits = |plugin: &&Plugin| {
            plugin.waiting.as_ref().is_some_and(|waiting| waiting.digest == *digest)
        };
        plugin
            .filter(waits)
            .cloned()
            .ok_or_else(|| LibraryError::NotWaiting { name: name.clone(), digest: *digest })
    }

    /// Changes a plugin's entry in the index.
    pub(crate) fn change(
        &self,
        name: &str,
        change: impl FnOnce(&PluginName, &mut Plugin) -> Result<(), LibraryError>,
    ) -> Result<NextStart, LibraryError> {
        let mut inner = self.lock();
        let name = find(&inner.state, name)?.0.clone();
        let mut state = inner.state.clone();
        if let Some(plugin) = state.plugins.get_mut(&name) {
            change(&name, plugin)?;
        }
        self.commit(&mut inner, state)?;
        Ok(NextStart { running: inner.is_running(&name) })
    }

    pub(crate) fn uninstall(&self, name: &str) -> Result<NextStart, LibraryError> {
        let mut inner = self.lock();
        let mut state = inner.state.clone();
        if state.unreadable.remove(name).is_some() {
            // Its files are nobody's now; the next opening removes them.
            self.commit(&mut inner, state)?;
            return Ok(NextStart { running: false });
        }
        let name = find(&inner.state, name)?.0.clone();
        state.plugins.remove(&name);
        self.commit(&mut inner, state)?;
        Ok(NextStart { running: inner.is_running(&name) })
    }
}

/// The plugin of this name.
pub(crate) fn find<'a>(
    state: &'a State,
    name: &str,
) -> Result<(&'a PluginName, &'a Plugin), LibraryError> {
    let parsed = PluginName::parse(name).ok();
    let found = parsed.and_then(|name| state.plugins.get_key_value(&name));
    found.ok_or_else(|| LibraryError::Unknown(name.to_owned()))
}

/// Grants an optional right.
pub(crate) fn grant(
    name: &PluginName,
    version: &mut Version,
    right: &Right,
) -> Result<(), LibraryError> {
    asks(name, version, right)?;
    version.granted.insert(right.clone());
    version.agreed = Timestamp::now();
    Ok(())
}

/// Takes an optional right.
pub(crate) fn revoke(
    name: &PluginName,
    version: &mut Version,
    right: &Right,
) -> Result<(), LibraryError> {
    asks(name, version, right)?;
    if !difference::is_optional(&version.manifest, right) {
        return Err(LibraryError::Required { name: name.clone(), right: right.clone() });
    }
    version.granted.remove(right);
    refuse_covered(name, &version.manifest.permissions, &version.granted, right)
}

fn asks(name: &PluginName, version: &Version, right: &Right) -> Result<(), LibraryError> {
    if right::all(&version.manifest.permissions).contains(right) {
        return Ok(());
    }
    Err(LibraryError::NotAsked { name: name.clone(), right: right.clone() })
}

/// A no that another granted right makes void is no answer to be kept in silence.
fn refuse_covered(
    name: &PluginName,
    request: &aether_manifest::Permissions,
    granted: &BTreeSet<Right>,
    right: &Right,
) -> Result<(), LibraryError> {
    let by = right::covering(right, request, &right::narrowed(request, granted));
    if by.is_empty() {
        return Ok(());
    }
    Err(LibraryError::Covered { name: name.clone(), right: right.clone(), by })
}

/// What a person's answers grant.
fn granted(
    review: &Review,
    answers: &Answers,
    carried: &BTreeSet<Right>,
) -> Result<BTreeSet<Right>, LibraryError> {
    let (name, request) = (&review.name, &review.manifest.permissions);
    let asked = right::all(request);
    let (mut granted, mut lacking) = (BTreeSet::new(), Vec::new());
    for right in &asked {
        let optional = difference::is_optional(&review.manifest, right);
        let yes = answers.to(right).unwrap_or(!optional || carried.contains(right));
        if yes {
            granted.insert(right.clone());
        } else if !optional {
            lacking.push(right.clone());
        }
    }
    if !lacking.is_empty() {
        return Err(LibraryError::Refused { name: name.clone(), rights: lacking });
    }
    for right in asked.iter().filter(|right| answers.to(right) == Some(false)) {
        refuse_covered(name, request, &granted, right)?;
    }
    Ok(granted)
}

/// The reviewed version with these rights, as a person agreed to it now.
fn version(review: &Review, granted: BTreeSet<Right>) -> Version {
    let now = Timestamp::now();
    Version {
        digest: review.digest(),
        manifest: review.manifest.clone(),
        granted,
        places: places(&review.mounts),
        installed: now,
        agreed: now,
    }
}
