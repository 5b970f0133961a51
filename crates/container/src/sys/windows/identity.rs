//! Who a cell is: in a container, with a token stripped of what its host's has. Where that cannot be had and
//! the caller named it as optional, the next weaker one; and what its process says of it in the end.

use std::io;

use super::calls::{Calls, TokenFacts};
use super::job::Missing;
use super::mitigations::Kind;
use super::sid::Sid;
use super::token::{LOW, Restriction, Stripped};
use crate::Protection;

/// Who a process is made as.
#[derive(Debug)]
pub(super) struct Identity {
    /// Its container, or why there is none.
    container: Result<Sid, String>,
    /// Its token, or why it has its host's.
    token: Result<Stripped, String>,
}

impl Identity {
    /// One in the container of this name, if the system makes any. It has no token yet.
    pub(super) fn named(calls: &dyn Calls, name: &[u16]) -> Self {
        let container = calls.app_container(name);
        Self {
            container: container.map_err(|error| format!("the system makes none: {error}")),
            token: Err("none was made yet".to_owned()),
        }
    }

    /// With a token of its own: stripped, and restricted where there is no container.
    pub(super) fn stripped(self, calls: &dyn Calls, kind: Kind) -> Self {
        let restriction = match (&self.container, kind.engine) {
            (Ok(_), _) => Restriction::None,
            (Err(_), true) => Restriction::Engine,
            (Err(_), false) => Restriction::Native,
        };
        let token = Stripped::new(calls, restriction);
        Self { token: token.map_err(|error| format!("the system makes none: {error}")), ..self }
    }

    /// The next weaker one, if there is any: after the system refused to make a process of this one. It
    /// does not say of what it refuses: in a container the token goes first, if it may.
    pub(super) fn weaker(
        self,
        calls: &dyn Calls,
        kind: Kind,
        may_lack_token: bool,
        why: &io::Error,
    ) -> Option<Self> {
        match self {
            Self { container: Ok(sid), token: Ok(_) } if may_lack_token => {
                let token = Err(format!("no process is made of one in a container: {why}"));
                Some(Self { container: Ok(sid), token })
            }
            Self { container: Ok(_), token } => {
                let container = Err(format!("no process is made in one: {why}"));
                Some(Self { container, token }.stripped(calls, kind))
            }
            Self { container, token: Ok(_) } => {
                Some(Self { container, token: Err(format!("no process is made of one: {why}")) })
            }
            Self { .. } => None,
        }
    }

    pub(super) fn container(&self) -> Option<&Sid> {
        self.container.as_ref().ok()
    }

    pub(super) fn token(&self) -> Option<&Stripped> {
        self.token.as_ref().ok()
    }

    /// What is lacking without a container, before there is a process.
    pub(super) fn without_container(&self) -> Vec<Missing> {
        let Err(why) = &self.container else { return Vec::new() };
        lacking_container(why.clone(), why)
    }

    /// What is lacking before there is a process.
    pub(super) fn lacks(&self) -> Vec<Missing> {
        let token = self.token.as_ref().err();
        let token = token.map(|why| Missing { protection: Protection::Token, reason: why.clone() });
        self.without_container().into_iter().chain(token).collect()
    }

    /// What does not stand by what the process's token says, and what was lacking anyway.
    pub(super) fn missing(&self, found: io::Result<TokenFacts>, kind: Kind) -> Vec<Missing> {
        let (token, contained) = match &found {
            Ok(found) => {
                let own = self.container.as_ref().ok();
                (self.missing_of_token(found), missing_of_container(found, own, kind))
            }
            Err(error) => {
                let why = format!("the token does not say: {error}");
                (Some(why.clone()), lacking_container(why.clone(), &why))
            }
        };
        let mut missing = match &self.container {
            Ok(_) => contained,
            Err(why) => {
                let instead = match &token {
                    None => format!("{INSTEAD}: {why}"),
                    Some(unheld) => format!("nothing instead, {unheld}: {why}"),
                };
                lacking_container(instead, why)
            }
        };
        missing.extend(token.map(|reason| Missing { protection: Protection::Token, reason }));
        missing
    }

    fn missing_of_token(&self, found: &TokenFacts) -> Option<String> {
        match &self.token {
            Ok(token) => token.missing(found, self.container()),
            Err(why) => Some(why.clone()),
        }
    }
}

/// What the token does not say of a container.
fn missing_of_container(found: &TokenFacts, own: Option<&Sid>, kind: Kind) -> Vec<Missing> {
    let is_own = own.is_none() || found.container.as_ref() == own;
    let checks = [
        (
            Protection::AppContainer,
            found.is_app_container && is_own && found.integrity <= LOW,
            match &found.container {
                Some(other) if !is_own => format!("the token says the container {other}"),
                _ => "the token says that it is in no container".to_owned(),
            },
        ),
        (
            Protection::Lpac,
            found.is_less_privileged || !kind.engine,
            "the token says that it may reach what every package may".to_owned(),
        ),
        (
            Protection::Network,
            found.is_app_container && found.capabilities == Some(0),
            match found.capabilities {
                Some(0) => "the token says that it is in no container".to_owned(),
                Some(number) => format!("the token says {number} capabilities"),
                None => "the token does not say its capabilities".to_owned(),
            },
        ),
    ];
    let missing = checks.into_iter().filter(|(_, holds, _)| !holds);
    missing.map(|(protection, _, reason)| Missing { protection, reason }).collect()
}

/// What a restricted token is instead of a container.
const INSTEAD: &str =
    "a restricted token instead, which may read what every user of the machine may";

/// What falls with the container. Tokens know nothing of the network.
fn lacking_container(instead: String, why: &str) -> Vec<Missing> {
    vec![
        Missing { protection: Protection::AppContainer, reason: instead },
        Missing { protection: Protection::Lpac, reason: why.to_owned() },
        Missing {
            protection: Protection::Network,
            reason: format!("only a container keeps it from the network: {why}"),
        },
    ]
}
