//! No text panics, and what is canonical stays so.

use aether_egress::{Host, Private, Request, RequestPath, Rule, Rules};
use aether_manifest::{DomainPattern, HostPattern};
use proptest::prelude::*;

fn url() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("http://".to_owned()),
        Just("api.example.com".to_owned()),
        Just("127.0.0.1".to_owned()),
        Just("[::1]".to_owned()),
        Just("..".to_owned()),
        Just("%2e".to_owned()),
        Just("%2F".to_owned()),
        "[/.:@?#\\\\;%]",
        "[a-zA-Z0-9]{1,3}",
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_host_is_its_own_canonical_form(text in "\\PC{0,40}") {
        if let Ok(host) = Host::parse(&text) {
            let again = Host::parse(&host.to_string());
            prop_assert_eq!(again.ok(), Some(host.clone()));
            if let Some(name) = host.name() {
                prop_assert!(name.is_ascii() && name.len() <= 253 && !name.ends_with('.'));
                prop_assert!(name.parse::<std::net::IpAddr>().is_err());
                // What a browser's parser makes of it is the same host.
                let other = url::Host::parse(name);
                prop_assert_eq!(other.ok(), Some(url::Host::Domain(name.to_owned())));
            }
        }
    }

    #[test]
    fn a_browser_never_sees_an_address_where_a_name_is_matched(text in "[0-9a-fxX.]{1,20}") {
        if let Ok(host) = Host::parse(&text)
            && host.name().is_some()
        {
            prop_assert!(matches!(url::Host::parse(&text), Ok(url::Host::Domain(_))), "{}", text);
        }
    }

    #[test]
    fn a_path_is_its_own_canonical_form(text in "/([a-c/.;%2eEfF5cC?]|%2e|%2F|\\.\\.|//){0,20}") {
        if let Ok(path) = RequestPath::parse(&text) {
            let again = RequestPath::parse(&path.to_string());
            prop_assert_eq!(again.ok(), Some(path.clone()));
            let dots = |segment: &str| matches!(segment, "." | "..");
            prop_assert!(!path.path().split('/').any(dots));
            prop_assert!(path.path().starts_with('/'));
        }
    }

    #[test]
    fn a_path_resolves_as_browsers_resolve_it(text in "/([a-c]|/|\\.|\\.\\./|%2e%2e/|%41){0,12}") {
        let ours = RequestPath::parse(&text).unwrap();
        let theirs = url::Url::parse(&format!("http://a.example{text}")).unwrap();
        // They leave escapes of letters, and of dots that are no dot segment; the rest is the same.
        let unescaped = theirs.path().replace("%41", "A").replace("%2e", ".");
        prop_assert_eq!(ours.path(), unescaped);
    }

    #[test]
    fn an_allowed_request_stays_within_its_rule(text in url(), method in "GET|POST") {
        let rule = |text: &str| Rule { index: 0, pattern: DomainPattern::parse(text).unwrap() };
        let rules = Rules::new("p", [rule("GET api.example.com/v1/**")], []).unwrap();
        if let Ok(request) = Request::parse(&method, &text)
            && rules.decide(&request).is_ok()
        {
            prop_assert_eq!(request.method.as_str(), "GET");
            prop_assert_eq!(request.host.name(), Some("api.example.com"));
            prop_assert!(request.path.path() == "/v1" || request.path.path().starts_with("/v1/"));
            let theirs = url::Url::parse(&format!("http://{}{}", request.authority(), request.path));
            let theirs = theirs.unwrap();
            prop_assert_eq!(theirs.host_str(), Some("api.example.com"));
            prop_assert_eq!(theirs.path(), request.path.path());
        }
    }

    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        let _ = Host::parse(&text).map(|host| host.to_string());
        let _ = RequestPath::parse(&text).map(|path| path.to_string());
        let _ = Request::parse("GET", &text);
        let _ = text.parse::<Private>().map(|private| private.to_string());
    }

    #[test]
    fn a_denied_request_is_told_a_line_that_allows_it(text in "http://[a-c]{1,3}\\.example(:[1-9][0-9]{1,3})?(/[a-c*.%2F!;]{0,4}){0,3}") {
        let rules = Rules::new("p", [], []).unwrap();
        if let Ok(request) = Request::parse("GET", &text) {
            let denied = rules.decide(&request).unwrap_err();
            let line = denied.advice.manifest.unwrap();
            let pattern = line.split('"').rev().nth(1).unwrap().to_owned();
            let pattern = DomainPattern::parse(&pattern).unwrap();
            prop_assert!(matches!(pattern.host(), HostPattern::Exact(_)));
            let more = Rules::new("p", [Rule { index: 0, pattern }], []).unwrap();
            prop_assert!(more.decide(&request).is_ok());
        }
    }
}
