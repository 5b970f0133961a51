//! Why a plugin is not started, and what would change that.

use aether_manifest::Permission;
use aether_source::{Diagnostic, Place, Source, Span};
use jiff::Timestamp;

/// A refused start: every reason, and the policy lines that would lift all of them at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// The reasons; never empty.
    pub refusals: Vec<Refusal>,
    /// Policy lines that would lift every reason that a policy can lift: a whole file where there
    /// is none, else the parts of the entry to be replaced. Nothing when no policy line would help.
    pub policy: Option<String>,
    /// The file that those lines belong into, as people know it; nothing where there is no policy.
    pub policy_file: Option<String>,
}

/// One reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// What kind of reason it is.
    pub kind: RefusalKind,
    /// What was refused: `` reading `/etc/shadow` ``.
    pub what: String,
    /// Why, as a sentence fragment.
    pub why: String,
    /// The file that the place is in: the manifest, or the policy for reasons that lie there alone.
    pub source: Source,
    /// Where in that file, if somewhere.
    pub span: Option<Span>,
    /// What to do, in words.
    pub advice: String,
    /// The policy lines that would lift this reason; nothing when none would.
    pub fix: Option<String>,
}

/// The kinds of reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefusalKind {
    /// There is no policy and nobody to ask.
    NoPolicy,
    /// The policy has no entry for the plugin.
    NoRule,
    /// The entry is for another version.
    DigestMismatch,
    /// The entry does not allow the permission.
    NotAllowed(Permission),
    /// The entry does not allow the compatibility layer.
    CompatNotAllowed,
    /// The policy does not allow the engine that the manifest names.
    EngineNotAllowed,
    /// A limit is requested above its ceiling.
    AboveCeiling,
    /// The policy was found, not named, and cannot grant a sensitive place.
    Sensitive(Permission),
    /// A folder that no person named stands under another name.
    MountNotNamed,
    /// It leads into what the kernel shows of the host's own process.
    ShowsHost,
    /// The plugin may not start now.
    OutsideWindow {
        /// When it may.
        next_opening: Option<Timestamp>,
    },
    /// A person must agree, and there is nobody to ask.
    ConsentNeeded,
}

impl RefusalKind {
    /// A stable name for machines.
    pub fn code(self) -> &'static str {
        match self {
            RefusalKind::NoPolicy => "no-policy",
            RefusalKind::NoRule => "no-policy-entry",
            RefusalKind::DigestMismatch => "digest-mismatch",
            RefusalKind::NotAllowed(_) => "not-allowed",
            RefusalKind::CompatNotAllowed => "compat-not-allowed",
            RefusalKind::EngineNotAllowed => "engine-not-allowed",
            RefusalKind::AboveCeiling => "limit-above-ceiling",
            RefusalKind::Sensitive(_) => "sensitive-place",
            RefusalKind::MountNotNamed => "mount-not-named",
            RefusalKind::ShowsHost => "host-process",
            RefusalKind::OutsideWindow { .. } => "outside-window",
            RefusalKind::ConsentNeeded => "consent-needed",
        }
    }
}

impl Refusal {
    /// Line and column of the place.
    pub fn place(&self) -> Option<Place> {
        self.span.map(|span| self.source.place(span.start))
    }

    /// The reason as a diagnostic, without the policy lines.
    pub fn to_diagnostic(&self) -> Diagnostic {
        let message = format!("{} is refused: {}", self.what, self.why);
        let span = self.span.unwrap_or_default();
        let diagnostic = Diagnostic::error(self.kind.code(), &self.source, span, message)
            .with_help(&*self.advice);
        if self.span.is_some() { diagnostic } else { diagnostic.without_place() }
    }
}
