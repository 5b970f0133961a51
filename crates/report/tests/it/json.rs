//! JSON: the whole record, inert, and readable back.

use aether_report::{ParseError, RunRecord, SCHEMA, json, parse};

use crate::fixture::{hostile, many, triage};
use crate::{HOSTILE, is_inert};

#[test]
fn a_record_comes_back_as_it_was() {
    for record in [triage(), RunRecord::default(), many(200)] {
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
