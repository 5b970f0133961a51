//! What a person has to know before a plugin is installed.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use aether_bundle::{Bundle, Digest};
use aether_manifest::{Entry, MANIFEST_FILE, Manifest, PluginName, Runtime};
use aether_policy::check::inspect_bundle;
use aether_policy::grant::{Decision, Identity, Input, Mount, Refused, ReviewLimit, Risk, decide};
use aether_policy::policy::Policy;
use aether_source::{Diagnostic, printable};
use jiff::Timestamp;

use crate::archive::read_archive;
use crate::limits::{MAX_ARCHIVE, MAX_MANIFEST};
use crate::state::identity;
use crate::{ArchiveError, ArchiveProblem, Difference, ReviewError, Right, difference, text};

/// Where a plugin comes from.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// Its folder.
    Folder(&'a Path),
    /// A zip file with its folder's content, or with the folder.
    Archive(&'a Path),
}

/// What a review is made against. Both are the app's, never the plugin's or a page's.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terms<'a> {
    /// What the owner of the host allows.
    pub policy: Option<&'a Policy>,
    /// Which folders of the host the plugin's paths will lead to. What a person agrees to counts for
    /// these alone.
    pub mounts: &'a [Mount],
}

/// Whether somebody vouches for the bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Signature {
    /// Nobody does. In this version there are no signatures: the digest says that two bundles are the
    /// same, and not whose they are.
    Unsigned,
}

/// What a policy says of the whole request. A person's answer adds nothing to it.
#[derive(Clone, Debug, PartialEq)]
pub enum PolicyAnswer {
    /// It allows all of it.
    Allows,
    /// It allows all of it, and wants a person to agree too.
    AllowsIfAgreed,
    /// It does not allow some of it, and the plugin will not start.
    Refuses(Refused),
}

/// A right that is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct AskedRight {
    /// The right. Its entry comes from the plugin: escape it when showing it.
    pub right: Right,
    /// Whether the plugin says that it can do without.
    pub optional: bool,
    /// How much it could cost.
    pub risk: Risk,
    /// What it means, in plain words; escape it when showing it.
    pub note: String,
}

/// A bundle that was read, and what is said of it. It holds the bytes: what was reviewed is what is
/// installed.
#[derive(Clone, Debug)]
pub struct Review {
    pub(crate) bundle: Bundle,
    pub(crate) manifest: Manifest,
    pub(crate) name: PluginName,
    pub(crate) mounts: Vec<Mount>,
    rights: Vec<AskedRight>,
    limits: Vec<ReviewLimit>,
    policy: Option<PolicyAnswer>,
    findings: Vec<Diagnostic>,
    difference: Option<Difference>,
}

impl Review {
    /// The plugin's name.
    #[must_use]
    pub const fn name(&self) -> &PluginName {
        &self.name
    }

    /// Its version; empty when it gives none.
    #[must_use]
    pub fn version(&self) -> &str {
        difference::version(&self.manifest)
    }

    /// One line on what it does, in its author's words. It holds nothing that cannot be seen.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.manifest.description.as_deref()
    }

    /// What runs it.
    #[must_use]
    pub fn runtime(&self) -> Runtime {
        self.manifest.runtime_or_default()
    }

    /// The identity of its content.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.bundle.digest()
    }

    /// Whether somebody vouches for it.
    #[must_use]
    pub const fn signature(&self) -> Signature {
        Signature::Unsigned
    }

    /// What it asks for, the greatest risk first.
    #[must_use]
    pub fn rights(&self) -> &[AskedRight] {
        &self.rights
    }

    /// The limits that it asks to be above their defaults.
    #[must_use]
    pub fn limits(&self) -> &[ReviewLimit] {
        &self.limits
    }

    /// What the policy says, where there is one.
    #[must_use]
    pub const fn policy(&self) -> Option<&PolicyAnswer> {
        self.policy.as_ref()
    }

    /// What is odd about the manifest and the code. It is advice, and no barrier.
    #[must_use]
    pub fn findings(&self) -> &[Diagnostic] {
        &self.findings
    }

    /// What it changes, where a version of the plugin is installed.
    #[must_use]
    pub const fn difference(&self) -> Option<&Difference> {
        self.difference.as_ref()
    }

    /// The whole manifest.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The bytes that were reviewed.
    #[must_use]
    pub const fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    pub(crate) fn of(bundle: Bundle, terms: &Terms<'_>) -> Result<Self, ReviewError> {
        let manifest = manifest(&bundle)?;
        let name = manifest.name.as_ref().ok_or(ReviewError::NoName)?.value.clone();
        if aether_path::windows_name(name.as_str()).is_err() {
            return Err(ReviewError::Name(name));
        }
        let hidden = manifest.description.as_deref().filter(|text| !text::is_honest(text));
        if let Some(text) = hidden {
            let shown = printable(text).into_owned();
            return Err(ReviewError::Deceptive { field: "description", shown });
        }
        let looked = inspect_bundle(&manifest, bundle.files());
        let (missing, mut findings): (Vec<_>, Vec<_>) =
            looked.diagnostics.into_iter().partition(|found| found.code == "entry-missing");
        let file = matches!(manifest.entry_or_default(), Entry::File(_));
        if file && !missing.is_empty() {
            return Err(ReviewError::Manifest(missing));
        }
        findings.splice(0..0, manifest.warnings.iter().cloned());
        let identity = identity(&name, &manifest, &bundle.digest());
        let (rights, limits) = asked(&manifest, &identity, terms.mounts);
        let policy = terms.policy.map(|policy| answer(&manifest, &identity, policy, terms.mounts));
        let mounts = terms.mounts.to_vec();
        Ok(Self {
            bundle,
            manifest,
            name,
            mounts,
            rights,
            limits,
            policy,
            findings,
            difference: None,
        })
    }

    pub(crate) fn against(mut self, difference: Option<Difference>) -> Self {
        self.difference = difference;
        self
    }
}

/// Reads the bundle, once.
pub(crate) fn read(source: Source<'_>) -> Result<Bundle, ReviewError> {
    let path = match source {
        Source::Folder(path) => return Ok(Bundle::read(path)?),
        Source::Archive(path) => path,
    };
    let failed = |error| ReviewError::Open { path: path.to_owned(), error };
    // Looked at first, since opening a pipe waits for whoever writes to it.
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(ReviewError::NotAFile(path.to_owned()));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MAX_ARCHIVE + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_ARCHIVE {
        return Err(ArchiveError::whole(ArchiveProblem::ArchiveTooLarge).into());
    }
    Ok(Bundle::from_files(path, read_archive(&bytes)?))
}

fn manifest(bundle: &Bundle) -> Result<Manifest, ReviewError> {
    let bytes = bundle.file(MANIFEST_FILE).ok_or(ReviewError::NoManifest)?;
    if bytes.len() > MAX_MANIFEST {
        return Err(ReviewError::ManifestTooLarge);
    }
    let source = aether_source::Source::from_bytes(MANIFEST_FILE, bytes.to_vec());
    let parsed = source.map_err(|problem| vec![problem]).and_then(aether_manifest::parse);
    parsed.map_err(ReviewError::Manifest)
}

/// What is asked for in the words in which a person is asked at a start.
pub(crate) fn asked(
    manifest: &Manifest,
    identity: &Identity,
    mounts: &[Mount],
) -> (Vec<AskedRight>, Vec<ReviewLimit>) {
    // What shows the host's own process is refused to everybody, and then there is nothing to ask: it
    // is told without the places, and again at the start.
    let review = [mounts, &[]].into_iter().find_map(|mounts| {
        match decide(&input(manifest, identity, None, mounts)) {
            Decision::Ask(review) => Some(review),
            Decision::Granted(_) | Decision::Refused(_) => None,
        }
    });
    let Some(review) = review else { return (Vec::new(), Vec::new()) };
    let right = |line: aether_policy::grant::ReviewLine| {
        let right = Right { permission: line.permission, resource: line.resource };
        let optional = difference::is_optional(manifest, &right);
        AskedRight { right, optional, risk: line.risk, note: line.note }
    };
    (review.lines.into_iter().map(right).collect(), review.limits)
}

fn answer(
    manifest: &Manifest,
    identity: &Identity,
    policy: &Policy,
    mounts: &[Mount],
) -> PolicyAnswer {
    match decide(&input(manifest, identity, Some(policy), mounts)) {
        Decision::Granted(_) => PolicyAnswer::Allows,
        Decision::Ask(_) => PolicyAnswer::AllowsIfAgreed,
        Decision::Refused(refused) => PolicyAnswer::Refuses(refused),
    }
}

fn input<'a>(
    manifest: &'a Manifest,
    identity: &'a Identity,
    policy: Option<&'a Policy>,
    mounts: &'a [Mount],
) -> Input<'a> {
    let now = Timestamp::now();
    Input {
        manifest,
        identity,
        policy,
        engine: aether_policy::grant::Engine::default(),
        narrowing: None,
        mounts,
        consents: None,
        unattended: false,
        now,
    }
}
