//! What an update changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aether_bundle::Digest;
use aether_manifest::{JsEngine, Limit, Manifest, Resources, Runtime};

use crate::Right;
use crate::right;
use crate::state::Version;

/// What a new version of an installed plugin changes, seen from what its current one was granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The version that is installed; empty when it has none.
    pub version: String,
    /// Its digest.
    pub digest: Digest,
    /// Which of the two is the newer, by their version numbers.
    pub order: Order,
    /// Rights that nothing granted covers, and that no person refused before.
    pub added: Vec<Right>,
    /// Rights that go beyond granted ones.
    pub widened: Vec<Widened>,
    /// Granted rights that it no longer asks for, or for a part of them only.
    pub removed: Vec<Right>,
    /// Limits that are raised, above their defaults.
    pub limits: Vec<LimitChange>,
    /// What runs it, where that is another: before and after.
    pub runtime: Option<(Runtime, Runtime)>,
    /// The engine that its manifest names, where that is another: before and after. None: whichever the
    /// app has for it.
    pub engine: Option<(Option<JsEngine>, Option<JsEngine>)>,
    /// Its files; nothing where those of the installed version cannot be read or are not what was
    /// installed.
    pub files: Option<FileChanges>,
}

/// Which version is the newer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// The one that is reviewed.
    Newer,
    /// The one that is installed. Going back can bring back what was mended since.
    Older,
    /// They give the same number, and have other files.
    Same,
    /// One of them gives none.
    Unknown,
}

/// A right that goes beyond granted ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Widened {
    /// What is asked for now.
    pub right: Right,
    /// What was granted.
    pub was: Vec<Right>,
}

/// A raised limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitChange {
    /// Which one.
    pub limit: Limit,
    /// As a manifest writes it, before.
    pub was: String,
    /// And now.
    pub now: String,
}

/// Files by their paths in the bundle. The names come from the plugin: escape them when showing them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileChanges {
    /// There now and not before.
    pub added: Vec<String>,
    /// With other content.
    pub changed: Vec<String>,
    /// There before and not now.
    pub removed: Vec<String>,
}

impl Difference {
    /// Whether more is asked for than was granted: a right, a limit, another runtime or engine. A person has
    /// to accept that.
    #[must_use]
    pub fn asks_for_more(&self) -> bool {
        let rights = !self.added.is_empty() || !self.widened.is_empty();
        rights || !self.limits.is_empty() || self.runtime.is_some() || self.engine.is_some()
    }

    /// Whether it waits for a person: it asks for more, or goes back.
    #[must_use]
    pub fn needs_a_person(&self) -> bool {
        self.asks_for_more() || self.order == Order::Older
    }

    pub(crate) fn of(old: &Version, new: &Manifest, files: Option<FileChanges>) -> Self {
        let (granted, asked) = (old.permissions(), &new.permissions);
        let refused =
            right::narrowed(&old.manifest.permissions, &old.refused().into_iter().collect());
        let (mut added, mut widened) = (Vec::new(), Vec::new());
        let mut kept = BTreeSet::new();
        for right in right::all(asked) {
            let by = right::covering(&right, asked, &granted);
            let was = right::covered(&right, asked, &granted);
            if !by.is_empty() {
                kept.extend(was);
            } else if !was.is_empty() {
                kept.extend(was.iter().cloned());
                widened.push(Widened { right, was });
            } else {
                // A person's no counts for what is still optional.
                let refused = is_optional(new, &right)
                    && !right::covering(&right, asked, &refused).is_empty();
                if !refused {
                    added.push(right);
                }
            }
        }
        let removed = right::all(&granted).into_iter().filter(|right| !kept.contains(right));
        let (before, now) = (old.manifest.runtime_or_default(), new.runtime_or_default());
        let engine = |manifest: &Manifest| manifest.engine.as_ref().map(|engine| engine.value);
        let engines = (engine(&old.manifest), engine(new));
        Self {
            version: old.version().to_owned(),
            digest: old.digest,
            order: order(old.version(), version(new)),
            added,
            widened,
            removed: removed.collect(),
            limits: limits(&old.manifest.resources, &new.resources),
            runtime: (before != now).then_some((before, now)),
            engine: (engines.0 != engines.1).then_some(engines),
            files,
        }
    }
}

/// The rights of a new version that are granted as far as the old one's were.
pub(crate) fn carried(old: &Version, new: &Manifest) -> BTreeSet<Right> {
    let granted = old.permissions();
    let mut all = right::all(&new.permissions);
    all.retain(|right| !right::covering(right, &new.permissions, &granted).is_empty());
    all.into_iter().collect()
}

/// Whether the plugin can do without the right.
pub(crate) fn is_optional(manifest: &Manifest, right: &Right) -> bool {
    manifest.optional.iter().any(|kind| kind.value == right.permission)
}

pub(crate) fn version(manifest: &Manifest) -> &str {
    manifest.version.as_ref().map_or("", |version| &version.value)
}

/// How the files of two bundles differ.
pub(crate) fn files(
    old: &BTreeMap<String, Arc<[u8]>>,
    new: &BTreeMap<String, Arc<[u8]>>,
) -> FileChanges {
    let missing = |from: &BTreeMap<String, Arc<[u8]>>, of: &BTreeMap<String, Arc<[u8]>>| {
        of.keys().filter(|name| !from.contains_key(*name)).cloned().collect()
    };
    let changed = new
        .iter()
        .filter(|(name, content)| old.get(*name).is_some_and(|before| before != *content));
    FileChanges {
        added: missing(old, new),
        changed: changed.map(|(name, _)| name.clone()).collect(),
        removed: missing(new, old),
    }
}

fn limits(old: &Resources, new: &Resources) -> Vec<LimitChange> {
    let standard = Resources::default();
    let raised = Limit::ALL
        .into_iter()
        .filter(|limit| amount(new, *limit) > amount(old, *limit).max(amount(&standard, *limit)));
    let change = |limit| LimitChange { limit, was: old.show(limit), now: new.show(limit) };
    raised.map(change).collect()
}

/// Whether a limit is above its default, which a person has to agree to.
pub(crate) fn raises_limits(resources: &Resources) -> bool {
    !limits(&Resources::default(), resources).is_empty()
}

fn amount(of: &Resources, limit: Limit) -> u128 {
    match limit {
        Limit::Memory => of.memory.into(),
        Limit::Timeout => of.timeout.as_nanos(),
        Limit::Cpu => of.cpu_millis.into(),
        Limit::Disk => of.disk.into(),
        Limit::Processes => of.processes.into(),
    }
}

/// Orders by semantic versioning; the manifest has checked the form.
fn order(old: &str, new: &str) -> Order {
    use std::cmp::Ordering;
    if old.is_empty() || new.is_empty() {
        return Order::Unknown;
    }
    let parts = |text: &str| {
        let text = text.split('+').next().unwrap_or_default().to_owned();
        let (numbers, pre) = match text.split_once('-') {
            Some((numbers, pre)) => (numbers.to_owned(), Some(pre.to_owned())),
            None => (text, None),
        };
        (numbers.split('.').map(str::to_owned).collect::<Vec<_>>(), pre)
    };
    let ((old, old_pre), (new, new_pre)) = (parts(old), parts(new));
    let numbers = old.iter().zip(&new).map(|(old, new)| number(old, new));
    let numbers = numbers.fold(Ordering::Equal, Ordering::then);
    let pre = match (old_pre, new_pre) {
        (None, None) => Ordering::Equal,
        // What comes before a release is older than that.
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(old), Some(new)) => words(&old, &new),
    };
    match numbers.then(pre) {
        Ordering::Less => Order::Newer,
        Ordering::Greater => Order::Older,
        Ordering::Equal => Order::Same,
    }
}

/// Digits without a zero in front: the longer is the greater.
fn number(old: &str, new: &str) -> std::cmp::Ordering {
    old.len().cmp(&new.len()).then_with(|| old.cmp(new))
}

fn words(old: &str, new: &str) -> std::cmp::Ordering {
    let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    let plain = |word: &str| word.trim_start_matches('0').to_owned();
    for (old, new) in old.split('.').zip(new.split('.')) {
        let one = match (is_number(old), is_number(new)) {
            (true, true) => number(&plain(old), &plain(new)),
            // Numbers come before words.
            (mine, theirs) => theirs.cmp(&mine).then_with(|| old.cmp(new)),
        };
        if one.is_ne() {
            return one;
        }
    }
    old.split('.').count().cmp(&new.split('.').count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered() {
        let steps = [
            "0.9.9",
            "1.0.0-1",
            "1.0.0-2",
            "1.0.0-10",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-beta",
            "1.0.0",
            "1.0.1",
            "1.2.0",
            "1.10.0",
            "2.0.0",
        ];
        for (at, old) in steps.iter().enumerate() {
            for (to, new) in steps.iter().enumerate() {
                let expect = match at.cmp(&to) {
                    std::cmp::Ordering::Less => Order::Newer,
                    std::cmp::Ordering::Equal => Order::Same,
                    std::cmp::Ordering::Greater => Order::Older,
                };
                assert_eq!(order(old, new), expect, "{old} to {new}");
            }
        }
        assert_eq!(order("1.0.0+a", "1.0.0+b"), Order::Same);
        assert_eq!(order("", "1.0.0"), Order::Unknown);
    }
}
