//! Lines of `elevation`, and what they decide.

use std::time::Duration;

use aether_manifest::parse;
use aether_path::VirtualPath;
use aether_source::Source;
use jiff::tz::TimeZoneDatabase;

use super::{Decided, Elevation, Scope, Wish};
use crate::grant::{Decision, Grant, Identity, Input, Mount, decide};
use crate::policy::{Policy, PolicyOrigin};

/// What an entry can refer to.
const HEAD: &str = "version: 1
secrets: { deploy-key: { from: 'env:K' }, other: { from: 'env:O' } }
commands: { format: { run: [rustfmt] }, build: { run: [make] } }
plugins:
  publisher:
    elevation:
";

pub(super) fn policy(lines: &[&str]) -> Result<Policy, Vec<String>> {
    let lines: String = lines.iter().map(|line| format!("      - {{ {line} }}\n")).collect();
    read(&format!("{HEAD}{lines}"), PolicyOrigin::Named)
}

pub(super) fn read(text: &str, origin: PolicyOrigin) -> Result<Policy, Vec<String>> {
    let source = Source::new("p.yaml", text);
    Policy::parse(source, origin, &TimeZoneDatabase::bundled())
        .map_err(|all| all.iter().map(ToString::to_string).collect())
}

pub(super) fn grant(policy: &Policy, mounts: &[Mount]) -> Grant {
    let manifest = parse(Source::new("aether-plugin.json", r#"{ "permissions": {} }"#)).unwrap();
    let identity = Identity {
        name: "publisher".to_owned(),
        version: String::new(),
        digest: "b3:1".to_owned(),
    };
    let input = Input {
        manifest: &manifest,
        identity: &identity,
        policy: Some(policy),
        engine: crate::grant::Engine::default(),
        narrowing: None,
        mounts,
        consents: None,
        unattended: true,
        now: "2026-11-23T12:00:00Z".parse().unwrap(),
    };
    match decide(&input) {
        Decision::Granted(grant) => *grant,
        other => panic!("{other:?}"),
    }
}

fn elevation(lines: &[&str]) -> Elevation {
    let policy = policy(lines).unwrap_or_else(|all| panic!("{}", all.join("\n")));
    grant(&policy, &[]).elevation().clone()
}

pub(super) fn path(text: &str) -> VirtualPath {
    VirtualPath::parse(text).unwrap()
}

/// `allow 0`, `refuse 0` or `ask`.
fn verdict(elevation: &Elevation, wish: &Wish<'_>) -> String {
    let number = |rule: &str| rule.replace("plugins.publisher.elevation[", "").replace(']', "");
    match elevation.decide(wish) {
        Decided::Allow { rule, scope, .. } => {
            assert_eq!(scope, wish.scope());
            format!("allow {}", number(&rule))
        }
        Decided::Ask => "ask".to_owned(),
        Decided::Refuse { rule } => format!("refuse {}", number(&rule)),
    }
}

fn check(lines: &[&str], wish: &Wish<'_>, expect: &str) {
    assert_eq!(verdict(&elevation(lines), wish), expect, "{lines:?} for {wish:?}");
}

#[test]
fn what_is_allowed_is_what_was_asked_for_under_the_terms_of_the_line() {
    let lines = ["right: host-write, below: ./site/, answer: allow, uses: 10, for: 5m"];
    let asked = path("/workspace/site/index.html");
    let decided = elevation(&lines).decide(&Wish::HostWrite { path: &asked });
    let expect = Decided::Allow {
        rule: "plugins.publisher.elevation[0]".to_owned(),
        scope: Scope::HostWrite { path: asked },
        uses: 10,
        lifetime: Duration::from_secs(300),
    };
    assert_eq!(decided, expect);
    let decided =
        elevation(&["right: time, most: 5m, answer: allow"]).decide(&Wish::Time { ms: 7 });
    let expect = Decided::Allow {
        rule: "plugins.publisher.elevation[0]".to_owned(),
        scope: Scope::Time { ms: 7 },
        uses: 1,
        lifetime: Duration::from_secs(60),
    };
    assert_eq!(decided, expect);
}

#[test]
fn the_first_line_that_is_for_a_wish_decides() {
    let (site, other) = (path("/workspace/site/a"), path("/workspace/sites"));
    let lines = [
        "right: host-write, below: ./site/drafts, answer: refuse",
        "right: host-write, below: ./site, answer: allow",
        "right: network, host: api.example.com, answer: allow",
        "right: network, host: api.example.com, port: 8443, answer: refuse",
        "right: command, name: format, answer: allow",
        "right: secret, name: deploy-key, answer: refuse",
        "right: secret, name: '*', answer: ask",
        "right: time, most: 1m, answer: allow",
        "right: time, most: 5m, answer: ask",
        "right: time, answer: refuse",
        "right: memory, most: 512MB, answer: allow",
    ];
    check(&lines, &Wish::HostWrite { path: &site }, "allow 1");
    check(&lines, &Wish::HostWrite { path: &path("/workspace/site") }, "allow 1");
    check(&lines, &Wish::HostWrite { path: &path("/workspace/site/drafts/x") }, "refuse 0");
    check(&lines, &Wish::HostWrite { path: &other }, "ask");
    check(&lines, &Wish::HostWrite { path: &VirtualPath::root() }, "ask");
    let network = |host, port, expect: &str| check(&lines, &Wish::Network { host, port }, expect);
    network("api.example.com", 443, "allow 2");
    network("api.example.com", 8443, "refuse 3");
    network("api.example.com", 80, "ask");
    network("API.example.com", 443, "ask");
    network("api.example.com.", 443, "ask");
    network("example.com", 443, "ask");
    check(&lines, &Wish::Command { name: "format" }, "allow 4");
    check(&lines, &Wish::Command { name: "build" }, "ask");
    check(&lines, &Wish::Command { name: "rm" }, "ask");
    check(&lines, &Wish::Secret { name: "deploy-key" }, "refuse 5");
    check(&lines, &Wish::Secret { name: "other" }, "ask");
    check(&lines, &Wish::Time { ms: 60_000 }, "allow 7");
    check(&lines, &Wish::Time { ms: 60_001 }, "ask");
    check(&lines, &Wish::Time { ms: 300_001 }, "refuse 9");
    check(&lines, &Wish::Memory { bytes: 512 << 20 }, "allow 10");
    check(&lines, &Wish::Memory { bytes: (512 << 20) + 1 }, "ask");
    check(&["right: network, answer: refuse"], &Wish::Network { host: "x", port: 1 }, "refuse 0");
    check(&["right: host-write, answer: ask"], &Wish::HostWrite { path: &site }, "ask");
    assert_eq!(Elevation::default().decide(&Wish::Time { ms: 1 }), Decided::Ask);
}

#[test]
fn no_line_opens_a_sensitive_place_that_it_does_not_name() {
    let under = |below: &str, asked: &str, expect: &str| {
        let line = format!("right: host-write, below: '{below}', answer: allow");
        check(&[&line], &Wish::HostWrite { path: &path(asked) }, expect);
    };
    under("/home/a/project", "/home/a/project/x", "allow 0");
    under("/home/a", "/home/a/.ssh/authorized_keys", "ask");
    under("/home/a", "/home/a/.ssh", "ask");
    under("/home/a/.ssh", "/home/a/.ssh/authorized_keys", "allow 0");
    under("/home/a/.ssh/config", "/home/a/.ssh/config", "allow 0");
    // What was asked for holds the place.
    under("/home/a", "/home/a", "ask");
    under("/home", "/home", "ask");
    under("/home/a/.config", "/home/a/.config", "ask");
    under("/etc", "/etc/shadow", "ask");
    under("/etc", "/etc", "ask");
    under("/etc", "/etc/hostname", "allow 0");
    under("/etc/shadow", "/etc/shadow", "allow 0");
    under("/root", "/root/x", "allow 0");
    under("/root", "/root/.ssh/x", "ask");
    under("/HOME/a", "/HOME/a/.SSH/x", "ask");
    under("/srv", "/srv/backup/.gnupg/x", "ask");
    under("./certs", "/workspace/certs/a.pem", "ask");
    under("./certs/a.pem", "/workspace/certs/a.pem", "allow 0");
    under("./", "/workspace/.env", "ask");
    under("./", "/workspace/.env/x", "ask");
    under("./", "/workspace/env", "allow 0");
    under("/dev", "/dev/sda", "allow 0");
    under("/home/a/.ssh", "/home/a/.ssh/x/.aws/y", "ask");
}

/// A sensitive place stays one under whatever name it is mounted.
#[test]
fn mounts_are_looked_through() {
    let mount = |root: &str, host: &str, typed_by_person, shows_host| Mount {
        root: path(root),
        host: host.to_owned(),
        typed_by_person,
        shows_host,
    };
    let under = |mount: Mount, below: &str, asked: &str, expect: &str| {
        let line = format!("right: host-write, below: '{below}', answer: allow");
        let policy = policy(&[&line]).unwrap();
        let grant = grant(&policy, std::slice::from_ref(&mount));
        let asked = path(asked);
        let found = verdict(grant.elevation(), &Wish::HostWrite { path: &asked });
        assert_eq!(found, expect, "{below} for {asked:?} with {mount:?}");
    };
    let typed = |host: &str| mount("/workspace", host, true, false);
    under(typed("/home/a/p"), "./site", "/workspace/site/x", "allow 0");
    // The person is in there: the place that it lies in is known, not those that lie in it.
    under(typed("/root/p"), "./site", "/workspace/site/x", "allow 0");
    under(typed("/home/a"), "./", "/workspace/.ssh/x", "ask");
    under(typed("/home/a"), "./", "/workspace", "ask");
    under(typed("/home/a"), "./.ssh", "/workspace/.ssh/x", "allow 0");
    under(typed("/home"), "./a", "/workspace/a/.ssh", "ask");
    under(typed("/etc"), "./", "/workspace/shadow", "ask");
    under(typed("/etc"), "./shadow", "/workspace/shadow", "allow 0");
    // A folder under another name that no person chose.
    under(mount("/data", "/etc", false, false), "/data", "/data/x", "ask");
    under(mount("/data", "/data", false, false), "/data", "/data/x", "allow 0");
    under(mount("/srv/x", "/etc", true, false), "/srv", "/srv", "ask");
    under(mount("/srv/x", "/opt/x", true, false), "/srv", "/srv", "allow 0");
    under(mount("/srv/x", "/opt/x", false, false), "/srv", "/srv", "ask");
    under(mount("/srv/x", "../..", true, false), "/srv", "/srv/x/y", "ask");
    // The host's own process is nobody's to give.
    let own = || mount("/srv/me", "/proc/self", true, true);
    under(own(), "/srv/me", "/srv/me/mem", "refuse host-process");
    under(own(), "/srv", "/srv", "refuse host-process");
    under(own(), "/srv", "/srv/x", "allow 0");
}

/// Whoever wrote a pipeline may have laid a policy beside it.
#[test]
fn a_found_policy_allows_nothing() {
    let text = "version: 1\nplugins:\n  publisher:\n    elevation:\n      - { right: time, most: 5m, answer: allow }\n      - { right: memory, answer: refuse }\n";
    let policy = read(text, PolicyOrigin::Discovered).unwrap();
    let said: Vec<String> = policy.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "p.yaml:5:9: warning: a policy that was found beside a pipeline allows no single operation: a person is asked\n  help: review p.yaml and name it: --policy p.yaml"
        ]
    );
    let found = grant(&policy, &[]);
    assert_eq!(found.elevation().decide(&Wish::Time { ms: 1 }), Decided::Ask);
    assert_eq!(verdict(found.elevation(), &Wish::Memory { bytes: 1 }), "refuse 1");
    let mut named = read(text, PolicyOrigin::Named).unwrap();
    assert!(named.warnings.is_empty());
    assert_eq!(verdict(grant(&named, &[]).elevation(), &Wish::Time { ms: 1 }), "allow 0");
    named.origin = PolicyOrigin::Discovered;
    assert_eq!(verdict(grant(&named, &[]).elevation(), &Wish::Time { ms: 1 }), "ask");
}

#[test]
fn the_line_that_would_allow_it() {
    let check = |wish: Wish<'_>, expect: &str| {
        let line = Elevation::default().policy_line("publisher", &wish);
        let expect = format!("plugins: {{ \"publisher\": {{ elevation: [{expect}] }} }}");
        assert_eq!(line, expect);
    };
    let asked = path("/workspace/site/a b.html");
    check(
        Wish::HostWrite { path: &asked },
        r#"{ right: host-write, below: "./site/a b.html", answer: allow }"#,
    );
    check(
        Wish::HostWrite { path: &path("/srv/x") },
        r#"{ right: host-write, below: "/srv/x", answer: allow }"#,
    );
    check(
        Wish::Network { host: "api.example.com", port: 443 },
        r#"{ right: network, host: "api.example.com", port: 443, answer: allow }"#,
    );
    check(Wish::Command { name: "format" }, r#"{ right: command, name: "format", answer: allow }"#);
    check(Wish::Secret { name: "k" }, r#"{ right: secret, name: "k", answer: allow }"#);
    check(Wish::Time { ms: 300_000 }, "{ right: time, most: 5m, answer: allow }");
    check(Wish::Time { ms: 61_001 }, "{ right: time, most: 61001ms, answer: allow }");
    check(Wish::Memory { bytes: 512 << 20 }, "{ right: memory, most: 512MB, answer: allow }");
    check(Wish::Memory { bytes: 5_000_001 }, "{ right: memory, most: 5000001B, answer: allow }");
}

#[test]
fn every_problem_comes_at_once_with_its_place() {
    let check = |lines: &[&str], expect: &[&str]| {
        let mut found = policy(lines).unwrap_err();
        found.retain(|one| one.contains(": error: "));
        assert_eq!(found, expect, "{lines:?}");
    };
    check(
        &[
            "right: hots-write, answer: alow",
            "answer: ask",
            "right: time",
            "rihgt: time, answer: ask",
        ],
        &[
            "p.yaml:7:18: error: `hots-write` is not one of `host-write`, `network`, `command`, `secret`, `time` or `memory`\n  help: did you mean `host-write`?",
            "p.yaml:7:38: error: `alow` is not one of `allow`, `ask` or `refuse`\n  help: did you mean `allow`?",
            "p.yaml:8:11: error: the key `right` is missing\n  help: write `host-write`, `network`, `command`, `secret`, `time` or `memory`",
            "p.yaml:9:11: error: the key `answer` is missing\n  help: write `allow`, `ask` or `refuse`",
            "p.yaml:10:11: error: unknown key `rihgt` in `plugins.publisher.elevation.3`\n  help: did you mean `right`?",
            "p.yaml:10:11: error: the key `right` is missing\n  help: write `host-write`, `network`, `command`, `secret`, `time` or `memory`",
        ],
    );
    check(
        &["right: command, answer: allow", "right: secret, name: '*', answer: allow"],
        &[
            "p.yaml:7:9: error: what is allowed must be named: the key `name` is missing\n  help: add `name`, or write `answer: ask` for all of the right",
            "p.yaml:8:32: error: what is allowed must be named: `*` can only be asked for or refused\n  help: name one secret",
        ],
    );
    check(
        &[
            "right: command, name: formta, answer: ask",
            "right: secret, name: nothing, answer: refuse",
        ],
        &[
            "p.yaml:7:33: error: `formta` is no command of this policy\n  help: did you mean `format`?",
            "p.yaml:8:32: error: `nothing` is no secret of this policy\n  help: define it under `secrets`",
        ],
    );
    check(
        &[
            "right: network, host: 'https://API.example.com', answer: ask",
            "right: network, host: '*.example.com', answer: ask",
            "right: network, port: 80, answer: ask",
            "right: network, host: a.com, port: 0, answer: ask",
        ],
        &[
            "p.yaml:7:33: error: `https://API.example.com` is not one host in its canonical form\n  help: write \"api.example.com\"",
            "p.yaml:8:33: error: `*.example.com` is not one host in its canonical form\n  help: write one name in small letters, such as \"api.example.com\"",
            "p.yaml:9:33: error: `port` is there without `host`\n  help: name the host too",
            "p.yaml:10:46: error: `port` must be from 1 to 65535",
        ],
    );
    check(
        &[
            "right: host-write, below: /, answer: allow",
            "right: host-write, below: ../x, answer: allow",
            "right: host-write, host: a.com, answer: ask",
            "right: time, most: 5m, answer: refuse",
            "right: time, most: 25h, answer: allow",
            "right: memory, most: 1KB, answer: allow",
            "right: time, most: 5m, answer: allow, uses: 0, for: 2h",
        ],
        &[
            "p.yaml:7:37: error: `below` is the whole machine\n  help: name the folder that is written to",
            "p.yaml:8:37: error: path `../x` has a `..` component",
            "p.yaml:9:30: error: `host` does not belong to the right `host-write`\n  help: `host-write` has `below`",
            "p.yaml:10:30: error: a refusal has no `most`\n  help: leave it out, and allow or ask for less in a line before",
            "p.yaml:11:30: error: `most` must be from 10ms to 24h",
            "p.yaml:12:32: error: `most` must be from 4MB to 64GB",
            "p.yaml:13:55: error: `uses` must be from 1 to 1000",
            "p.yaml:13:63: error: `for` must be from 1ms to 1h",
        ],
    );
    let many: Vec<&str> = (0..129).map(|_| "right: time, answer: ask").collect();
    assert_eq!(
        policy(&many).unwrap_err().first().map(String::as_str),
        Some("p.yaml:6:5: error: 129 lines are too many: at most 128")
    );
}

#[test]
fn what_is_odd_is_a_warning() {
    let check = |lines: &[&str], expect: &[&str]| {
        let policy = policy(lines).unwrap();
        let said: Vec<String> = policy.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(said, expect, "{lines:?}");
    };
    check(
        &["right: time, answer: ask, uses: 2", "right: time, most: 5m, answer: allow"],
        &[
            "p.yaml:7:37: warning: `uses` counts for `answer: allow` alone",
            "p.yaml:8:9: warning: this line decides nothing: the one at 7:9 comes first\n  help: remove it, or move it up",
        ],
    );
    check(
        &[
            "right: host-write, below: './*', answer: ask",
            "right: host-write, below: ./a, answer: ask",
            "right: host-write, below: ./a/b, answer: refuse",
        ],
        &[
            "p.yaml:7:37: warning: `./*` is one place, not a pattern\n  help: name a folder: what is below it counts",
            "p.yaml:9:9: warning: this line decides nothing: the one at 8:9 comes first\n  help: remove it, or move it up",
        ],
    );
    // An entry that has such lines is not without effect.
    check(&["right: time, answer: refuse"], &[]);
}

/// What a person is told to put in an entry's place has all that it had.
#[test]
fn suggested_lines_keep_what_the_entry_has() {
    let text = "version: 1\nplugins:\n  publisher:\n    callers: [a, b-*]\n    allow: { secrets: [k], events: { on: [\"*\"] } }\n    elevation:\n      - { right: host-write, below: ./site, answer: allow, uses: 3, for: 90s }\n      - { right: network, answer: refuse }\n";
    let policy = read(text, PolicyOrigin::Named).unwrap();
    let manifest = r#"{ "permissions": { "events": { "emit": ["x.y"] } } }"#;
    let manifest = parse(Source::new("aether-plugin.json", manifest)).unwrap();
    let identity =
        Identity { name: "publisher".into(), version: String::new(), digest: "b3:1".into() };
    let decision = decide(&Input {
        manifest: &manifest,
        identity: &identity,
        policy: Some(&policy),
        engine: crate::grant::Engine::default(),
        narrowing: None,
        mounts: &[],
        consents: None,
        unattended: true,
        now: "2026-11-23T12:00:00Z".parse().unwrap(),
    });
    let Decision::Refused(refused) = decision else { panic!("{decision:?}") };
    let lines = format!("version: 1\n{}", refused.policy.unwrap());
    let again = read(&lines, PolicyOrigin::Named).unwrap();
    let (old, new) = (policy.rule_for("publisher").unwrap(), again.rule_for("publisher").unwrap());
    let shown = |rule: &crate::policy::Rule| {
        let lines: Vec<String> = rule.elevation.iter().map(ToString::to_string).collect();
        (lines, rule.allows_caller("a"), rule.allows_caller("b-c"), rule.allows_caller("c"))
    };
    assert_eq!(shown(old), shown(new), "{lines}");
    let allow = &new.allow.permissions;
    assert_eq!((allow.secrets.len(), allow.emit.len(), allow.on.len()), (1, 1, 1), "{lines}");
}

/// Lines that decide differently make another grant.
#[test]
fn the_digest_of_a_grant_is_of_its_lines_too() {
    let digest = |lines: &[&str]| grant(&policy(lines).unwrap(), &[]).digest().to_owned();
    let time = "right: time, most: 5m, answer: ask";
    let memory = "right: memory, most: 5MB, answer: ask";
    let one = digest(&[time, memory]);
    assert_eq!(one, digest(&[time, memory]));
    assert_ne!(one, digest(&[memory, time]));
    assert_ne!(one, digest(&["right: time, most: 5m, answer: allow", memory]));
}
