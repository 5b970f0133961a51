//! What is asked for and was not used.

mod narrower;

use aether_manifest::{Located, Manifest, Permission};
use aether_source::Place;

use crate::blind::{blind, is_native};
use crate::covered::Asked;
use crate::options::Options;
use crate::{Observations, Use};

use narrower::narrower;

/// What a manifest could do without, as far as the log tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tightening {
    /// Entries that were not used, or only for a small part, in the manifest's order.
    pub unused: Vec<Unused>,
    /// Permissions of which the log does not tell what was used, each with the reason.
    pub unknown: Vec<(Permission, &'static str)>,
}

/// An entry that asks for more than was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unused {
    /// The list of the manifest.
    pub permission: Permission,
    /// The entry, as written.
    pub entry: String,
    /// Where the manifest has it.
    pub place: Place,
    /// How much of it was not used.
    pub excess: Excess,
    /// What to do, in one sentence.
    pub advice: String,
}

/// How much of an entry was not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Excess {
    /// All of it.
    Whole,
    /// What is beyond these entries.
    Beyond(Vec<String>),
}

/// Entries of the manifest that a run did not use, and entries much wider than what it used them
/// for. One run seldom does all that a plugin can do: whoever removes an entry should know what it
/// was for.
pub fn tighten(manifest: &Manifest, seen: &Observations, options: &Options) -> Tightening {
    let closed = options.closed.iter().cloned().chain(seen.closed()).collect();
    let options = &Options { closed, ..options.clone() };
    let mut found = Tightening::default();
    for permission in Permission::ALL {
        let entries = manifest.permissions.entries(permission);
        if entries.is_empty() {
            continue;
        }
        match blind(permission, is_native(Some(manifest), seen), seen) {
            Some(why) => found.unknown.push((permission, why)),
            None => {
                let check = |entry| unused(permission, entry, manifest, seen, options);
                found.unused.extend(entries.iter().filter_map(check));
            }
        }
    }
    found
}

fn unused(
    permission: Permission,
    entry: &Located<String>,
    manifest: &Manifest,
    seen: &Observations,
    options: &Options,
) -> Option<Unused> {
    let asked = Asked::of(permission, &entry.value)?;
    let objects = seen.objects(Use::Of(permission));
    let used: Vec<&str> = objects
        .filter(|(object, observed)| observed.is_allowed() && asked.covers(object))
        .map(|(object, _)| object)
        .collect();
    let looked = looked_at(permission, &asked, manifest, seen);
    let excess = if used.is_empty() && looked.is_empty() {
        Excess::Whole
    } else {
        let all: Vec<&str> = used.into_iter().chain(looked).collect();
        Excess::Beyond(narrower(permission, &asked, &all, options)?)
    };
    let place = manifest.source.place(entry.span.start);
    let (entry, advice) = (entry.value.clone(), advice(&excess));
    Some(Unused { permission, entry, place, excess, advice })
}

/// What was looked at by its name, and is named by the entry: reading is what shows a file, or else
/// writing.
fn looked_at<'s>(
    permission: Permission,
    asked: &Asked,
    manifest: &Manifest,
    seen: &'s Observations,
) -> Vec<&'s str> {
    let reads = match permission {
        Permission::FilesystemRead => Vec::new(),
        Permission::FilesystemWrite => {
            Asked::all(&manifest.permissions, Permission::FilesystemRead)
        }
        _ => return Vec::new(),
    };
    let counts =
        |object: &str| asked.covers(object) && !reads.iter().any(|read| read.covers(object));
    let objects = seen.objects(Use::Look);
    let objects = objects.filter(|(object, observed)| {
        observed.is_allowed() && counts(object) && seen.listing_of(object).is_none()
    });
    objects.map(|(object, _)| object).collect()
}

fn advice(excess: &Excess) -> String {
    match excess {
        Excess::Whole => "nothing used it: remove it, unless another run does".to_owned(),
        Excess::Beyond(narrower) => {
            let written: Vec<String> = narrower
                .iter()
                .map(|entry| serde_json::Value::from(entry.as_str()).to_string())
                .collect();
            format!("much less of it was used: write {}", written.join(", "))
        }
    }
}
