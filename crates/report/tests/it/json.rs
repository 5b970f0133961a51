//! JSON: the whole record, inert, and readable back.

use aether_report::{ParseError, RunRecord, SCHEMA, json, parse, schema};
use serde_json::Value;

use crate::fixture::{hostile, many, triage};
use crate::incident::{crowd, incident};
use crate::{HOSTILE, is_inert};

#[test]
fn a_record_comes_back_as_it_was() {
    for record in [triage(), RunRecord::default(), many(200), incident(), crowd(40)] {
        assert_eq!(parse(&json(&record)).unwrap(), record);
    }
    for text in HOSTILE {
        assert_eq!(parse(&json(&hostile(text))).unwrap(), hostile(text));
    }
}

#[test]
fn the_form_has_a_name_and_words() {
    let text = json(&triage());
    for part in [
        r#""schema": "aether-report/1""#,
        r#""unsafe": false"#,
        r#""kind": "done""#,
        r#""state": "degraded""#,
        r#""verdict": "denied""#,
    ] {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
}

#[test]
fn hostile_text_is_inert() {
    for text in HOSTILE {
        let out = json(&hostile(text));
        assert!(is_inert(&out), "{text:?}");
    }
    assert!(json(&hostile(&"x".repeat(1_000_000))).len() < 1_500_000);
}

#[test]
fn other_texts_are_refused() {
    assert!(matches!(parse(""), Err(ParseError::Json(_))));
    assert!(matches!(parse("{}"), Err(ParseError::Json(_))));
    assert!(matches!(parse(&"[".repeat(100_000)), Err(ParseError::Json(_))));
    let later = json(&triage()).replace(SCHEMA, "aether-report/2\\u001b[2J");
    let Err(error @ ParseError::Schema { .. }) = parse(&later) else { panic!() };
    let said = error.to_string();
    assert_eq!(said, "the report has the form `aether-report/2\\u{1b}[2J`, not `aether-report/1`");
    assert!(matches!(parse(&" ".repeat(aether_report::MAX_RECORD + 1)), Err(ParseError::TooLong)));
}

#[test]
fn a_record_without_the_newer_fields_is_read() {
    const NEWER: [&str; 12] = [
        "more_denied",
        "other_destinations",
        "findings",
        "ladder",
        "egress",
        "occurrences",
        "why",
        "messages",
        "more_messages",
        "shared",
        "denials",
        "processes",
    ];
    fn without(value: &mut Value) {
        match value {
            Value::Array(values) => values.iter_mut().for_each(without),
            Value::Object(entries) => {
                entries.retain(|key, _| !NEWER.contains(&key.as_str()));
                entries.values_mut().for_each(without);
            }
            _ => {}
        }
    }
    let mut older = serde_json::to_value(triage()).unwrap();
    // Where the older form has an elevation's reason, the word is the same.
    older["cells"][1]["elevations"] = Value::Array(Vec::new());
    let mut expect = triage();
    expect.cells[1].elevations.clear();
    without(&mut older);
    assert_eq!(parse(&older.to_string()).unwrap(), expect);
}

#[test]
fn the_schema_describes_what_is_written() {
    let schema = schema();
    assert_eq!(schema["title"], "The record of a run of Aether");
    assert!(schema.get("$id").is_none());
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(schema["properties"]["schema"]["const"], SCHEMA);
    let record = serde_json::to_value(incident()).unwrap();
    described(&record, &schema, &schema);
}

#[test]
fn the_committed_schema_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/report.schema.json");
    let current = format!("{:#}\n", schema());
    if std::env::var_os("AETHER_BLESS").is_some() {
        std::fs::write(path, &current).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap();
    assert!(committed == current, "write it anew: aether schema report > docs/report.schema.json");
}

/// Whether every field of a value stands in its schema, and every field that the schema requires
/// in the value.
fn described(value: &Value, schema: &Value, root: &Value) {
    let schema = match schema["$ref"].as_str() {
        Some(to) => root.pointer(to.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    if let Some(one) = schema["anyOf"].as_array().filter(|_| !value.is_null()) {
        return described(value, &one[0], root);
    }
    match value {
        Value::Array(values) => {
            values.iter().for_each(|each| described(each, &schema["items"], root));
        }
        Value::Object(entries) => {
            for (key, each) in entries {
                let property = &schema["properties"][key];
                assert!(!property.is_null(), "{key} is not in {schema}");
                described(each, property, root);
            }
            for key in schema["required"].as_array().into_iter().flatten() {
                assert!(entries.contains_key(key.as_str().unwrap()), "{key}");
            }
        }
        _ => {}
    }
}
