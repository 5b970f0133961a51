//! What was decided, and what would change it.

use aether_manifest::{DomainPattern, Permission, UrlPath, manifest_line, option_line, shell_word};
use serde_json::json;

use super::{Class, Host, Method, Request, RequestPath};

/// Yes, by this rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// [`Rule::index`](super::Rule::index) of the rule; nothing when the owner's word alone opens
    /// the address.
    pub rule: Option<usize>,
    /// The rule or the private target, as written.
    pub line: String,
}

/// Yes, and how a tunnel is to be held to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tunnel {
    /// The rule allows whatever is asked of the host: what is inside is not looked at.
    Closed(Allowed),
    /// Only some methods or paths are granted: TLS has to end at the gateway, which then decides on
    /// each request.
    Inspected,
}

/// No, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// Why.
    pub why: Why,
    /// The rule that comes nearest, as written.
    pub rule: Option<String>,
    /// What would allow it.
    pub advice: Advice,
}

/// Why something was denied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// No rule names the host.
    #[error("no rule of the grant names the host")]
    Host,
    /// Rules name the host, at other ports.
    #[error("the rules for the host name other ports")]
    Port,
    /// Rules name the host and port, for other methods.
    #[error("the rules for the host name other methods")]
    Method,
    /// Rules name the host and method, for other paths.
    #[error("the rules for the host name other paths")]
    Path,
    /// The path could mean another one to the server.
    #[error("{0}")]
    Ambiguous(super::PathProblem),
    /// The host is given as an address.
    #[error("the host is given as an address, which the owner of the host program has not opened")]
    Literal,
    /// A WebSocket to an address: the owner's word opens it for requests, and `WS` stands in rules,
    /// which name no addresses.
    #[error("the host is given as an address, and WebSockets are granted to names alone")]
    SocketToAddress,
    /// A name that resolves to something inside, which the owner did not open.
    #[error("the name leads to {0}, which the owner of the host program has not opened")]
    Address(Class),
    /// The request holds the placeholder of a secret, by its name, that it must not carry.
    #[error("the request holds the placeholder of the secret `{0}`, which must not go there")]
    Secret(String),
    /// It was granted, and taken away since.
    #[error("it was granted, and has been taken away")]
    Taken,
    /// The request holds a decoy, by its name.
    #[error("the request holds the decoy `{0}`, which nobody is to send anywhere")]
    Decoy(String),
    /// The request has a header, by its name, that some servers take for the method or path.
    #[error("the header `{0}` may change the method or path, which the rules for the host limit")]
    Override(&'static str),
    /// What is inside a tunnel is not TLS.
    #[error("what was sent through the tunnel is not TLS")]
    NotTls,
    /// The server name inside a tunnel is not the host that was asked for.
    #[error("the TLS server name is not the host that the tunnel was opened for")]
    ServerName,
    /// The true server name is encrypted.
    #[error("the TLS greeting encrypts its server name")]
    EncryptedHello,
}

/// The lines that would allow it, where there are any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Advice {
    /// What to ask for, as a [`DomainPattern`].
    pub resource: Option<Box<str>>,
    /// What to add to the manifest.
    pub manifest: Option<Box<str>>,
    /// What to add to the options of a command.
    pub option: Option<Box<str>>,
    /// What to add to the owner's policy.
    pub policy: Option<Box<str>>,
}

/// Whom advice is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asker {
    /// A plugin, by name: its manifest asks, a policy allows.
    Plugin(String),
    /// Whoever typed a command with options.
    Command,
}

impl Asker {
    /// To ask for what `resource`, a [`DomainPattern`], names.
    pub(super) fn request(&self, resource: &str) -> Advice {
        match self {
            Asker::Plugin(plugin) => Advice {
                resource: Some(resource.into()),
                manifest: Some(manifest_line(Permission::NetworkDomains, resource).into()),
                option: None,
                policy: Some(policy_line(plugin, "domains", resource).into()),
            },
            Asker::Command => Advice {
                resource: Some(resource.into()),
                option: option_line(Permission::NetworkDomains, resource).map(Into::into),
                ..Advice::default()
            },
        }
    }

    /// To have the owner open a place inside.
    pub(super) fn open(&self, target: &str) -> Advice {
        match self {
            Asker::Plugin(plugin) => Advice {
                policy: Some(policy_line(plugin, "private", target).into()),
                ..Advice::default()
            },
            Asker::Command => {
                let option = format!("--net-private {}", shell_word(target));
                Advice { option: Some(option.into()), ..Advice::default() }
            }
        }
    }
}

/// The YAML, in one line; JSON strings are YAML too.
fn policy_line(plugin: &str, list: &str, entry: &str) -> String {
    let (plugin, entry) = (json!(plugin), json!(entry));
    format!("plugins: {{ {plugin}: {{ allow: {{ network: {{ {list}: [{entry}] }} }} }} }}")
}

/// The narrowest pattern that allows what was denied for this reason, and all of its kind.
pub(super) fn wanted(request: &Request, why: &Why) -> String {
    let target = authority(&request.host, request.port, request.scheme.default_port());
    let method = request.method.as_str();
    match why {
        Why::Method => format!("{method} {target}"),
        Why::Path => {
            let exact = format!("{method} {target}{}", request.path.path());
            if names(&exact, &request.path) { exact } else { format!("{method} {target}") }
        }
        Why::Ambiguous(_) => format!("{method} {target}"),
        // No pattern without methods is for it.
        _ if request.method == Method::WEBSOCKET => format!("{method} {target}"),
        _ => target,
    }
}

/// Host and port as a pattern has them.
pub(super) fn authority(host: &Host, port: u16, default: u16) -> String {
    if port == default { host.to_string() } else { format!("{host}:{port}") }
}

/// Whether the path is a pattern of itself: it may hold characters that mean more in a pattern.
fn names(pattern: &str, path: &RequestPath) -> bool {
    let within = |pattern: &UrlPath| pattern.is_exact() && path.is_within(pattern);
    DomainPattern::parse(pattern).is_ok_and(|p| p.path().is_some_and(within))
}
