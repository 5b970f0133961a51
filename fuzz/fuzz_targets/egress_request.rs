//! Addresses of requests, decided on by a rule for one folder of one host. What passes is that host
//! and that folder to a browser, and to servers that read less strictly.
#![no_main]

use aether_egress::{Private, Request, Rule, Rules, Tunnel};
use aether_manifest::DomainPattern;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let pattern = DomainPattern::parse("GET api.example.com/public/**").expect("a pattern");
    let rules = Rules::new("p", [Rule { index: 0, pattern }], []).expect("rules");
    for url in [text.to_owned(), format!("https://api.example.com/public/{text}")] {
        let Ok(request) = Request::parse("GET", &url) else { continue };
        let again =
            format!("{}://{}{}", request.scheme.as_str(), request.authority(), request.path);
        assert_eq!(Request::parse("GET", &again).as_ref(), Ok(&request), "{url}");
        if let Ok(Tunnel::Closed(_)) = rules.decide_tunnel(&request.host, request.port) {
            panic!("a tunnel for a rule with a path: {url}");
        }
        if rules.decide(&request).is_ok() {
            allowed(&request, &again);
        }
    }
    if let Ok(private) = text.parse::<Private>() {
        assert_eq!(private.to_string().parse::<Private>(), Ok(private));
    }
    if let Ok(pattern) = DomainPattern::parse(text) {
        assert!(pattern.covers(&pattern) && pattern.meets(&pattern), "{text}");
    }
});

fn allowed(request: &Request, address: &str) {
    assert_eq!(request.host.name(), Some("api.example.com"));
    let browser = url::Url::parse(address).expect("an address");
    assert_eq!(browser.host_str(), Some("api.example.com"));
    assert_eq!(browser.path(), request.path.path());
    for decodes in 0..3 {
        let mut path = request.path.path().as_bytes().to_vec();
        for _ in 0..decodes {
            path = decoded(&path);
        }
        let served = served(&String::from_utf8_lossy(&path));
        assert!(served.first().is_some_and(|name| name == "public"), "{address} is {served:?}");
    }
}

fn decoded(path: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = path;
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match digits.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(escaped) if byte == b'%' => {
                out.push(escaped);
                rest = &after[2..];
            }
            _ => {
                out.push(byte);
                rest = after;
            }
        }
    }
    out
}

/// The folders and file that a lax server makes of a path: it ends it at `?`, `#` and NUL, takes `\` for `/`,
/// cuts parameters, trims blanks, drops empty segments and then resolves dots.
fn served(path: &str) -> Vec<String> {
    let path = path.split(['?', '#', '\0']).next().unwrap_or_default().replace('\\', "/");
    let mut out: Vec<String> = Vec::new();
    for segment in path.split('/') {
        let name = segment.split(';').next().unwrap_or_default();
        match name.trim_matches(|letter: char| letter.is_whitespace() || letter.is_control()) {
            "" | "." => {}
            ".." => {
                out.pop();
            }
            name => out.push(name.to_owned()),
        }
    }
    out
}
