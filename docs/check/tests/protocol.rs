//! The protocol's page, held against the types, tables and transcripts that it speaks of.

use std::collections::BTreeSet;

use aether_docs_check::{Row, blocks, read, rows};
use aether_protocol::Code;
use aether_protocol::v1::{METHODS, MODULES};
use aether_protocol::version::{FIXES, LATEST, Versions};
use serde_json::{Value, json};

const PAGE: &str = "docs/protocol.md";

fn page() -> Vec<Row> {
    rows(&read(PAGE))
}

fn of_section(section: &str) -> Vec<Row> {
    page().into_iter().filter(|row| row.section == section).collect()
}

/// The members of an object, with `?` where one may be left out.
fn members<'a>(schema: &'a Value, mut of: &'a Value) -> BTreeSet<String> {
    while let Some(name) = of["$ref"].as_str() {
        of = &schema["$defs"][name.trim_start_matches("#/$defs/")];
    }
    let required =
        |name: &String| of["required"].as_array().is_some_and(|all| all.contains(&json!(name)));
    let properties = of["properties"].as_object().into_iter().flatten();
    properties
        .map(|(name, _)| if required(name) { name.clone() } else { format!("{name}?") })
        .collect()
}

fn told(row: &Row, cell: usize) -> BTreeSet<String> {
    row.code(cell).into_iter().filter(|word| *word != "{}").map(str::to_owned).collect()
}

#[test]
fn the_committed_schema_is_current() {
    let current = format!("{:#}\n", aether_protocol::schema::schema());
    if std::env::var_os("AETHER_BLESS").is_some() {
        let path = aether_docs_check::root().join("docs/protocol.schema.json");
        std::fs::write(path, &current).unwrap();
    }
    let committed = read("docs/protocol.schema.json");
    assert!(
        committed == current,
        "write it anew: aether schema protocol > docs/protocol.schema.json"
    );
}

#[test]
fn every_method_is_there_with_its_members_and_no_other() {
    let schema = aether_protocol::schema::schema();
    let page = page();
    let known = |row: &&Row| METHODS.iter().any(|method| row.code(0) == [method.name]);
    let sections = ["A conversation", "What a plugin may ask"];
    let listed: Vec<&Row> = page
        .iter()
        .filter(|row| sections.contains(&&*row.section) && row.cells.len() == 4)
        .filter(|row| !row.code(0).is_empty())
        .collect();
    assert!(listed.iter().all(known), "a method that is none is listed");
    assert_eq!(listed.len(), METHODS.len());
    for method in METHODS {
        let row = listed.iter().find(|row| row.code(0) == [method.name]).expect(method.name);
        let message = &schema["$defs"][method.name];
        let params = members(&schema, &message["properties"]["params"]);
        assert_eq!(told(row, 1), params, "{}: parameters", method.name);
        let answer = &schema["$defs"][&format!("{}.result", method.name)];
        assert_eq!(answer.is_null(), row.cells[2] == "–", "{}: is it answered?", method.name);
        let result = members(&schema, &answer["properties"]["result"]);
        assert_eq!(told(row, 2), result, "{}: result", method.name);
    }
}

#[test]
fn shapes_and_wants_have_their_members() {
    let schema = aether_protocol::schema::schema();
    let page = page();
    for name in ["PluginInfo", "CellLimits", "FsEntry"] {
        let row = page.iter().find(|row| row.code(0) == [name]).expect(name);
        assert_eq!(told(row, 1), members(&schema, &json!({ "$ref": format!("#/$defs/{name}") })));
    }
    let wants = schema["$defs"]["Want"]["oneOf"].as_array().expect("kinds of wants");
    let rows = of_section("Tokens");
    let rows: Vec<&Row> = rows.iter().filter(|row| row.code(0) != ["want"]).collect();
    assert_eq!(rows.len(), wants.len());
    for want in wants {
        let right = want["properties"]["right"]["const"].as_str().expect("a right");
        let row = rows.iter().find(|row| row.code(0) == [right]).expect(right);
        let mut expect = members(&schema, want);
        expect.remove("right");
        assert_eq!(told(row, 1), expect, "{right}");
    }
}

#[test]
fn codes_modules_versions_and_fixes_are_those_of_the_code() {
    let codes: Vec<i32> =
        of_section("Errors").iter().filter_map(|row| row.cells[0].parse().ok()).collect();
    assert_eq!(codes, Code::ALL.map(Code::number));
    let modules: Vec<(String, u32)> = of_section("Versions")
        .iter()
        .filter_map(|row| Some(((*row.code(0).first()?).to_owned(), row.cells[1].parse().ok()?)))
        .collect();
    assert_eq!(modules, MODULES.map(|(name, version)| (name.to_owned(), version)));
    let text = read(PAGE).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(Versions::default().offered(), [LATEST], "the page knows one version");
    assert!(
        text.contains(&format!("Now the latest version is {LATEST}, and there is none before it."))
    );
    let fixes = of_section("Security fixes");
    let told: Vec<&str> = fixes.iter().flat_map(|row| row.code(0)).collect();
    assert_eq!(told, FIXES.iter().map(|fix| fix.id).collect::<Vec<_>>());
    assert_eq!(FIXES.is_empty(), text.contains("There is none yet."));
}

#[test]
fn every_kind_of_failure_is_named() {
    let source = read("crates/protocol/src/v1/mod.rs");
    let kinds =
        source.split("pub mod failure {").nth(1).and_then(|rest| rest.split("\n}\n").next());
    let kinds: Vec<&str> = kinds.expect("kinds").split('"').skip(1).step_by(2).collect();
    assert!(kinds.len() >= 9, "{kinds:?}");
    let text = read(PAGE);
    let (_, errors) = text.split_once("`kind` says how").expect("the kinds");
    for kind in kinds {
        assert!(errors.contains(&format!("`{kind}`")), "{kind}");
    }
}

/// The example of a token is the transcript of that name, without what surrounds it.
#[test]
fn the_example_of_a_token_is_what_a_host_says() {
    let transcript = read("crates/gateway/tests/transcripts/v1/elevation.jsonl");
    let mut said = String::new();
    for turn in transcript.lines() {
        let parts: Value = serde_json::from_str(turn).unwrap();
        let Some((_, line)) = turn.split_once("\"line\":") else { continue };
        let (from, line) = (parts["from"].as_str().unwrap(), line.strip_suffix('}').unwrap());
        if parts.get("do").is_some() || from == "cell" && parts["line"].get("method").is_none() {
            continue;
        }
        let from = if from == "host" { "host:   " } else { "plugin: " };
        said += &format!("{from}{line}\n");
    }
    let page = read(PAGE);
    assert!(blocks(&page).iter().any(|block| block.text == said), "{PAGE} does not show\n{said}");
}
