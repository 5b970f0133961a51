//! Hosts of `elevation`, each in its one spelling.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Longest host, in bytes: the longest name that DNS has.
const MAX_HOST: usize = 253;

/// Whether the text is a host in canonical form: a DNS name in lower case without a trailing point,
/// an IPv4 address, or an IPv6 address in brackets. These are the hosts of capability tokens: what a
/// line names is compared by its text, so only one spelling of each counts.
pub(super) fn is_canonical(text: &str) -> bool {
    is_address(text) || is_name(text)
}

/// The host that was probably meant.
pub(super) fn suggestion(text: &str) -> Option<String> {
    let bare = text.split_once("://").map_or(text, |(_, rest)| rest);
    let bare = bare.split('/').next().unwrap_or(bare);
    let name = match bare.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => bare,
    };
    let lower = name.trim_end_matches('.').to_ascii_lowercase();
    is_canonical(&lower).then_some(lower)
}

fn is_address(text: &str) -> bool {
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match inner {
        Some(inner) => inner.parse::<Ipv6Addr>().is_ok_and(|it| it.to_string() == inner),
        None => text.parse::<Ipv4Addr>().is_ok_and(|it| it.to_string() == text),
    }
}

fn is_name(text: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(inside)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // Whoever resolves it may read a last label that is a number as the end of an IPv4 address.
    let last = text.rsplit('.').next().unwrap_or_default();
    let number = last.starts_with("0x") || last.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= MAX_HOST && text.split('.').all(label) && !number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_of_each_host() {
        for good in ["localhost", "api.example.com", "xn--bcher-kva.example", "10.0.0.5", "[::1]"] {
            assert!(is_canonical(good), "{good}");
        }
        for bad in
            ["", "A.com", "a.com.", "a..b", "a_b.com", "10.1", "1", "::1", "[::01]", "*.a.com"]
        {
            assert!(!is_canonical(bad), "{bad:?}");
        }
        assert_eq!(suggestion("https://API.example.com:443/x").as_deref(), Some("api.example.com"));
        assert_eq!(suggestion("*.example.com"), None);
    }
}
