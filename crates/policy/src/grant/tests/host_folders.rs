//! Folders of the host under other names.

use super::fixture::Case;
use crate::policy::PolicyOrigin;

const READS: &str = r#"{ "filesystem": { "read": ["/logs/**"] } }"#;

#[test]
fn a_folder_under_another_name_must_be_named_by_someone() {
    let check = |allow: &str, host: &str, typed: bool, expect: &str| {
        let case = Case::asking(READS)
            .under(&format!("allow: {{ filesystem: {{ {allow} }} }}"))
            .mounted("/logs", host, typed);
        assert_eq!(case.verdict(), expect, "{allow} {host} {typed}");
    };
    let plain = "read: ['/logs/**']";
    check(plain, "/logs", false, "granted");
    check(plain, "/home/a/mail", true, "granted");
    check(plain, "/home/a/mail", false, "mount-not-named");
    check("read: ['/logs/**', '/home/a/mail/**']", "/home/a/mail", false, "granted");
    check("read: ['/logs/**', '/home/a/mail/*']", "/home/a/mail", false, "mount-not-named");
    check(
        "read: ['/logs/**'], write: ['/home/a/mail/**']",
        "/home/a/mail",
        false,
        "mount-not-named",
    );
    check("read: ['/logs/**', '/a/**']", "/a/../home", false, "mount-not-named");
    check("read: ['/**']", "/home/a/mail", false, "granted");
}

#[test]
fn a_folder_below_the_pattern_counts_too() {
    let case = |typed| {
        let case = Case::asking(READS).under("allow: { filesystem: { read: ['/logs/**'] } }");
        case.mounted("/logs", "/logs", false).mounted("/logs/x", "/etc", typed)
    };
    assert_eq!(case(false).verdict(), "mount-not-named");
    assert_eq!(case(true).verdict(), "granted");
}

#[test]
fn a_found_policy_does_not_grant_what_lies_sensitively_on_the_host() {
    let check = |request: &str, host: &str, typed: bool, expect: &str| {
        let policy =
            "version: 1\nplugins: { log-reader: { allow: { filesystem: { read: ['/**'] } } } }";
        let permissions = format!(r#"{{ "filesystem": {{ "read": ["{request}"] }} }}"#);
        let case = Case::asking(&permissions).under_policy(policy, PolicyOrigin::Discovered);
        assert_eq!(
            case.mounted("/workspace", host, typed).verdict(),
            expect,
            "{request} {host} {typed}"
        );
    };
    check("./in/", "/home/a/project", true, "granted");
    check("./in/", "/root/project", true, "granted");
    check("./in/", "/root/project", false, "sensitive-place");
    check("./", "/home/a", true, "sensitive-place");
    check("./", "/root", true, "sensitive-place");
    check("./.ssh/config", "/srv/x", true, "sensitive-place");
    check("./config", "/home/a/.ssh", false, "sensitive-place");
}

#[test]
fn a_review_says_where_a_folder_really_is() {
    let case = Case::asking(READS).mounted("/logs", "/home/a/mail", false);
    let crate::grant::Decision::Ask(review) = case.decide() else { panic!() };
    let note = review.lines.first().map(|line| (line.risk.as_str(), line.note.as_str()));
    assert_eq!(
        note,
        Some((
            "high",
            "it can read files of this machine; `/logs` is this machine's `/home/a/mail`"
        ))
    );
}

/// A person agrees to a folder, not to its name: also where a person named it.
#[test]
fn a_review_always_says_where_a_folder_really_is() {
    let note = |request: &str, root: &str, host: &str| {
        let case = Case::asking(&format!(r#"{{ "filesystem": {{ "read": ["{request}"] }} }}"#));
        let crate::grant::Decision::Ask(review) = case.mounted(root, host, true).decide() else {
            panic!()
        };
        let line = review.lines.first().unwrap();
        (line.risk.as_str(), line.note.clone())
    };
    let logs = "it can read files of this machine; `/logs` is this machine's `/home/a/mail`";
    assert_eq!(note("/logs/**", "/logs", "/home/a/mail"), ("medium", logs.to_owned()));
    let here =
        "it can read files of the folder you are in; `/workspace` is this machine's `/srv/p`";
    assert_eq!(note("./in/**", "/workspace", "/srv/p"), ("low", here.to_owned()));
    let same = "it can read files of this machine".to_owned();
    assert_eq!(note("/logs/**", "/logs", "/logs"), ("medium", same));
}

#[test]
fn the_hosts_own_process_is_granted_by_nobody() {
    let case = |typed| Case::asking(READS).mounted("/logs", "/proc/7", typed).showing_host();
    let allow = "allow: { filesystem: { read: ['/logs/**', '/proc/7/'] } }";
    for case in [case(true), case(false), case(true).under(allow), case(false).unattended()] {
        assert_eq!(case.verdict(), "host-process");
        let crate::grant::Decision::Refused(refused) = case.decide() else { panic!() };
        let [refusal] = refused.refusals.as_slice() else { panic!("{refused:?}") };
        assert_eq!(
            refusal.to_diagnostic().to_string(),
            "aether-plugin.json:1:45: error: reading `/logs/**` is refused: it leads to `/proc/7`, where the kernel shows the host's own process\n  help: no policy allows it: leave it out, and ask for variables by name under `environment`"
        );
        assert_eq!((&refused.policy, &refusal.fix), (&None, &None));
    }
    // What a pattern holds below counts as well, a place beside it does not.
    let below = Case::asking(READS).mounted("/logs", "/logs", true);
    assert_eq!(
        below.mounted("/logs/x", "/proc/7/fd", true).showing_host().verdict(),
        "host-process"
    );
    let beside = Case::asking(READS).mounted("/logs", "/logs", true);
    assert_eq!(beside.mounted("/other", "/proc/7", true).showing_host().verdict(), "ask");
}
