//! A violation as a result.

use serde_json::json;

use super::place::location;
use super::{GITHUB_FINGERPRINT, Reported, fingerprint, is_plain};
use crate::rules::UNKNOWN;
use crate::words::count;
use crate::{CellRecord, Verdict, Violation};

/// The version of what goes into a fingerprint: when that changes, so does this name.
const FINGERPRINT: &str = "aetherViolation/v1";

pub(super) fn reported(cell: &CellRecord, violation: &Violation) -> Reported {
    let rule = rule_id(violation);
    let print = print(cell, violation);
    let result = json!({
        "ruleId": rule,
        "kind": "fail",
        "level": level(violation.verdict),
        "message": { "text": message(cell, violation) },
        "locations": [location(cell, violation.manifest.as_ref())],
        "occurrenceCount": violation.count.max(1),
        "partialFingerprints": {
            FINGERPRINT: print,
            GITHUB_FINGERPRINT: format!("{print}:1"),
        },
        "properties": {
            "plugin": cell.plugin.name,
            "permission": violation.permission,
            "object": violation.object,
            "fix": violation.fix,
            "firstMs": violation.first_ms,
            "lastMs": violation.last_ms,
        },
    });
    Reported { rule: rule.to_owned(), result }
}

fn rule_id(violation: &Violation) -> &str {
    if is_plain(&violation.rule) { &violation.rule } else { UNKNOWN.id }
}

fn level(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Denied | Verdict::Limited => "warning",
        Verdict::Violation => "error",
    }
}

fn message(cell: &CellRecord, violation: &Violation) -> String {
    let times = match violation.count {
        0 | 1 => String::new(),
        more => format!(" ({} times)", count(more)),
    };
    let fix = violation.fix.as_ref().map(|fix| format!(" To allow it: {fix}")).unwrap_or_default();
    format!("{}: {}{times}.{fix}", cell.plugin.name, said(violation))
}

/// The message without its full stop, or what there is instead of one.
fn said(violation: &Violation) -> String {
    match violation.message.trim_end_matches('.') {
        "" => {
            format!("{} {} {}", violation.verdict.words(), violation.permission, violation.object)
        }
        text => text.to_owned(),
    }
}

/// No counts, times or columns: the same for the same refusal in another run.
fn print(cell: &CellRecord, violation: &Violation) -> String {
    let file = violation.manifest.as_ref().map_or("", |place| &place.file);
    let rule = rule_id(violation);
    fingerprint(&[&cell.plugin.name, rule, &violation.permission, &violation.object, file])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_depends_on_what_was_refused_alone() {
        let cell = CellRecord::default();
        let first = Violation { object: "/a".into(), count: 1, ..Violation::default() };
        let again = Violation { count: 9, first_ms: 5, ..first.clone() };
        let other = Violation { object: "/b".into(), ..first.clone() };
        let moved = Violation { permission: "/a".into(), ..Violation::default() };
        assert_eq!(print(&cell, &first), print(&cell, &again));
        assert_ne!(print(&cell, &first), print(&cell, &other));
        assert_ne!(print(&cell, &first), print(&cell, &moved));
    }

    #[test]
    fn rule_ids_are_plain() {
        let id = |text: &str| {
            let violation = Violation { rule: text.into(), ..Violation::default() };
            rule_id(&violation).to_owned()
        };
        assert_eq!(id("file-read-denied"), "file-read-denied");
        assert_eq!(id("my-own-2"), "my-own-2");
        for odd in ["", "Upper", "a b", "a\u{202e}", &"x".repeat(65)] {
            assert_eq!(id(odd), "other");
        }
    }
}
