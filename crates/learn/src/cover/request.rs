//! A request to another machine, as the log has it.

use aether_manifest::{DomainPattern, METHODS, WEBSOCKET};

/// A request by its parts; what the record did not tell is nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: Option<&'static str>,
    pub(crate) host: String,
    /// A port that is not the scheme's own.
    pub(crate) port: Option<u16>,
    /// Canonical, without a query.
    pub(crate) path: Option<String>,
}

impl Request {
    /// Reads `GET host:port/path`, of which only the host has to be there.
    pub(crate) fn parse(object: &str) -> Result<Self, String> {
        let (method, target) = object.split_once(' ').unwrap_or(("", object));
        let known = || METHODS.into_iter().chain([WEBSOCKET]).find(|known| *known == method);
        let method = match method {
            "" => None,
            _ => Some(known().ok_or("no plugin can have its method")?),
        };
        let slash = target.find('/').unwrap_or(target.len());
        let (authority, path) = target.split_at(slash);
        // Whether it is the name of a host at all is the manifest's to say.
        let host = DomainPattern::parse(authority).map_err(|error| error.to_string())?;
        let aether_manifest::HostPattern::Exact(name) = host.host() else {
            return Err("it names no host".to_owned());
        };
        let path = (!path.is_empty()).then(|| path.to_owned());
        Ok(Request { method, host: name.clone(), port: host.port(), path })
    }

    /// Whether the pattern allows it, whatever the record did not tell.
    pub(crate) fn is_allowed_by(&self, pattern: &DomainPattern) -> bool {
        let methods = match self.method {
            Some(method) => pattern.methods().contains(&method),
            None => METHODS.iter().all(|method| pattern.methods().contains(method)),
        };
        let path = match (pattern.path(), &self.path) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(pattern), Some(path)) => pattern.matches(path),
        };
        // What the log leaves out is the scheme's own, which may be written too.
        let port = pattern.port() == self.port
            || self.port.is_none() && matches!(pattern.port(), Some(80 | 443));
        methods && path && port && pattern.host().matches(&self.host)
    }
}
