//! A grant that is asked.

use aether_manifest::{Compat, Permission};
use aether_path::PathPattern;

use super::fixture::{Case, path};
use crate::grant::{Decision, Denial, Grant, api_name};

const ALL: &str = r#"{
  "filesystem": { "read": ["/var/log/**", "./in.txt"], "write": ["./out/"] },
  "network": { "domains": ["api.example.com"], "inbound": [8080] },
  "environment": ["LANG"],
  "process": ["git"],
  "plugins": ["geoip.lookup"],
  "secrets": ["deploy-key"],
  "events": { "emit": ["build.*"], "on": ["deploy.done"] } }"#;

fn grant(case: &Case) -> Grant {
    match case.decide() {
        Decision::Granted(grant) => *grant,
        Decision::Ask(review) => review.accept(),
        Decision::Refused(refused) => panic!("{refused:?}"),
    }
}

#[test]
fn files_are_allowed_by_line() {
    let grant = grant(&Case::asking(ALL));
    let line =
        |result: Result<crate::grant::Allowed, Denial>| result.ok().map(|allowed| allowed.line);
    let read = |text: &str, expect: Option<usize>| {
        assert_eq!(line(grant.may_read(&path(text))), expect, "{text}")
    };
    read("/var/log", Some(0));
    read("/var/log/a/b", Some(0));
    read("/workspace/in.txt", Some(1));
    read("/workspace/out/x", None);
    read("/var", None);
    read("/var/logs", None);
    read("/etc/shadow", None);
    let write = |text: &str, expect: Option<usize>| {
        assert_eq!(line(grant.may_write(&path(text))), expect, "{text}")
    };
    write("/workspace/out", Some(2));
    write("/workspace/out/a/b", Some(2));
    write("/workspace", None);
    write("/var/log/x", None);
    let list = |text: &str, expect: Option<usize>| {
        assert_eq!(line(grant.may_list(&path(text))), expect, "{text}");
        assert_eq!(grant.shows(&path(text)), expect.is_some(), "{text}");
    };
    list("/", Some(0));
    list("/var", Some(0));
    list("/workspace", Some(1));
    list("/workspace/out/x", Some(2));
    list("/etc", None);
    list("/workspace/other", None);
}

#[test]
fn other_rights_are_allowed_by_line() {
    let grant = grant(&Case::asking(ALL));
    assert_eq!(grant.may_env("LANG").map(|allowed| allowed.line), Ok(5));
    assert_eq!(grant.may_run("git").map(|allowed| allowed.line), Ok(6));
    assert_eq!(grant.may_call("geoip.lookup").map(|allowed| allowed.line), Ok(7));
    assert_eq!(grant.may_use_secret("deploy-key").map(|allowed| allowed.line), Ok(8));
    assert_eq!(grant.may_emit("build.done").map(|allowed| allowed.line), Ok(9));
    assert_eq!(grant.may_hear("deploy.done").map(|allowed| allowed.line), Ok(10));
    assert!(grant.may_use_secret("deploy-").is_err() && grant.may_use_secret("*").is_err());
    assert!(grant.may_emit("build").is_err() && grant.may_emit("build.*").is_err());
    assert!(grant.may_emit("deploy.done").is_err() && grant.may_hear("build.done").is_err());
    assert_eq!(grant.may_listen(8080).map(|allowed| allowed.line), Ok(4));
    assert_eq!(
        grant
            .domains()
            .map(|(allowed, domain)| (allowed.line, domain.as_str()))
            .collect::<Vec<_>>(),
        [(3, "api.example.com")]
    );
    assert_eq!(grant.environment().collect::<Vec<_>>(), ["LANG"]);
    assert!(
        grant.may_env("lang").is_err()
            && grant.may_run("git ").is_err()
            && grant.may_listen(80).is_err()
    );
    assert!(!grant.has_compat(Compat::NodeFs));
}

#[test]
fn lines_know_their_places() {
    let case = Case::asking(ALL).under_policy("version: 1\nplugins:\n  log-reader:\n    allow:\n      filesystem: { read: ['/var/**', ./in.txt], write: [./] }\n      network: { domains: [api.example.com], inbound: [8080] }\n      environment: [LANG]\n      process: [git]\n      plugins: [geoip.lookup]\n      secrets: [deploy-key]\n      events: { emit: ['build.*'], on: ['*'] }\n    degraded: [userns]\n", crate::policy::PolicyOrigin::Named);
    let grant = grant(&case);
    let lines: Vec<String> = grant
        .lines()
        .map(|line| {
            format!("{} {} {} {}", line.index, line.place, line.pointer, line.allowed_at.unwrap())
        })
        .collect();
    assert_eq!(
        lines.first().map(String::as_str),
        Some("0 2:28 /permissions/filesystem/read/0 5:28")
    );
    assert_eq!(lines.get(5).map(String::as_str), Some("5 4:19 /permissions/environment/0 7:21"));
    assert_eq!(grant.degraded().collect::<Vec<_>>(), ["userns"]);
}

#[test]
fn a_denial_says_what_would_allow_it() {
    let grant = grant(&Case::asking(ALL));
    let denial = grant.may_read(&path("/etc/shadow")).unwrap_err();
    assert_eq!(
        denial.to_string(),
        "reading `/etc/shadow` is not granted: the manifest does not request it"
    );
    assert_eq!(
        denial.manifest_line,
        r#""permissions": { "filesystem": { "read": ["/var/log/**", "./in.txt", "/etc/shadow"] } }"#,
        "what is requested already stands there too, so that the list can be replaced"
    );
    assert_eq!(
        denial.policy_line,
        r#"plugins: { "log-reader": { allow: { filesystem: { read: ["/etc/shadow"] } } } }"#
    );
    assert_eq!(
        (denial.permission, api_name(denial.permission)),
        (Permission::FilesystemRead, "FileSystemRead")
    );
    let denial = grant.may_write(&path("/workspace/x/y")).unwrap_err();
    assert_eq!(
        denial.manifest_line,
        r#""permissions": { "filesystem": { "write": ["./out/", "./x/y"] } }"#
    );
    let denial = grant.may_listen(80).unwrap_err();
    assert_eq!(denial.manifest_line, r#""permissions": { "network": { "inbound": [8080, 80] } }"#);
    assert_eq!(
        denial.policy_line,
        r#"plugins: { "log-reader": { allow: { network: { inbound: [80] } } } }"#
    );
    let denial = grant.may_env("HOME").unwrap_err();
    assert_eq!(
        denial.policy_line,
        r#"plugins: { "log-reader": { allow: { environment: ["HOME"] } } }"#
    );
    let denial = grant.may_use_secret("other").unwrap_err();
    assert_eq!(
        denial.to_string(),
        "using the secret `other` is not granted: the manifest does not request it"
    );
    assert_eq!(denial.manifest_line, r#""permissions": { "secrets": ["deploy-key", "other"] }"#);
    assert_eq!(api_name(denial.permission), "Secrets");
    let denial = grant.may_emit("x.y").unwrap_err();
    assert_eq!(
        denial.policy_line,
        r#"plugins: { "log-reader": { allow: { events: { emit: ["x.y"] } } } }"#
    );
    assert_eq!(api_name(denial.permission), "EventsEmit");
    assert_eq!(api_name(grant.may_hear("x.y").unwrap_err().permission), "EventsOn");
    assert_eq!(grant.deny_request("x.example").permission, Permission::NetworkDomains);
}

#[test]
fn one_line_covers_everything_that_is_listened_for() {
    let grant = grant(&Case::asking(r#"{ "events": { "on": ["build.*", "deploy.done"] } }"#));
    let check = |written: &str, expect: bool| {
        let pattern = aether_manifest::TopicPattern::parse(written).unwrap();
        assert_eq!(grant.may_subscribe(&pattern).is_ok(), expect, "{written}");
    };
    check("build.*", true);
    check("build.a.*", true);
    check("deploy.done", true);
    check("deploy.*", false);
    check("build", false);
    check("*", false);
}

#[test]
fn a_denial_in_a_step_says_that_the_step_leaves_it_out() {
    let grant = grant(&Case::asking(ALL).narrowed("{}"));
    let denial = grant.may_read(&path("/var/log/x")).unwrap_err();
    assert_eq!(
        denial.message,
        "reading `/var/log/x` is not granted: the manifest requests it, but this step of the pipeline leaves it out"
    );
    let denial = grant.may_env("HOME").unwrap_err();
    assert_eq!(
        denial.message,
        "the variable `HOME` is not granted: the manifest does not request it"
    );
}

/// A plugin could name a file so that its name, pasted as a pattern, opens a tree.
#[test]
fn a_denial_never_suggests_more_than_the_file() {
    let grant = grant(&Case::asking("{}"));
    for hostile in ["/**", "/a/*", "/a/?", "/a/[b]", "/a\\b", "/a/{b,c}", "/a/!b", "/a/\u{7}"] {
        let denial = grant.may_read(&path(hostile)).unwrap_err();
        let json: serde_json::Value =
            serde_json::from_str(&format!("{{ {} }}", denial.manifest_line)).unwrap();
        let pattern = json
            .pointer("/permissions/filesystem/read/0")
            .and_then(|entry| entry.as_str())
            .unwrap();
        let pattern = PathPattern::parse(pattern).unwrap();
        assert!(pattern.matches(&path(hostile)), "{hostile}");
        assert!(
            !pattern.matches(&path("/a/b/c")) && !pattern.matches(&path("/home/x")),
            "{hostile} {pattern}"
        );
    }
}

#[test]
fn the_digest_is_of_what_is_granted() {
    let digest = |case: Case| grant(&case).digest().to_owned();
    let one = digest(Case::asking(r#"{ "environment": ["LANG", "TZ"] }"#));
    assert!(one.starts_with("b3:") && one.len() == 67);
    assert_eq!(one, digest(Case::asking("{\n \"environment\": [\"TZ\", \"LANG\"] }")));
    assert_ne!(one, digest(Case::asking(r#"{ "environment": ["LANG"] }"#)));
    assert_ne!(
        one,
        digest(
            Case::asking(r#"{ "environment": ["LANG", "TZ"] }"#)
                .narrowed(r#"{ "environment": ["TZ"] }"#)
        )
    );
    assert_ne!(
        one,
        digest(Case::of(
            r#"{ "permissions": { "environment": ["LANG", "TZ"] }, "resources": { "memory": "64MB" } }"#
        ))
    );
    let mut other = Case::asking(r#"{ "environment": ["LANG", "TZ"] }"#);
    other.identity.digest = "b3:other".to_owned();
    assert_ne!(one, digest(other));
    let split = digest(Case::asking(r#"{ "process": ["/a\",\"b"] }"#));
    assert_ne!(split, digest(Case::asking(r#"{ "process": ["/a", "b"] }"#)));
}
