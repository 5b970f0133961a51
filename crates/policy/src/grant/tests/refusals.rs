//! What a refusal says, and that its fix is one.

use aether_source::Source;

use super::fixture::{Case, permissions_of};
use crate::grant::{Decision, Refused, check_narrowing};
use crate::policy::PolicyOrigin;

fn refused(case: &Case) -> Refused {
    match case.decide() {
        Decision::Refused(refused) => refused,
        _ => panic!("{}", case.verdict()),
    }
}

#[test]
fn a_refusal_names_place_reason_and_fix() {
    let case = Case::asking("{\n  \"filesystem\": { \"read\": [\"/a\", \"/b/**\"] } }")
        .under("allow: { filesystem: { read: [/a] } }");
    let refused = refused(&case);
    let [refusal] = refused.refusals.as_slice() else { panic!() };
    assert_eq!(
        refusal.to_diagnostic().to_string(),
        "aether-plugin.json:2:34: error: reading `/b/**` is refused: the entry `log-reader` at aether-policy.yaml:3:3 does not allow it\n  help: allow it in the policy, or ask for less in the manifest"
    );
    let fix = "plugins:\n  log-reader:\n    allow:\n      filesystem:\n        read: [\"/a\", \"/b/**\"]\n";
    assert_eq!(refusal.fix.as_deref(), Some(fix));
    assert_eq!(refused.policy.as_deref(), Some(fix));
}

#[test]
fn nobody_to_ask_says_what_was_asked_for_and_where() {
    let check = |manifest: &str, why: &str, place: &str| {
        let refused = refused(&Case::of(manifest).unattended());
        let [refusal] = refused.refusals.as_slice() else { panic!("{refused:?}") };
        let rest = "there is no policy, and there is nobody to ask";
        assert_eq!(refusal.why, format!("it asks for {why}, {rest}"), "{manifest}");
        let found = refusal.place().map(|place| place.to_string());
        assert_eq!(found.as_deref(), Some(place), "{manifest}");
    };
    let limits = "\"resources\": {\n  \"memory\": \"1GB\" }";
    let files = "\"permissions\": { \"filesystem\": {\n \"read\": [\"/a\"] } }";
    let none = "\"permissions\": {}";
    check(&format!("{{ {none}, {limits} }}"), "a limit above the default", "2:13");
    check(&format!("{{ {files} }}"), "permissions", "2:11");
    let both = "permissions and a limit above the default";
    check(&format!("{{ {files}, {limits} }}"), both, "2:11");
}

#[test]
fn nobody_to_ask_gives_a_whole_policy() {
    let manifest = r#"{ "permissions": {
  "filesystem": { "read": ["/var/log/**"], "write": ["./out/"] },
  "network": { "domains": ["GET api.example.com/v1/**"], "inbound": [8080] },
  "environment": ["LANG"], "process": ["git"], "plugins": ["geoip.lookup"] },
  "resources": { "memory": "1GB", "timeout": "10s" } }"#;
    let case = Case::of(manifest).unattended();
    let policy = refused(&case).policy.unwrap();
    let expect = r##"version: 1
plugins:
  log-reader:
    allow:
      filesystem:
        read: ["/var/log/**"]
        write: ["./out/"]
      network:
        domains: ["GET api.example.com/v1/**"]
        inbound: [8080]
      environment: ["LANG"]
      process: ["git"]
      plugins: ["geoip.lookup"]
    limits: { memory: 1GB }
    # To allow this version alone, add:
    # digest: "b3:0000000000000000000000000000000000000000000000000000000000000001"
"##;
    assert_eq!(policy, expect);
    assert_eq!(case.under_policy(&policy, PolicyOrigin::Named).verdict(), "granted");
}

/// Under the entry given, the case is refused; under the lines the refusal gives, it is not.
fn check_fixed(case: impl Fn() -> Case, entry: &str) {
    let first = case().under(entry);
    let refused = refused(&first);
    let policy = refused.policy.unwrap_or_else(|| panic!("no lines for {}", first.verdict()));
    let fixed = case().under_policy(&format!("version: 1\n{policy}"), PolicyOrigin::Named);
    assert_eq!(fixed.verdict(), "granted", "{entry}\n{policy}");
    for refusal in &refused.refusals {
        let fix = refusal.fix.as_deref().unwrap();
        let policy = format!("version: 1\n{fix}");
        let after = case().under_policy(&policy, PolicyOrigin::Named);
        if let Decision::Refused(after) = after.decide() {
            assert!(after.refusals.iter().all(|other| other.what != refusal.what), "{policy}");
        }
    }
}

#[test]
fn the_lines_a_refusal_gives_lift_it() {
    let everything = r#"{ "permissions": {
  "filesystem": { "read": ["/var/log/**", "/a b", "/ü\"x"], "write": ["./out/"] },
  "network": { "domains": ["*.example.com"], "inbound": [80] },
  "environment": ["LANG"], "process": ["/usr/bin/a b"], "plugins": ["a.b"] } }"#;
    check_fixed(|| Case::of(everything), "allow: {}");
    check_fixed(
        || Case::of(everything),
        "allow: { environment: [TZ], filesystem: { read: [/x] } }",
    );
    check_fixed(
        || Case::of(r#"{ "permissions": {}, "compat": ["node:fs"] }"#),
        "allow: { compat: [] }",
    );
    check_fixed(
        || Case::of(r#"{ "permissions": {}, "resources": { "memory": "1GB" } }"#),
        "limits: { memory: 1MB }".replace("1MB", "8MB").as_str(),
    );
    check_fixed(|| Case::asking("{}"), &format!("digest: 'b3:{}'", "f".repeat(64)));
    check_fixed(|| Case::asking("{}").unattended(), "consent: ask");
    let mounted = || {
        Case::asking(r#"{ "filesystem": { "read": ["/logs/**"] } }"#).mounted(
            "/logs",
            "/data/[x]/logs",
            false,
        )
    };
    check_fixed(mounted, "allow: { filesystem: { read: ['/logs/**'] } }");
}

#[test]
fn ceilings_for_all_are_fixed_where_they_stand() {
    let case = Case::of(r#"{ "permissions": {}, "resources": { "memory": "1GB" } }"#);
    let case = case.under_policy("version: 1\nlimits: { memory: 512MB }\nplugins: { log-reader: { limits: { memory: 64MB } } }", PolicyOrigin::Named);
    let refused = refused(&case);
    assert_eq!(
        refused.policy.as_deref(),
        Some(
            "limits: { memory: 1GB }    # for every plugin\nplugins:\n  log-reader:\n    limits: { memory: 1GB }\n"
        )
    );
    let own = "version: 1\nplugins: { log-reader: { limits: { memory: 64MB } } }";
    let of_own = Case::of(r#"{ "permissions": {}, "resources": { "memory": "1GB" } }"#);
    let of_own = self::refused(&of_own.under_policy(own, PolicyOrigin::Named));
    for (refused, of_all) in [(&refused, true), (&of_own, false)] {
        let [refusal] = refused.refusals.as_slice() else { panic!("{refused:?}") };
        assert_eq!(refusal.advice.contains("every plugin's"), of_all, "{}", refusal.advice);
        assert_eq!(refusal.fix.as_ref().unwrap().contains("# for every plugin"), of_all);
    }
    assert!(
        refused
            .refusals
            .first()
            .is_some_and(|refusal| refusal.why == "the ceiling at aether-policy.yaml:3:44 is 64MB")
    );
}

#[test]
fn a_closed_window_says_when_it_opens() {
    let case = Case::asking("{}")
        .under("windows: [{ days: [tue], from: '08:00', to: '09:00', timezone: Europe/Berlin }]");
    let refused = refused(&case);
    assert_eq!(refused.policy, None);
    let [refusal] = refused.refusals.as_slice() else { panic!() };
    let place = refusal.place().map(|place| place.to_string());
    assert_eq!(place.as_deref(), Some("3:17"), "the windows, not the entry's name");
    assert_eq!(refusal.why, "it may start only tue 08:00 to 09:00, Europe/Berlin");
    assert_eq!(refusal.advice, "the next window opens Tue 2026-11-24 08:00 in Europe/Berlin");
}

/// The lines replace `allow` and `limits` of the entry, so nothing of these may be missing.
#[test]
fn what_the_entry_has_already_is_among_the_lines() {
    let manifest = r#"{ "permissions": { "environment": ["LANG"], "filesystem": { "read": ["/b"] } },
        "compat": ["node:fs"], "resources": { "memory": "1GB" } }"#;
    let case = Case::of(manifest).under(
        "allow: { filesystem: { read: [/a], write: [/w] }, process: [git], compat: [] }, limits: { cpu: 2 }, rates: { writes: 10/s, bytes: 8MB/s }, consent: ask, degraded: [cpu], \
         windows: [{ days: [mon, wed-fri], to: '13:00', timezone: UTC }]",
    );
    let refused = refused(&case);
    let lines = "plugins:\n  log-reader:\n    consent: ask\n    degraded: [cpu]\n    allow:\n      filesystem:\n        read: [\"/a\", \"/b\"]\n        write: [\"/w\"]\n      environment: [\"LANG\"]\n      process: [\"git\"]\n      compat: [\"node:fs\"]\n    limits: { memory: 1GB, cpu: 2 }\n    rates: { bytes: 8MB/s, writes: 10/s }\n    windows:\n      - { days: [mon, wed-fri], from: \"00:00\", to: \"13:00\", timezone: \"UTC\" }\n";
    assert_eq!(refused.policy.as_deref(), Some(lines));
    assert_eq!(refused.policy_file.as_deref(), Some("aether-policy.yaml"));
    let policy = format!("version: 1\n{lines}");
    assert_eq!(case.under_policy(&policy, PolicyOrigin::Named).verdict(), "ask");
}

#[test]
fn a_limit_above_the_default_needs_a_ceiling() {
    let manifest = r#"{ "permissions": { "environment": ["LANG"] }, "resources": { "memory": "60GB", "timeout": "10s" } }"#;
    let check = |policy: &str, expect: &str| {
        let case = Case::of(manifest).under_policy(policy, PolicyOrigin::Named);
        assert_eq!(case.verdict(), expect, "{policy}");
        if expect == "granted" {
            return;
        }
        let refused = refused(&case);
        let limits: Vec<_> =
            refused.refusals.iter().filter(|one| one.what.contains("limit")).collect();
        let [limit] = limits.as_slice() else { panic!("{refused:?}") };
        assert_eq!(limit.what, "a limit `memory` of 60GB");
        assert!(limit.why.contains("256MB"), "{}", limit.why);
        assert!(limit.fix.as_ref().unwrap().contains("limits: { memory: 60GB }"), "{limit:?}");
        let policy = format!("version: 1\n{}", refused.policy.unwrap());
        let fixed = Case::of(manifest).under_policy(&policy, PolicyOrigin::Named);
        assert_eq!(fixed.verdict(), "granted", "{policy}");
    };
    let entry = "plugins: { log-reader: { allow: { environment: [LANG] }";
    check(&format!("version: 1\n{entry} }} }}"), "limit-above-ceiling");
    check(&format!("version: 1\nlimits: {{ cpu: 1 }}\n{entry} }} }}"), "limit-above-ceiling");
    check("version: 1\nplugins: {}", "no-policy-entry limit-above-ceiling");
    check(&format!("version: 1\n{entry}, limits: {{ memory: 60GB }} }} }}"), "granted");
    check(&format!("version: 1\nlimits: {{ memory: 64GB }}\n{entry} }} }}"), "granted");
}

#[test]
fn names_that_yaml_would_misread_are_quoted() {
    for name in ["true", "1.5", "no", "0", "log-reader", "a.b_c"] {
        let mut case = Case::asking(r#"{ "environment": ["LANG"] }"#).unattended();
        case.identity.name = name.to_owned();
        let policy = refused(&case).policy.unwrap();
        assert_eq!(
            case.under_policy(&policy, PolicyOrigin::Named).verdict(),
            "granted",
            "{policy}"
        );
    }
}

#[test]
fn a_narrowing_beyond_the_request_is_an_error() {
    let request = permissions_of(r#"{ "filesystem": { "read": ["/var/log/**"] } }"#);
    let check = |narrowing: &str, expect: &[&str]| {
        let said = check_narrowing(
            &request,
            &permissions_of(narrowing),
            &Source::new("p.yaml", narrowing),
        );
        let codes: Vec<&str> = said.iter().map(|diagnostic| diagnostic.code).collect();
        assert_eq!(codes, expect, "{narrowing}");
    };
    check(r#"{ "filesystem": { "read": ["/var/log/a"] } }"#, &[]);
    check(r#"{ "filesystem": { "read": ["/**"] } }"#, &[]);
    check(
        r#"{ "filesystem": { "read": ["/etc/passwd"], "write": ["/var/log/a"] } }"#,
        &["narrowing-widens", "narrowing-widens"],
    );
}

#[test]
fn an_entry_for_many_plugins_says_so() {
    let policy = "version: 1\nplugins: { 'log-*': { allow: { environment: [TZ] } } }";
    let case = || Case::asking(r#"{ "environment": ["LANG"] }"#);
    let refused = refused(&case().under_policy(policy, PolicyOrigin::Named));
    let lines = "plugins:\n  \"log-*\":\n    allow:\n      environment: [\"TZ\", \"LANG\"]\n";
    assert_eq!(refused.policy.as_deref(), Some(lines));
    let [refusal] = refused.refusals.as_slice() else { panic!() };
    assert!(refusal.advice.contains("all plugins of such names"));
    let fixed = case().under_policy(&format!("version: 1\n{lines}"), PolicyOrigin::Named);
    assert_eq!(fixed.verdict(), "granted");
}
