//! What was refused, as SARIF 2.1.0: for code hosts and editors that show it at manifest lines.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::json::render;
use crate::rules::UNKNOWN;
use crate::tally::worst_first;
use crate::words::count;
use crate::{CellRecord, Location, OutcomeKind, Rule, RunRecord, Verdict, Violation, rule};

/// The most results GitHub takes per run. The worst are kept; how many are not is said.
pub const MAX_SARIF_RESULTS: usize = 25_000;

/// The most rules GitHub takes per run; results of further rules get a common one.
pub const MAX_SARIF_RULES: usize = 25_000;

/// The version of what goes into a fingerprint: when that changes, so does this name.
const FINGERPRINT: &str = "aetherViolation/v1";

/// The name under which GitHub looks for a fingerprint.
const GITHUB_FINGERPRINT: &str = "primaryLocationLineHash";

/// The record's violations as one SARIF run. Each has the manifest or policy line that decided as
/// its location, if the record names one, and else only the plugin as a logical location.
pub fn sarif(record: &RunRecord) -> String {
    let all = worst_first(record);
    let kept = all.get(..MAX_SARIF_RESULTS).unwrap_or(&all);
    let ids: BTreeSet<&str> = kept.iter().map(|(_, violation)| rule_id(violation)).collect();
    let ids: Vec<&str> = ids.into_iter().take(MAX_SARIF_RULES).collect();
    let results: Vec<Value> =
        kept.iter().map(|(cell, violation)| result(cell, violation, &ids)).collect();
    render(json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "Aether",
                "version": record.aether,
                "rules": ids.iter().map(|id| described(id)).collect::<Vec<_>>(),
            } },
            "automationDetails": { "id": format!("aether/{}/{}", record.name, record.run) },
            "invocations": [invocation(record, all.len() - kept.len())],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    }))
}

fn invocation(record: &RunRecord, left_out: usize) -> Value {
    let mut notes: Vec<Value> =
        record.notes.iter().map(|note| notification("note", note)).collect();
    if record.unsafe_mode {
        notes.push(notification("error", "sandboxing was switched off by --unsafe"));
    }
    if left_out > 0 {
        let text = format!("{left_out} results are left out; report.json has them all");
        notes.push(notification("warning", &text));
    }
    json!({
        "executionSuccessful": record.outcome.kind == OutcomeKind::Done,
        "exitCode": record.outcome.exit_code,
        "exitCodeDescription": record.outcome.kind.words(),
        "startTimeUtc": record.started,
        "toolExecutionNotifications": notes,
    })
}

fn notification(level: &str, text: &str) -> Value {
    json!({ "level": level, "message": { "text": text } })
}

fn described(id: &str) -> Value {
    let Rule { title, help, .. } = rule(id).unwrap_or(&UNKNOWN);
    json!({
        "id": id,
        "shortDescription": { "text": title },
        "fullDescription": { "text": help },
        "help": { "text": help },
        "properties": { "tags": ["security", "sandbox"] },
    })
}

fn result(cell: &CellRecord, violation: &Violation, ids: &[&str]) -> Value {
    let id = rule_id(violation);
    let fingerprint = fingerprint(cell, violation);
    let mut value = json!({
        "ruleId": id,
        "level": level(violation.verdict),
        "message": { "text": message(cell, violation) },
        "locations": [location(cell, violation.manifest.as_ref())],
        "occurrenceCount": violation.count.max(1),
        "partialFingerprints": {
            FINGERPRINT: fingerprint,
            GITHUB_FINGERPRINT: format!("{fingerprint}:1"),
        },
        "properties": {
            "plugin": cell.plugin.name,
            "permission": violation.permission,
            "object": violation.object,
            "fix": violation.fix,
            "firstMs": violation.first_ms,
            "lastMs": violation.last_ms,
        },
    });
    if let (Ok(index), Some(result)) = (ids.binary_search(&id), value.as_object_mut()) {
        result.insert("ruleIndex".to_owned(), index.into());
    }
    value
}

/// A rule's id must be stable and plain; what is not becomes `other`.
fn rule_id(violation: &Violation) -> &str {
    let id = violation.rule.as_str();
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if (1..=64).contains(&id.len()) && id.bytes().all(is_plain) { id } else { UNKNOWN.id }
}

fn level(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Denied | Verdict::Limited => "warning",
        Verdict::Violation => "error",
    }
}

fn message(cell: &CellRecord, violation: &Violation) -> String {
    let times = match violation.count {
        0 | 1 => String::new(),
        more => format!(" ({} times)", count(more)),
    };
    let fix = violation.fix.as_ref().map(|fix| format!(" To allow it: {fix}")).unwrap_or_default();
    format!("{}: {}{times}.{fix}", cell.plugin.name, said(violation))
}

/// The message without its full stop, or what there is instead of one.
fn said(violation: &Violation) -> String {
    match violation.message.trim_end_matches('.') {
        "" => {
            format!("{} {} {}", violation.verdict.words(), violation.permission, violation.object)
        }
        text => text.to_owned(),
    }
}

fn location(cell: &CellRecord, place: Option<&Location>) -> Value {
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

/// The same for the same refusal in another run: no counts, times or columns. A cryptographic hash,
/// so that a plugin cannot hide one refusal behind another.
fn fingerprint(cell: &CellRecord, violation: &Violation) -> String {
    let mut hasher = blake3::Hasher::new();
    let file = violation.manifest.as_ref().map_or("", |place| &place.file);
    for part in
        [&cell.plugin.name, rule_id(violation), &violation.permission, &violation.object, file]
    {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_hex().chars().take(32).collect()
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

    #[test]
    fn a_fingerprint_depends_on_what_was_refused_alone() {
        let cell = CellRecord::default();
        let first = Violation { object: "/a".into(), count: 1, ..Violation::default() };
        let again = Violation { count: 9, first_ms: 5, ..first.clone() };
        let other = Violation { object: "/b".into(), ..first.clone() };
        let moved = Violation { permission: "/a".into(), ..Violation::default() };
        assert_eq!(fingerprint(&cell, &first), fingerprint(&cell, &again));
        assert_ne!(fingerprint(&cell, &first), fingerprint(&cell, &other));
        assert_ne!(fingerprint(&cell, &first), fingerprint(&cell, &moved));
    }

    #[test]
    fn rule_ids_are_plain() {
        let id = |text: &str| {
            let violation = Violation { rule: text.into(), ..Violation::default() };
            rule_id(&violation).to_owned()
        };
        assert_eq!(id("file-read-denied"), "file-read-denied");
        assert_eq!(id("my-own-2"), "my-own-2");
        for odd in ["", "Upper", "a b", "a\u{202e}", &"x".repeat(65)] {
            assert_eq!(id(odd), "other");
        }
    }
}
