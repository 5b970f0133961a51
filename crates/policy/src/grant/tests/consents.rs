//! What persons are asked, and when not again.

use super::fixture::{Case, now};
use crate::grant::{AskReason, Decision, Review, Risk};

const ASKS: &str = r#"{ "filesystem": { "read": ["/var/log/**", "/home/a/.ssh/**"], "write": ["./out/"] }, "environment": ["LANG"] }"#;

fn review(case: &Case) -> Review {
    match case.decide() {
        Decision::Ask(review) => *review,
        _ => panic!("{}", case.verdict()),
    }
}

/// The case, after a person allowed always what was asked of it.
fn remembering(mut case: Case) -> Case {
    let consent = review(&case).consent(now());
    case.consents.remember(consent);
    case
}

#[test]
fn a_review_lists_everything_the_greatest_risk_first() {
    let review = review(&Case::asking(ASKS));
    let lines: Vec<String> = review
        .lines
        .iter()
        .map(|line| {
            format!("{} {} {}: {}", line.risk.as_str(), line.permission, line.resource, line.note)
        })
        .collect();
    assert_eq!(
        lines,
        [
            "high filesystem.read /home/a/.ssh/**: it can read SSH keys",
            "medium filesystem.read /var/log/**: it can read files of this machine",
            "medium filesystem.write ./out/: it can change files of the folder you are in, once you apply its changes",
            "low environment LANG: it learns this variable's value",
        ]
    );
    assert_eq!(review.reason, AskReason::NoPolicy);
    assert!(Risk::Low < Risk::High);
}

#[test]
fn raised_limits_are_part_of_the_review() {
    let review =
        review(&Case::of(r#"{ "permissions": {}, "resources": { "memory": "1GB", "cpu": 0.5 } }"#));
    let limits: Vec<String> = review
        .limits
        .iter()
        .map(|limit| format!("{} {} {}", limit.limit, limit.value, limit.default))
        .collect();
    assert_eq!(limits, ["memory 1GB 256MB"]);
}

#[test]
fn an_accepted_review_is_the_grant() {
    let grant = review(&Case::asking(ASKS)).accept();
    assert_eq!(grant.lines().count(), 4);
}

#[test]
fn a_remembered_answer_counts_for_the_same_request_alone() {
    let case = remembering(Case::asking(ASKS));
    assert_eq!(case.verdict(), "granted");
    let again = |change: &dyn Fn(&mut Case)| {
        let mut case = remembering(Case::asking(ASKS));
        change(&mut case);
        case.verdict()
    };
    assert_eq!(again(&|case| case.unattended = true), "granted");
    assert_eq!(again(&|case| case.identity.digest = "b3:other".to_owned()), "ask");
    assert_eq!(
        again(&|case| case.manifest = Case::asking(r#"{ "environment": ["LANG"] }"#).manifest),
        "ask"
    );
    assert_eq!(
        again(&|case| case.mounts = Case::asking("{}").mounted("/var/log", "/srv", false).mounts),
        "ask"
    );
    assert_eq!(
        again(&|case| case.mounts = Case::asking("{}").mounted("/var/log", "/srv", true).mounts),
        "granted"
    );
    assert_eq!(
        again(
            &|case| case.mounts = Case::asking("{}").mounted("/var/log", "/var/log", false).mounts
        ),
        "granted"
    );
}

#[test]
fn an_answer_to_the_whole_request_holds_for_a_step_that_leaves_something_out() {
    let case = remembering(Case::asking(ASKS)).narrowed(r#"{ "environment": ["LANG"] }"#);
    assert_eq!(case.verdict(), "granted");
    let narrow = remembering(Case::asking(ASKS).narrowed(r#"{ "environment": ["LANG"] }"#));
    assert_eq!(narrow.verdict(), "granted");
    let wide = Case { narrowing: None, ..narrow };
    assert_eq!(wide.verdict(), "ask");
}

#[test]
fn a_policy_can_want_a_person_too() {
    let case = || {
        Case::asking(r#"{ "environment": ["LANG"] }"#)
            .under("consent: ask, allow: { environment: [LANG] }")
    };
    assert_eq!(review(&case()).reason, AskReason::PolicyAsks);
    assert_eq!(case().unattended().verdict(), "consent-needed");
    assert_eq!(remembering(case()).unattended().verdict(), "granted");
}

#[test]
fn a_person_does_not_widen_a_policy() {
    let mut case = remembering(Case::asking(ASKS));
    case = case.under("consent: ask, allow: { environment: [LANG] }");
    assert_eq!(case.verdict(), "not-allowed not-allowed not-allowed");
}
