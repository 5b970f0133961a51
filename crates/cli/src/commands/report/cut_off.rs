//! The record of a run that nobody finished, from what stands in its audit log.

use std::collections::BTreeMap;
use std::path::Path;

use aether::audit::{Detail, Evidence, Kind, ReadError, Record, Verdict, read, verify_log};
use aether::report::{
    AuditUse, CellRecord, Exit, ExitKind, FindingRecord, LadderStep, NO_EXIT_CODE, Occurrence,
    Outcome, OutcomeKind, Plugin, PolicyUse, Protection, ProtectionState, RunRecord, Rung,
    Verdict as Judged, Violation, rule,
};
use aether::{audit_check, outcome_of};

use crate::commands::audit::sarif::{Class, class, finding, violation};

/// The first times that something was refused which are told one by one.
const OCCURRENCES: usize = 20;

/// How such a run ended.
const NO_END: &str =
    "its log has no end record: it was killed, its machine stopped, or it still runs";

/// What a report of such a run cannot tell.
const NOTE: &str = "This report is made from the audit log alone: what the plugins were granted, and \
                    what they used, passed on and would have changed, is not in it. No change that \
                    waited was made.";

/// Different refusals that are told. Against a plugin that was refused something else each time.
const REFUSALS: usize = 20_000;

/// The record of the last run in a log, as far as it goes.
pub(super) fn record(log: &Path, name: &str) -> Result<RunRecord, ReadError> {
    let mut run = Run::default();
    for record in read(log)? {
        match record {
            Ok(record) => run.add(&record),
            // A run that was cut off may have left half a line; what follows something else that is no
            // record may be anybody's.
            Err(problem) => {
                run.record.notes.push(format!("The log was read up to there: {problem}."));
                break;
            }
        }
    }
    Ok(run.finished(log, name))
}

#[derive(Default)]
struct Run {
    record: RunRecord,
    digests: BTreeMap<String, String>,
    cells: BTreeMap<u32, CellRecord>,
    /// The cell, rule, permission and object of each refusal, and its place among those of the cell.
    refusals: BTreeMap<(u32, String, String, String), usize>,
    is_ended: bool,
    records: u64,
    head: Option<String>,
}

impl Run {
    fn add(&mut self, record: &Record) {
        if record.run != self.record.run {
            *self = Self { record: begun(record), ..Self::default() };
        }
        self.records += 1;
        self.head = Some(record.hash.clone());
        self.record.duration_ms = at(record);
        let (plugin, object) = (record.plugin.as_ref(), record.object.as_ref());
        match (record.kind, plugin, object) {
            (Kind::RunStart, ..) => self.begin(record),
            (Kind::RunEnd, ..) => self.end(record),
            (Kind::Load, Some(plugin), Some(digest)) => {
                self.digests.insert(plugin.clone(), digest.clone());
            }
            _ => {
                let Some(number) = record.cell else { return };
                add_to(self.cell(number, record), record);
                match class(record) {
                    Some(Class::Refusal(verdict)) => self.refuse(number, record, verdict),
                    Some(Class::Offence) => self.refuse(number, record, Judged::Violation),
                    Some(Class::Finding) | None => {}
                }
            }
        }
    }

    fn begin(&mut self, record: &Record) {
        let text = |key: &str| record.detail.get(key).and_then(Detail::as_str);
        self.record.aether = text("aether").unwrap_or_default().to_owned();
        self.record.platform = text("platform").unwrap_or_default().to_owned();
        self.record.unsafe_mode = record.detail.get("unsafe") == Some(&Detail::Bool(true));
        self.record.policy = text("policy").map(|digest| PolicyUse {
            file: "not on record".to_owned(),
            digest: digest.to_owned(),
        });
    }

    /// The run came to its end, and only its record is missing.
    fn end(&mut self, record: &Record) {
        let code = record.detail.get("exit_code").and_then(Detail::as_integer);
        let exit_code = code.and_then(|code| code.try_into().ok()).unwrap_or(NO_EXIT_CODE);
        let text = record.detail.get("outcome").and_then(Detail::as_str).unwrap_or_default();
        self.record.outcome =
            Outcome { kind: outcome_of(exit_code), text: text.to_owned(), exit_code };
        self.is_ended = true;
    }

    fn cell(&mut self, number: u32, record: &Record) -> &mut CellRecord {
        let digests = &self.digests;
        let cell = self.cells.entry(number).or_insert_with(|| CellRecord {
            id: number,
            started_ms: at(record),
            exit: Exit { kind: ExitKind::Stopped, text: "its host was cut off".to_owned() },
            ..CellRecord::default()
        });
        // The end of a run says of changes whose they are by the cell alone.
        if let (true, Some(name)) = (cell.plugin.name.is_empty(), &record.plugin) {
            let digest = digests.get(name).cloned();
            cell.plugin = Plugin { name: name.clone(), version: None, digest };
        }
        cell
    }

    /// All refusals alike are one entry. What no report has a rule for is told elsewhere in it.
    fn refuse(&mut self, number: u32, record: &Record, verdict: Judged) {
        let found = violation(record, verdict);
        if rule(&found.rule).is_none() {
            return;
        }
        let by = record.detail.get("call").and_then(Detail::as_str).unwrap_or(&record.action);
        let time = Occurrence {
            at_ms: at(record),
            record: Some(record.seq),
            during: None,
            operation: by.to_owned(),
        };
        let alike = (number, found.rule.clone(), found.permission.clone(), found.object.clone());
        let known = self.refusals.get(&alike).copied();
        let is_full = self.refusals.len() >= REFUSALS;
        let cell = self.cell(number, record);
        let violations = &mut cell.violations;
        match known.and_then(|place| violations.get_mut(place)) {
            Some(known) => {
                known.count += 1;
                known.last_ms = at(record);
                if known.occurrences.len() < OCCURRENCES {
                    known.occurrences.push(time);
                }
            }
            None if is_full => cell.more_denied += 1,
            None => {
                let place = violations.len();
                violations.push(Violation { occurrences: vec![time], ..found });
                self.refusals.insert(alike, place);
            }
        }
    }

    fn finished(mut self, log: &Path, name: &str) -> RunRecord {
        if !self.is_ended {
            self.record.outcome = Outcome {
                kind: OutcomeKind::CutOff,
                text: NO_END.to_owned(),
                exit_code: NO_EXIT_CODE,
            };
        }
        let duration = self.record.duration_ms;
        for cell in self.cells.values_mut().filter(|cell| cell.resources.wall_ms == 0) {
            cell.resources.wall_ms = duration.saturating_sub(cell.started_ms);
        }
        self.record.name = name.to_owned();
        self.record.notes.insert(0, NOTE.to_owned());
        self.record.audit = Some(audit(log, self.records, self.head));
        self.record.cells = self.cells.into_values().collect();
        self.record
    }
}

fn begun(record: &Record) -> RunRecord {
    RunRecord { run: record.run.clone(), started: record.time.clone(), ..RunRecord::default() }
}

const fn at(record: &Record) -> u64 {
    record.mono_us / 1000
}

fn add_to(cell: &mut CellRecord, record: &Record) {
    match record.kind {
        Kind::Posture => cell.posture.extend(protection(record)),
        Kind::HostCall => cell.resources.calls += 1,
        Kind::Finding => notice(cell, finding(record)),
        Kind::Ladder => cell.ladder.extend(step(record)),
        Kind::Exit => {
            cell.exit = exit(record);
            cell.resources.wall_ms = at(record).saturating_sub(cell.started_ms).max(1);
        }
        _ => {}
    }
}

/// What was noticed again counts for the same finding.
fn notice(cell: &mut CellRecord, finding: FindingRecord) {
    match cell.findings.iter_mut().find(|one| one.rule == finding.rule) {
        Some(known) => {
            known.count += 1;
            known.last_ms = finding.at_ms;
        }
        None => cell.findings.push(finding),
    }
}

fn protection(record: &Record) -> Option<Protection> {
    let state = match record.detail.get("state").and_then(Detail::as_str)? {
        "enforced" => ProtectionState::Enforced,
        "degraded" => ProtectionState::Degraded,
        "refused" => ProtectionState::Refused,
        "off" => ProtectionState::Off,
        _ => return None,
    };
    let detail = record.object.clone().unwrap_or_default();
    Some(Protection { name: record.action.clone(), state, detail })
}

fn step(record: &Record) -> Option<LadderStep> {
    let text = |key: &str| record.detail.get(key).and_then(Detail::as_str);
    let rung = |word: &str| serde_json::from_value::<Rung>(word.into()).ok();
    let risk = record.detail.get("risk").and_then(Detail::as_integer);
    Some(LadderStep {
        at_ms: at(record),
        from: rung(text("from")?)?,
        to: rung(&record.action)?,
        by: text("by").unwrap_or_default().to_owned(),
        risk: risk.and_then(|risk| risk.try_into().ok()).unwrap_or_default(),
        because: record.object.clone().unwrap_or_default(),
    })
}

fn exit(record: &Record) -> Exit {
    let kind = match (record.action.as_str(), record.verdict) {
        ("normal", _) => return Exit { kind: ExitKind::Done, text: String::new() },
        ("killed", _) => ExitKind::Stopped,
        ("exited", _) => ExitKind::Error,
        (_, Verdict::Limited) => ExitKind::Limit,
        (_, Verdict::Violation) => ExitKind::Violation,
        _ => ExitKind::Crashed,
    };
    Exit { kind, text: record.object.clone().unwrap_or_default() }
}

/// What the log is worth by itself: `aether audit verify` holds it against checkpoints too.
fn audit(log: &Path, records: u64, head: Option<String>) -> AuditUse {
    let verified = audit_check(&verify_log(log, &Evidence::default()));
    let file = log.file_name().unwrap_or(log.as_os_str()).to_string_lossy().into_owned();
    let path = Some(log.display().to_string());
    AuditUse { file, path, records, head, verified: Some(verified) }
}

#[cfg(test)]
mod tests {
    use aether::report::AuditState;

    use super::*;

    fn record(kind: Kind, action: &str, object: &str, verdict: Verdict) -> Record {
        Record {
            v: 1,
            seq: 7,
            time: "2026-03-01T12:00:00.000450Z".to_owned(),
            mono_us: 45_000,
            run: "0".repeat(32),
            kind,
            plugin: Some("p".to_owned()),
            cell: Some(3),
            action: action.to_owned(),
            object: Some(object.to_owned()),
            verdict,
            rule: None,
            detail: BTreeMap::new(),
            truncated: Vec::new(),
            prev: "0".repeat(64),
            hash: "0".repeat(64),
        }
    }

    fn finished(records: &[Record]) -> RunRecord {
        let mut run = Run::default();
        records.iter().for_each(|record| run.add(record));
        run.finished(Path::new("/nowhere/at/all"), "run")
    }

    #[test]
    fn of_refusals_without_end_the_first_are_told() {
        let denied =
            |object: String| record(Kind::Denied, "filesystem.read", &object, Verdict::Denied);
        let mut all: Vec<Record> = (0..REFUSALS + 5).map(|at| denied(format!("/{at}"))).collect();
        all.push(denied("/0".to_owned()));
        let run = finished(&all);
        let violations = &run.cells[0].violations;
        assert_eq!((violations.len(), violations[0].count), (REFUSALS, 2));
        assert_eq!(run.cells[0].more_denied, 5);
        assert_eq!(run.outcome.kind, OutcomeKind::CutOff);
        assert_eq!(run.audit.unwrap().verified.unwrap().state, AuditState::Unreadable);
    }

    #[test]
    fn an_end_that_is_on_record_counts() {
        let step = |word: &str| {
            let mut step = record(Kind::Ladder, word, "because", Verdict::Limited);
            step.detail.insert("from".to_owned(), Detail::Text("observe".to_owned()));
            step
        };
        let exit = record(Kind::Exit, "violation", "it was ended", Verdict::Violation);
        let mut end = record(Kind::RunEnd, "run", "", Verdict::Violation);
        end.detail.insert("exit_code".to_owned(), Detail::Integer(4));
        let run = finished(&[step("kill"), step("no such rung"), exit, end]);
        assert_eq!((run.outcome.kind, run.outcome.exit_code), (OutcomeKind::Violation, 4));
        let cell = &run.cells[0];
        assert_eq!((cell.id, cell.exit.kind), (3, ExitKind::Violation));
        assert_eq!(cell.ladder.len(), 1);
        assert_eq!(cell.ladder[0].to, Rung::Kill);
    }
}
