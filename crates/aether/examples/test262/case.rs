//! One test of Test262: its text, and what its front matter says of it.
//! <https://github.com/tc39/test262/blob/main/INTERPRETING.md>

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What a plugin does not have by design, or cannot show: other realms, threads, shared memory, a way to
/// detach a buffer or to ask for a collection. And what neither engine has: `Temporal`.
const NOT_OFFERED: &[&str] =
    &["SharedArrayBuffer", "Atomics", "cross-realm", "host-gc-required", "IsHTMLDDA", "Temporal"];

/// The same, by what a test calls.
const NOT_CALLED: &[&str] = &[
    "$262.agent",
    "$262.createRealm",
    "$262.detachArrayBuffer",
    "$DETACHBUFFER",
    "$262.gc",
    "$262.AbstractModuleSource",
];

/// Why a test is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Skipped {
    /// It is of a proposal, which is no part of the language yet.
    Proposal,
    /// A plugin does not have what it is about.
    NotOffered,
}

/// How a test is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// A script, as sloppy code.
    Sloppy,
    /// A script, as strict code.
    Strict,
    /// An ES module.
    Module,
}

/// A test.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    pub(crate) includes: Vec<String>,
    flags: BTreeSet<String>,
    features: BTreeSet<String>,
    /// The name of the error that it has to end with.
    pub(crate) negative: Option<String>,
    /// It has to end with it before anything of it runs.
    pub(crate) must_not_parse: bool,
}

impl Case {
    pub(crate) fn read(path: &Path) -> io::Result<Self> {
        // Some hold bytes that are no UTF-8 in their comments.
        let text = String::from_utf8_lossy(&fs::read(path)?).into_owned();
        let front = text.split_once("/*---").and_then(|(_, rest)| rest.split_once("---*/"));
        let front = front.map(|(front, _)| front.to_owned()).unwrap_or_default();
        let list = |key| list(&front, key);
        Ok(Self {
            path: path.to_owned(),
            includes: list("includes"),
            flags: list("flags").into_iter().collect(),
            features: list("features").into_iter().collect(),
            negative: negative(&front),
            must_not_parse: front.contains("phase: parse"),
            text,
        })
    }

    fn has(&self, flag: &str) -> bool {
        self.flags.contains(flag)
    }

    /// Ends when it says so, not when it has been run.
    pub(crate) fn is_async(&self) -> bool {
        self.has("async")
    }

    /// Brings its own harness.
    pub(crate) fn is_raw(&self) -> bool {
        self.has("raw")
    }

    /// How it is run: one way, so that each counts once.
    pub(crate) fn goal(&self) -> Goal {
        match () {
            () if self.has("module") => Goal::Module,
            () if self.has("onlyStrict") => Goal::Strict,
            () => Goal::Sloppy,
        }
    }

    /// Needs files beside it.
    pub(crate) fn has_fixtures(&self) -> bool {
        self.goal() == Goal::Module || self.text.contains("_FIXTURE")
    }

    pub(crate) fn skipped(&self, proposals: &BTreeSet<String>) -> Option<Skipped> {
        let wants = |names: &[&str]| names.iter().any(|name| self.features.contains(*name));
        let calls = NOT_CALLED.iter().any(|call| self.text.contains(call))
            || self.includes.iter().any(|file| file == "detachArrayBuffer.js");
        let blocks = self.has("CanBlockIsFalse") || self.has("CanBlockIsTrue");
        if self.features.iter().any(|feature| proposals.contains(feature)) {
            Some(Skipped::Proposal)
        } else if wants(NOT_OFFERED) || calls || blocks {
            Some(Skipped::NotOffered)
        } else {
            None
        }
    }
}

/// The words of `key: [a, b]`, or of a list below `key:`.
fn list(front: &str, key: &str) -> Vec<String> {
    let mut lines = front.lines().skip_while(|line| !line.starts_with(&format!("{key}:")));
    let Some(first) = lines.next() else { return Vec::new() };
    let inline = first.split_once(':').map(|(_, rest)| rest.trim()).unwrap_or_default();
    let words = |text: &str| -> Vec<String> {
        let words = text.trim_matches(['[', ']']).split(',').map(str::trim);
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    if !inline.is_empty() {
        return words(inline);
    }
    let items = lines.map_while(|line| line.trim_start().strip_prefix("- "));
    items.map(|item| item.trim().to_owned()).collect()
}

fn negative(front: &str) -> Option<String> {
    let (_, rest) = front.split_once("\nnegative:")?;
    let kind = rest.lines().find_map(|line| line.trim().strip_prefix("type:"))?;
    Some(kind.trim().to_owned())
}

/// The features that are proposals: what stands above the standard ones in `features.txt`.
pub(crate) fn proposals(suite: &Path) -> io::Result<BTreeSet<String>> {
    let text = fs::read_to_string(suite.join("features.txt"))?;
    let above = text.split("## Standard language features").next().unwrap_or_default();
    let names =
        above.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(names.map(|line| line.split('#').next().unwrap_or_default().trim().to_owned()).collect())
}
