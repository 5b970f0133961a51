//! What holds for every request and policy.

use aether_path::{PathPattern, VirtualPath};
use proptest::prelude::*;

use super::fixture::Case;
use crate::grant::{Decision, Grant};
use crate::policy::PolicyOrigin;

/// Patterns over few names, so that they often meet.
fn pattern() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["a", "b", "ab", "*", "a*", "?", "**", "workspace"]);
    (prop::collection::vec(name, 1..4), any::<bool>(), any::<bool>()).prop_map(
        |(names, relative, tree)| {
            format!(
                "{}{}{}",
                if relative { "./" } else { "/" },
                names.join("/"),
                if tree { "/" } else { "" }
            )
        },
    )
}

fn patterns() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(pattern(), 0..4)
}

fn paths() -> impl Strategy<Value = Vec<VirtualPath>> {
    let name = prop::sample::select(vec!["a", "b", "ab", "abc", "workspace"]);
    let path = prop::collection::vec(name, 0..5)
        .prop_map(|names| VirtualPath::parse(&format!("/{}", names.join("/"))).unwrap());
    prop::collection::vec(path, 30)
}

fn permissions(read: &[String], write: &[String]) -> String {
    serde_json::json!({ "filesystem": { "read": read, "write": write } }).to_string()
}

fn names(patterns: &[String], path: &VirtualPath) -> bool {
    patterns.iter().any(|text| PathPattern::parse(text).unwrap().matches(path))
}

fn granted(case: &Case) -> Option<Grant> {
    match case.decide() {
        Decision::Granted(grant) => Some(*grant),
        Decision::Ask(review) => Some(review.accept()),
        Decision::Refused(_) => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever is granted was requested, is allowed, and is left by the step.
    #[test]
    fn nothing_is_widened(read in patterns(), write in patterns(), allowed_read in patterns(), allowed_write in patterns(), left_read in patterns(), left_write in patterns(), paths in paths(), with_policy: bool) {
        let mut case = Case::asking(&permissions(&read, &write)).narrowed(&permissions(&left_read, &left_write));
        if with_policy {
            case = case.under(&format!("allow: {}", permissions(&allowed_read, &allowed_write)));
        }
        if let Some(grant) = granted(&case) {
            for path in &paths {
                if grant.may_read(path).is_ok() {
                    prop_assert!(names(&read, path) && names(&left_read, path));
                    prop_assert!(!with_policy || names(&allowed_read, path));
                }
                if grant.may_write(path).is_ok() {
                    prop_assert!(names(&write, path) && names(&left_write, path));
                    prop_assert!(!with_policy || names(&allowed_write, path));
                }
            }
        }
    }

    /// Without a step, all that was requested is granted or nothing is.
    #[test]
    fn nothing_is_granted_in_part(read in patterns(), write in patterns(), allowed in patterns(), paths in paths()) {
        let case = Case::asking(&permissions(&read, &write)).under(&format!("allow: {}", permissions(&allowed, &allowed)));
        if let Some(grant) = granted(&case) {
            for path in &paths {
                prop_assert_eq!(grant.may_read(path).is_ok(), names(&read, path));
                prop_assert_eq!(grant.may_write(path).is_ok(), names(&write, path));
            }
        }
    }

    /// The policy that is suggested allows the request, and no other file.
    #[test]
    fn the_suggested_policy_is_exact(read in patterns(), write in patterns(), paths in paths()) {
        let case = Case::asking(&permissions(&read, &write)).unattended();
        let Decision::Refused(refused) = case.decide() else { return Ok(()) };
        let case = case.under_policy(&refused.policy.unwrap(), PolicyOrigin::Named);
        prop_assert_eq!(case.verdict(), "granted");
        let allow = &case.policy.as_ref().unwrap().rules.first().unwrap().allow.permissions;
        for path in &paths {
            prop_assert_eq!(allow.read.iter().any(|entry| entry.value.matches(path)), names(&read, path));
            prop_assert_eq!(allow.write.iter().any(|entry| entry.value.matches(path)), names(&write, path));
        }
    }

    /// Under a policy that refuses, the lines it suggests make it allow.
    #[test]
    fn suggested_lines_lift_the_refusal(read in patterns(), write in patterns(), allowed in patterns(), host in "[ -~]{1,12}") {
        let case = |_: ()| Case::asking(&permissions(&read, &write)).mounted("/a", &format!("/{host}"), false);
        let first = case(()).under(&format!("allow: {}", permissions(&allowed, &allowed)));
        let Decision::Refused(refused) = first.decide() else { return Ok(()) };
        prop_assume!(refused.refusals.iter().all(|refusal| refusal.fix.is_some()));
        let policy = format!("version: 1\n{}", refused.policy.unwrap());
        // Lists that nothing is added to are not repeated in the lines.
        let again = case(()).under_policy(&policy, PolicyOrigin::Named);
        if let Decision::Refused(after) = again.decide() {
            let before: Vec<&str> = refused.refusals.iter().map(|refusal| refusal.what.as_str()).collect();
            prop_assert!(after.refusals.iter().all(|refusal| !before.contains(&refusal.what.as_str())), "{policy}");
        }
    }
}
