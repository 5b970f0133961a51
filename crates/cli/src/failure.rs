//! Why the command itself failed, with what to do about it.

use std::path::PathBuf;

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
    /// A file or folder cannot be read or written.
    #[error("{}: {error}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// The system's error.
        error: std::io::Error,
    },
    /// The plugin cannot be loaded.
    #[error(transparent)]
    Load(LoadError),
    /// The plugin did not start, or its call failed.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The host cannot be made.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The audit log cannot be written.
    #[error("the audit log cannot be written: {0}")]
    Audit(#[from] aether::audit::LogError),
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: None }
    }

    pub(crate) fn usage_with(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: Some(help.into()) }
    }

    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |error| Self::Io { path, error }
    }

    pub(crate) const fn code(&self) -> ExitCode {
        match self {
            Self::Refused(_) | Self::Build(BuildError::UnsafeForbidden { .. }) => ExitCode::Refused,
            // A working folder or a place for records that cannot be used is no bug of ours.
            Self::Build(BuildError::Workdir { .. } | BuildError::Audit(_))
            | Self::Audit(_)
            | Self::Problems(_)
            | Self::Usage { .. }
            | Self::Io { .. }
            | Self::Load(_) => ExitCode::Usage,
            Self::Start(error) => error.exit_code(),
            Self::Build(_) => ExitCode::Bug,
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
