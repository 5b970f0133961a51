//! What can go wrong, with what to do about it.

use std::path::PathBuf;

/// Why there is nothing to see.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TopError {
    /// No host has left a note.
    #[error("no host serves: there is no {}", .0.display())]
    NoHost(PathBuf),
    /// A file cannot be read.
    #[error("{}: {error}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// The system's error.
        error: std::io::Error,
    },
    /// A note or a token is none.
    #[error("{}: {what}", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// That is no address of this machine.
    #[error("{0:?} is no address of this machine, such as http://127.0.0.1:7171")]
    Address(String),
    /// The host cannot be reached.
    #[error("the host at {address} cannot be reached: {error}")]
    Reach {
        /// Where.
        address: std::net::SocketAddr,
        /// The system's error.
        error: std::io::Error,
    },
    /// What it answers is no answer.
    #[error("the host's answer cannot be read: {0}")]
    Answer(&'static str),
    /// It says no.
    #[error("{0}")]
    Refused(String),
    /// The terminal cannot be used.
    #[error("the terminal cannot be used: {0}")]
    Terminal(std::io::Error),
}

impl TopError {
    /// What to do about it.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::NoHost(_) | Self::Reach { .. } => "start one: aether serve",
            Self::Io { .. } | Self::Form { .. } => "the host writes its token where it runs",
            Self::Address(_) => "a token is sent unencrypted: reach another machine through ssh -L",
            Self::Answer(_) => "is that `aether serve` of the same version?",
            Self::Refused(_) => "take the token from serve.json of the host's state folder",
            Self::Terminal(_) => "--once prints one table",
        }
    }
}
