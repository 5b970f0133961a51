//! From requests to domain patterns, and what is asked for by name.

use aether_manifest::Permission;

use crate::support::{call, entries, suggestion};

#[track_caller]
fn check(requests: &[&str], expect: &[&str]) {
    let found = suggestion(requests.iter().map(|request| call("network.request", request)));
    assert_eq!(entries(&found, Permission::NetworkDomains), expect, "{requests:?}");
}

#[test]
fn hosts_come_with_methods_and_paths() {
    check(&["GET api.example.com/v1/x"], &["GET api.example.com/v1/x"]);
    check(
        &["GET api.example.com/v1/x", "POST api.example.com/v1/y"],
        &["GET,POST api.example.com/v1/**"],
    );
    check(&["GET a.com/x", "GET a.com/y"], &["GET a.com"]);
    check(&["GET a.com/x", "GET a.com/x/y"], &["GET a.com/x/**"]);
    check(&["GET a.com/"], &["GET a.com"]);
    check(&["GET a.com/v1/"], &["GET a.com/v1/**"]);
    check(&["GET a.com:8443/x"], &["GET a.com:8443/x"]);
    check(&["GET a.com/x", "GET a.com:8443/x"], &["GET a.com/x", "GET a.com:8443/x"]);
    check(&["GET a.com/a%20b%20c/d"], &["GET a.com/a*b*c/d"]);
    check(&["GET a.com/%20%20"], &["GET a.com/*"]);
    check(&["GET a.com//x"], &["GET a.com"]);
    check(&["GET a.com/x//y"], &["GET a.com/x/**"]);
    check(&["WS a.com/live"], &["WS a.com/live"]);
    // Of a tunnel neither is known.
    check(&[" a.com"], &["a.com"]);
    check(&["GET a.com/x", " a.com"], &["a.com"]);
}

#[test]
fn many_hosts_below_a_domain_of_one_owner_become_one() {
    let check = |parent: &str, count: usize, expect: usize| {
        let requests = (0..count).map(|number| format!("GET h{number}.{parent}/v1/x{number}"));
        let found = suggestion(requests.map(|request| call("network.request", &request)));
        let entries = entries(&found, Permission::NetworkDomains);
        assert_eq!(entries.len(), expect, "{parent}: {entries:?}");
        entries.first().map(|entry| (*entry).to_owned()).unwrap_or_default()
    };
    check("example.com", 4, 4);
    assert_eq!(check("example.com", 5, 1), "GET *.example.com/v1/**");
    assert_eq!(check("cdn.example.com", 9, 1), "GET *.cdn.example.com/v1/**");
    check("com", 9, 9);
    check("co.uk", 9, 9);
    check("github.io", 9, 9);
    check("eu-west-1.amazonaws.com", 9, 9);
    check("local", 9, 9);
}

#[test]
fn what_is_no_host_is_not_asked_for() {
    for request in ["GET 10.0.0.1/x", "GET [::1]/x", "BREW a.com/x", "GET *.a.com/x", "GET /x", ""]
    {
        let found = suggestion([call("network.request", request)]);
        assert!(found.lines.is_empty(), "{request:?}: {:?}", found.lines);
        assert_eq!(found.not_suggested.len(), 1, "{request:?}");
    }
}

#[test]
fn all_else_is_exact() {
    let found = suggestion([
        call("env.get", "LANG"),
        call("env.get", "not a name"),
        call("plugins.call", "geoip.lookup"),
        call("plugins.call", "no-method"),
        call("events.emit", "build.done"),
        call("events.on", "build.*"),
        call("events.on", "*"),
        call("network.inbound", "8080"),
        call("network.inbound", "0"),
    ]);
    let asked: Vec<String> =
        found.lines.iter().map(|line| format!("{} {}", line.permission, line.entry)).collect();
    assert_eq!(
        asked,
        [
            "network.inbound 8080",
            "plugins geoip.lookup",
            "events.emit build.done",
            "events.on build.*",
            "environment LANG",
        ]
    );
    assert_eq!(found.not_suggested.len(), 4);
}
