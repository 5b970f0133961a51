//! What stands in a grant and can never take effect.

use aether_manifest::{DomainPattern, HostPattern};
use aether_source::quoted;

use super::verdict::Advice;
use super::{Host, Private, RequestPath, Rules};

/// A rule that can never take effect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the rule {} can never take effect: {vain}", quoted(.rule))]
pub struct RulesError {
    pub(super) rule: String,
    pub(super) vain: Vain,
}

impl RulesError {
    /// The rule, as it is written.
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// Why it cannot.
    pub fn vain(&self) -> &Vain {
        &self.vain
    }
}

/// Why a rule can never take effect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Vain {
    /// Its hosts are always this machine, and the owner opened nothing of it; the line that would.
    #[error("its host is this machine, which the policy does not open")]
    Inside(Advice),
    /// Its host is none that a request can have.
    #[error("no request can have its host")]
    Host,
    /// Its path is none that is ever within a rule.
    #[error("no request with its path is within a path rule")]
    Path,
}

impl Rules {
    /// The places inside that the owner opened and that no rule leads to: what a policy says of them
    /// does nothing for this plugin. No error, since a policy may open a place before it is needed;
    /// whoever shows grants warns of it.
    pub fn vain_private(&self) -> impl Iterator<Item = &Private> {
        let reached = |private: &Private| {
            private.needs_no_rule() || self.patterns().any(|pattern| private.may_concern(pattern))
        };
        self.private.iter().filter(move |private| !reached(private))
    }

    /// Those of the hosts that a secret may go to that no rule leads to.
    pub fn vain_hosts<'h>(
        &self,
        hosts: impl IntoIterator<Item = &'h DomainPattern>,
    ) -> impl Iterator<Item = &'h DomainPattern> {
        hosts.into_iter().filter(|host| !self.patterns().any(|pattern| pattern.meets(host)))
    }

    /// Why a rule can never take effect, if so.
    pub(super) fn vain(&self, pattern: &DomainPattern) -> Option<Vain> {
        if pattern.path().is_some_and(|path| !can_be_within(path.as_str())) {
            return Some(Vain::Path);
        }
        let Some(host) = example(pattern.host()) else { return Some(Vain::Host) };
        let opened = |private: &Private| private.may_open(pattern);
        let is_shut = host.is_localhost() && !self.private.iter().any(opened);
        is_shut.then(|| Vain::Inside(self.asker.open(&inside(pattern))))
    }

    fn patterns(&self) -> impl Iterator<Item = &DomainPattern> {
        self.rules.iter().map(|rule| &rule.pattern)
    }
}

/// A host that the pattern is for, if requests can have one.
fn example(pattern: &HostPattern) -> Option<Host> {
    let name = match pattern {
        HostPattern::Exact(name) => name.clone(),
        HostPattern::Child(below) | HostPattern::Below(below) => format!("a.{below}"),
    };
    Host::parse(&name).ok().filter(|host| host.name() == Some(&name))
}

/// Whether a request can have a path that the pattern names. What stands for a wildcard is up to the
/// request; what is between them is not.
fn can_be_within(pattern: &str) -> bool {
    let example = pattern.replace("**", "x").replace('*', "x");
    RequestPath::parse(&example)
        .is_ok_and(|path| path.path() == example && path.ambiguity().is_none())
}

/// The target that would open a host of the pattern: below `localhost` every host is this machine.
fn inside(pattern: &DomainPattern) -> String {
    let host = match pattern.host() {
        HostPattern::Exact(name) => name,
        HostPattern::Child(_) | HostPattern::Below(_) => "127.0.0.1",
    };
    pattern.port().map_or(host.to_owned(), |port| format!("{host}:{port}"))
}
