//! The rules of one plugin or command.

use std::net::IpAddr;

use aether_manifest::{DomainPattern, HostPattern, METHODS, WEBSOCKET};

use super::overriding;
use super::verdict::{self, Advice, Allowed, Asker, Denied, Tunnel, Why};
use super::{Class, Host, Method, Private, Request, RulesError, Secret, Watch};
use crate::wire::Fields;

/// One line of a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The number by which the caller counts its use.
    pub index: usize,
    /// What it allows.
    pub pattern: DomainPattern,
}

/// All that a plugin may request: what no rule allows is denied.
///
/// Two questions belong together: whether a request may be made ([`decide`](Self::decide),
/// [`decide_tunnel`](Self::decide_tunnel)), and whether the addresses that its host resolves to may
/// be dialled ([`admit`](Self::admit)). Whoever asks the first must ask the second.
#[derive(Debug, Clone)]
pub struct Rules {
    pub(super) asker: Asker,
    pub(super) rules: Vec<Rule>,
    pub(super) private: Vec<Private>,
    secrets: Vec<Secret>,
    /// All of it was taken away.
    is_taken: bool,
}

impl Rules {
    /// The rules of a plugin, by name, and what the owner of the host opens inside. Refuses rules
    /// that can never take effect, since advice to write one more of them would lead in a circle.
    pub fn new(
        plugin: &str,
        rules: impl IntoIterator<Item = Rule>,
        private: impl IntoIterator<Item = Private>,
    ) -> Result<Self, RulesError> {
        Self::made(Asker::Plugin(plugin.to_owned()), rules, private)
    }

    /// The rules of a command, for whoever typed it with what it may request.
    pub fn of_command(
        rules: impl IntoIterator<Item = Rule>,
        private: impl IntoIterator<Item = Private>,
    ) -> Result<Self, RulesError> {
        Self::made(Asker::Command, rules, private)
    }

    fn made(
        asker: Asker,
        rules: impl IntoIterator<Item = Rule>,
        private: impl IntoIterator<Item = Private>,
    ) -> Result<Self, RulesError> {
        let rules = Rules {
            asker,
            rules: rules.into_iter().collect(),
            private: private.into_iter().collect(),
            secrets: Vec::new(),
            is_taken: false,
        };
        let vain =
            |rule: &Rule| Some((rule.pattern.as_str().to_owned(), rules.vain(&rule.pattern)?));
        match rules.rules.iter().find_map(vain) {
            Some((rule, vain)) => Err(RulesError { rule, vain }),
            None => Ok(rules),
        }
    }

    /// The same with one more rule, as for a single request that somebody agreed to.
    pub fn with_rule(&self, rule: Rule) -> Result<Self, RulesError> {
        let mut rules = self.clone();
        rules.rules.push(rule);
        match rules.rules.last().and_then(|rule| Some((rule, rules.vain(&rule.pattern)?))) {
            Some((rule, vain)) => Err(RulesError { rule: rule.pattern.as_str().to_owned(), vain }),
            None => Ok(rules),
        }
    }

    /// The same, where nothing is allowed any more: it was, and has been taken away.
    #[must_use]
    pub const fn taken(mut self) -> Self {
        self.is_taken = true;
        self
    }

    /// Why nothing is allowed, where it has been taken away.
    fn if_taken(&self) -> Result<(), Denied> {
        match self.is_taken {
            true => Err(Denied { why: Why::Taken, rule: None, advice: Advice::default() }),
            false => Ok(()),
        }
    }

    /// The same, where nothing may carry a secret any more.
    #[must_use]
    pub fn withholding_secrets(mut self) -> Self {
        self.secrets = self.secrets.into_iter().map(Secret::withheld).collect();
        self
    }

    /// The same with secrets that requests may carry, and decoys that none may. Tunnels to the hosts of
    /// secrets are looked into.
    pub fn with_secrets(mut self, secrets: impl IntoIterator<Item = Secret>) -> Self {
        self.secrets.extend(secrets);
        self
    }

    /// Whether some tunnels are looked into, so that the client has to trust the authority of the
    /// gateway.
    pub fn looks_into_tunnels(&self) -> bool {
        let partly = |rule: &Rule| !is_whole(&rule.pattern);
        self.secrets.iter().any(|secret| !secret.is_decoy()) || self.rules.iter().any(partly)
    }

    /// Whether requests may lead to the loopback of the host, by its address or as `localhost`.
    pub fn opens_loopback(&self) -> bool {
        self.private.iter().any(Private::names_loopback)
    }

    /// Whether a request may be made.
    pub fn decide(&self, request: &Request) -> Result<Allowed, Denied> {
        self.if_taken()?;
        if let Some(address) = request.host.address() {
            if request.method == Method::WEBSOCKET {
                let (why, advice) = (Why::SocketToAddress, Advice::default());
                return Err(Denied { why, rule: None, advice });
            }
            return self.decide_literal(address, request.port);
        }
        let default = request.scheme.default_port();
        let mut nearest = (Why::Host, None);
        for rule in &self.rules {
            match miss(&rule.pattern, request, default) {
                None => return Ok(allowed(rule)),
                Some(why) if depth(&why) > depth(&nearest.0) => nearest = (why, Some(rule)),
                Some(_) => {}
            }
        }
        let (why, rule) = nearest;
        let advice = self.asker.request(&verdict::wanted(request, &why));
        Err(Denied { why, rule: rule.map(|rule| rule.pattern.as_str().to_owned()), advice })
    }

    /// Whether a tunnel to the host may be opened. A rule without a port grants 443 alone. Where a
    /// rule is about WebSockets, tunnels are looked into, so that it is what holds for them.
    pub fn decide_tunnel(&self, host: &Host, port: u16) -> Result<Tunnel, Denied> {
        self.if_taken()?;
        if let Some(address) = host.address() {
            return self.decide_literal(address, port).map(Tunnel::Closed);
        }
        let mut nearest = (Why::Host, None);
        let has_secret = self.secrets.iter().any(|secret| secret.concerns(host, port));
        let (mut whole, mut inspected, mut has_socket) = (None, false, false);
        for rule in self.rules.iter().filter(|rule| matches(rule.pattern.host(), host)) {
            if rule.pattern.port().unwrap_or(443) != port {
                nearest = (Why::Port, Some(rule));
            } else if is_whole(&rule.pattern) {
                whole = whole.or(Some(rule));
            } else {
                inspected = true;
                has_socket |= rule.pattern.methods().contains(&WEBSOCKET);
            }
        }
        match whole {
            Some(rule) if !has_secret && !has_socket => return Ok(Tunnel::Closed(allowed(rule))),
            None if !inspected => {}
            _ => return Ok(Tunnel::Inspected),
        }
        let (why, rule) = nearest;
        Err(self.denied_tunnel(host, port, why, rule.map(|rule| rule.pattern.as_str().to_owned())))
    }

    /// Whether an address that the host of an allowed request resolved to may be dialled: a global
    /// one may; another one if the owner opened it.
    pub fn admit(&self, host: &Host, address: IpAddr, port: u16) -> Result<(), Denied> {
        let class = Class::of(address);
        if class.is_global() || self.opens(host, address, port) {
            return Ok(());
        }
        let advice = match class {
            class if !class.can_be_named() => Advice::default(),
            // The name is what the owner knows; the address may be another one tomorrow.
            class if class.is_inside() => self.asker.open(&format!("{host}:{port}")),
            _ => {
                let target = Host::from_address(address);
                self.asker.open(&format!("{target}:{port}"))
            }
        };
        Err(Denied { why: Why::Address(class), rule: None, advice })
    }

    /// Whether a request with these headers and this body may be made: what the gateway decides before
    /// it does anything. Headers that cannot be sent are left out; whoever sends them is told so.
    pub fn decide_whole(
        &self,
        request: &Request,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Result<Allowed, Denied> {
        let fields = Fields::of_request(headers).unwrap_or_default();
        let (allowed, _) = self.decide_with(request, &fields)?;
        self.watch().look(body)?;
        Ok(allowed)
    }

    /// [`decide_whole`](Self::decide_whole) for a request without a body.
    pub fn decide_headers(
        &self,
        request: &Request,
        headers: &[(String, String)],
    ) -> Result<Allowed, Denied> {
        self.decide_whole(request, headers, &[])
    }

    /// Whether a request with these headers may be made, and the headers as they are sent: with
    /// secrets in the places of their placeholders.
    pub(crate) fn decide_with(
        &self,
        request: &Request,
        fields: &Fields,
    ) -> Result<(Allowed, Fields), Denied> {
        let overriding = overriding::name(fields);
        let path = request.path.to_string();
        // First, so that a placeholder on its way to a stranger is told as such.
        for secret in &self.secrets {
            let in_path = secret.is_in(path.as_bytes());
            if in_path || (secret.is_in_fields(fields) && !secret.goes_to(request, overriding)) {
                return Err(secret.denied());
            }
        }
        let allowed = self.decide(request)?;
        if let Some(name) = overriding
            && !self.is_wholly_allowed(request)
        {
            let why = Why::Override(name);
            let advice = self.asker.request(&verdict::wanted(request, &why));
            return Err(Denied { why, rule: Some(allowed.line), advice });
        }
        let mut filled = fields.clone();
        for secret in self.secrets.iter().filter(|secret| !secret.is_decoy()) {
            filled.change_values(|value| secret.filled(value));
        }
        Ok((allowed, filled))
    }

    /// What looks into the body of a request.
    pub(crate) fn watch(&self) -> Watch<'_> {
        Watch::new(&self.secrets)
    }

    /// Whether a request is allowed whatever its method and path.
    fn is_wholly_allowed(&self, request: &Request) -> bool {
        let default = request.scheme.default_port();
        let whole = |rule: &Rule| {
            is_whole(&rule.pattern) && miss(&rule.pattern, request, default).is_none()
        };
        request.host.address().is_some() || self.rules.iter().any(whole)
    }

    /// A denial of a tunnel.
    pub(crate) fn denied_tunnel(
        &self,
        host: &Host,
        port: u16,
        why: Why,
        rule: Option<String>,
    ) -> Denied {
        let advice = match why {
            Why::Host | Why::Port => {
                let target = verdict::authority(host, port, 443);
                self.asker.request(&target)
            }
            _ => Advice::default(),
        };
        Denied { why, rule, advice }
    }

    fn decide_literal(&self, address: IpAddr, port: u16) -> Result<Allowed, Denied> {
        if let Some(private) = self.private.iter().find(|private| private.grants(address, port)) {
            return Ok(Allowed { rule: None, line: private.to_string() });
        }
        let target = format!("{}:{port}", Host::from_address(address));
        let advice = if Class::of(address).can_be_named() {
            self.asker.open(&target)
        } else {
            Advice::default()
        };
        Err(Denied { why: Why::Literal, rule: None, advice })
    }

    fn opens(&self, host: &Host, address: IpAddr, port: u16) -> bool {
        self.private.iter().any(|private| private.admits(host, address, port))
    }
}

/// Where a pattern and a request part ways, if they do.
pub(super) fn miss(pattern: &DomainPattern, request: &Request, default: u16) -> Option<Why> {
    if !matches(pattern.host(), &request.host) {
        return Some(Why::Host);
    }
    if pattern.port().unwrap_or(default) != request.port {
        return Some(Why::Port);
    }
    if !pattern.methods().contains(&request.method.as_str()) {
        return Some(Why::Method);
    }
    let path = pattern.path()?;
    if request.path.is_within(path) {
        return None;
    }
    Some(request.path.ambiguity().map_or(Why::Path, Why::Ambiguous))
}

/// Whether the pattern is for every method and path.
pub(super) fn is_whole(pattern: &DomainPattern) -> bool {
    let methods = pattern.methods();
    pattern.path().is_none() && METHODS.iter().all(|method| methods.contains(method))
}

/// Whether the pattern is for the host, which has a name then.
pub(super) fn matches(pattern: &HostPattern, host: &Host) -> bool {
    host.name().is_some_and(|name| pattern.matches(name))
}

/// How far a rule came before it missed.
fn depth(why: &Why) -> u8 {
    match why {
        Why::Host => 0,
        Why::Port => 1,
        Why::Method => 2,
        _ => 3,
    }
}

fn allowed(rule: &Rule) -> Allowed {
    Allowed { rule: Some(rule.index), line: rule.pattern.as_str().to_owned() }
}
