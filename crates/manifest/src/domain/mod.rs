//! Where requests may go: `[METHODS ]host[:port][/path]`.

mod error;
mod glob;
mod host;
mod parse;
mod suffix;
mod url_path;

use std::fmt;

pub use error::{DomainError, DomainProblem};
pub use host::HostPattern;
pub use parse::{METHODS, WEBSOCKET};
pub use url_path::UrlPath;

/// What requests a plugin asks to make, as written: `api.example.com`,
/// `GET,HEAD api.example.com:8443/v1/**`, `*.cdn.example.com`.
///
/// | part | left out means | written |
/// | --- | --- | --- |
/// | methods | any of [`METHODS`] | upper case, separated by `,`, then one blank; [`WEBSOCKET`] among them for WebSockets |
/// | host | – | exact; `*.d` for one label before `d`; `**.d` for one or more. No IP addresses |
/// | port | the default port of the scheme | 1 to 65535 |
/// | path | any | a [`UrlPath`], compared with the path of the URL |
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DomainPattern {
    written: String,
    /// Sorted; all of them when none are written.
    methods: Vec<&'static str>,
    host: HostPattern,
    port: Option<u16>,
    path: Option<UrlPath>,
}

impl DomainPattern {
    /// Reads a pattern.
    pub fn parse(text: &str) -> Result<Self, DomainError> {
        parse::parse(text).map_err(|problem| DomainError::new(text, problem))
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// The methods it allows, sorted; all of [`METHODS`] when none are written, and [`WEBSOCKET`]
    /// only where it is.
    pub fn methods(&self) -> &[&'static str] {
        &self.methods
    }

    /// The hosts it allows.
    pub fn host(&self) -> &HostPattern {
        &self.host
    }

    /// The port, or nothing for the default port of the scheme.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The paths it allows, or nothing for all.
    pub fn path(&self) -> Option<&UrlPath> {
        self.path.as_ref()
    }

    /// Whether every request that `other` allows is allowed by this pattern too. A "yes" is
    /// certain; a "no" may be wrong for unusual pairs of paths, see [`UrlPath::covers`].
    pub fn covers(&self, other: &DomainPattern) -> bool {
        let methods = other.methods.iter().all(|method| self.methods.contains(method));
        let path = match (&self.path, &other.path) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(mine), Some(theirs)) => mine.covers(theirs),
        };
        // The default port is 80 or 443 by the scheme, so a written port is never the same.
        methods && self.port == other.port && path && self.host.covers(&other.host)
    }

    /// Whether some request is allowed by both.
    pub fn meets(&self, other: &DomainPattern) -> bool {
        let methods = self.methods.iter().any(|method| other.methods.contains(method));
        let port = match (self.port, other.port) {
            (Some(mine), Some(theirs)) => mine == theirs,
            (None, None) => true,
            (Some(port), None) | (None, Some(port)) => matches!(port, 80 | 443),
        };
        let path = match (&self.path, &other.path) {
            (Some(mine), Some(theirs)) => mine.meets(theirs),
            _ => true,
        };
        methods && port && path && self.host.meets(&other.host)
    }
}

impl fmt::Display for DomainPattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.written)
    }
}

impl fmt::Debug for DomainPattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "DomainPattern({:?})", self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(wide: &str, narrow: &str, expect: bool) {
        let pattern = |text| DomainPattern::parse(text).unwrap();
        assert_eq!(pattern(wide).covers(&pattern(narrow)), expect, "{wide} over {narrow}");
    }

    #[test]
    fn covering() {
        covers("a.example.com", "a.example.com", true);
        covers("a.example.com", "A.Example.com", true);
        covers("a.example.com", "b.example.com", false);
        covers("*.example.com", "a.example.com", true);
        covers("*.example.com", "b.a.example.com", false);
        covers("*.example.com", "example.com", false);
        covers("**.example.com", "b.a.example.com", true);
        covers("**.example.com", "*.a.example.com", true);
        covers("**.example.com", "*.example.com", true);
        covers("*.example.com", "**.example.com", false);
        covers("**.example.com", "notexample.com", false);
        covers("*.example.com", "xexample.com", false);
        covers("a.example.com", "*.example.com", false);
        covers("a.com", "GET a.com", true);
        covers("GET a.com", "a.com", false);
        covers("GET,HEAD a.com", "HEAD a.com", true);
        covers("a.com", "WS a.com", false);
        covers("DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT a.com", "WS a.com", false);
        covers("WS a.com", "WS a.com/live", true);
        covers("WS a.com", "GET a.com", false);
        covers("GET,WS a.com", "GET a.com", true);
        covers("a.com", "a.com:8080", false);
        covers("a.com:8080", "a.com:8080/x", true);
        covers("a.com/v1/**", "a.com/v1/x", true);
        covers("a.com/v1/**", "a.com", false);
        covers("a.com/v1/*", "a.com/v1/**", false);
        covers("a.com/**", "a.com/sys/health", true);
    }

    fn meets(one: &str, other: &str, expect: bool) {
        let pattern = |text| DomainPattern::parse(text).unwrap();
        assert_eq!(pattern(one).meets(&pattern(other)), expect, "{one} and {other}");
        assert_eq!(pattern(other).meets(&pattern(one)), expect, "{other} and {one}");
    }

    #[test]
    fn meeting() {
        meets("a.example.com", "a.example.com", true);
        meets("a.example.com", "b.example.com", false);
        meets("*.example.com", "a.example.com", true);
        meets("*.example.com", "b.a.example.com", false);
        meets("*.example.com", "*.a.example.com", false);
        meets("*.a.example.com", "**.example.com", true);
        meets("**.a.example.com", "*.example.com", false);
        meets("**.a.example.com", "**.example.com", true);
        meets("**.example.com", "example.com", false);
        meets("**.example.com", "**.example.org", false);
        meets("a.com", "a.com:443", true);
        meets("a.com", "a.com:80", true);
        meets("a.com", "a.com:8080", false);
        meets("a.com:8080", "a.com:8081", false);
        meets("GET a.com", "POST a.com", false);
        meets("GET,POST a.com", "POST,PUT a.com", true);
        meets("a.com/v1/**", "a.com/**/x", true);
        meets("a.com/v1/**", "a.com/v2/**", false);
        meets("a.com/v1/**", "a.com", true);
    }
}
