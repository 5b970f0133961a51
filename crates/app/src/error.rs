//! What a page is told when something is not done.

use std::fmt;

use aether::manifest::MANIFEST_FILE;
use aether::policy::grant::Refused;
use aether::source::quoted;
use aether::{CallError, LaunchError, StartError};
use aether_installed::{LibraryError, ReviewError};
use serde::Serialize;

/// Why something was not done: a stable word, a sentence, and what would help.
///
/// The sentence may hold a plugin's words: show it as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}")]
#[serde(rename_all = "camelCase")]
pub struct Error {
    /// A kebab-case word that does not change.
    pub code: &'static str,
    /// What was not done, and why.
    pub message: String,
    /// The line that would allow it, or what to do.
    pub fix: Option<String>,
}

impl Error {
    pub(crate) fn new(code: &'static str, message: impl fmt::Display) -> Self {
        Self { code, message: message.to_string(), fix: None }
    }

    #[must_use]
    pub(crate) fn fix(self, fix: impl Into<String>) -> Self {
        Self { fix: Some(fix.into()), ..self }
    }

    /// What a page sent is not what is expected.
    pub fn bad_input(message: impl fmt::Display) -> Self {
        Self::new("bad-input", message)
    }

    /// The window may not drive this plugin, or not this method of it.
    #[must_use]
    pub fn out_of_scope(
        window: &str,
        plugin: &str,
        method: Option<&str>,
        permission: &str,
    ) -> Self {
        let json = |text: &str| serde_json::Value::from(text).to_string();
        let what = match method {
            Some(method) => format!("the method {} of {}", quoted(method), quoted(plugin)),
            None => format!("the plugin {}", quoted(plugin)),
        };
        let methods = method.map(|method| format!(r#", "methods": [{}]"#, json(method)));
        let message = format!("the window {} may not use {what} here", quoted(window));
        let fix = format!(
            r#"add to a capability of this window: {{ "identifier": {}, "allow": [{{ "plugin": {}{} }}] }}"#,
            json(permission),
            json(plugin),
            methods.unwrap_or_default()
        );
        Self::new("out-of-scope", message).fix(fix)
    }

    /// The panel is closed, or was never there.
    #[must_use]
    pub fn panel_closed() -> Self {
        Self::new("no-panel", "this panel is closed").fix("open it again")
    }

    /// There is no such plugin.
    pub(crate) fn unknown(name: &str) -> Self {
        Self::from(LibraryError::Unknown(name.to_owned()))
    }

    pub(crate) fn system(act: &str, error: &std::io::Error) -> Self {
        let message = format!("cannot {act}: {error}");
        Self::new("system", message).fix("look whether the disk is full or may not be written to")
    }

    /// The app does not have this here.
    #[must_use]
    pub fn unsupported(what: &str) -> Self {
        Self::new("unsupported", format!("{what} is not supported here"))
    }
}

impl From<LibraryError> for Error {
    fn from(error: LibraryError) -> Self {
        let code = match &error {
            LibraryError::Unknown(_) => "unknown-plugin",
            LibraryError::Disabled(_) => "disabled",
            LibraryError::NotWaiting { .. } => "not-waiting",
            LibraryError::Refused { .. } => "required-right-refused",
            LibraryError::NotAnswered(_) => "not-answered",
            LibraryError::NotAsked { .. } => "not-asked",
            LibraryError::Required { .. } => "required",
            LibraryError::Covered { .. } => "covered",
            LibraryError::Busy(_) => "busy",
            LibraryError::Changed(_) => "changed",
            LibraryError::NotKept(_) => "not-kept",
            LibraryError::Full => "full",
            LibraryError::InUse(_) => "in-use",
            LibraryError::NotALibrary(_) | LibraryError::NotItsOwn(_) => "not-a-library",
            LibraryError::Index { .. } => "index",
            _ => "system",
        };
        let fix = error.help();
        Self::new(code, error).fix(fix)
    }
}

impl From<ReviewError> for Error {
    fn from(error: ReviewError) -> Self {
        let code = match &error {
            ReviewError::Archive(_) => "bad-archive",
            ReviewError::Bundle(_) => "bad-folder",
            ReviewError::Open { .. } | ReviewError::NotAFile(_) => "unreadable",
            ReviewError::NoManifest
            | ReviewError::ManifestTooLarge
            | ReviewError::NoName
            | ReviewError::Manifest(_) => "bad-manifest",
            _ => "bad-plugin",
        };
        let fix = error.help();
        match error {
            ReviewError::Library(inner) => Self::from(*inner),
            ReviewError::Manifest(problems) => {
                let each: Vec<String> = problems.iter().take(10).map(ToString::to_string).collect();
                let message = format!("{} is not usable: {}", MANIFEST_FILE, each.join("; "));
                Self::new(code, message).fix(fix)
            }
            error => Self::new(code, error).fix(fix),
        }
    }
}

impl From<StartError> for Error {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Refused(refused) => refused_start(&refused),
            StartError::Declined => Self::new("declined", "the person who was asked said no")
                .fix("start it again, and agree"),
            StartError::Load(error) => Self::from(error),
            StartError::Container(error) => {
                let code = match &error {
                    LaunchError::Protection { .. }
                    | LaunchError::Rootless { .. }
                    | LaunchError::Mismatch(_)
                    | LaunchError::Unsupported(_) => "protection",
                    _ => "container",
                };
                Self::new(code, error)
            }
            StartError::Pressure { .. } => Self::new("degraded", error),
            StartError::Interrupted => Self::new("closing", error),
            StartError::Audit(_) => Self::new("audit", error)
                .fix("look whether the disk is full or may not be written to"),
            error => Self::new("not-started", error),
        }
    }
}

fn refused_start(refused: &Refused) -> Error {
    let each = refused.refusals.iter();
    let why: Vec<String> = each.map(|one| format!("{}: {}", one.what, one.why)).collect();
    let fixes = refused.refusals.iter().filter_map(|one| one.fix.clone());
    let fixes: Vec<String> = fixes.collect();
    let error = Error::new("refused", format!("not started: {}", why.join("; ")));
    match fixes.is_empty() {
        true => error,
        false => error.fix(fixes.join("\n")),
    }
}

impl From<CallError> for Error {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Plugin(plugin) => {
                let code = match plugin.is_no_method() {
                    true => "no-method",
                    false => "plugin-error",
                };
                let message = match &plugin.name {
                    Some(name) => format!("{name}: {}", plugin.message),
                    None => plugin.message.clone(),
                };
                Self { code, message, fix: plugin.fix }
            }
            CallError::Ended(ending) => Self::new("ended", ending),
            CallError::Input(_) | CallError::Params(_) => Self::new("bad-input", error),
            CallError::Result(_) => Self::new("bad-result", error),
            CallError::Unkept(_) => Self::new("not-kept", error),
            CallError::Degraded { .. } => Self::new("degraded", error),
            CallError::Cancelled => Self::new("cancelled", error),
            CallError::Retired => Self::new("busy", error).fix("call it again"),
            CallError::NotStarted(why) => Self::new("not-started", why),
            CallError::Resting(_) => Self::new("resting", error).fix("wait, or restore the plugin"),
            CallError::Full(_) => {
                Self::new("full", error).fix("apply or discard its changes first")
            }
            error => Self::new("not-called", error),
        }
    }
}

impl From<aether::audit::LogError> for Error {
    fn from(error: aether::audit::LogError) -> Self {
        Self::new("audit", format!("the audit log cannot be written: {error}"))
            .fix("look whether the disk is full or may not be written to")
    }
}

impl From<aether::BuildError> for Error {
    fn from(error: aether::BuildError) -> Self {
        Self::new("no-host", error)
    }
}

impl From<aether::NoCell> for Error {
    fn from(error: aether::NoCell) -> Self {
        Self::new("not-running", error)
    }
}
