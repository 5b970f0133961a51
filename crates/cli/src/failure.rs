//! Why the command itself failed, with what to do about it.

use std::path::PathBuf;

use aether::audit::LogError;
use aether::overlay::JournalError;
use aether::policy::grant::Refused;
use aether::source::Diagnostic;
use aether::{BuildError, ExitCode, LoadError, PipelineError, StartError};

/// A failure of the command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Files with problems, each with its place.
    #[error("{}", .0.first().map_or_else(String::new, |problem| problem.message.clone()))]
    Problems(Vec<Diagnostic>),
    /// Refused before start, with every reason.
    #[error("refused before start")]
    Refused(Vec<Refused>),
    /// Something that was typed cannot be used.
    #[error("{message}")]
    Usage {
        /// What and why.
        message: String,
        /// What to do.
        help: Option<String>,
    },
    /// A person must choose among these: something that was typed, or left out, could mean any of
    /// them, or some of them must go.
    #[error("{message}")]
    Choose {
        /// What and why.
        message: String,
        /// Among what, one in a line.
        candidates: Vec<String>,
        /// What to do with the chosen one.
        help: &'static str,
    },
    /// A file or folder cannot be read or written.
    #[error("{}: {error}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// The system's error.
        error: std::io::Error,
        /// What to do.
        help: Option<String>,
    },
    /// The result cannot be written where results go.
    #[error("the result cannot be written to standard output: {0}")]
    Output(std::io::Error),
    /// The plugin cannot be loaded.
    #[error(transparent)]
    Load(LoadError),
    /// The plugin did not start, or its call failed.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The host cannot be made.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Changes cannot be made, or finished.
    #[error("{}", with_source(.0))]
    Journal(#[from] JournalError),
    /// The audit log cannot be written.
    #[error("the audit log cannot be written: {0}")]
    Audit(#[from] LogError),
}

/// An error with the system's words, which are below its own.
pub(crate) fn with_source(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: None }
    }

    pub(crate) fn usage_with(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: Some(help.into()) }
    }

    pub(crate) fn choose(
        message: impl Into<String>,
        candidates: impl Iterator<Item = String>,
    ) -> Self {
        let (message, candidates) = (message.into(), candidates.collect());
        Self::Choose { message, candidates, help: "name one of them" }
    }

    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |error| Self::Io { path, error, help: None }
    }

    pub(crate) fn io_with(
        path: impl Into<PathBuf>,
        help: impl Into<String>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let (path, help) = (path.into(), help.into());
        move |error| Self::Io { path, error, help: Some(help) }
    }

    pub(crate) const fn code(&self) -> ExitCode {
        match self {
            Self::Refused(_) | Self::Build(BuildError::UnsafeForbidden { .. }) => ExitCode::Refused,
            // A working folder or a place for records that cannot be used is no bug of ours.
            Self::Build(BuildError::Workdir { .. } | BuildError::Audit(_) | BuildError::Key(_))
            | Self::Audit(_)
            | Self::Problems(_)
            | Self::Usage { .. }
            | Self::Choose { .. }
            | Self::Io { .. }
            | Self::Journal(_)
            | Self::Load(_) => ExitCode::Usage,
            // What was asked for was done, and nobody got it.
            Self::Output(_) => ExitCode::PluginError,
            Self::Start(error) => error.exit_code(),
            Self::Build(_) => ExitCode::Bug,
        }
    }

    /// What to do about it, where that is known.
    pub(crate) fn help(&self) -> Option<&str> {
        match self {
            Self::Usage { help, .. } | Self::Io { help, .. } => help.as_deref(),
            Self::Choose { help, .. } => Some(help),
            Self::Load(LoadError::Bundle(error)) if error.is_within() => {
                Some("keep in the plugin's folder what it needs to run, and nothing else")
            }
            Self::Load(_) => Some(
                "name a plugin's folder, one with an aether-plugin.json; `aether new FOLDER` makes one",
            ),
            Self::Audit(LogError::NotWhole { .. })
            | Self::Build(BuildError::Audit(LogError::NotWhole { .. })) => Some(
                "`aether audit verify FILE` says what is wrong with it; move the file away, and a new log is begun",
            ),
            Self::Audit(_)
            | Self::Build(BuildError::Audit(_) | BuildError::Key(_))
            | Self::Start(StartError::Audit(_)) => Some(
                "nothing runs unrecorded: make room, or set AETHER_STATE_DIR to another folder",
            ),
            Self::Journal(JournalError::Waits { .. }) => {
                Some("`aether apply --resume` finishes it, or takes back what cannot be finished")
            }
            Self::Build(BuildError::UnsafeForbidden { .. }) => {
                Some("leave --unsafe out, or write `unsafe: allow` in that policy")
            }
            _ => None,
        }
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Manifest { problems, .. } => Self::Problems(problems),
            other => Self::Load(other),
        }
    }
}

impl From<PipelineError> for Failure {
    fn from(error: PipelineError) -> Self {
        match error {
            PipelineError::Refused(refused) => Self::Refused(refused),
            PipelineError::Start(StartError::Refused(refused)) => Self::Refused(vec![*refused]),
            PipelineError::Start(error) => Self::Start(error),
            PipelineError::Input(error) => {
                Self::Usage { help: Some(error.help()), message: error.to_string() }
            }
            other => Self::usage(other.to_string()),
        }
    }
}
