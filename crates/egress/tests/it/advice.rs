//! What a denial says would allow it, does.

use aether_egress::{Host, Method, Request, Rule, Rules};
use aether_manifest::DomainPattern;

use crate::rules::rules;

/// The pattern inside a manifest line.
fn pattern_of(manifest_line: &str) -> String {
    let start = manifest_line.find("[\"").unwrap() + 1;
    let end = manifest_line.rfind(']').unwrap();
    serde_json::from_str(&manifest_line[start..end]).unwrap()
}

fn check(grant: &[&str], method: &str, url: &str, expect: &str) {
    let request = match method {
        "WS" => Request { method: Method::WEBSOCKET, ..Request::parse("GET", url).unwrap() },
        _ => Request::parse(method, url).unwrap(),
    };
    let denied = rules(grant, &[]).decide(&request).unwrap_err();
    let line = denied.advice.manifest.unwrap();
    let pattern = pattern_of(&line);
    assert_eq!(pattern, expect, "{method} {url}");
    let rule = Rule { index: 9, pattern: DomainPattern::parse(&pattern).unwrap() };
    let more = Rules::new("triage", [rule], []).unwrap();
    assert!(
        more.decide(&request).is_ok() || request.path.ambiguity().is_some(),
        "{pattern} does not allow {method} {url}"
    );
}

#[test]
fn lines_for_requests() {
    check(&[], "GET", "https://a.example.com/x?y", "a.example.com");
    check(&[], "GET", "http://a.example.com:8080/x", "a.example.com:8080");
    check(&["a.example.com"], "GET", "https://a.example.com:8443/", "a.example.com:8443");
    check(&["GET a.example.com"], "POST", "https://a.example.com/x", "POST a.example.com");
    check(
        &["GET a.example.com/v1/**"],
        "GET",
        "https://a.example.com/v2/x",
        "GET a.example.com/v2/x",
    );
    check(&[], "WS", "https://a.example.com/x", "WS a.example.com");
    check(&["a.example.com"], "WS", "https://a.example.com/x", "WS a.example.com");
    check(&["WS a.example.com"], "WS", "http://a.example.com:81/", "WS a.example.com:81");
    check(&["WS a.example.com/y"], "WS", "https://a.example.com/x", "WS a.example.com/x");
    check(&["GET a.example.com/v1/**"], "GET", "https://a.example.com/v2/", "GET a.example.com");
    check(&["GET a.example.com/v1/**"], "GET", "https://a.example.com/v%20", "GET a.example.com");
    check(&["GET a.example.com/v1/**"], "GET", "https://a.example.com/v*", "GET a.example.com");
    check(&["GET a.example.com/v1/**"], "GET", "https://a.example.com/v1//x", "GET a.example.com");
}

#[test]
fn lines_are_those_of_the_grant() {
    let request = Request::parse("GET", "https://a.example.com/").unwrap();
    let denied = rules(&[], &[]).decide(&request).unwrap_err();
    assert_eq!(
        denied.advice.manifest.as_deref(),
        Some("\"permissions\": { \"network\": { \"domains\": [\"a.example.com\"] } }")
    );
    assert_eq!(
        denied.advice.policy.as_deref(),
        Some("plugins: { \"triage\": { allow: { network: { domains: [\"a.example.com\"] } } } }")
    );
}

#[test]
fn tunnels_need_the_whole_host() {
    let denied = rules(&["GET a.example.com/x"], &[]);
    let host = Host::parse("b.example.com").unwrap();
    let denied = denied.decide_tunnel(&host, 8443).unwrap_err();
    assert_eq!(pattern_of(&denied.advice.manifest.unwrap()), "b.example.com:8443");
}

#[test]
fn what_is_inside_is_the_owners_to_open() {
    let rules = rules(&["a.example.com"], &[]);
    let host = Host::parse("a.example.com").unwrap();
    let denied = |address: &str| rules.admit(&host, address.parse().unwrap(), 443).unwrap_err();
    let advice = denied("10.0.0.1").advice;
    assert_eq!(advice.manifest, None);
    assert!(advice.policy.unwrap().contains("private: [\"a.example.com:443\"]"));
    assert_eq!(denied("169.254.169.254").advice, aether_egress::Advice::default());
    assert_eq!(denied("0.0.0.0").advice, aether_egress::Advice::default());
}
