//! Reading a domain pattern.

use super::suffix::is_shared;
use super::{DomainPattern, DomainProblem as Problem, HostPattern, UrlPath};

/// The methods a plugin may ask for. `CONNECT` and `TRACE` are not among them: one opens a tunnel
/// past every check, the other sends secrets back.
pub const METHODS: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// What stands among the methods where WebSockets are asked for. No pattern allows them without it:
/// what one carries after its first request is not decided on.
pub const WEBSOCKET: &str = "WS";

/// Longest pattern, in bytes: it is compared at every request.
pub(super) const MAX_PATTERN: usize = 1024;
/// Longest host name, in bytes, by DNS.
pub(super) const MAX_HOST: usize = 253;
/// Longest label, in bytes, by DNS.
pub(super) const MAX_LABEL: usize = 63;

pub(super) fn parse(text: &str) -> Result<DomainPattern, Problem> {
    if text.is_empty() {
        return Err(Problem::Empty);
    }
    if text.len() > MAX_PATTERN {
        return Err(Problem::TooLong);
    }
    if text.contains("://") {
        return Err(Problem::Scheme);
    }
    let (methods, target) = match text.split_once(' ') {
        Some((listed, target)) => (methods(listed)?, target),
        None => (METHODS.to_vec(), text),
    };
    if target.contains(char::is_whitespace) {
        return Err(Problem::Blank);
    }
    let (authority, path) = match target.find('/') {
        Some(slash) => {
            let (authority, path) = target.split_at(slash);
            (authority, Some(UrlPath::parse(path)?))
        }
        None => (target, None),
    };
    // Several colons are an IPv6 address without its brackets.
    if authority.contains(['[', ']']) || authority.matches(':').count() > 1 {
        return Err(Problem::IpAddress);
    }
    let (name, port) = match authority.rsplit_once(':') {
        Some((name, digits)) => (name, Some(port(digits)?)),
        None => (authority, None),
    };
    Ok(DomainPattern { written: text.to_owned(), methods, host: host(name)?, port, path })
}

fn methods(listed: &str) -> Result<Vec<&'static str>, Problem> {
    let mut found = Vec::new();
    if listed.is_empty() {
        return Err(Problem::Blank);
    }
    for word in listed.split(',') {
        if word.is_empty() {
            return Err(Problem::Blank);
        }
        if matches!(word, "CONNECT" | "TRACE") {
            return Err(Problem::ForbiddenMethod(word.to_owned()));
        }
        let mut known = METHODS.into_iter().chain([WEBSOCKET]);
        let known = known.find(|method| *method == word);
        found.push(known.ok_or_else(|| Problem::Method(word.to_owned()))?);
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

fn port(digits: &str) -> Result<u16, Problem> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    digits.parse::<u16>().ok().filter(|_| plain).ok_or(Problem::Port)
}

fn host(name: &str) -> Result<HostPattern, Problem> {
    if name.is_empty() {
        return Err(Problem::NoHost);
    }
    let lower = name.to_ascii_lowercase();
    let (kind, rest): (fn(String) -> HostPattern, &str) = if matches!(name, "*" | "**") {
        return Err(Problem::EveryHost);
    } else if let Some(rest) = lower.strip_prefix("**.") {
        (HostPattern::Below, rest)
    } else if let Some(rest) = lower.strip_prefix("*.") {
        (HostPattern::Child, rest)
    } else {
        (HostPattern::Exact, lower.as_str())
    };
    check_name(rest)?;
    let wildcard = rest.len() < lower.len();
    if wildcard && !rest.contains('.') {
        return Err(Problem::TopLevel);
    }
    if wildcard && is_shared(rest) {
        return Err(Problem::Shared);
    }
    Ok(kind(rest.to_owned()))
}

fn check_name(name: &str) -> Result<(), Problem> {
    if name.len() > MAX_HOST {
        return Err(Problem::HostTooLong);
    }
    for character in name.chars() {
        match character {
            'a'..='z' | '0'..='9' | '-' | '_' | '.' => {}
            '*' => return Err(Problem::Wildcard),
            ':' => return Err(Problem::IpAddress),
            other if !other.is_ascii() => return Err(Problem::International),
            other => return Err(Problem::Character(other)),
        }
    }
    let good = |label: &str| {
        (1..=MAX_LABEL).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    if !name.split('.').all(good) {
        return Err(Problem::Label);
    }
    if is_address(name) {
        return Err(Problem::IpAddress);
    }
    Ok(())
}

/// Whether a URL parser would read the host as an IPv4 address, in any spelling: it does when the
/// last label is a number, decimal, octal or hexadecimal (`127.1`, `0x7f.1`, `2130706433`).
fn is_address(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    let digits = last.bytes().all(|byte| byte.is_ascii_digit());
    let hexadecimal = last.strip_prefix("0x");
    digits || hexadecimal.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good(text: &str, methods: usize, host: &str, port: Option<u16>, path: Option<&str>) {
        let found = parse(text).unwrap_or_else(|problem| panic!("{text}: {problem}"));
        assert_eq!(found.as_str(), text);
        assert_eq!(found.methods().len(), methods, "{text}");
        assert_eq!(found.host().to_string(), host, "{text}");
        assert_eq!(found.port(), port, "{text}");
        assert_eq!(found.path().map(UrlPath::as_str), path, "{text}");
    }

    fn bad(text: &str, expect: &Problem) {
        assert_eq!(parse(text).as_ref().err(), Some(expect), "{text:?}");
    }

    #[test]
    fn what_can_be_asked_for() {
        good("api.trusted-service.com", 7, "api.trusted-service.com", None, None);
        good("GET api.example.com/v1/**", 1, "api.example.com", None, Some("/v1/**"));
        good("PUT,GET,GET a.com:8443/x", 2, "a.com", Some(8443), Some("/x"));
        good("WS a.com/live", 1, "a.com", None, Some("/live"));
        good("WS,GET a.com", 2, "a.com", None, None);
        good("*.cdn.example.com", 7, "*.cdn.example.com", None, None);
        good("**.Example.COM", 7, "**.example.com", None, None);
        good("localhost:3000", 7, "localhost", Some(3000), None);
        good("xn--bcher-kva.example/", 7, "xn--bcher-kva.example", None, Some("/"));
        good("s3.amazonaws.com", 7, "s3.amazonaws.com", None, None);
        good("**.example.co.uk", 7, "**.example.co.uk", None, None);
        good("1.example", 7, "1.example", None, None);
        good("_dmarc.example.com", 7, "_dmarc.example.com", None, None);
    }

    #[test]
    fn what_cannot() {
        bad("", &Problem::Empty);
        bad(&"a".repeat(2000), &Problem::TooLong);
        bad(&format!("{}.com", "a.".repeat(130)), &Problem::HostTooLong);
        bad("https://a.com", &Problem::Scheme);
        bad("get a.com", &Problem::Method("get".into()));
        bad("ws a.com", &Problem::Method("ws".into()));
        bad("ws://a.com", &Problem::Scheme);
        bad("CONNECT a.com", &Problem::ForbiddenMethod("CONNECT".into()));
        bad("GET, HEAD a.com", &Problem::Blank);
        bad(" a.com", &Problem::Blank);
        bad("GET a.com ", &Problem::Blank);
        bad("GET ", &Problem::NoHost);
        bad("/v1", &Problem::NoHost);
        bad(":80", &Problem::NoHost);
        bad("*", &Problem::EveryHost);
        bad("**", &Problem::EveryHost);
        bad("*:443", &Problem::EveryHost);
        bad("*.com", &Problem::TopLevel);
        bad("**.com", &Problem::TopLevel);
        bad("*.co.uk", &Problem::Shared);
        bad("**.GitHub.io", &Problem::Shared);
        bad("GET *.s3.amazonaws.com/x", &Problem::Shared);
        bad("**.amazonaws.com", &Problem::Shared);
        bad("a*.example.com", &Problem::Wildcard);
        bad("a.*.example.com", &Problem::Wildcard);
        bad("*.*.example.com", &Problem::Wildcard);
        bad("a..com", &Problem::Label);
        bad("a.com.", &Problem::Label);
        bad("*..com", &Problem::Label);
        bad("-a.com", &Problem::Label);
        bad(&format!("{}.com", "a".repeat(64)), &Problem::Label);
        bad("user@a.com", &Problem::Character('@'));
        bad("a.com\0", &Problem::Character('\0'));
        bad("bücher.example", &Problem::International);
        bad("a.com:", &Problem::Port);
        bad("a.com:0", &Problem::Port);
        bad("a.com:65536", &Problem::Port);
        bad("a.com:http", &Problem::Port);
        bad("a.com/x?y=1", &Problem::QueryOrFragment('?'));
        bad("a.com/x#y", &Problem::QueryOrFragment('#'));
        bad("a.com/%2e%2e", &Problem::PathCharacter('%'));
        bad("a.com/x|y", &Problem::PathCharacter('|'));
        bad("a.com/[x]", &Problem::PathCharacter('['));
        bad("a.com/\"x\"", &Problem::PathCharacter('"'));
        bad("a.com/x\\y", &Problem::PathCharacter('\\'));
        bad("a.com/é", &Problem::PathCharacter('é'));
        bad("a.com/../x", &Problem::DotSegment);
        bad("a.com/x/.", &Problem::DotSegment);
        bad("a.com//x", &Problem::EmptySegment);
        bad("a.com/x//", &Problem::EmptySegment);
        bad("a.com/x**", &Problem::TreeInSegment);
        bad("a.com/***", &Problem::TreeInSegment);
    }

    #[test]
    fn addresses_in_any_spelling() {
        for text in [
            "127.0.0.1",
            "127.1",
            "0x7f.1",
            "0x7f000001",
            "2130706433",
            "017700000001",
            "1.2.3.4:80",
            "[::1]",
            "[::1]:80",
            "::1",
            "fe80::1",
            "2001:db8::ff",
            "169.254.169.254/latest",
            "*.0.0.1",
            "0x",
        ] {
            bad(text, &Problem::IpAddress);
        }
    }
}
