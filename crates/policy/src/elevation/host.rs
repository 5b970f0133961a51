//! Hosts of `elevation`, each in its one spelling.

use aether_token::HostName;

/// Whether the text is a host in canonical form: a DNS name in lower case without a trailing point,
/// an IPv4 address, or an IPv6 address in brackets. These are the hosts of capability tokens: what a
/// line names is compared by its text, so only one spelling of each counts.
pub(super) fn is_canonical(text: &str) -> bool {
    HostName::parse(text).is_ok()
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
