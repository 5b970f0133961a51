//! Why a program cannot have the network that it was granted.

use std::io;

use aether_egress::{PrivateError, RulesError, Vain};

use crate::ExitCode;

/// Why a program cannot have the network that it was granted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// A place inside that the policy opens is none.
    #[error("{place}: {error}")]
    Private {
        /// Where it stands.
        place: String,
        /// What is wrong with it.
        error: PrivateError,
    },
    /// A policy that was found beside a pipeline opens places inside.
    #[error("{place}: a policy that lies beside a pipeline opens nothing inside")]
    Untrusted {
        /// The policy.
        place: String,
    },
    /// A granted domain that can never be reached.
    #[error(transparent)]
    Vain(#[from] RulesError),
    /// A port of this machine cannot be listened on.
    #[error("port {port} of this machine cannot be listened on: {error}")]
    Port {
        /// The port.
        port: u16,
        /// The system's error.
        error: io::Error,
    },
    /// A secret that its requests may carry cannot be had.
    #[error("{0}")]
    Secret(String),
    /// The gateway cannot be started.
    #[error("the egress gateway cannot be started: {0}")]
    Gateway(io::Error),
}

impl NetworkError {
    /// What to do about it, if anything is known.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Untrusted { .. } => {
                Some("read it, and name it with --policy if it is right".to_owned())
            }
            Self::Vain(error) => match error.vain() {
                Vain::Inside(advice) => {
                    let line = advice.option.as_ref().or(advice.policy.as_ref())?;
                    Some(format!("to open it: {line}"))
                }
                _ => None,
            },
            Self::Port { .. } => Some("end what listens there, or grant another port".to_owned()),
            Self::Private { .. } | Self::Secret(_) | Self::Gateway(_) => None,
        }
    }

    pub(crate) const fn exit_code(&self) -> ExitCode {
        match self {
            Self::Untrusted { .. } | Self::Vain(_) => ExitCode::Refused,
            _ => ExitCode::Usage,
        }
    }
}
