//! Plugins from which something was taken, from run to run: a person gives it back.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use aether_manifest::{Asking, Permission};
use aether_monitor::Rung;
use aether_path::PathPattern;
use aether_policy::grant::{Grant, Identity, Line};
use aether_policy::sensitive;
use serde_json::{Value, json};

use super::{Host, lock};

/// Most plugins that are remembered. Stops a host that runs ever new plugins from filling the file;
/// the oldest is forgotten.
const REMEMBERED: usize = 1024;

/// Largest file that is read, bytes.
const LARGEST: u64 = 4 << 20;

/// Longest reason that is kept, bytes.
const REASON: usize = 512;

/// Plugins from which something was taken, each with why and when.
#[derive(Debug, Default)]
pub(crate) struct Narrowed {
    file: Option<PathBuf>,
    /// Those of this run, where none is kept, or where they could not be.
    here: Mutex<BTreeMap<String, Entry>>,
}

#[derive(Clone, Debug)]
struct Entry {
    because: String,
    since: String,
    /// Of the code that did it; empty where an older host wrote it down.
    digest: String,
}

impl Entry {
    /// Why, for the code with this digest. It holds for all that has the name: new code must not wash off
    /// what the old one did. That it was other code is told.
    fn why(&self, digest: &str) -> String {
        match self.digest.is_empty() || self.digest == digest {
            true => self.because.clone(),
            false => format!("{} That was other code under this name.", self.because),
        }
    }
}

impl Narrowed {
    pub(super) fn kept_in(file: Option<PathBuf>) -> Self {
        Self { file, here: Mutex::default() }
    }

    /// Why something was taken from the plugin, if it was.
    pub(super) fn why(&self, plugin: &str, digest: &str) -> Option<String> {
        let here = lock(&self.here).get(plugin).map(|entry| entry.why(digest));
        let Some(file) = &self.file else { return here };
        match read(file) {
            Ok(all) => all.get(plugin).map(|entry| entry.why(digest)).or(here),
            // Nobody has given back what it would say was taken.
            Err(error) => Some(format!(
                "what was taken from plugins cannot be told: {}: {error}",
                file.display()
            )),
        }
    }

    fn note(&self, plugin: &str, digest: &str, because: &str) -> io::Result<()> {
        let cut = aether_protocol::limits::cut(because, REASON);
        let since = jiff::Timestamp::now().to_string();
        let entry = Entry { because: cut.to_owned(), since, digest: digest.to_owned() };
        let Some(file) = &self.file else {
            insert(&mut lock(&self.here), plugin, entry);
            return Ok(());
        };
        // What cannot be read is not written over: it may hold what others did.
        let written = locked(file).and_then(|_held| {
            let mut all = read(file)?;
            insert(&mut all, plugin, entry.clone());
            write(file, &all)
        });
        if written.is_err() {
            insert(&mut lock(&self.here), plugin, entry);
        }
        written
    }
}

fn insert(all: &mut BTreeMap<String, Entry>, plugin: &str, entry: Entry) {
    all.insert(plugin.to_owned(), entry);
    while all.len() > REMEMBERED {
        let oldest = all.iter().min_by(|one, other| one.1.since.cmp(&other.1.since));
        let Some(name) = oldest.map(|(name, _)| name.clone()) else { break };
        all.remove(&name);
    }
}

/// Keeps other hosts, and whoever restores, from changing the list meanwhile.
fn locked(file: &Path) -> io::Result<fs::File> {
    let beside = file.with_extension("lock");
    let held = fs::File::options().create(true).append(true).open(beside)?;
    held.lock()?;
    Ok(held)
}

impl Host {
    /// Remembers that something was taken from a plugin. Where that cannot be kept, it holds for this
    /// run: the audit log has it in any case. A command is granted what its owner has just written: the
    /// next one is another, whatever it is called.
    pub(crate) fn note_narrowed(&self, grant: &Grant, because: &str) {
        if grant.asking() == Asking::Manifest {
            let Identity { name, digest, .. } = grant.plugin();
            drop(self.0.narrowed.note(name, digest, because));
        }
    }

    /// Whether a native program's files have to be told of for its monitor: it may touch a decoy, or was
    /// granted a place where people keep secrets.
    pub(super) fn watches_files(&self, grant: &Grant) -> bool {
        let is_sensitive = |line: &Line| {
            line.permission == Permission::FilesystemRead
                && PathPattern::parse(&line.resource)
                    .is_ok_and(|at| sensitive::reached_by(at.root().as_str()).is_some())
        };
        self.0.monitoring.has_decoys(grant.watching()) || grant.lines().any(is_sensitive)
    }

    /// Gives back to the plugin of a cell what was taken from it, for its next start too.
    pub(super) fn give_back(&self, plugin: &str) {
        self.forget_history(plugin);
        lock(&self.0.narrowed.here).remove(plugin);
        if let Some(file) = &self.0.narrowed.file {
            // Where it cannot be written it stays away, which is what the list says.
            drop(restore_narrowed(file, plugin));
        }
    }

    /// Why a plugin starts with less than it was granted, if it does: an earlier run ended so. An owner
    /// whose policy lets nothing be taken has said so of what was taken before too.
    pub(super) fn narrowed_before(&self, grant: &Grant) -> Option<String> {
        let most = self.0.monitoring.most(grant.watching());
        let may = most >= Rung::Narrow && grant.asking() == Asking::Manifest;
        let Identity { name, digest, .. } = grant.plugin();
        may.then(|| self.0.narrowed.why(name, digest)).flatten()
    }
}

/// The plugins from which something was taken, by what a host kept in this file
/// ([`crate::HostBuilder::keep_narrowed`]): each with why, and when.
///
/// # Errors
/// The system's, or what the file is not.
pub fn narrowed(file: &Path) -> io::Result<Vec<(String, String, String)>> {
    let all = read(file)?;
    Ok(all.into_iter().map(|(name, entry)| (name, entry.because, entry.since)).collect())
}

/// Gives back to a plugin what was taken from it, from its next start on; false where nothing was.
///
/// # Errors
/// As [`narrowed`].
pub fn restore_narrowed(file: &Path, plugin: &str) -> io::Result<bool> {
    let _held = locked(file)?;
    let mut all = read(file)?;
    let was = all.remove(plugin).is_some();
    if was {
        write(file, &all)?;
    }
    Ok(was)
}

fn read(file: &Path) -> io::Result<BTreeMap<String, Entry>> {
    let mut text = String::new();
    let opened = match fs::File::open(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        opened => opened?,
    };
    opened.take(LARGEST).read_to_string(&mut text)?;
    let odd = || io::Error::new(io::ErrorKind::InvalidData, "it is no list of narrowed plugins");
    let value: Value = serde_json::from_str(&text).map_err(|_| odd())?;
    let plugins = value.get("plugins").and_then(Value::as_object).ok_or_else(odd)?;
    let entry = |(name, entry): (&String, &Value)| {
        let text = |key| entry.get(key).and_then(Value::as_str).map(str::to_owned);
        let digest = text("digest").unwrap_or_default();
        let entry = Entry { because: text("because")?, since: text("since")?, digest };
        Some((name.clone(), entry))
    };
    plugins.iter().map(|one| entry(one).ok_or_else(odd)).collect()
}

fn write(file: &Path, all: &BTreeMap<String, Entry>) -> io::Result<()> {
    let entry = |(name, entry): (&String, &Entry)| {
        let Entry { because, since, digest } = entry;
        (name.clone(), json!({ "because": because, "since": since, "digest": digest }))
    };
    let plugins: serde_json::Map<String, Value> = all.iter().map(entry).collect();
    let text = format!("{:#}\n", json!({ "version": 1, "plugins": plugins }));
    let folder = file.parent().unwrap_or_else(|| Path::new("."));
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(text.as_bytes())?;
    new.as_file().sync_all()?;
    new.persist(file).map(drop).map_err(|error| error.error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_is_remembered_until_it_is_given_back() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("narrowed.json");
        let kept = Narrowed::kept_in(Some(file.clone()));
        assert_eq!(kept.why("p", "d"), None);
        kept.note("p", "d", "it \"did\"\nsomething").unwrap();
        kept.note("q", "d", &"x".repeat(10_000)).unwrap();
        let again = Narrowed::kept_in(Some(file.clone()));
        assert_eq!(again.why("p", "d").as_deref(), Some("it \"did\"\nsomething"));
        let other = again.why("p", "another").expect("the name is the same");
        assert!(other.contains("That was other code"), "{other}");
        assert_eq!(narrowed(&file).unwrap().len(), 2);
        assert!(restore_narrowed(&file, "p").unwrap());
        assert!(!restore_narrowed(&file, "p").unwrap());
        assert_eq!(again.why("p", "d"), None);
        fs::write(&file, "{\"plugins\": {\"p\": 1}}").unwrap();
        assert!(narrowed(&file).is_err());
        let told = again.why("anybody", "d").expect("nobody gave anything back");
        assert!(told.contains("narrowed.json"), "{told}");
        assert!(again.note("s", "d", "it did").is_err());
        assert!(fs::read_to_string(&file).unwrap().contains("\"p\": 1"), "it is not written over");
        fs::write(&file, "{\"plugins\": {}}").unwrap();
        assert_eq!(again.why("s", "d").as_deref(), Some("it did"), "it holds for this run");
    }

    #[test]
    fn no_more_than_so_many_are_remembered() {
        let kept = Narrowed::kept_in(None);
        for number in 0..REMEMBERED + 10 {
            kept.note(&format!("p{number}"), "d", "x").unwrap();
        }
        assert_eq!(lock(&kept.here).len(), REMEMBERED);
        assert_eq!(kept.why("p0", "d"), None, "the oldest is forgotten");
    }
}
