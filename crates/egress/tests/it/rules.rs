//! What rules decide.

use aether_egress::{Denied, Host, Method, Private, Request, Rule, Rules, Tunnel, Vain, Why};
use aether_manifest::DomainPattern;

pub(crate) fn rules(patterns: &[&str], private: &[&str]) -> Rules {
    try_rules(patterns, private).expect("rules that can take effect")
}

fn try_rules(patterns: &[&str], private: &[&str]) -> Result<Rules, aether_egress::RulesError> {
    let rule = |(index, text): (usize, &&str)| Rule {
        index,
        pattern: DomainPattern::parse(text).expect(text),
    };
    let private = private.iter().map(|text| text.parse::<Private>().expect(text));
    Rules::new("triage", patterns.iter().enumerate().map(rule), private)
}

const GRANT: &[&str] = &[
    "api.example.com",
    "GET,HEAD files.example.com/public/**",
    "*.cdn.example.com",
    "**.deep.example.org",
    "alt.example.com:8443",
    "POST alt.example.com:8080/in",
    "web.example.com:80",
];

/// The index of the rule that allows it, or why it is denied.
fn check(method: &str, url: &str, expect: Result<usize, Why>) {
    let request = Request::parse(method, url).expect(url);
    let found = rules(GRANT, &[]).decide(&request);
    let found = found.map(|allowed| allowed.rule.unwrap()).map_err(|denied| denied.why);
    assert_eq!(found, expect, "{method} {url}");
}

#[test]
fn requests() {
    check("GET", "http://api.example.com/", Ok(0));
    check("GET", "https://api.example.com/", Ok(0));
    check("DELETE", "https://api.example.com/x?y", Ok(0));
    check("GET", "https://API.example.com./", Ok(0));
    check("GET", "https://api.example.com:443/", Ok(0));
    check("GET", "http://api.example.com:80/", Ok(0));
    check("GET", "http://api.example.com:443/", Err(Why::Port));
    check("GET", "https://api.example.com:80/", Err(Why::Port));
    check("GET", "https://api.example.com:8443/", Err(Why::Port));
    check("GET", "https://example.com/", Err(Why::Host));
    check("GET", "https://xapi.example.com/", Err(Why::Host));
    check("GET", "https://a.api.example.com/", Err(Why::Host));
    check("GET", "https://api.example.com.evil.org/", Err(Why::Host));
    check("GET", "https://evil.org/api.example.com", Err(Why::Host));
    check("GET", "https://files.example.com/public/a", Ok(1));
    check("HEAD", "https://files.example.com/public/a/", Ok(1));
    check("POST", "https://files.example.com/public/a", Err(Why::Method));
    check("GET", "https://files.example.com/secret", Err(Why::Path));
    check("GET", "https://files.example.com/public/../secret", Err(Why::Path));
    check("GET", "https://files.example.com/public/%2e%2e/secret", Err(Why::Path));
    check(
        "GET",
        "https://files.example.com/public/..%2fsecret",
        Err(Why::Ambiguous(aether_egress::PathProblem::EscapedSeparator)),
    );
    check(
        "GET",
        "https://files.example.com/public//x",
        Err(Why::Ambiguous(aether_egress::PathProblem::EmptySegment)),
    );
    check("GET", "https://a.cdn.example.com/", Ok(2));
    check("GET", "https://cdn.example.com/", Err(Why::Host));
    check("GET", "https://b.a.cdn.example.com/", Err(Why::Host));
    check("GET", "https://a.deep.example.org/", Ok(3));
    check("GET", "https://b.a.deep.example.org/", Ok(3));
    check("GET", "https://deep.example.org/", Err(Why::Host));
    check("GET", "https://alt.example.com:8443/", Ok(4));
    check("GET", "http://alt.example.com:8443/", Ok(4));
    check("GET", "https://alt.example.com/", Err(Why::Port));
    check("POST", "http://alt.example.com:8080/in", Ok(5));
    check("GET", "http://alt.example.com:8080/in", Err(Why::Method));
    check("POST", "http://alt.example.com:8080/out", Err(Why::Path));
    check("GET", "http://1.1.1.1/", Err(Why::Literal));
    check("GET", "http://127.0.0.1/", Err(Why::Literal));
    check("GET", "http://[::1]/", Err(Why::Literal));
}

#[test]
fn what_is_no_request() {
    for (method, url) in [
        ("GET", "ftp://api.example.com/"),
        ("GET", "//api.example.com/"),
        ("GET", "api.example.com"),
        ("GET", "http:/api.example.com/"),
        ("GET", "http://"),
        ("GET", "http:///x"),
        ("GET", "http://user@api.example.com/"),
        ("GET", "http://api.example.com@evil.org/"),
        ("GET", "http://api.example.com:x/"),
        ("GET", "http://api.example.com:/"),
        ("GET", "http://api.example.com:0/"),
        ("GET", "http://api.example.com:080/"),
        ("GET", "http://api.example.com:+80/"),
        ("GET", "http://api.example.com:65536/"),
        ("GET", "http://api.example.com\\@evil.org/"),
        ("GET", "http://api.example.com%00.evil.org/"),
        ("GET", "http://api.example.com/\\..\\x"),
        ("GET", "http://api.example.com/#x"),
        ("GET", "http://api.example.com#@evil.org/"),
        ("GET", "http://api.example.com/ x"),
        ("get", "http://api.example.com/"),
        ("CONNECT", "http://api.example.com/"),
        ("TRACE", "http://api.example.com/"),
        ("PROPFIND", "http://api.example.com/"),
        ("", "http://api.example.com/"),
        ("GET", "http://0x7f.1/"),
        ("GET", "http://[::1/"),
        ("GET", "http://::1/"),
    ] {
        assert!(Request::parse(method, url).is_err(), "{method} {url}");
    }
}

fn tunnel(host: &str, port: u16, expect: Result<bool, Why>) {
    let found = rules(GRANT, &[]).decide_tunnel(&Host::parse(host).unwrap(), port);
    let found = found.map(|tunnel| tunnel == Tunnel::Inspected).map_err(|denied| denied.why);
    assert_eq!(found, expect, "{host}:{port}");
}

#[test]
fn tunnels() {
    tunnel("api.example.com", 443, Ok(false));
    tunnel("api.example.com", 80, Err(Why::Port));
    tunnel("api.example.com", 22, Err(Why::Port));
    tunnel("api.example.com", 8443, Err(Why::Port));
    tunnel("a.cdn.example.com", 443, Ok(false));
    tunnel("cdn.example.com", 443, Err(Why::Host));
    tunnel("alt.example.com", 8443, Ok(false));
    tunnel("alt.example.com", 443, Err(Why::Port));
    tunnel("alt.example.com", 8080, Ok(true));
    tunnel("files.example.com", 443, Ok(true));
    tunnel("evil.org", 443, Err(Why::Host));
    tunnel("1.1.1.1", 443, Err(Why::Literal));
    tunnel("[::1]", 443, Err(Why::Literal));
}

#[test]
fn a_rule_for_all_opens_what_a_narrow_one_does_not() {
    let host = Host::parse("a.example.com").unwrap();
    let both = rules(&["GET a.example.com/x", "a.example.com"], &[]);
    assert!(matches!(both.decide_tunnel(&host, 443), Ok(Tunnel::Closed(_))));
    let methods = rules(&["DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT a.example.com"], &[]);
    assert!(matches!(methods.decide_tunnel(&host, 443), Ok(Tunnel::Closed(_))));
}

/// Whether a WebSocket is allowed, or why not.
fn socket(grant: &[&str], private: &[&str], url: &str, expect: Result<(), Why>) {
    let request = Request { method: Method::WEBSOCKET, ..Request::parse("GET", url).unwrap() };
    let found = rules(grant, private).decide(&request);
    assert_eq!(found.map(drop).map_err(|denied| denied.why), expect, "{grant:?}: {url}");
}

#[test]
fn websockets_only_where_a_rule_says_so() {
    let url = "https://a.example.com/live/1";
    socket(&["WS a.example.com"], &[], url, Ok(()));
    socket(&["GET,WS *.example.com/live/*"], &[], url, Ok(()));
    socket(&["WS a.example.com:8443"], &[], "http://a.example.com:8443/", Ok(()));
    socket(&["a.example.com"], &[], url, Err(Why::Method));
    let all = "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT a.example.com";
    socket(&[all], &[], url, Err(Why::Method));
    socket(&["GET a.example.com/live/**"], &[], url, Err(Why::Method));
    socket(&["WS a.example.com/dead/**"], &[], url, Err(Why::Path));
    socket(&["WS b.example.com"], &[], url, Err(Why::Host));
    let opened = "http://127.0.0.1:3000/";
    socket(&[], &["127.0.0.1:3000"], opened, Err(Why::SocketToAddress));
    let request = Request::parse("GET", url).unwrap();
    assert_eq!(rules(&["WS a.example.com"], &[]).decide(&request).unwrap_err().why, Why::Method);
    // It is no method that a request can name.
    assert!(Request::parse("WS", url).is_err());
}

#[test]
fn tunnels_are_looked_into_where_a_rule_is_about_websockets() {
    let host = Host::parse("a.example.com").unwrap();
    let inspected = |grant: &[&str]| {
        let rules = rules(grant, &[]);
        let found = rules.decide_tunnel(&host, 443).unwrap() == Tunnel::Inspected;
        assert!(!found || rules.looks_into_tunnels(), "{grant:?}");
        found
    };
    assert!(inspected(&["WS a.example.com"]));
    assert!(inspected(&["a.example.com", "WS a.example.com/live/**"]));
    assert!(inspected(&["WS *.example.com", "a.example.com"]));
    // As many methods as there are, yet not all of them.
    assert!(inspected(&["DELETE,GET,HEAD,OPTIONS,PATCH,POST,WS a.example.com"]));
    assert!(!inspected(&["DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT,WS a.example.com"]));
    assert!(!inspected(&["a.example.com", "WS b.example.com"]));
    assert!(!inspected(&["a.example.com", "WS a.example.com:8443"]));
}

fn admit(private: &[&str], host: &str, port: u16, address: &str, expect: bool) {
    let rules = rules(&["*.example.com"], private);
    let found = rules.admit(&Host::parse(host).unwrap(), address.parse().unwrap(), port);
    assert_eq!(found.is_ok(), expect, "{host}:{port} at {address} with {private:?}: {found:?}");
}

#[test]
fn addresses_of_names() {
    let host = "a.example.com";
    admit(&[], host, 443, "1.1.1.1", true);
    admit(&[], host, 443, "2606:4700::1", true);
    for address in [
        "127.0.0.1",
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "fe80::1",
        "fd00::1",
        "::ffff:10.0.0.1",
        "::ffff:1.1.1.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "::10.0.0.1",
        "2001::1",
        "255.255.255.255",
        "198.18.0.1",
        "192.0.2.1",
    ] {
        admit(&[], host, 443, address, false);
    }
    admit(&[host], host, 443, "127.0.0.1", true);
    admit(&[host], host, 443, "10.1.2.3", true);
    admit(&[host], host, 443, "fd00::1", true);
    admit(&[host], host, 443, "169.254.1.1", false);
    admit(&[host], host, 443, "169.254.169.254", false);
    admit(&[host], host, 443, "::ffff:10.0.0.1", false);
    admit(&["b.example.com"], host, 443, "10.1.2.3", false);
    admit(&["a.example.com:8080"], host, 443, "10.1.2.3", false);
    admit(&["a.example.com:8080"], host, 8080, "10.1.2.3", true);
    admit(&["10.0.0.0/8"], host, 443, "10.1.2.3", true);
    admit(&["10.0.0.0/8"], host, 443, "11.1.2.3", true);
    admit(&["10.0.0.0/8"], host, 443, "192.168.0.1", false);
    admit(&["10.0.0.0/8"], host, 443, "::ffff:10.0.0.1", false);
    admit(&["169.254.0.0/16"], host, 80, "169.254.1.1", true);
    admit(&["169.254.0.0/16"], host, 80, "169.254.169.254", false);
    admit(&["64:ff9b::/96"], host, 80, "64:ff9b::1.1.1.1", true);
    admit(&["64:ff9b::/96"], host, 80, "64:ff9b::10.0.0.1", false);
    admit(&["127.0.0.1:3000"], host, 3000, "127.0.0.1", true);
    admit(&["127.0.0.1:3000"], host, 3001, "127.0.0.1", false);
    admit(&["127.0.0.1:3000"], host, 3000, "127.0.0.2", false);
}

fn literal(private: &[&str], url: &str, expect: bool) {
    let request = Request::parse("GET", url).unwrap();
    let found = rules(&[], private).decide(&request);
    assert_eq!(found.is_ok(), expect, "{url} with {private:?}: {found:?}");
}

#[test]
fn addresses_in_requests() {
    literal(&["127.0.0.1:3000"], "http://127.0.0.1:3000/", true);
    literal(&["127.0.0.1:3000"], "http://127.0.0.1/", false);
    literal(&["127.0.0.1:3000"], "http://127.0.0.1:3001/", false);
    literal(&["127.0.0.1"], "http://127.0.0.1/", true);
    literal(&["127.0.0.1"], "https://127.0.0.1/", true);
    literal(&["127.0.0.1"], "http://127.0.0.1:3000/", false);
    literal(&["127.0.0.0/8"], "http://127.0.0.1/", false);
    literal(&["localhost:3000"], "http://127.0.0.1:3000/", false);
    literal(&["[::1]:3000"], "http://[::1]:3000/", true);
    literal(&["127.0.0.1:3000"], "http://[::ffff:127.0.0.1]:3000/", false);
    literal(&["93.184.216.34:443"], "https://93.184.216.34/", true);
    literal(&[], "https://93.184.216.34/", false);
}

#[test]
fn rules_that_can_never_take_effect() {
    for (patterns, private, expect) in [
        (&["localhost:3000"][..], &[][..], false),
        (&["localhost:3000"], &["localhost:3000"], true),
        (&["localhost:3000"], &["localhost"], true),
        (&["localhost:3000"], &["localhost:3001"], false),
        (&["localhost:3000"], &["127.0.0.1:3000"], true),
        (&["localhost:3000"], &["127.0.0.0/8"], true),
        (&["localhost:3000"], &["10.0.0.0/8"], false),
        (&["api.localhost"], &[], false),
        (&["api.localhost"], &["api.localhost"], true),
        (&["intranet"], &[], true),
        (&["a.example.com", "localhost"], &[], false),
    ] {
        let found = try_rules(patterns, private);
        assert_eq!(found.is_ok(), expect, "{patterns:?} with {private:?}");
        if let Err(error) = found {
            let Vain::Inside(advice) = error.vain() else { panic!("{error}") };
            assert!(advice.policy.is_some());
            assert!(error.to_string().contains("can never take effect"));
        }
    }
}

#[test]
fn rules_that_no_request_can_meet() {
    for (pattern, vain) in [
        ("a.example.com/x|y", Vain::Path),
        ("a.example.com/x^", Vain::Path),
        ("a.example.com/\"x\"", Vain::Path),
        ("xn--a.example.com", Vain::Host),
    ] {
        let error = try_rules(&[pattern], &[]).expect_err(pattern);
        assert_eq!(*error.vain(), vain, "{pattern}");
    }
}

#[test]
fn a_denial_names_the_nearest_rule() {
    let request = Request::parse("POST", "https://files.example.com/public/a").unwrap();
    let Denied { rule, why, .. } = rules(GRANT, &[]).decide(&request).unwrap_err();
    assert_eq!((rule.as_deref(), why), (Some("GET,HEAD files.example.com/public/**"), Why::Method));
}
