//! Schemas of a manifest, compiled and used.

use std::time::{Duration, Instant};

use aether_manifest::parse;
use aether_schema::limits::{MAX_PATTERN, MAX_PATTERNS, MAX_STEPS, MISMATCHES};
use aether_schema::{Contracts, Unfit};
use aether_source::Source;
use proptest::prelude::*;
use serde_json::{Value, json};

fn contracts(exports: &str) -> Result<Contracts, Vec<String>> {
    let text = format!("{{ \"permissions\": {{}},\n\"exports\": {exports} }}");
    let manifest = parse(Source::new("m", text)).expect("a manifest");
    Contracts::of(&manifest).map_err(|all| all.iter().map(ToString::to_string).collect())
}

fn method(schema: &str) -> Result<Contracts, Vec<String>> {
    contracts(&format!("{{ \"run\": {{ \"params\":\n{schema} }} }}"))
}

fn check(schema: &Value, value: &Value) -> Result<(), Unfit> {
    method(&schema.to_string()).expect("a schema").check_params("run", value)
}

#[track_caller]
fn told(schema: Value, value: &Value, expect: &[&str]) {
    let told = match check(&schema, value) {
        Ok(()) => Vec::new(),
        Err(Unfit::Mismatch(all)) => all.iter().map(ToString::to_string).collect(),
        Err(other) => vec![other.to_string()],
    };
    assert_eq!(told, expect, "{schema} for {value}");
}

#[track_caller]
fn refused(schema: &str, expect: &[&str]) {
    let problems = method(schema).expect_err("no schema");
    assert_eq!(problems, expect, "{schema}");
}

#[test]
fn values_are_held_against_what_was_declared() {
    let schema = json!({
        "type": "object",
        "properties": {
            "path": { "type": "string", "pattern": "^[a-z/]+$", "maxLength": 10 },
            "lines": { "type": "array", "items": { "type": "integer", "minimum": 1 } },
        },
        "required": ["path"],
        "additionalProperties": false,
    });
    told(schema.clone(), &json!({ "path": "a/b", "lines": [1, 2] }), &[]);
    told(schema.clone(), &json!(3), &["value is not of type \"object\""]);
    told(
        schema,
        &json!({ "lines": [1, 0, "x"], "pth": "a" }),
        &[
            "at `/lines/1`: value is less than the minimum of 1",
            "at `/lines/2`: value is not of type \"integer\"",
            "additional properties are not allowed ('pth' was unexpected)",
            "\"path\" is a required property",
        ],
    );
}

#[test]
fn what_is_not_described_fits() {
    let none =
        contracts("{ \"run\": {}, \"two\": { \"result\": { \"type\": \"null\" } } }").unwrap();
    assert!(none.check_params("run", &json!([1])).is_ok());
    assert!(none.check_result("other", &json!([1])).is_ok());
    assert!(none.check_params("two", &json!([1])).is_ok());
    assert!(none.check_result("two", &json!([1])).is_err());
    assert!(none.get("other").is_none() && none.get("run").is_some());
}

#[test]
fn a_schema_may_describe_trees() {
    let tree = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": "#/$defs/node",
        "$defs": { "node": {
            "properties": {
                "name": { "type": "string" },
                "children": { "type": "array", "items": { "$ref": "#/$defs/node" } },
            },
        } },
    });
    told(tree.clone(), &json!({ "children": [{ "children": [{ "name": "x" }] }] }), &[]);
    let wrong = json!({ "children": [{ "children": [{ "name": 1 }] }] });
    told(tree, &wrong, &["at `/children/0/children/0/name`: value is not of type \"string\""]);
    let whole = json!({ "items": { "$ref": "#" }, "type": "array" });
    told(whole.clone(), &json!([[], [[]]]), &[]);
    told(whole, &json!([[], [1]]), &["at `/1/0`: value is not of type \"array\""]);
}

#[test]
fn what_is_wrong_is_shown_in_its_place() {
    refused(
        "{ \"typ\": \"string\" }",
        &["m:3:3: error: unknown key `typ`\n  help: did you mean `type`?"],
    );
    refused(
        "{ \"properties\": {\n \"a\": { \"type\": \"strnig\" } } }",
        &[
            "m:4:17: error: `strnig` is not one of `array`, `boolean`, `integer`, `null`, `number`, `object` or `string`\n  help: did you mean `string`?",
        ],
    );
    refused(
        "{ \"minLength\": -1 }",
        &["m:3:16: error: this is not JSON Schema: it is less than the minimum of 0"],
    );
    refused(
        "{ \"items\": 3, \"not\": null }",
        &[
            "m:3:12: error: expected a JSON Schema: an object, `true` or `false`, found a number",
            "m:3:22: error: expected a JSON Schema: an object, `true` or `false`, found nothing\n  help: give a value or remove the key",
        ],
    );
    let out = "write \"#/$defs/name\" for what stands in `$defs`, or \"#\" for the whole schema";
    for elsewhere in [
        "https://example.com/s.json",
        "file:///etc/passwd",
        "other.json",
        "#/properties/a",
        "#/$defs/",
        "#/$defs/a/b",
        "#/$defs/a%20b",
        "#anchor",
        "",
    ] {
        refused(
            &format!("{{ \"$ref\": \"{elsewhere}\" }}"),
            &[&format!(
                "m:3:11: error: `{elsewhere}` leads out of the schema's own definitions\n  help: {out}"
            )],
        );
    }
    refused(
        "{ \"$ref\": \"#/$defs/nod\", \"$defs\": { \"node\": {} } }",
        &["m:3:11: error: there is no definition `nod`\n  help: did you mean `#/$defs/node`?"],
    );
    refused(
        "{ \"items\": { \"$defs\": {} } }",
        &[
            "m:3:23: error: `$defs` stands within a schema\n  help: write it at the top of the schema",
        ],
    );
    refused(
        "{ \"$schema\": \"http://json-schema.org/draft-07/schema#\" }",
        &[
            "m:3:14: error: `http://json-schema.org/draft-07/schema#` is not the version of JSON Schema used here\n  help: write \"https://json-schema.org/draft/2020-12/schema\", or leave it out",
        ],
    );
    for elsewhere in ["$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$vocabulary"] {
        let problems = method(&format!("{{ \"{elsewhere}\": \"x\" }}")).unwrap_err();
        assert!(problems[0].contains("unknown key"), "{problems:?}");
    }
}

#[test]
fn loops_and_depths_are_refused() {
    let looped = "m:3:1: error: a `$ref` leads back to itself without going into the value\n  help: let the reference stand below `properties` or `items`";
    refused("{ \"$ref\": \"#\" }", &[looped]);
    refused("{ \"allOf\": [{ \"anyOf\": [{ \"$ref\": \"#\" }] }] }", &[looped]);
    let two = r##"{ "$defs": { "a": { "not": { "$ref": "#/$defs/b" } }, "b": { "$ref": "#/$defs/a" } } }"##;
    refused(two, &[looped]);
    let nested =
        |depth: usize| format!("{}true{}", "{ \"not\": ".repeat(depth), " }".repeat(depth));
    assert!(method(&nested(7)).is_ok());
    assert!(method(&nested(8)).unwrap_err()[0].contains("more than 8 schemas one within"));
    let deep =
        |depth: usize| format!("{}true{}", "{ \"items\": ".repeat(depth), " }".repeat(depth));
    assert!(method(&deep(24)).is_ok());
    assert!(method(&deep(25)).unwrap_err()[0].contains("nest deeper than 24 levels"));
}

#[test]
fn patterns_are_linear_few_and_short() {
    let pattern = |text: &str| method(&json!({ "pattern": text }).to_string());
    assert!(pattern("^(a+)+$").is_ok());
    for bad in ["(", "(?=a)", "(?<!a)b", r"(a)\1", "(((a{99}){99}){99}){99}"] {
        let problems = pattern(bad).unwrap_err();
        assert!(problems[0].starts_with("m:3:12: error: the pattern `"), "{problems:?}");
    }
    assert!(pattern(&"a".repeat(MAX_PATTERN)).is_ok());
    assert!(pattern(&"a".repeat(MAX_PATTERN + 1)).unwrap_err()[0].contains("at most 512"));
    let by_key = method("{ \"patternProperties\": { \"(\": {} } }").unwrap_err();
    assert!(by_key[0].starts_with("m:3:26: error: the pattern `(`"), "{by_key:?}");
    let many = |count: usize| {
        let exports: Vec<String> = (0..count)
            .map(|at| format!("\"m{at}\": {{ \"result\": {{ \"pattern\": \"a\" }} }}"))
            .collect();
        contracts(&format!("{{ {} }}", exports.join(", ")))
    };
    assert!(many(MAX_PATTERNS).is_ok());
    assert!(many(MAX_PATTERNS + 1).unwrap_err()[0].contains("more than 64 patterns"));
    // The classic that takes backtracking engines until the end of time.
    let slow = Instant::now();
    told(
        json!({ "pattern": "^(a+)+$" }),
        &json!("a".repeat(50_000) + "!"),
        &["value does not match \"^(a+)+$\""],
    );
    assert!(slow.elapsed() < Duration::from_secs(5), "{:?}", slow.elapsed());
}

#[test]
fn schemas_have_a_size() {
    let long = json!({ "description": "x".repeat(70_000) });
    assert!(method(&long.to_string()).unwrap_err()[0].contains("at most 65536 are read"));
    let many = json!({ "allOf": vec![true; 1000] });
    let problems = method(&many.to_string()).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].contains("more than 1000 schemas"), "{problems:?}");
}

/// `[[[…]]]`, so many levels.
fn nested(levels: usize) -> Value {
    (0..levels).fold(json!(0), |inner, _| json!([inner]))
}

#[test]
fn no_value_takes_more_than_the_budget() {
    // Two ways at each level: 2^60 steps in a schema of one line.
    let twice = json!({ "anyOf": [{ "items": { "$ref": "#" } }, { "items": { "$ref": "#" } }] });
    let start = Instant::now();
    assert_eq!(check(&twice, &nested(60)), Err(Unfit::TooCostly));
    told(twice, &nested(8), &[]);
    // The definitions that double: as many steps, and no recursion in it.
    let mut definitions = json!({ "d0": { "type": "string" } });
    for at in 1..60 {
        let below = format!("#/$defs/d{}", at - 1);
        definitions[format!("d{at}")] =
            json!({ "items": { "$ref": below }, "contains": { "$ref": below } });
    }
    let doubling = json!({ "$ref": "#/$defs/d59", "$defs": definitions });
    assert_eq!(check(&doubling, &nested(60)), Err(Unfit::TooCostly));
    let wide = json!({ "allOf": vec![json!({ "items": { "enum": [1, 2, 3] } }); 100] });
    assert_eq!(check(&wide, &json!(vec![1; 100_000])), Err(Unfit::TooCostly));
    let unique = json!({ "uniqueItems": true, "items": { "$ref": "#" } });
    let same: Value = (0..9).fold(json!("x"), |inner, _| json!(vec![inner; 5]));
    assert_eq!(check(&unique, &same), Err(Unfit::TooCostly));
    assert_eq!(check(&json!({ "items": { "$ref": "#" } }), &nested(100)), Err(Unfit::TooDeep));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn what_is_told_is_bounded_and_escaped() {
    let many = json!({ "items": { "type": "string" } });
    let Err(Unfit::Mismatch(all)) = check(&many, &json!(vec![1; 100])) else { panic!() };
    assert_eq!(all.len(), MISMATCHES);
    let Err(Unfit::Mismatch(all)) = check(&many, &json!(vec![1; 100_000])) else { panic!() };
    assert_eq!(all.len(), 1, "the first one alone");
    let choice = json!({ "anyOf": [{ "items": { "type": "string" } }, { "type": "null" }] });
    assert_eq!(check(&choice, &json!(vec![1; 100_000])), Err(Unfit::Somewhere));
    let hostile = "\u{1b}[2J\u{202e}\n".repeat(1000);
    let closed = json!({ "additionalProperties": { "type": "null" } });
    let Err(Unfit::Mismatch(all)) = check(&closed, &json!({ &hostile[..3000]: 1 })) else {
        panic!()
    };
    let line = all[0].to_string();
    assert!(line.len() < 700 && !line.contains(['\n', '\u{1b}', '\u{202e}']), "{line}");
    let none = json!({ "additionalProperties": false });
    let Err(Unfit::Mismatch(all)) = check(&none, &json!({ &hostile[..3000]: 1 })) else { panic!() };
    let line = all[0].to_string();
    assert!(line.len() < 700 && !line.contains(['\n', '\u{1b}', '\u{202e}']), "{line}");
    let secret = json!({ "const": 1 });
    let Err(Unfit::Mismatch(all)) = check(&secret, &json!("the value itself")) else { panic!() };
    assert!(!all[0].message.contains("itself"), "{}", all[0].message);
}

/// The deepest way through a schema, on the stack of a thread that serves a cell.
#[test]
fn the_deepest_check_fits_a_small_stack() {
    let mut inner = json!({ "items": { "$ref": "#" } });
    for _ in 0..6 {
        inner = json!({ "anyOf": [{ "type": "string" }, inner] });
    }
    let run = move || {
        let result = check(&inner, &nested(60));
        assert!(
            matches!(result, Ok(()) | Err(Unfit::Mismatch(_) | Unfit::Somewhere)),
            "{result:?}"
        );
    };
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap();
    thread.join().unwrap();
}

fn schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(true)),
        Just(json!(false)),
        prop::sample::select(vec!["string", "integer", "object", "array", "null", "x"])
            .prop_map(|name| json!({ "type": name })),
        (-3..9_i32).prop_map(|number| json!({ "minimum": number, "maxLength": number })),
        "[a-z(+*{}0-9,]{0,6}".prop_map(|text| json!({ "pattern": text })),
        prop::sample::select(vec!["#", "#/$defs/a", "#/$defs/b", "x"])
            .prop_map(|name| json!({ "$ref": name })),
        Just(json!({ "uniqueItems": true, "enum": [1, "a", [], {}] })),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let list = prop::collection::vec(inner.clone(), 0..3);
        prop_oneof![
            (
                prop::sample::select(vec![
                    "items",
                    "not",
                    "contains",
                    "additionalProperties",
                    "propertyNames"
                ]),
                inner.clone()
            )
                .prop_map(|(key, inner)| json!({ key: inner })),
            (prop::sample::select(vec!["allOf", "anyOf", "oneOf", "prefixItems"]), list)
                .prop_map(|(key, list)| json!({ key: list })),
            (inner.clone(), inner.clone())
                .prop_map(|(a, b)| json!({ "properties": { "a": a, "b": b } })),
            (inner.clone(), inner)
                .prop_map(|(a, b)| json!({ "if": a, "then": b, "required": ["a"] })),
        ]
    })
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        (-9..9_i64).prop_map(Value::from),
        "[a-z\u{1b}\u{202e}]{0,9}".prop_map(Value::from)
    ];
    leaf.prop_recursive(6, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[abc]{1,2}", inner, 0..4)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_schema_is_compiled_or_has_problems_with_places(
        root in schema(), a in schema(), b in schema(), value in value(),
    ) {
        let mut root = root;
        if let Some(object) = root.as_object_mut() {
            object.insert("$defs".into(), json!({ "a": a, "b": b }));
        } else {
            root = json!({ "allOf": [root, { "$ref": "#/$defs/a" }], "$defs": { "a": a, "b": b } });
        }
        match method(&root.to_string()) {
            Err(problems) => prop_assert!(problems.iter().any(|it| it.starts_with("m:3:")), "{problems:?}"),
            Ok(contracts) => {
                let ours = contracts.check_params("run", &value);
                // The same, without anything of ours around it but the engine for patterns: the
                // usual one refuses some that are none of the language's, such as `a**`.
                let plain = jsonschema::draft202012::options()
                    .with_pattern_options(jsonschema::PatternOptions::regex())
                    .build(&root)
                    .unwrap();
                prop_assert!(ours.is_ok() == plain.is_valid(&value) || ours == Err(Unfit::TooCostly));
                if let Err(Unfit::Mismatch(all)) = &ours {
                    prop_assert!(!all.is_empty() && all.len() <= MISMATCHES);
                    for mismatch in all {
                        let seen = |c: char| !c.is_control() && c != '\u{202e}';
                        prop_assert!(mismatch.to_string().chars().all(seen));
                    }
                }
            }
        }
    }
}

/// How long the most expensive check takes that is let through.
#[test]
fn a_check_within_the_budget_is_quick() {
    let numbers = json!({ "items": { "type": "number", "minimum": 0 } });
    let value = json!(vec![1; MAX_STEPS as usize / 4]);
    let contracts = method(&numbers.to_string()).unwrap();
    let start = Instant::now();
    contracts.check_params("run", &value).unwrap();
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}
