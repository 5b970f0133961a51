//! Which requests are granted.

use super::fixture::Case;
use crate::grant::Decision;
use crate::policy::PolicyOrigin;

/// The request's `permissions`, the policy entry's `allow`, and the verdict.
fn check(permissions: &str, allow: &str, expect: &str) {
    let case = Case::asking(permissions).under(&format!("allow: {{ {allow} }}"));
    assert_eq!(case.verdict(), expect, "{permissions} under {allow}");
}

#[test]
fn a_request_must_be_covered_by_the_policy() {
    let read = r#"{ "filesystem": { "read": ["/var/log/app/*.log"] } }"#;
    check(read, r#"filesystem: { read: ["/var/log/app/*.log"] }"#, "granted");
    check(read, r#"filesystem: { read: ["/var/log/**"] }"#, "granted");
    check(read, r#"filesystem: { read: ["/var/log/"] }"#, "granted");
    check(read, r#"filesystem: { read: ["/var/log/*"] }"#, "not-allowed");
    check(read, r#"filesystem: { read: ["/var/log/app/a.log"] }"#, "not-allowed");
    check(read, r#"filesystem: { write: ["/var/log/**"] }"#, "not-allowed");
    check(read, "", "not-allowed");
    let write = r#"{ "filesystem": { "write": ["./out/"] } }"#;
    check(write, r#"filesystem: { write: ["./out/"] }"#, "granted");
    check(write, r#"filesystem: { write: ["/workspace/out/**"] }"#, "granted");
    check(write, r#"filesystem: { read: ["./out/"] }"#, "not-allowed");
    let domain = r#"{ "network": { "domains": ["GET api.example.com/v1/**"] } }"#;
    check(domain, "network: { domains: [api.example.com] }", "granted");
    check(domain, "network: { domains: ['*.example.com'] }", "granted");
    check(domain, "network: { domains: ['POST api.example.com'] }", "not-allowed");
    check(r#"{ "network": { "inbound": [8080] } }"#, "network: { inbound: [8080] }", "granted");
    check(r#"{ "network": { "inbound": [8080] } }"#, "network: { inbound: [8081] }", "not-allowed");
    check(r#"{ "environment": ["LANG"] }"#, "environment: [LANG]", "granted");
    check(r#"{ "environment": ["LANG"] }"#, "environment: [LANGUAGE]", "not-allowed");
    check(r#"{ "process": ["git"] }"#, "process: [git]", "granted");
    check(r#"{ "process": ["git"] }"#, "process: [/usr/bin/git]", "not-allowed");
    check(r#"{ "plugins": ["geoip.lookup"] }"#, "plugins: [geoip.lookup]", "granted");
    check(r#"{ "plugins": ["geoip.lookup"] }"#, "plugins: [geoip.load]", "not-allowed");
    check(r#"{ "secrets": ["deploy-key"] }"#, "secrets: [deploy-key]", "granted");
    check(r#"{ "secrets": ["deploy-key"] }"#, "secrets: [deploy]", "not-allowed");
    let emit = r#"{ "events": { "emit": ["build.done"] } }"#;
    check(emit, "events: { emit: [build.done] }", "granted");
    check(emit, "events: { emit: ['build.*'] }", "granted");
    check(emit, "events: { emit: ['*'] }", "granted");
    check(emit, "events: { emit: ['build.done.*'] }", "not-allowed");
    check(emit, "events: { on: ['*'] }", "not-allowed");
    let on = r#"{ "events": { "on": ["build.*"] } }"#;
    check(on, "events: { on: ['build.*'] }", "granted");
    check(on, "events: { on: [build.done] }", "not-allowed");
    check(on, "events: { emit: ['*'] }", "not-allowed");
}

#[test]
fn everything_is_refused_when_one_thing_is() {
    let all = r#"{ "filesystem": { "read": ["/a", "/b"] }, "environment": ["LANG", "TZ"] }"#;
    check(all, "filesystem: { read: [/a] }, environment: [LANG]", "not-allowed not-allowed");
}

#[test]
fn one_pattern_of_the_policy_must_cover_the_whole_request() {
    let both = r#"{ "filesystem": { "read": ["/a/*"] } }"#;
    check(both, r#"filesystem: { read: ["/a/x*", "/a/y*"] }"#, "not-allowed");
}

#[test]
fn a_plugin_without_entry_gets_nothing() {
    let policy = "version: 1\nplugins: { other: { allow: { environment: [LANG] } } }";
    let case = |permissions| Case::asking(permissions).under_policy(policy, PolicyOrigin::Named);
    assert_eq!(case(r#"{ "environment": ["LANG"] }"#).verdict(), "no-policy-entry");
    assert_eq!(case("{}").verdict(), "granted");
    let limits = Case::of(r#"{ "permissions": {}, "resources": { "memory": "1GB" } }"#)
        .under_policy(policy, PolicyOrigin::Named);
    assert_eq!(limits.verdict(), "no-policy-entry");
}

#[test]
fn without_policy_a_person_is_asked() {
    let asks = r#"{ "environment": ["LANG"] }"#;
    assert_eq!(Case::asking(asks).verdict(), "ask");
    assert_eq!(Case::asking(asks).unattended().verdict(), "no-policy");
    assert_eq!(Case::asking("{}").verdict(), "granted");
    assert_eq!(Case::asking("{}").unattended().verdict(), "granted");
    let limit =
        |resources| Case::of(&format!(r#"{{ "permissions": {{}}, "resources": {resources} }}"#));
    assert_eq!(limit(r#"{ "timeout": "10s" }"#).verdict(), "granted");
    assert_eq!(limit(r#"{ "timeout": "10m" }"#).verdict(), "ask");
}

#[test]
fn an_entry_counts_for_its_digest() {
    let digest = |digit: char| format!("digest: 'b3:{}{digit}'", "0".repeat(63));
    assert_eq!(Case::asking("{}").under(&digest('1')).verdict(), "granted");
    assert_eq!(Case::asking("{}").under(&digest('2')).verdict(), "digest-mismatch");
}

/// The fixture's time is Monday noon in UTC.
#[test]
fn a_plugin_starts_within_its_windows_only() {
    let window = |window: &str| Case::asking("{}").under(&format!("windows: [{window}]")).verdict();
    assert_eq!(window("{ days: [mon], timezone: UTC }"), "granted");
    assert_eq!(window("{ days: [tue], timezone: UTC }"), "outside-window");
    assert_eq!(window("{ from: '22:00', to: '06:00', timezone: UTC }"), "outside-window");
    assert_eq!(window("{ from: '22:00', to: '06:00', timezone: Asia/Tokyo }"), "outside-window");
    assert_eq!(window("{ from: '20:00', to: '22:00', timezone: Asia/Tokyo }"), "granted");
    let Decision::Granted(grant) =
        Case::asking("{}").under("windows: [{ to: '13:00', timezone: UTC }]").decide()
    else {
        panic!()
    };
    assert_eq!(grant.closes_at().map(|at| at.to_string()).as_deref(), Some("2026-11-23T13:00:00Z"));
}

#[test]
fn layers_are_allowed_unless_the_policy_lists_others() {
    let case = || Case::of(r#"{ "permissions": {}, "compat": ["node:fs"] }"#);
    assert_eq!(case().verdict(), "granted");
    assert_eq!(case().under("allow: {}").verdict(), "granted");
    assert_eq!(case().under("allow: { compat: ['node:fs'] }").verdict(), "granted");
    assert_eq!(case().under("allow: { compat: [] }").verdict(), "compat-not-allowed");
}

#[test]
fn limits_stay_below_every_ceiling() {
    let check = |resources: &str, all: &str, entry: &str, expect: &str| {
        let case = Case::of(&format!(r#"{{ "permissions": {{}}, "resources": {resources} }}"#));
        let policy = format!(
            "version: 1\nlimits: {all}\nplugins: {{ log-reader: {{ allow: {{}}, limits: {entry} }} }}"
        );
        let case = case.under_policy(&policy, PolicyOrigin::Named);
        let found = match case.decide() {
            Decision::Granted(grant) => {
                let limits = grant.limits();
                format!(
                    "{}M {}s {}c {}M {}",
                    limits.memory >> 20,
                    limits.timeout.as_secs(),
                    limits.cpu_millis,
                    limits.disk >> 20,
                    limits.processes
                )
            }
            _ => case.verdict(),
        };
        assert_eq!(found, expect, "{resources} {all} {entry}");
    };
    check("{}", "{}", "{}", "256M 30s 1000c 64M 16");
    check(
        "{}",
        "{ memory: 128MB, processes: 4 }",
        "{ timeout: 5s, cpu: 0.5 }",
        "128M 5s 500c 64M 4",
    );
    check("{}", "{ memory: 128MB }", "{ memory: 64MB }", "64M 30s 1000c 64M 16");
    check("{}", "{ memory: 64MB }", "{ memory: 128MB }", "64M 30s 1000c 64M 16");
    check("{}", "{ memory: 1GB }", "{}", "256M 30s 1000c 64M 16");
    check(
        r#"{ "memory": "1GB", "disk": "1MB" }"#,
        "{ memory: 1GB }",
        "{}",
        "1024M 30s 1000c 1M 16",
    );
    check(r#"{ "memory": "1GB" }"#, "{ memory: 512MB }", "{}", "limit-above-ceiling");
    check(
        r#"{ "memory": "1GB", "cpu": 2 }"#,
        "{ memory: 512MB }",
        "{ cpu: 1 }",
        "limit-above-ceiling limit-above-ceiling",
    );
    check(r#"{ "timeout": "10s" }"#, "{ timeout: 5s }", "{ timeout: 1m }", "limit-above-ceiling");
}

#[test]
fn a_found_policy_grants_no_sensitive_places() {
    let check = |permissions: &str, allow: &str, expect: &str| {
        let policy = format!("version: 1\nplugins: {{ log-reader: {{ allow: {{ {allow} }} }} }}");
        assert_eq!(
            Case::asking(permissions).under_policy(&policy, PolicyOrigin::Named).verdict(),
            "granted",
            "{permissions}"
        );
        assert_eq!(
            Case::asking(permissions).under_policy(&policy, PolicyOrigin::Discovered).verdict(),
            expect,
            "{permissions}"
        );
    };
    check(
        r#"{ "filesystem": { "read": ["/var/log/**"] } }"#,
        r#"filesystem: { read: ["/**"] }"#,
        "granted",
    );
    check(r#"{ "secrets": ["deploy-key"] }"#, "secrets: [deploy-key]", "sensitive-place");
    check(r#"{ "events": { "on": ["a.*"] } }"#, r#"events: { on: ["*"] }"#, "granted");
    check(
        r#"{ "filesystem": { "read": ["/home/a/.ssh/config"] } }"#,
        r#"filesystem: { read: ["/home/**"] }"#,
        "sensitive-place",
    );
    check(
        r#"{ "filesystem": { "write": ["/etc/**"] } }"#,
        r#"filesystem: { write: ["/**"] }"#,
        "sensitive-place",
    );
    check(r#"{ "environment": ["LANG"] }"#, "environment: [LANG]", "granted");
    check(
        r#"{ "environment": ["GITHUB_TOKEN"] }"#,
        "environment: [GITHUB_TOKEN]",
        "sensitive-place",
    );
}

#[test]
fn a_step_leaves_out_and_never_adds() {
    let check = |narrowing: &str, expect: &[&str]| {
        let permissions =
            r#"{ "filesystem": { "read": ["/var/log/**", "/opt/a"] }, "environment": ["LANG"] }"#;
        let case = Case::asking(permissions).under(
            "allow: { filesystem: { read: ['/var/log/**', '/opt/a'] }, environment: [LANG] }",
        );
        let Decision::Granted(grant) = case.narrowed(narrowing).decide() else {
            panic!("{narrowing}")
        };
        let lines: Vec<String> =
            grant.lines().map(|line| format!("{} {}", line.permission, line.resource)).collect();
        assert_eq!(lines, expect, "{narrowing}");
    };
    check("{}", &[]);
    check(r#"{ "environment": ["LANG"] }"#, &["environment LANG"]);
    check(
        r#"{ "filesystem": { "read": ["/var/log/*.log"] } }"#,
        &["filesystem.read /var/log/*.log"],
    );
    check(
        r#"{ "filesystem": { "read": ["/**"] } }"#,
        &["filesystem.read /var/log/**", "filesystem.read /opt/a"],
    );
    check(
        r#"{ "filesystem": { "read": ["/etc/shadow"], "write": ["/var/log/x"] }, "environment": ["HOME"] }"#,
        &[],
    );
}
