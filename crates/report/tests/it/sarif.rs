//! SARIF: the structure that the standard and GitHub ask for.

use aether_report::*;
use serde_json::Value;

use crate::fixture::{hostile, many, triage};
use crate::incident::{crowd, incident};
use crate::{HOSTILE, is_inert};

fn parsed(record: &RunRecord) -> Value {
    serde_json::from_str(&sarif(record)).unwrap()
}

/// What SARIF 2.1.0 requires of the objects used here, and what GitHub requires beyond it.
fn check(record: &RunRecord) -> Value {
    let log = parsed(record);
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(log["runs"].as_array().unwrap().len(), 1);
    let run = &log["runs"][0];
    assert_eq!(run["tool"]["driver"]["name"], "Aether");
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for rule in rules {
        assert!(rule["id"].is_string());
        for text in ["shortDescription", "fullDescription", "help"] {
            assert!(!rule[text]["text"].as_str().unwrap().is_empty());
        }
    }
    assert!(run["invocations"][0]["executionSuccessful"].is_boolean());
    let results = run["results"].as_array().unwrap();
    assert!(results.len() <= MAX_SARIF_RESULTS && rules.len() <= MAX_SARIF_RULES);
    results.iter().for_each(|result| check_result(result, rules));
    log
}

fn check_result(result: &Value, rules: &[Value]) {
    let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(result["ruleId"], rules[index]["id"]);
    assert!(matches!(result["level"].as_str(), Some("error" | "warning" | "note" | "none")));
    let is_failure = result["kind"] == "fail";
    assert_eq!(is_failure, result["level"] != "none", "only failures have a level");
    assert!(!result["message"]["text"].as_str().unwrap().is_empty());
    assert!(result["occurrenceCount"].as_u64().unwrap() >= 1);
    let prints = result["partialFingerprints"].as_object().unwrap();
    assert!(prints["primaryLocationLineHash"].as_str().unwrap().ends_with(":1"));
    assert_eq!(result["locations"].as_array().unwrap().len(), 1);
    let location = &result["locations"][0];
    assert!(location["logicalLocations"][0]["name"].is_string());
    let Some(physical) = location.get("physicalLocation") else { return };
    let uri = physical["artifactLocation"]["uri"].as_str().unwrap();
    assert!(uri.is_ascii() && !uri.contains([' ', '<', '"', '\\']), "{uri}");
    if let Some(region) = physical.get("region") {
        assert!(region["startLine"].as_u64().unwrap() >= 1);
        assert!(region["startColumn"].as_u64().unwrap() >= 1);
    }
}

#[test]
fn refusals_stand_at_their_manifest_lines() {
    let log = check(&triage());
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 3);
    let first = &results[0];
    assert_eq!(first["ruleId"], "file-read-denied");
    assert_eq!(first["level"], "warning");
    assert_eq!(
        first["message"]["text"],
        "ssh-findings: ssh-findings asked for /etc/shadow, which its grant does not cover (3 times). \
         To allow it: \"read\": [\"/var/log/**\", \"/etc/shadow\"]"
    );
    let physical = &first["locations"][0]["physicalLocation"];
    assert_eq!(physical["artifactLocation"]["uri"], "plugins/ssh-findings/aether-plugin.json");
    assert_eq!(physical["region"]["startLine"], 6);
    assert!(results[2]["locations"][0].get("physicalLocation").is_none(), "no place is made up");
}

#[test]
fn odd_records_are_valid_too() {
    check(&RunRecord::default());
    check(&many(200));
    let mut record = triage();
    record.cells[1].violations = vec![Violation {
        verdict: Verdict::Violation,
        manifest: Some(Location::default()),
        ..Violation::default()
    }];
    let log = check(&record);
    let result = &log["runs"][0]["results"][0];
    assert_eq!((&result["ruleId"], &result["level"]), (&"other".into(), &"error".into()));
}

#[test]
fn the_worst_are_kept_when_there_are_too_many() {
    let mut record = triage();
    let one = record.cells[1].violations[0].clone();
    record.cells[1].violations = vec![one.clone(); MAX_SARIF_RESULTS];
    record.cells[2].violations =
        vec![Violation { verdict: Verdict::Violation, rule: "syscall-denied".into(), ..one }];
    let log = check(&record);
    assert_eq!(log["runs"][0]["results"][0]["ruleId"], "syscall-denied");
    let notes = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    assert_eq!(notes[0]["message"]["text"], "1 results are left out; report.json has them all");
}

#[test]
fn what_is_only_counted_is_a_notification() {
    let mut record = triage();
    record.cells[1].more_denied = 1000;
    record.cells[2].other_destinations = 34;
    let log = check(&record);
    let notes = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    let all: Vec<(&Value, &Value)> = notes
        .as_array()
        .unwrap()
        .iter()
        .map(|note| (&note["level"], &note["message"]["text"]))
        .collect();
    let warning = Value::from("warning");
    let denied = Value::from("find: 1,000 more refusals, counted alone");
    let others =
        "write: 34 more requests, counted alone, to destinations that are not listed".into();
    assert_eq!(all, [(&warning, &denied), (&warning, &others)]);
}

#[test]
fn hostile_text_is_inert() {
    for text in HOSTILE {
        let out = sarif(&hostile(text));
        assert!(is_inert(&out), "{text:?}");
        check(&hostile(text));
    }
    assert!(sarif(&hostile(&"x".repeat(1_000_000))).len() < 400_000);
}

#[test]
fn findings_are_results_with_rules_of_their_own() {
    let log = check(&incident());
    let results = log["runs"][0]["results"].as_array().unwrap();
    let of = |rule: &str| results.iter().find(|result| result["ruleId"] == rule).unwrap();
    let sure = of("noticed-credential-hunt");
    assert_eq!((&sure["kind"], &sure["level"]), (&"fail".into(), &"error".into()));
    assert_eq!((&sure["rank"], &sure["properties"]["layer"]), (&97.into(), &"rule".into()));
    assert_eq!(sure["properties"]["evidence"].as_array().unwrap().len(), 3);
    let likely = of("noticed-call-burst");
    assert_eq!((&likely["kind"], &likely["level"]), (&"fail".into(), &"warning".into()));
    let hint = of("noticed-memory-growth");
    assert_eq!((&hint["kind"], &hint["level"]), (&"review".into(), &"none".into()));
}

#[test]
fn findings_leave_room_for_refusals_and_are_counted() {
    let mut record = crowd(8);
    let one = record.cells[6].findings[0].clone();
    record.cells[6].findings = vec![one; MAX_SARIF_RESULTS];
    let log = check(&record);
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert!(results.iter().any(|result| result["ruleId"] == "file-read-denied"));
    let notes = log["runs"][0]["invocations"][0]["toolExecutionNotifications"].to_string();
    assert!(notes.contains("20001 results are left out"), "{notes}");
}

#[test]
fn fingerprints_of_another_run_are_the_same() {
    let prints = |record: &RunRecord| -> Vec<Value> {
        let log = parsed(record);
        let results = log["runs"][0]["results"].as_array().unwrap();
        results.iter().map(|result| result["partialFingerprints"].clone()).collect()
    };
    let mut later = incident();
    later.run = "other".into();
    for cell in &mut later.cells {
        cell.findings.iter_mut().for_each(|each| each.at_ms += 5);
        cell.violations.iter_mut().for_each(|each| each.first_ms += 5);
    }
    assert_eq!(prints(&incident()), prints(&later));
}
