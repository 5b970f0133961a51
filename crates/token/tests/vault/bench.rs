//! A vault with two plugins, and short words for what is asked of it.

use aether_path::VirtualPath;
use aether_token::{
    Act, Asked, Authority, ConnectionId, HostName, Issuer, Moment, Name, Refusal, Scope, Terms,
    Token, Vault,
};

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub(crate) fn path(text: &str) -> VirtualPath {
    VirtualPath::parse(text).unwrap()
}

pub(crate) fn host(text: &str) -> HostName {
    HostName::parse(text).unwrap()
}

/// The usual terms for running `git`.
pub(crate) fn git() -> Terms {
    Terms::new(Scope::Command { name: name("git") }, Issuer::Person, "asked in the terminal")
}

pub(crate) struct Bench {
    pub(crate) vault: Vault,
    /// A connection of the plugin `a`.
    pub(crate) a: ConnectionId,
    /// A connection of the plugin `b`.
    pub(crate) b: ConnectionId,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let vault = Vault::new().unwrap();
        let (a, b) = (vault.connect(name("a"), 1), vault.connect(name("b"), 2));
        Bench { vault, a, b }
    }

    pub(crate) fn issue(&self, terms: Terms) -> Token {
        self.vault.issue(self.a, terms, Moment(0)).unwrap()
    }

    /// Presents a token to run `git`.
    pub(crate) fn run(
        &self,
        connection: ConnectionId,
        token: &Token,
        now: u64,
    ) -> Result<Authority, Refusal> {
        let (method, command) = (name("process.run"), name("git"));
        let asked = Asked { method: &method, act: Act::Command { name: &command } };
        self.vault.redeem(connection, token, &asked, Moment(now))
    }
}
