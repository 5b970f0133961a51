//! What was refused and what was noticed, as SARIF 2.1.0: for code hosts and editors that show it
//! at manifest lines.

mod finding;
mod place;
mod violation;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::json::render;
use crate::rules::{NOTICED, UNKNOWN};
use crate::tally::{surest_first, worst_first};
use crate::words::{more_denied, other_destinations};
use crate::{CellRecord, NO_EXIT_CODE, OutcomeKind, Rule, RunRecord, rule};

/// The most results GitHub takes per run. The worst are kept; how many are not is said.
pub const MAX_SARIF_RESULTS: usize = 25_000;

/// The most rules GitHub takes per run; results of further rules get a common one.
pub const MAX_SARIF_RULES: usize = 25_000;

/// How many of the results can be findings. Against a cell that makes the monitor notice so much
/// that no refusal is left among the results.
const MAX_FINDINGS: usize = 5000;

/// One result, and the rule that it belongs to.
struct Reported {
    rule: String,
    result: Value,
}

/// The record's violations and findings as one SARIF run. Each violation has the manifest or policy
/// line that decided as its location, if the record names one, and else only the plugin as a
/// logical location.
pub fn sarif(record: &RunRecord) -> String {
    let (found, refused) = (surest_first(record), worst_first(record));
    let found = found.get(..MAX_FINDINGS).unwrap_or(&found);
    let room = MAX_SARIF_RESULTS - found.len();
    let refused = refused.get(..room).unwrap_or(&refused);
    let all: Vec<Reported> = refused
        .iter()
        .map(|entry| violation::reported(entry.cell, entry.what))
        .chain(found.iter().map(|entry| finding::reported(entry.cell, entry.what)))
        .collect();
    let ids: BTreeSet<&str> = all.iter().map(|each| each.rule.as_str()).collect();
    let ids: Vec<String> = ids.into_iter().take(MAX_SARIF_RULES).map(str::to_owned).collect();
    let left_out = total(record).saturating_sub(all.len());
    let results: Vec<Value> = all.into_iter().map(|each| indexed(each, &ids)).collect();
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
            "invocations": [invocation(record, left_out)],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    }))
}

fn total(record: &RunRecord) -> usize {
    record.cells.iter().map(|cell| cell.violations.len() + cell.findings.len()).sum()
}

/// The result with the place of its rule in the table.
fn indexed(Reported { rule, mut result }: Reported, ids: &[String]) -> Value {
    if let (Ok(index), Some(result)) = (ids.binary_search(&rule), result.as_object_mut()) {
        result.insert("ruleIndex".to_owned(), index.into());
    }
    result
}

fn invocation(record: &RunRecord, left_out: usize) -> Value {
    let mut notes: Vec<Value> =
        record.notes.iter().map(|note| notification("note", note)).collect();
    if record.unsafe_mode {
        notes.push(notification("error", "sandboxing was switched off by --unsafe"));
    }
    for cell in &record.cells {
        notes.extend(unlisted(cell).iter().map(|text| notification("warning", text)));
    }
    if left_out > 0 {
        let text = format!("{left_out} results are left out; report.json has them all");
        notes.push(notification("warning", &text));
    }
    let mut invocation = json!({
        "executionSuccessful": record.outcome.kind == OutcomeKind::Done,
        "exitCodeDescription": record.outcome.kind.words(),
        "startTimeUtc": record.started,
        "toolExecutionNotifications": notes,
    });
    if !record.ended.is_empty() {
        invocation["endTimeUtc"] = json!(record.ended);
    }
    if record.outcome.exit_code != NO_EXIT_CODE {
        invocation["exitCode"] = json!(record.outcome.exit_code);
    }
    invocation
}

/// What is not told of a cell one by one.
fn unlisted(cell: &CellRecord) -> Vec<String> {
    let name = cell.label();
    let mut said = Vec::new();
    if cell.more_denied > 0 {
        said.push(format!("{name}: {}", more_denied(cell.more_denied)));
    }
    if cell.other_destinations > 0 {
        let requests = other_destinations(cell.other_destinations);
        said.push(format!("{name}: {requests}, to destinations that are not listed"));
    }
    said
}

fn notification(level: &str, text: &str) -> Value {
    json!({ "level": level, "message": { "text": text } })
}

fn described(id: &str) -> Value {
    let other = if id.starts_with(finding::PREFIX) { &NOTICED } else { &UNKNOWN };
    let Rule { title, help, .. } = rule(id).unwrap_or(other);
    json!({
        "id": id,
        "shortDescription": { "text": title },
        "fullDescription": { "text": help },
        "help": { "text": help },
        "properties": { "tags": ["security", "sandbox"] },
    })
}

/// Whether a word can be the id of a rule: those must be stable and plain.
fn is_plain(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&id.len()) && id.bytes().all(is_plain)
}

/// The same for the same parts, and for no others: a cryptographic hash, so that a plugin cannot
/// hide one result behind another.
fn fingerprint(parts: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_hex().chars().take(32).collect()
}

/// The name under which GitHub looks for a fingerprint.
const GITHUB_FINGERPRINT: &str = "primaryLocationLineHash";
