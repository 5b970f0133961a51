//! Every text of a record may be a plugin's: whatever stands in it, no format acts on it.

use std::collections::BTreeSet;

use aether_report::*;
use proptest::prelude::*;
use serde_json::Value;

use crate::fixture::poisoned;
use crate::html::shape;
use crate::incident::incident;
use crate::{HOSTILE, is_inert};

/// Everything that is made from a record.
fn all(record: &RunRecord) -> [String; 7] {
    [
        html(record),
        json(record),
        sarif(record),
        mermaid(record),
        trace(record),
        text(record, 100, false),
        text(record, 40, false),
    ]
}

/// Names of all fields that a record can have, by its schema.
fn fields() -> BTreeSet<String> {
    let schema = schema();
    let mut fields = BTreeSet::new();
    let types = schema["$defs"].as_object().unwrap().values().chain([&schema]);
    for properties in types.filter_map(|each| each["properties"].as_object()) {
        fields.extend(properties.keys().cloned());
    }
    fields
}

fn used(value: &Value, fields: &mut BTreeSet<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|each| used(each, fields)),
        Value::Object(entries) => {
            for (key, each) in entries.iter().filter(|(_, each)| !each.is_null()) {
                fields.insert(key.clone());
                used(each, fields);
            }
        }
        _ => {}
    }
}

#[test]
fn the_record_of_these_tests_has_every_field() {
    let mut has = BTreeSet::new();
    used(&serde_json::to_value(full()).unwrap(), &mut has);
    let missing: Vec<String> = fields().difference(&has).cloned().collect();
    assert!(missing.is_empty(), "{missing:?}");
}

fn full() -> RunRecord {
    let mut record = incident();
    record.ended = "2026-03-01T12:02:00Z".into();
    record.cells[0].mounts = vec![MountRecord { at: "/a".into(), host: "/b".into() }];
    record
}

#[test]
fn no_text_acts_or_hides_in_any_format() {
    for text in HOSTILE {
        for (at, out) in all(&poisoned(&full(), text)).iter().enumerate() {
            assert!(is_inert(out), "format {at}, {text:?}");
        }
    }
}

#[test]
fn no_text_changes_the_markup_of_the_page() {
    let expect = shape(&html(&poisoned(&full(), "word")));
    for text in HOSTILE.iter().filter(|text| !text.is_empty()) {
        assert_eq!(shape(&html(&poisoned(&full(), text))), expect, "{text:?}");
    }
}

#[test]
fn json_stays_json() {
    for text in HOSTILE {
        let record = poisoned(&full(), text);
        for out in [json(&record), sarif(&record), trace(&record)] {
            assert!(serde_json::from_str::<Value>(&out).is_ok(), "{text:?}");
        }
        assert_eq!(parse(&json(&record)).unwrap(), record);
    }
}

#[test]
fn no_text_adds_a_line_to_the_terminal_or_the_chart() {
    let lines =
        |of: fn(&RunRecord) -> String, word: &str| of(&poisoned(&full(), word)).lines().count();
    let plain = |record: &RunRecord| text(record, 80, false);
    for text in HOSTILE {
        assert!(lines(plain, text) <= lines(plain, "word"), "{text:?}");
        assert_eq!(lines(mermaid, text), lines(mermaid, "word"), "{text:?}");
    }
}

#[test]
fn texts_of_ten_megabytes_are_cut_everywhere() {
    let long = "\u{202e}<".repeat(2_500_000);
    let mut record = incident();
    record.cells.truncate(7);
    record.cells[6].plugin.name = long.clone();
    record.cells[6].step = Some(long.clone());
    record.cells[6].violations[0].object = long.clone();
    record.cells[6].findings[0].sentence = long.clone();
    record.cells[6].ladder[0].because = long.clone();
    record.edges[9].why = Some(long);
    for (at, out) in all(&record).iter().enumerate() {
        // The long texts of JSON and SARIF are themselves worth keeping.
        let most = [450_000, 1_000_000, 1_500_000, 60_000, 400_000, 30_000, 30_000][at];
        assert!(out.len() < most, "format {at}: {}", out.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn no_text_whatever_acts_or_hides(text in "\\PC{0,20}|[\\x00-\\x1f<>&\"'`#%;{}\\\\\u{200b}-\u{206f}]{0,20}") {
        for out in all(&poisoned(&full(), &text)) {
            prop_assert!(is_inert(&out));
        }
    }
}
