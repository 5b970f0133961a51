//! The page on the server, held against its source.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::client::tests;

tests![every_code_and_every_kind_of_event_is_told];

/// The text of every source file.
fn sources(folder: &Path, all: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        match path.extension().is_some_and(|end| end == "rs") {
            true => *all += &fs::read_to_string(path).expect("a text"),
            false if path.is_dir() => sources(&path, all),
            false => {}
        }
    }
}

/// What stands in quotes behind each of these beginnings, where nothing but white space is between.
fn quoted<'a>(text: &'a str, beginning: &str) -> BTreeSet<&'a str> {
    let behind = text.split(beginning).skip(1);
    behind.filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next()).collect()
}

fn every_code_and_every_kind_of_event_is_told() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut source, page) = (String::new(), fs::read_to_string(home.join("../../docs/serve.md")));
    sources(&home.join("src"), &mut source);
    let page = page.expect("a page");
    let mut codes = quoted(&source, "Refusal::bad(");
    for status in source.split("StatusCode::").skip(1) {
        let (_, rest) =
            status.split_once(|one: char| !one.is_ascii_uppercase() && one != '_').expect("more");
        codes.extend(rest.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next()));
    }
    assert!(codes.len() > 25 && codes.contains("busy") && codes.contains("no-nonce"), "{codes:?}");
    let kinds: BTreeSet<&str> = source
        .split("=> ")
        .flat_map(|arm| arm.split("(\"").skip(1))
        .filter_map(|rest| rest.split_once('"'))
        .filter(|(_, rest)| rest.starts_with(", Some(*cell)") || rest.starts_with(", None, json!"))
        .map(|(kind, _)| kind)
        .collect();
    assert!(kinds.len() > 15 && kinds.contains("other") && kinds.contains("log"), "{kinds:?}");
    let missing: Vec<&&str> =
        codes.union(&kinds).filter(|word| !page.contains(&format!("`{word}`"))).collect();
    assert!(missing.is_empty(), "docs/serve.md does not tell of {missing:?}");
}
