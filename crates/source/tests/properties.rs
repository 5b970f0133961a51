//! No input panics, spans lie in the text, and the two front ends agree with each other and with
//! `serde_json`.

use aether_source::{Node, Source, Value, did_you_mean, json, printable, yaml};
use proptest::prelude::*;
use serde_json::Value as Json;

fn every_span_fits(source: &Source, node: &Node) {
    let text = source.text();
    assert!(text.get(node.span.start..node.span.end).is_some(), "{:?}", node.span);
    match &node.value {
        Value::Array(items) => items.iter().for_each(|item| every_span_fits(source, item)),
        Value::Object(entries) => {
            for entry in entries {
                assert!(text.get(entry.key_span.start..entry.key_span.end).is_some());
                every_span_fits(source, &entry.value);
            }
        }
        _ => {}
    }
}

fn both(text: &str) {
    let source = Source::new("p", text);
    for result in [json(&source), yaml(&source)] {
        match result {
            Ok(node) => every_span_fits(&source, &node),
            Err(all) => {
                assert!(!all.is_empty());
                for diagnostic in all {
                    let shown = diagnostic.to_string();
                    assert_eq!(
                        shown.replacen("\n  help: ", "", 1),
                        printable(&shown.replacen("\n  help: ", "", 1))
                    );
                }
            }
        }
    }
}

/// Numbers as `f64`, because `serde_json` keeps `1` and `1.0` apart and reads some decimals one
/// unit off by default.
fn same(left: &Json, right: &Json) -> bool {
    match (left, right) {
        (Json::Number(a), Json::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap_or(f64::NAN), b.as_f64().unwrap_or(f64::NAN));
            (a - b).abs() <= a.abs() * 1e-15
        }
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => left == right,
    }
}

fn values() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Json::from),
        "[ -~é🦀\n\t]{0,12}".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            prop::collection::btree_map("[ -~é]{1,8}", inner, 0..6)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        both(&text);
    }

    #[test]
    fn text_of_the_right_letters_is_answered(
        text in "[\\[\\]{}:,\"'#&*!|>%@?~<\\\\ \n\r\ta0-9.+eéu-]{0,60}"
    ) {
        both(&text);
    }

    #[test]
    fn lines_of_yaml_are_answered(
        text in "((  ){0,3}(- |\\? |[a-c]: |[a-c]:|&a |\\*a|! |!!b |\\[|\\]|\\{|\\}|, |\\||>|\"|'|x|# |---|\\.\\.\\.|%YAML 1.2|é|\u{feff}){1,4}\n){0,8}"
    ) {
        both(&text);
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        match Source::from_bytes("p", bytes) {
            Ok(source) => both(source.text()),
            Err(diagnostic) => prop_assert!(diagnostic.place().is_some()),
        }
    }

    #[test]
    fn json_is_what_serde_json_says(text in "[\\[\\]{}:,\"\\\\ \n\ta-fnrtu/0-9.+é-]{0,24}") {
        let ours = json(&Source::new("p", text.as_str()));
        match (ours, serde_json::from_str::<Json>(&text)) {
            (Ok(node), Ok(theirs)) => prop_assert!(same(&node.to_json(), &theirs)),
            (Ok(_), Err(error)) => prop_assert!(false, "we accept what they refuse: {error}"),
            (Err(all), Ok(_)) => {
                let only = all.iter().all(|d| matches!(d.code, "duplicate-key" | "nul-character"));
                prop_assert!(only, "we refuse what they accept: {}", all[0]);
            }
            (Err(_), Err(_)) => {}
        }
    }

    #[test]
    fn what_was_written_is_read(value in values()) {
        for text in [value.to_string(), format!("{value:#}")] {
            let source = Source::new("p", text.as_str());
            let read = json(&source).map(|node| node.to_json());
            prop_assert!(read.as_ref().is_ok_and(|read| same(read, &value)), "{read:?}");
            // JSON is YAML, but for keys longer than YAML looks ahead, which these are not.
            let read = yaml(&source).map(|node| node.to_json());
            prop_assert!(read.as_ref().is_ok_and(|read| same(read, &value)), "{text} {read:?}");
        }
    }

    #[test]
    fn suggestions_are_candidates(word in ".{0,20}", known in prop::collection::vec(".{0,12}", 0..8)) {
        if let Some(near) = did_you_mean(&word, known.iter().map(String::as_str)) {
            prop_assert!(known.iter().any(|candidate| candidate == near));
        }
    }

    #[test]
    fn every_place_leads_back_to_its_line(text in "[ab\r\né]{0,40}", offset in 0_usize..60) {
        let source = Source::new("p", text.as_str());
        let place = source.place(offset);
        let line = source.line(place.line).expect("a place is on a line");
        prop_assert!(place.column as usize <= line.chars().count() + 2);
    }
}
