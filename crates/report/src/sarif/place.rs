//! Where a result stands.

use serde_json::{Value, json};

use crate::{CellRecord, Location};

/// The plugin, and its line if that is known.
pub(super) fn location(cell: &CellRecord, place: Option<&Location>) -> Value {
    let logical = json!([{ "name": cell.plugin.name, "kind": "module" }]);
    let Some(place) = place else { return json!({ "logicalLocations": logical }) };
    let mut physical = json!({ "artifactLocation": { "uri": uri(&place.file) } });
    if place.line > 0 {
        physical["region"] = json!({ "startLine": place.line, "startColumn": place.column.max(1) });
    }
    json!({ "physicalLocation": physical, "logicalLocations": logical })
}

/// A path as a URI reference: relative stays relative.
fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let is_drive = path.as_bytes().get(1) == Some(&b':');
    let mut out = String::from(match path.as_bytes().first() {
        Some(b'/') => "file://",
        Some(_) if is_drive => "file:///",
        _ => "",
    });
    for (at, byte) in path.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            b':' if is_drive && at == 1 => out.push(':'),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("aether-plugin.json"), "aether-plugin.json");
        assert_eq!(uri("a b/#x?.json"), "a%20b/%23x%3F.json");
        assert_eq!(uri("/etc/ä"), "file:///etc/%C3%A4");
        assert_eq!(uri(r"C:\a\b"), "file:///C:/a/b");
        assert_eq!(uri("javascript:alert(1)"), "javascript%3Aalert%281%29");
        assert_eq!(uri("//host/x"), "file:////host/x");
        assert_eq!(uri(""), "");
    }
}
