//! The other end of a request, out of the object of its record.

use std::net::IpAddr;

/// What the object of a record on the network says: `GET host:443/path`, or less of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target<'a> {
    pub(super) method: Option<&'a str>,
    /// Without the method.
    pub(super) url: &'a str,
    pub(super) host: &'a str,
    pub(super) port: Option<u16>,
    pub(super) path: Option<&'a str>,
}

impl<'a> Target<'a> {
    /// Anything can be read; what makes no sense becomes a strange host.
    pub(super) fn read(object: &'a str) -> Target<'a> {
        let (method, url) = match object.split_once(' ') {
            Some((word, url)) if is_method(word) => (Some(word), url),
            _ => (None, object.trim_start()),
        };
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let (authority, path) = match rest.find('/') {
            Some(at) => (rest.get(..at).unwrap_or(rest), rest.get(at..)),
            None => (rest, None),
        };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if port.parse::<u16>().is_ok() => (host, port.parse().ok()),
            _ => (authority, None),
        };
        Target { method, url, host, port, path }
    }

    /// The host, where it is an address.
    pub(super) fn address(&self) -> Option<IpAddr> {
        let inner = self.host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        inner.unwrap_or(self.host).parse().ok()
    }
}

fn is_method(word: &str) -> bool {
    !word.is_empty() && word.len() <= 16 && word.bytes().all(|byte| byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_taken_apart() {
        let check = |object, method, url, host, port, path| {
            assert_eq!(Target::read(object), Target { method, url, host, port, path });
        };
        check("GET a.de:443/x?y", Some("GET"), "a.de:443/x?y", "a.de", Some(443), Some("/x?y"));
        check(" a.de:443", None, "a.de:443", "a.de", Some(443), None);
        check("https://a.de/", None, "https://a.de/", "a.de", None, Some("/"));
        check("[::1]:80", None, "[::1]:80", "[::1]", Some(80), None);
        check("8080", None, "8080", "8080", None, None);
        check("", None, "", "", None, None);
        check("get a", None, "get a", "get a", None, None);
        let address = |object| Target::read(object).address().map(|address| address.to_string());
        assert_eq!(address("GET [::1]:80/a").as_deref(), Some("::1"));
        assert_eq!(address("10.0.0.1").as_deref(), Some("10.0.0.1"));
        assert_eq!(address("a.de:1"), None);
    }
}
