//! Source maps: where in what a file was made of a place of it was.
//!
//! <https://tc39.es/ecma426/>. Maps that are made of others (`sections`), names and contents are not read:
//! a place is all that a stack shows.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

/// Largest map, in bytes of JSON.
pub(crate) const MAX_BYTES: usize = 16 << 20;

/// Most places of a map, and most lines. What comes after them is not mapped.
const MAX_PLACES: usize = 1 << 20;

/// Most sources of a map.
const MAX_SOURCES: usize = 1 << 14;

/// What introduces a map's place, in the last lines of a file.
const MARK: &str = "//# sourceMappingURL=";

/// How far from its end a file's mark for a map that stands elsewhere is looked for, in bytes.
const TAIL_BYTES: usize = 4 << 10;

/// Where a file's map is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    /// In a file, named from the file that it is of.
    Named(&'a str),
    /// In the file itself: base64 of it.
    Inline(&'a str),
}

/// Where the map of a file is, if it says so.
pub(crate) fn place(text: &str) -> Option<Place<'_>> {
    let at = text.rfind(MARK)?;
    let name = text[at + MARK.len()..].lines().next()?.trim();
    if let Some(data) = name.strip_prefix("data:application/json") {
        let (_, encoded) = data.split_once("base64,")?;
        return Some(Place::Inline(encoded));
    }
    let is_near_the_end = text.len() - at <= TAIL_BYTES;
    (is_near_the_end && !name.is_empty()).then_some(Place::Named(name))
}

/// Where one column of a line came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Origin {
    source: u32,
    line: u32,
    column: u32,
}

/// A map of one file.
#[derive(Debug)]
pub(crate) struct SourceMap {
    sources: Vec<String>,
    /// By line, then in the order of columns: a column, and where what begins there came from, if it
    /// came from anywhere.
    lines: Vec<Vec<(u32, Option<Origin>)>>,
}

#[derive(Deserialize)]
struct Written {
    version: u32,
    #[serde(rename = "sourceRoot")]
    root: Option<String>,
    sources: Vec<Option<String>>,
    mappings: String,
}

impl SourceMap {
    /// Reads a map that stands in the file itself.
    pub(crate) fn decode(encoded: &str) -> Option<Self> {
        if encoded.len() > MAX_BYTES {
            return None;
        }
        let bytes = STANDARD.decode(encoded).ok()?;
        Self::parse(std::str::from_utf8(&bytes).ok()?)
    }

    /// Reads a map; nothing of what is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_BYTES {
            return None;
        }
        let written: Written = serde_json::from_str(text).ok()?;
        let root = written.root.unwrap_or_default();
        let root = if root.is_empty() || root.ends_with('/') { root } else { format!("{root}/") };
        let sources = written.sources.into_iter();
        let sources: Vec<String> =
            sources.map(|source| format!("{root}{}", source.unwrap_or_default())).collect();
        (written.version == 3 && sources.len() <= MAX_SOURCES)
            .then(|| Self { sources, lines: lines(&written.mappings) })
    }

    /// The file, line and column that a line and column came from; both from 1.
    pub(crate) fn origin(&self, line: u32, column: u32) -> Option<(&str, u32, u32)> {
        let line = self.lines.get(line.checked_sub(1)? as usize)?;
        let column = column.checked_sub(1)?;
        let behind = line.partition_point(|(from, _)| *from <= column);
        let (_, origin) = line.get(behind.checked_sub(1)?)?;
        let origin = (*origin)?;
        let source = self.sources.get(origin.source as usize)?;
        if source.contains(char::is_control) {
            return None;
        }
        Some((source, origin.line.checked_add(1)?, origin.column.checked_add(1)?))
    }
}

/// The places of a map. What is written wrong ends them.
fn lines(mappings: &str) -> Vec<Vec<(u32, Option<Origin>)>> {
    let mut lines = Vec::new();
    let mut count = 0;
    let (mut source, mut line, mut column) = (0_i64, 0_i64, 0_i64);
    for written in mappings.split(';').take(MAX_PLACES) {
        let mut at = 0_i64;
        let mut places = Vec::new();
        for segment in written.split(',').filter(|segment| !segment.is_empty()) {
            count += 1;
            let Some(numbers) = numbers(segment).filter(|_| count <= MAX_PLACES) else {
                return lines;
            };
            at += numbers.first().copied().unwrap_or(0);
            let origin = match numbers[..] {
                [_, by_source, by_line, by_column] | [_, by_source, by_line, by_column, _] => {
                    source += by_source;
                    line += by_line;
                    column += by_column;
                    let whole = |number: i64| u32::try_from(number).ok();
                    match (whole(source), whole(line), whole(column)) {
                        (Some(source), Some(line), Some(column)) => {
                            Some(Origin { source, line, column })
                        }
                        _ => return lines,
                    }
                }
                _ => None,
            };
            let Ok(at) = u32::try_from(at) else { return lines };
            places.push((at, origin));
        }
        // They are in order in whatever a tool writes.
        places.sort_by_key(|(at, _)| *at);
        lines.push(places);
    }
    lines
}

/// The numbers of a segment, each in base 64 with the least digits first and the sign last of all.
fn numbers(segment: &str) -> Option<Vec<i64>> {
    let mut numbers = Vec::with_capacity(5);
    let (mut number, mut shift) = (0_i64, 0);
    for digit in segment.bytes() {
        let digit = i64::from(match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        });
        // A number has 32 bits and no more.
        if shift > 30 {
            return None;
        }
        number |= (digit & 31) << shift;
        shift += 5;
        if digit & 32 == 0 {
            let size = number >> 1;
            numbers.push(if number & 1 == 1 { -size } else { size });
            (number, shift) = (0, 0);
        }
    }
    (shift == 0 && numbers.len() <= 5).then_some(numbers)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoded(numbers: &[i64]) -> String {
        const DIGITS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut text = String::new();
        for number in numbers {
            let mut left = number.unsigned_abs() << 1 | u64::from(*number < 0);
            loop {
                let more = if left > 31 { 32 } else { 0 };
                text.push(char::from(DIGITS[(left & 31) as usize | more]));
                left >>= 5;
                if left == 0 {
                    break;
                }
            }
        }
        text
    }

    #[test]
    fn places_are_found() {
        // As esbuild writes one.
        let text = r#"{"version":3,"sources":["../src/main.ts",null],"names":[],
            "mappings":"AAEA,SAAS,EAAE;;ICMF,A"}"#;
        let map = SourceMap::parse(text).unwrap();
        for ((line, column), expect) in [
            ((1, 1), Some(("../src/main.ts", 3, 1))),
            ((1, 9), Some(("../src/main.ts", 3, 1))),
            ((1, 10), Some(("../src/main.ts", 3, 10))),
            ((1, 999), Some(("../src/main.ts", 3, 12))),
            ((2, 1), None),
            ((3, 1), None),
            ((3, 5), None),
            ((4, 1), None),
            ((0, 1), None),
            ((1, 0), None),
        ] {
            assert_eq!(map.origin(line, column), expect, "{line}:{column}");
        }
    }

    #[test]
    fn a_root_stands_before_the_sources() {
        let text = r#"{"version":3,"sourceRoot":"src","sources":["a.ts"],"mappings":"AAAA"}"#;
        let map = SourceMap::parse(text).unwrap();
        assert_eq!(map.origin(1, 1), Some(("src/a.ts", 1, 1)));
    }

    #[test]
    fn what_is_no_map_is_none() {
        for text in [
            "",
            "{}",
            "[]",
            r#"{"version":2,"sources":[],"mappings":""}"#,
            r#"{"version":3,"sections":[]}"#,
        ] {
            assert!(SourceMap::parse(text).is_none(), "{text}");
        }
        // What is wrong in it ends it, and what came before stays.
        for wrong in ["!", "gggggggg", "AAAAAA", "DAAA", "ADAA", "g"] {
            let text = format!(r#"{{"version":3,"sources":["a"],"mappings":"AAAA;{wrong};AAAA"}}"#);
            let map = SourceMap::parse(&text).unwrap();
            assert_eq!(map.origin(1, 1), Some(("a", 1, 1)), "{wrong}");
            assert_eq!(map.origin(3, 1), None, "{wrong}");
        }
    }

    #[test]
    fn a_file_says_where_its_map_is() {
        let named = "a\n//# sourceMappingURL=main.js.map\n";
        assert_eq!(place(named), Some(Place::Named("main.js.map")));
        let inline = "a\n//# sourceMappingURL=data:application/json;charset=utf-8;base64,e30=";
        assert_eq!(place(inline), Some(Place::Inline("e30=")));
        assert_eq!(
            place("a\n//# sourceMappingURL=data:text/plain,x"),
            Some(Place::Named("data:text/plain,x"))
        );
        assert_eq!(place("a"), None);
        assert_eq!(place("a\n//# sourceMappingURL=\n"), None);
        let far = format!("//# sourceMappingURL=a.map\n{}", " ".repeat(TAIL_BYTES));
        assert_eq!(place(&far), None);
    }

    proptest! {
        #[test]
        fn numbers_are_read_as_they_are_written(numbers in prop::collection::vec(-(1_i64 << 31) + 1..1 << 31, 0..5)) {
            prop_assert_eq!(super::numbers(&encoded(&numbers)), Some(numbers));
        }

        #[test]
        fn any_mappings_are_read(mappings in "[A-Za-z0-9+/,;!]{0,60}", line in 0..5_u32, column in 0..99_u32) {
            let text = format!(r#"{{"version":3,"sources":["a"],"mappings":"{mappings}"}}"#);
            let map = SourceMap::parse(&text).unwrap();
            let _either = map.origin(line, column);
        }
    }
}
