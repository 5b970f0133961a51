//! No text panics, whatever it holds where.

use aether_manifest::{
    DomainError, DomainPattern, DomainProblem, EnvName, PluginName, TopicPattern, parse,
    parse_duration, parse_size,
};
use aether_source::Source;
use proptest::prelude::*;
use serde_json::{Value, json};

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u32>().prop_map(Value::from),
        any::<f32>().prop_filter("finite", |number| number.is_finite()).prop_map(Value::from),
        "[ -~]{0,10}".prop_map(Value::from),
        "(GET |\\*\\*?\\.)?[a-z.:0-9*]{0,12}(/[a-z*?]{0,4}){0,3}".prop_map(Value::from),
        "[0-9.]{0,4} ?(MB|s|ms|B)?".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(
                "[a-z]{1,6}|read|write|domains|inbound|emit|on|params",
                inner,
                0..4
            )
            .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

fn answered(text: &str) {
    let source = Source::new("m", text);
    match parse(source.clone()) {
        Ok(manifest) => {
            for permission in aether_manifest::Permission::ALL {
                for entry in manifest.permissions.entries(permission) {
                    assert!(text.get(entry.span.start..entry.span.end).is_some());
                }
            }
        }
        Err(all) => assert!(all.iter().any(aether_source::Diagnostic::is_error)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text(text in any::<String>()) {
        answered(&text);
        let _ = (parse_size(&text), parse_duration(&text), DomainPattern::parse(&text));
        let _ = (PluginName::parse(&text), EnvName::parse(&text), TopicPattern::parse(&text));
    }

    #[test]
    fn any_value_in_any_field(
        key in "name|version|api|runtime|entry|engine|permissions|resources|exports|compat|description|[a-z]{1,8}",
        field in value(),
    ) {
        answered(&json!({ "permissions": {}, key: field }).to_string());
    }

    #[test]
    fn any_value_in_any_permission(
        section in "filesystem|network|environment|process|plugins|secrets|events",
        list in "read|write|domains|inbound|emit|on",
        field in value(),
        nested in any::<bool>(),
    ) {
        let inner = if nested { json!({ list: field }) } else { field };
        answered(&json!({ "permissions": { section: inner } }).to_string());
    }

    #[test]
    fn a_domain_pattern_covers_itself(text in "(GET |PUT,GET )?(\\*\\*?\\.)?[a-z]{1,3}(\\.[a-z]{1,3}){1,2}(:[1-9][0-9]{0,3})?(/[a-z]{1,3}|/\\*|/\\*\\*){0,3}") {
        let parsed = DomainPattern::parse(&text);
        // Chance writes names below which everybody can have one, such as `a.er`.
        let shared = |error: &DomainError| *error.problem() == DomainProblem::Shared;
        prop_assume!(!parsed.as_ref().is_err_and(shared));
        let pattern = parsed.expect("written by the rules");
        prop_assert!(pattern.covers(&pattern));
        let again = DomainPattern::parse(pattern.as_str()).expect("as before");
        prop_assert_eq!(pattern, again);
    }

    /// A pattern that covers another allows whatever the other does, and two that both allow something
    /// meet.
    #[test]
    fn paths_that_are_covered_are_allowed(
        wide in "(/(\\*\\*|[ab*]{1,2})){1,4}/?",
        narrow in "(/(\\*\\*|[ab*]{1,2})){1,4}/?",
        path in "(/[ab]{1,2}){1,4}/?",
    ) {
        let parse = |text: String| DomainPattern::parse(&format!("a.example{text}"));
        let (Ok(wide), Ok(narrow)) = (parse(wide), parse(narrow)) else { return Ok(()) };
        let (wide, narrow) = (wide.path().unwrap(), narrow.path().unwrap());
        prop_assert!(wide.covers(wide) && wide.meets(wide));
        let (of_wide, of_narrow) = (wide.matches(&path), narrow.matches(&path));
        prop_assert!(!(wide.covers(narrow) && of_narrow) || of_wide);
        prop_assert!(!(of_wide && of_narrow) || wide.meets(narrow));
        prop_assert!(!wide.covers(narrow) || wide.meets(narrow));
        prop_assert_eq!(wide.meets(narrow), narrow.meets(wide));
    }

    /// What covers names whatever the covered one names, and nothing covers what it does not name.
    #[test]
    fn topics_that_are_covered_are_named(
        wide in "(\\*|[ab](\\.[ab]){0,2}(\\.\\*)?)",
        narrow in "(\\*|[ab](\\.[ab]){0,2}(\\.\\*)?)",
        topic in "[ab](\\.[ab]){0,3}",
    ) {
        let [wide, narrow] = [wide, narrow].map(|text| TopicPattern::parse(&text).expect("written by the rules"));
        prop_assert!(wide.covers(&wide));
        prop_assert!(!(wide.covers(&narrow) && narrow.matches(&topic)) || wide.matches(&topic));
        let alone = TopicPattern::parse(&topic).expect("written by the rules");
        prop_assert_eq!(wide.covers(&alone), wide.matches(&topic));
    }

    #[test]
    fn sizes_are_exact(whole in 0_u64..1_000_000, unit in 0_usize..4) {
        let (name, scale) = [("B", 1), ("KB", 1 << 10), ("MiB", 1 << 20), ("GB", 1_u64 << 30)][unit];
        prop_assert_eq!(parse_size(&format!("{whole}{name}")).unwrap(), whole * scale);
    }
}
