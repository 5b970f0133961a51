//! What is used of a `package.json`.

use serde_json::Value;

use crate::scan::Format;

/// The largest `package.json` that is read, in bytes: as JSON in memory it is a multiple of its size.
pub(super) const MAX_CONFIG: usize = 1024 * 1024;

/// The longest name that a `*` is filled in to, in bytes: each of many entries may repeat it often.
const MAX_FILLED: usize = 4096;

/// What one more name costs, and how many bytes of it cost as much as an entry that is looked at.
const NAME_STEPS: usize = 8;
const STEP_BYTES: usize = 4;

/// What a `package.json` says. What has a wrong type counts as absent, as in the cell.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Config {
    pub(super) name: Option<String>,
    pub(super) main: Option<String>,
    /// `type`
    pub(super) format: Option<Format>,
    pub(super) exports: Option<Map>,
    pub(super) imports: Option<Map>,
}

/// The names that a package gives to its files and to others: each with all that it may stand for,
/// whatever the conditions. The cell takes one of them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Map {
    entries: Vec<(String, Vec<String>)>,
}

impl Config {
    /// Reads a `package.json`; nothing for one that the cell cannot use either.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > MAX_CONFIG {
            return None;
        }
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        let Value::Object(mut fields) = serde_json::from_slice(bytes).ok()? else { return None };
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        Some(Config {
            name: text(fields.get("name")),
            main: text(fields.get("main")),
            format: match fields.get("type").and_then(Value::as_str) {
                Some("module") => Some(Format::Module),
                Some("commonjs") => Some(Format::CommonJs),
                _ => None,
            },
            exports: fields
                .remove("exports")
                .filter(|exports| !exports.is_null())
                .map(Map::exports),
            imports: fields.remove("imports").and_then(Map::imports),
        })
    }
}

impl Map {
    fn exports(exports: Value) -> Self {
        match exports {
            Value::Object(entries) if entries.keys().any(|key| key.starts_with('.')) => {
                Map::of(entries)
            }
            whole => Map { entries: vec![(".".to_owned(), leaves(whole))] },
        }
    }

    fn imports(imports: Value) -> Option<Self> {
        match imports {
            Value::Object(entries) => Some(Map::of(entries)),
            _ => None,
        }
    }

    fn of(entries: serde_json::Map<String, Value>) -> Self {
        Map { entries: entries.into_iter().map(|(key, value)| (key, leaves(value))).collect() }
    }

    /// All that a name may stand for, as long as there are steps left for it.
    pub(super) fn targets(&self, name: &str, steps: &mut usize) -> Option<Vec<String>> {
        let mut found = Vec::new();
        *steps = steps.checked_sub(self.entries.len())?;
        for (key, targets) in &self.entries {
            let star = match key.split_once('*') {
                None if key == name => "",
                None => continue,
                Some((before, after)) => {
                    let rest = name.strip_prefix(before);
                    let Some(star) = rest.and_then(|rest| rest.strip_suffix(after)) else {
                        continue;
                    };
                    star
                }
            };
            for target in targets {
                *steps = steps.checked_sub(NAME_STEPS + target.len() / STEP_BYTES)?;
                let Some(target) = filled(target, star) else { continue };
                *steps = steps.checked_sub(target.len() / STEP_BYTES)?;
                found.push(target);
            }
        }
        Some(found)
    }
}

fn filled(target: &str, star: &str) -> Option<String> {
    let stars = target.matches('*').count();
    let length = stars.checked_mul(star.len())?.checked_add(target.len())?;
    (length <= MAX_FILLED).then(|| target.replace('*', star))
}

/// The texts in a value, however deep. Reading JSON has a limit to its depth; this needs none.
fn leaves(value: Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut left = vec![value];
    while let Some(value) = left.pop() {
        match value {
            Value::String(text) => found.push(text),
            Value::Array(values) => left.extend(values),
            Value::Object(values) => left.extend(values.into_iter().map(|(_, value)| value)),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_used_is_nothing_and_what_has_a_wrong_type_is_absent() {
        for text in ["", "[]", "1", "{", "{} x"] {
            assert_eq!(Config::read(text.as_bytes()), None, "{text}");
        }
        let odd = r#"{"name":1,"main":[],"type":"umd","exports":null,"imports":[]}"#;
        assert_eq!(Config::read(odd.as_bytes()), Some(Config::default()));
        let deep = format!("{{\"exports\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(Config::read(deep.as_bytes()), None);
        let config = Config::read("\u{feff}{\"type\":\"commonjs\"}".as_bytes()).unwrap();
        assert_eq!(config.format, Some(Format::CommonJs));
    }

    #[test]
    fn a_name_stands_for_every_text_of_its_entry() {
        let config = r##"{
            "exports": { ".": { "import": "./a.js", "default": ["./b.js", null] }, "./p/*": "./src/*.js" },
            "imports": { "#x": { "node": "fs", "default": "./x.js" }, "#*": "./*/*.js" }
        }"##;
        let config = Config::read(config.as_bytes()).unwrap();
        let check = |map: &Option<Map>, name: &str, expect: &[&str]| {
            let mut targets = map.as_ref().unwrap().targets(name, &mut 1_000_000).unwrap();
            targets.sort();
            assert_eq!(targets, expect, "{name}");
        };
        check(&config.exports, ".", &["./a.js", "./b.js"]);
        check(&config.exports, "./p/q", &["./src/q.js"]);
        check(&config.exports, "./q", &[]);
        check(&config.imports, "#x", &["./x.js", "./x/x.js", "fs"]);
        let star = "y".repeat(MAX_FILLED / 2);
        check(&config.imports, &format!("#{star}"), &[]);
        let whole = Config::read(br#"{"exports":"./a.js"}"#).unwrap();
        check(&whole.exports, ".", &["./a.js"]);
    }

    #[test]
    fn many_names_are_paid_for() {
        let many = format!("{{\"imports\":{{\"#*\":[{}\"*\"]}}}}", "\"*\",".repeat(10_000));
        let imports = Config::read(many.as_bytes()).unwrap().imports.unwrap();
        let name = format!("#{}", "x".repeat(2000));
        assert_eq!(imports.targets(&name, &mut 1_000_000), None);
        assert_eq!(
            imports.targets("#x", &mut 1_000_000).map(|targets| targets.len()),
            Some(10_001)
        );
    }
}
