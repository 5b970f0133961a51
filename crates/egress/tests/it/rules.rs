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
    for (network, address) in [
        ("169.254.0.0/16", "169.254.170.2"),
        ("169.254.0.0/16", "169.254.170.23"),
        ("169.254.0.0/16", "169.254.169.252"),
        ("100.64.0.0/10", "100.100.100.200"),
        ("100.64.0.0/10", "100.96.0.96"),
        ("168.0.0.0/6", "168.63.129.16"),
        ("192.0.0.0/24", "192.0.0.192"),
        ("fc00::/7", "fd00:ec2::254"),
        ("fc00::/7", "fd00:ec2::23"),
        ("fc00::/7", "fd20:ce::254"),
        ("fc00::/7", "fd00:c1::a9fe:a9fe"),
        ("fe80::/10", "fe80::a9fe:a9fe"),
    ] {
        admit(&[network, host], host, 80, address, false);
    }
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
        (&["*.a.localhost"], &[], false),
        (&["**.a.localhost:3000"], &["10.0.0.0/8"], false),
        (&["**.a.localhost:3000"], &["localhost:3000"], false),
        (&["*.a.localhost:3000"], &["x.a.localhost:3001"], false),
        (&["*.a.localhost:3000"], &["y.x.a.localhost:3000"], false),
        (&["*.a.localhost:3000"], &["x.a.localhost:3000"], true),
        (&["**.a.localhost:3000"], &["127.0.0.1:3000"], true),
        (&["*.a.localhost"], &["127.0.0.0/8"], true),
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
        ("a.example.com/a/..;x/b", Vain::Path),
        ("a.example.com/a/...", Vain::Path),
        ("a.example.com/**/..;/*", Vain::Path),
        ("a.example.com/;/**", Vain::Path),
        ("xn--a.example.com", Vain::Host),
        ("*.xn--a.example.com", Vain::Host),
        ("**.xn--a.example.com", Vain::Host),
        (&format!("*.{}.example", "a.".repeat(122) + "b"), Vain::Host),
    ] {
        let error = try_rules(&[pattern], &[]).expect_err(pattern);
        assert_eq!(*error.vain(), vain, "{pattern}");
    }
    for pattern in ["a.example.com/..*", "a.example.com/*;x", "a.example.com/proc/**", "a.b/sys/x"]
    {
        assert!(try_rules(&[pattern], &[]).is_ok(), "{pattern}");
    }
}

/// What advice about hosts below `localhost` says, opens one of them.
#[test]
fn advice_for_what_is_below_localhost() {
    for pattern in ["*.a.localhost", "**.a.localhost:3000"] {
        let error = try_rules(&[pattern], &[]).unwrap_err();
        let Vain::Inside(advice) = error.vain() else { panic!("{error}") };
        let line = advice.policy.clone().unwrap();
        let target = line.split('"').nth(3).unwrap();
        assert!(try_rules(&[pattern], &[target]).is_ok(), "{line}");
    }
}

#[test]
fn places_inside_that_no_rule_leads_to() {
    for (patterns, private, vain) in [
        (&["a.example.com"][..], &["a.example.com"][..], &[][..]),
        (&["a.example.com"], &["b.example.com", "a.example.com"], &["b.example.com"]),
        (&["a.example.com"], &["a.example.com:443"], &[]),
        (&["a.example.com"], &["a.example.com:8080"], &["a.example.com:8080"]),
        (&["a.example.com:8080"], &["a.example.com:443"], &["a.example.com:443"]),
        (&["*.example.com"], &["a.example.com", "example.com"], &["example.com"]),
        (&["GET a.example.com/x"], &["a.example.com"], &[]),
        (&["a.example.com"], &["10.0.0.0/8"], &[]),
        (&[], &["10.0.0.0/8", "localhost"], &["10.0.0.0/8", "localhost"]),
        // An address is granted by itself.
        (&[], &["10.0.0.1:80", "[::1]:3000"], &[]),
    ] {
        let rules = rules(patterns, private);
        let found: Vec<String> = rules.vain_private().map(ToString::to_string).collect();
        assert_eq!(found, vain, "{patterns:?} with {private:?}");
    }
}

#[test]
fn hosts_of_secrets_that_no_rule_leads_to() {
    for (patterns, host, vain) in [
        (&["a.example.com"][..], "a.example.com", false),
        (&["a.example.com"], "GET a.example.com/v1/**", false),
        (&["GET a.example.com/v1/**"], "a.example.com", false),
        (&["GET a.example.com/v1/**"], "POST a.example.com", true),
        (&["GET a.example.com/v1/**"], "a.example.com/v2/**", true),
        (&["GET a.example.com/v1/**"], "a.example.com/*/x", false),
        (&["a.example.com"], "b.example.com", true),
        (&["a.example.com"], "a.example.com:8080", true),
        (&["a.example.com"], "a.example.com:443", false),
        (&["**.example.com"], "*.a.example.com", false),
        (&[], "a.example.com", true),
    ] {
        let hosts = [DomainPattern::parse(host).unwrap()];
        let found = rules(patterns, &[]).vain_hosts(&hosts).count() == 1;
        assert_eq!(found, vain, "{patterns:?} for {host}");
    }
}

/// Decides on a request with one header.
fn with_header(patterns: &[&str], url: &str, name: &str) -> Result<(), Why> {
    let request = Request::parse("GET", url).unwrap();
    let headers = [(name.to_owned(), "/admin".to_owned())];
    let decided = rules(patterns, &["127.0.0.1:80"]).decide_headers(&request, &headers);
    decided.map(drop).map_err(|denied| denied.why)
}

#[test]
fn headers_that_may_change_the_method_or_path() {
    let url = "https://files.example.com/public/a";
    for (name, listed) in [
        ("X-Original-URL", "x-original-url"),
        ("x-rewrite-url", "x-rewrite-url"),
        ("X_Rewrite_Url", "x-rewrite-url"),
        ("X-HTTP-Method-Override", "x-http-method-override"),
        ("X-HTTP_Method-Override", "x-http-method-override"),
        ("X-HTTP-Method", "x-http-method"),
        ("X-Method-Override", "x-method-override"),
        ("X.Method.Override", "x-method-override"),
        ("X-Forwarded-Uri", "x-forwarded-uri"),
        ("X-Forwarded-Prefix", "x-forwarded-prefix"),
        ("X_FORWARDED_PREFIX", "x-forwarded-prefix"),
        ("SCRIPT_NAME", "script-name"),
    ] {
        let denied = Err(Why::Override(listed));
        assert_eq!(with_header(GRANT, url, name), denied, "{name}");
        assert_eq!(with_header(&["GET files.example.com"], url, name), denied, "{name}");
        assert_eq!(with_header(&["files.example.com/**"], url, name), denied, "{name}");
        // Where no method or path is left out, there is nothing to get around.
        assert_eq!(with_header(&["files.example.com"], url, name), Ok(()), "{name}");
        assert_eq!(with_header(&["GET files.example.com/x", "*.example.com"], url, name), Ok(()));
        assert_eq!(with_header(GRANT, "http://127.0.0.1/x", name), Ok(()), "{name}");
        assert_eq!(with_header(&["other.example.com"], url, name), Err(Why::Host), "{name}");
    }
    for name in ["X-Forwarded-For", "X-Original-Url-Of-Mine", "X-Request-Id", "Accept"] {
        assert_eq!(with_header(GRANT, url, name), Ok(()), "{name}");
    }
}

#[test]
fn a_denied_header_says_what_would_allow_it() {
    let request = Request::parse("GET", "https://files.example.com/public/a").unwrap();
    let headers = [("X-Original-URL".to_owned(), "/admin".to_owned())];
    let denied = rules(GRANT, &[]).decide_headers(&request, &headers).unwrap_err();
    assert_eq!(denied.rule.as_deref(), Some("GET,HEAD files.example.com/public/**"));
    let resource = denied.advice.resource.unwrap();
    assert_eq!(&*resource, "files.example.com");
    assert!(rules(&[&resource], &[]).decide_headers(&request, &headers).is_ok());
    // Fields of the connection are not sent, whatever they are called.
    let headers = [
        ("Connection".to_owned(), "X-Original-URL".to_owned()),
        ("X-Original-URL".to_owned(), "/admin".to_owned()),
    ];
    assert!(rules(GRANT, &[]).decide_headers(&request, &headers).is_ok());
}

#[test]
fn a_denial_names_the_nearest_rule() {
    let request = Request::parse("POST", "https://files.example.com/public/a").unwrap();
    let Denied { rule, why, .. } = rules(GRANT, &[]).decide(&request).unwrap_err();
    assert_eq!((rule.as_deref(), why), (Some("GET,HEAD files.example.com/public/**"), Why::Method));
}
