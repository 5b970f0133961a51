//! Why a text is not a domain pattern.

use aether_source::quoted;

use super::parse::{MAX_HOST, MAX_LABEL, MAX_PATTERN};
use super::{METHODS, WEBSOCKET};

/// A text that is not a domain pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{typed} {problem}")]
pub struct DomainError {
    typed: String,
    problem: DomainProblem,
}

impl DomainError {
    pub(super) fn new(text: &str, problem: DomainProblem) -> Self {
        DomainError { typed: quoted(text), problem }
    }

    /// What is wrong.
    pub fn problem(&self) -> &DomainProblem {
        &self.problem
    }

    /// What to write instead.
    pub fn help(&self) -> String {
        self.problem.help()
    }
}

/// The ways in which a text fails to be a domain pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DomainProblem {
    /// Nothing is written.
    #[error("is empty")]
    Empty,
    /// Longer than anything meant.
    #[error("is longer than {MAX_PATTERN} bytes")]
    TooLong,
    /// `https://…`: the scheme is not part of the pattern.
    #[error("has a scheme")]
    Scheme,
    /// A word before the blank that is not a method.
    #[error("has {} where a method belongs", quoted(.0))]
    Method(String),
    /// A method that would open a tunnel or echo headers.
    #[error("asks for the method `{0}`, which no plugin can have")]
    ForbiddenMethod(String),
    /// More than one blank, or one at an end.
    #[error("has a blank that is not between methods and host")]
    Blank,
    /// There is no host.
    #[error("names no host")]
    NoHost,
    /// `*` alone: every host there is.
    #[error("asks for every host")]
    EveryHost,
    /// `*.com`: every host of a top-level domain.
    #[error("asks for every host below a top-level domain")]
    TopLevel,
    /// `*.co.uk`, `*.github.io`: every host below a public suffix, or below what is above one.
    #[error("asks for every host below a name under which strangers have theirs")]
    Shared,
    /// `*` elsewhere than as the first label.
    #[error("has a `*` that is not a whole first label")]
    Wildcard,
    /// An IP address, in any of its spellings.
    #[error("is an IP address")]
    IpAddress,
    /// A host with characters beyond ASCII.
    #[error("has a host name beyond ASCII")]
    International,
    /// A character no host name has.
    #[error("has {} in its host name", quoted(&.0.to_string()))]
    Character(char),
    /// An empty label, one too long, or one with `-` at an end.
    #[error("has a label that is empty, longer than {MAX_LABEL} bytes, or begins or ends with `-`")]
    Label,
    /// A host name longer than DNS has.
    #[error("has a host name longer than {MAX_HOST} bytes")]
    HostTooLong,
    /// Not a port.
    #[error("has no port from 1 to 65535 after `:`")]
    Port,
    /// `?` or `#`: only the path is compared.
    #[error("has a `{0}` in its path")]
    QueryOrFragment(char),
    /// A path with characters that a URL writes as escapes.
    #[error("has {} in its path", quoted(&.0.to_string()))]
    PathCharacter(char),
    /// `//` in a path.
    #[error("has an empty segment (`//`) in its path")]
    EmptySegment,
    /// `.` or `..` in a path: they are resolved before it is compared.
    #[error("has a `.` or `..` segment in its path")]
    DotSegment,
    /// `a**` or `***` in a path.
    #[error("has `**` as part of a segment of its path")]
    TreeInSegment,
}

impl DomainProblem {
    fn help(&self) -> String {
        let text = match self {
            Self::Scheme => "write the host without `https://`",
            Self::Method(_) => {
                let methods = METHODS.join(", ");
                return format!("methods are {methods}, and {WEBSOCKET} for WebSockets");
            }
            Self::ForbiddenMethod(_) => "leave it out",
            Self::Blank => "write `GET,HEAD host/path`: one blank, none after commas",
            Self::EveryHost | Self::TopLevel | Self::Shared => {
                "name the hosts, or one domain as `*.example.com`"
            }
            Self::Wildcard => {
                "write `*.example.com` for one label, `**.example.com` for any number"
            }
            Self::IpAddress => "name a host; addresses cannot be checked against what DNS says",
            Self::International => "write the host in its ASCII form, `xn--…`",
            Self::QueryOrFragment(_) => "only the path is compared; leave the rest out",
            Self::PathCharacter(_) => "what is an escape in a URL is matched by `*`",
            Self::EmptySegment => "write a single `/`",
            Self::DotSegment => "write the path that it leads to",
            Self::TreeInSegment => {
                "write `**` between slashes, as in `/logs/**/last`, or `*` within a segment"
            }
            _ => "write `host`, `host:port/path/**` or `GET host`",
        };
        text.to_owned()
    }
}
