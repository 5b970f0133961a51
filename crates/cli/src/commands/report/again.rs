//! What an audit log is worth when a report of its run is made again: it may have been changed since.

use std::io;
use std::path::{Path, PathBuf};

use aether::audit::{Verification, read, runs, verify_log};
use aether::audit_check;
use aether::report::{AuditCheck, AuditState, AuditUse, RunRecord};
use aether::source::printable;

use super::LOG;
use crate::commands::audit::{RUNS, evidence};
use crate::show::terminal::Terminal;

/// What is added to the sentence of a check that was not made again.
const NOT_AGAIN: &str = "when the run ended; the log is not there to be looked at again";

/// The record with what its log is worth now; or, where the log is not there, when that was found.
pub(super) fn verified(mut record: RunRecord, path: &Path, terminal: &Terminal) -> RunRecord {
    let Some(audit) = record.audit.take() else { return record };
    record.audit = Some(match log_of(&audit, path, &record.run) {
        Some(log) => again(audit, &log, terminal),
        None => AuditUse { verified: audit.verified.map(not_again), ..audit },
    });
    record
}

fn again(audit: AuditUse, log: &Path, terminal: &Terminal) -> AuditUse {
    let found = check(log, audit.head.as_deref());
    if is_bad(found.state) {
        terminal.warn(format_args!("the audit log is no proof: {}", printable(&found.text)));
    }
    // A copy beside the record is named where it is not what the record speaks of.
    let is_as_before = audit.verified.as_ref() == Some(&found);
    let path = match audit.path {
        Some(path) if is_as_before && Path::new(&path).is_file() => path,
        _ => log.display().to_string(),
    };
    AuditUse { path: Some(path), verified: Some(found), ..audit }
}

const fn is_bad(state: AuditState) -> bool {
    matches!(state, AuditState::Broken | AuditState::Unreadable)
}

fn not_again(check: AuditCheck) -> AuditCheck {
    let AuditCheck { state, text } = check;
    let state = if state == AuditState::Valid { AuditState::WasValid } else { state };
    // A report of a report says it once.
    let text = if text.ends_with(NOT_AGAIN) { text } else { format!("{text} {NOT_AGAIN}") };
    AuditCheck { state, text }
}

/// The log beside the record, or the one that it names, where that is a log of this run: a record may
/// come from another machine.
fn log_of(audit: &AuditUse, record: &Path, run: &str) -> Option<PathBuf> {
    let beside = record.with_file_name(LOG);
    if beside.is_file() {
        return Some(beside);
    }
    let named = PathBuf::from(audit.path.as_ref()?);
    (named.is_file() && runs(&named, RUNS).iter().any(|one| one == run)).then_some(named)
}

/// The log held against the checkpoints of this machine, and against the last hash that the record
/// knows of it.
fn check(log: &Path, head: Option<&str>) -> AuditCheck {
    let evidence = evidence(log, &[], &[]).map_err(|error| io::Error::other(error.to_string()));
    let found = evidence.and_then(|evidence| verify_log(log, &evidence));
    let check = audit_check(&found);
    match (head, &found) {
        (Some(head), Ok(found)) if !is_bad(check.state) && !has(log, found, head) => AuditCheck {
            state: AuditState::Broken,
            text: format!(
                "{}, but the last record that the report knows of is not among them",
                check.text
            ),
        },
        _ => check,
    }
}

/// Whether the log holds the record with this hash: as its last one, mostly.
fn has(log: &Path, found: &Verification, head: &str) -> bool {
    let is_it = |hash: &str| hash == head;
    found.head.as_deref().is_some_and(is_it)
        || read(log).is_ok_and(|records| records.flatten().any(|record| is_it(&record.hash)))
}
