//! A finding as a result.

use serde_json::json;

use super::place::location;
use super::{GITHUB_FINGERPRINT, Reported, fingerprint, is_plain};
use crate::tally::SURE;
use crate::{CellRecord, FindingRecord, Layer};

/// Before the id of a detector, so that none can pass for the rule of a refusal.
pub(super) const PREFIX: &str = "noticed-";

/// Below this many percent a finding is a note, or asks for a review.
const LIKELY: u8 = 50;

/// The version of what goes into a fingerprint: when that changes, so does this name.
const FINGERPRINT: &str = "aetherFinding/v1";

pub(super) fn reported(cell: &CellRecord, finding: &FindingRecord) -> Reported {
    let rule = rule_id(finding);
    let print = fingerprint(&[&cell.plugin.name, &rule, finding.layer.words()]);
    let (kind, level) = judged(finding);
    let result = json!({
        "ruleId": rule,
        "kind": kind,
        "level": level,
        "rank": finding.sure.min(100),
        "message": { "text": format!("{}: {}", cell.plugin.name, said(finding)) },
        "locations": [location(cell, None)],
        "occurrenceCount": finding.count.max(1),
        "partialFingerprints": {
            FINGERPRINT: print,
            GITHUB_FINGERPRINT: format!("{print}:1"),
        },
        "properties": {
            "plugin": cell.plugin.name,
            "layer": finding.layer,
            "sure": finding.sure,
            "observed": finding.observed,
            "expected": finding.expected,
            "sinceMs": finding.since_ms,
            "firstMs": finding.at_ms,
            "lastMs": finding.last_ms,
            "evidence": finding.evidence,
        },
    });
    Reported { rule, result }
}

fn rule_id(finding: &FindingRecord) -> String {
    let id = format!("{PREFIX}{}", finding.rule);
    if is_plain(&id) { id } else { format!("{PREFIX}other") }
}

/// A broken rule is a failure; what rests on figures or behaviour is one only if it is likely, and
/// otherwise something to review. The standard wants `none` as the level of all but failures.
fn judged(finding: &FindingRecord) -> (&'static str, &'static str) {
    match (finding.layer, finding.sure) {
        (_, SURE..) => ("fail", "error"),
        (_, LIKELY..) => ("fail", "warning"),
        (Layer::Rule, _) => ("fail", "note"),
        (Layer::Series | Layer::Behaviour, _) => ("review", "none"),
    }
}

fn said(finding: &FindingRecord) -> String {
    match finding.sentence.as_str() {
        "" => format!("{}, expected {}", finding.observed, finding.expected),
        sentence => sentence.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(layer: Layer, sure: u8, expect: (&str, &str)) {
        assert_eq!(judged(&FindingRecord { layer, sure, ..FindingRecord::default() }), expect);
    }

    #[test]
    fn the_kind_is_by_layer_and_the_level_by_sureness() {
        check(Layer::Rule, 100, ("fail", "error"));
        check(Layer::Rule, 0, ("fail", "note"));
        check(Layer::Series, 79, ("fail", "warning"));
        check(Layer::Series, 49, ("review", "none"));
        check(Layer::Behaviour, u8::MAX, ("fail", "error"));
    }

    #[test]
    fn a_detector_cannot_pass_for_another_rule() {
        let id =
            |rule: &str| rule_id(&FindingRecord { rule: rule.into(), ..FindingRecord::default() });
        assert_eq!(id("write-burst"), "noticed-write-burst");
        for odd in ["Upper", "a b", "a\u{202e}", &"x".repeat(65)] {
            assert_eq!(id(odd), "noticed-other");
        }
    }
}
