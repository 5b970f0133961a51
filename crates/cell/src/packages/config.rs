//! What a `package.json` says about its files, read once and remembered.

use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::json::Json;
use super::path;
use super::problem::Answer;
use super::{Files, Format, Problem, Refused};

/// Largest `package.json`, in bytes. Parsing one costs a multiple of its size in memory.
const CONFIG_BYTES: usize = 1 << 20;

/// Most folders that are remembered, with or without a `package.json`. A bundle has at most 4096
/// files, but a plugin can ask for folders that are not there, under ever new names.
const MEMO_FOLDERS: usize = 8192;

/// Most text of `package.json` files and folder names that is remembered, in bytes.
const MEMO_BYTES: usize = 4 << 20;

/// What is used of a `package.json`. What has a wrong type counts as absent, as for Node.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Package {
    pub(super) name: Option<String>,
    pub(super) main: Option<String>,
    /// `type`, if it is `module` or `commonjs`.
    pub(super) format: Option<Format>,
    /// Absent when `null`.
    pub(super) exports: Option<Json>,
    pub(super) imports: Option<Vec<(String, Json)>>,
}

/// What is known of folders: their `package.json`, that there is none, or why it cannot be used.
#[derive(Debug, Default)]
pub(super) struct Memo {
    folders: HashMap<String, Result<Option<Rc<Package>>, Refused>>,
    bytes: usize,
}

impl Memo {
    /// The `package.json` in a folder.
    ///
    /// # Errors
    /// [`Problem::Refused`] for one that is not JSON, not an object, or too large.
    pub(super) fn package<F: Files>(
        &mut self,
        files: &mut F,
        folder: &str,
    ) -> Answer<Option<Rc<Package>>, F> {
        if let Some(known) = self.folders.get(folder) {
            return Ok(known.clone()?);
        }
        let text = files.read(&path::join(folder, "package.json")).map_err(Problem::Files)?;
        let size = folder.len() + text.as_ref().map_or(0, String::len);
        let package = text.map(|text| parse(&text)).transpose();
        let package = package.map(|package| package.map(Rc::new));
        let package = package.map_err(|reason| Refused::config(folder, &reason));
        self.remember(folder, size, package.clone());
        Ok(package?)
    }

    /// Begins anew when full: a graph that is too large for the memo still resolves.
    fn remember(
        &mut self,
        folder: &str,
        size: usize,
        package: Result<Option<Rc<Package>>, Refused>,
    ) {
        if self.folders.len() >= MEMO_FOLDERS || self.bytes.saturating_add(size) > MEMO_BYTES {
            *self = Self::default();
        }
        self.bytes += size;
        self.folders.insert(folder.to_owned(), package);
    }
}

fn parse(text: &str) -> Result<Package, String> {
    if text.len() > CONFIG_BYTES {
        return Err(format!("it has {} bytes, at most {CONFIG_BYTES} are read", text.len()));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    serde_json::from_str(text).map_err(|error| error.to_string())
}

impl<'de> Deserialize<'de> for Package {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Package;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Package, A::Error> {
        let mut package = Package::default();
        while let Some(key) = entries.next_key::<String>()? {
            match key.as_str() {
                "name" => package.name = text(entries.next_value()?),
                "main" => package.main = text(entries.next_value()?),
                "type" => package.format = format(text(entries.next_value()?).as_deref()),
                "exports" => {
                    package.exports = Some(entries.next_value()?).filter(|it| *it != Json::Null);
                }
                "imports" => {
                    package.imports = match entries.next_value()? {
                        Json::Object(entries) => Some(entries),
                        _ => None,
                    };
                }
                _ => {
                    entries.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(package)
    }
}

fn text(value: Json) -> Option<String> {
    match value {
        Json::Text(text) => Some(text),
        _ => None,
    }
}

fn format(kind: Option<&str>) -> Option<Format> {
    match kind {
        Some("module") => Some(Format::Module),
        Some("commonjs") => Some(Format::CommonJs),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::Tree;
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let got = format!("{:?}", parse(text));
        assert!(got.contains(expect), "{text}\n  gave {got}\n  expected {expect}");
    }

    #[test]
    fn fields_of_the_wrong_type_count_as_absent() {
        let absent =
            r"Ok(Package { name: None, main: None, format: None, exports: None, imports: None })";
        check("{}", absent);
        check(r#"{"name":1,"main":[],"type":"umd","exports":null,"imports":[]}"#, absent);
        check(r#"{"type":"module","type":"commonjs"}"#, "Some(CommonJs)");
        check(r#"{"name":"a","name":"b","main":"m"}"#, r#"name: Some("b"), main: Some("m")"#);
        check(r#"{"exports":false}"#, "Some(Other");
    }

    #[test]
    fn what_is_no_object_cannot_be_used() {
        for text in ["", "[]", "1", "null", "\"a\"", "{", "{} x", "{'a':1}"] {
            check(text, "Err(");
        }
        check("\u{feff}{}", "Ok(");
        check(&format!(r#"{{"x":"{}"}}"#, "a".repeat(CONFIG_BYTES)), "at most 1048576");
    }

    #[test]
    fn depth_matters_only_where_it_is_walked() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        check(&format!(r#"{{"other":{deep}}}"#), "Ok(");
        check(&format!(r#"{{"exports":{deep}}}"#), "recursion limit");
    }

    #[test]
    fn each_file_is_read_once_whatever_it_says() {
        let mut tree = Tree::new(&[("a/package.json", "{}"), ("b/package.json", "{")]);
        let mut memo = Memo::default();
        for _ in 0..3 {
            assert!(memo.package(&mut tree, "a").unwrap().is_some());
            assert!(memo.package(&mut tree, "c").unwrap().is_none());
            let problem = memo.package(&mut tree, "b").unwrap_err();
            assert!(format!("{problem:?}").contains("`b/package.json` cannot be used"));
        }
        assert_eq!(tree.reads, 3);
    }

    #[test]
    fn the_memo_begins_anew_when_it_is_full() {
        let mut tree = Tree::new(&[]);
        let mut memo = Memo::default();
        for folder in 0..MEMO_FOLDERS + 5 {
            memo.package(&mut tree, &folder.to_string()).unwrap();
        }
        assert_eq!(memo.folders.len(), 5);
        memo.remember("x", MEMO_BYTES, Ok(None));
        assert_eq!((memo.folders.len(), memo.bytes), (1, MEMO_BYTES));
    }
}
