//! The record of a run, from which reports are made.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use aether_audit::{ChainVerdict, Evidence, Verification, verify_log};
use aether_container::State;
use aether_gateway::Denied;
use aether_manifest::{Asking, Limit as Quantity, Permission, show_duration, show_size};
use aether_monitor::{Layer as Noticing, Noted};
use aether_overlay::{Change, ChangeKind as Changed};
use aether_path::VirtualPath;
use aether_policy::grant::{Line, Refused};
use aether_report::{
    AuditCheck, AuditState, AuditUse, CellRecord, ChangeKind, ChangeRecord, Edge, EgressRecord,
    ElevationRecord, Exit, ExitKind, FindingRecord, GrantUse, LadderStep, Layer, Location,
    MountRecord, Occurrence, Outcome, OutcomeKind, Plugin, PolicyUse, Protection, ProtectionState,
    Resources, RunRecord, SCHEMA, Sample, Shared, SharedKind, Verdict, Violation,
};

use crate::host::{COMPILE_TIME, COMPILER_MEMORY, Failure, Started, Unstarted, lock, millis};
use crate::raise::Raise;
use crate::record::Final;
use crate::{Ending, ExitCode, Host, Limit, Violation as Offence};

/// Places that are looked at for whether they are shared. Stops a plugin that changes many files from
/// making the report slow.
const SHARED: usize = 2000;

impl Host {
    /// The record of the run so far. Call it after [`Host::finish`], so that the audit log is
    /// complete and what is said of it is true.
    #[must_use]
    pub fn record(&self, name: &str, code: ExitCode, text: &str, edges: Vec<Edge>) -> RunRecord {
        let shared = &self.0;
        let edges = edges.into_iter().chain(shared.offered.edges()).collect();
        let (messages, more_messages) = shared.offered.messages();
        let policy = shared.policy.as_ref().zip(shared.policy_digest.as_ref());
        let starts = self.starts();
        let cells: Vec<CellRecord> = starts.iter().map(cell).collect();
        let between = self.shared(&cells);
        RunRecord {
            schema: SCHEMA.to_owned(),
            run: self.run_id().to_owned(),
            kept_as: None,
            name: name.to_owned(),
            started: shared.started_at.to_string(),
            ended: jiff::Timestamp::now().to_string(),
            duration_ms: millis(shared.started.elapsed()),
            outcome: match self.is_interrupted() {
                true => Outcome {
                    kind: OutcomeKind::Interrupted,
                    text: String::new(),
                    exit_code: crate::INTERRUPTED,
                },
                false => {
                    let kind = match code {
                        ExitCode::PluginError if self.program_failed() => {
                            OutcomeKind::ProgramFailed
                        }
                        code => outcome(code),
                    };
                    Outcome { kind, text: text.to_owned(), exit_code: code.number() }
                }
            },
            aether: crate::VERSION.to_owned(),
            platform: crate::platform(),
            unsafe_mode: !shared.confine,
            policy: policy.map(|(policy, digest)| PolicyUse {
                file: policy.source.name().to_owned(),
                digest: digest.clone(),
            }),
            audit: self.audit_use(),
            cells: cells.into_iter().chain(self.unstarted().iter().map(unstarted)).collect(),
            edges,
            messages,
            more_messages,
            shared: between,
            notes: self.notes(&starts),
        }
    }

    /// What the record of the run says of one cell, while it is on record.
    #[must_use]
    pub fn cell_record(&self, number: u32) -> Option<CellRecord> {
        self.starts().iter().find(|started| started.number == number).map(cell)
    }

    /// Who called whom so far, by the numbers of their cells.
    #[must_use]
    pub fn edges(&self) -> Vec<Edge> {
        self.0.offered.edges()
    }

    /// Which machines the ended cells talked to, or wanted to, with the numbers of the cells.
    #[must_use]
    pub fn egress(&self) -> Vec<(u32, Vec<EgressRecord>)> {
        let of = |started: &Started| {
            let kept = lock(&started.finished);
            kept.as_ref().map(|kept| (started.number, kept.egress.clone()))
        };
        self.starts().iter().filter_map(of).collect()
    }

    /// What more than one cell used: topics of events, and places that one changed and another read.
    fn shared(&self, cells: &[CellRecord]) -> Vec<Shared> {
        let mut all = self.0.offered.topics();
        let reads = |cell: &CellRecord, path: &str| {
            let used = cell.grants.iter().filter(|grant| grant.used > 0);
            let mut read =
                used.filter(|grant| grant.permission == Permission::FilesystemRead.as_str());
            read.any(|grant| {
                grant.host.as_deref().is_some_and(|host| Path::new(path).starts_with(host))
            })
        };
        let mut files: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
        for cell in cells {
            for host in cell.changes.iter().filter_map(|change| change.host.as_deref()) {
                if files.len() < SHARED || files.contains_key(host) {
                    files.entry(host).or_default().insert(cell.id);
                }
            }
        }
        for (name, writers) in files {
            let others = cells.iter().filter(|cell| !writers.contains(&cell.id));
            let readers: Vec<u32> =
                others.filter(|cell| reads(cell, name)).map(|cell| cell.id).collect();
            if readers.len() + writers.len() > 1 {
                let (name, writers) = (name.to_owned(), writers.into_iter().collect());
                all.push(Shared { kind: SharedKind::File, name, writers, readers });
            }
        }
        all
    }

    /// Whether a program that was run for itself said so by its code, or was ended by a signal.
    fn program_failed(&self) -> bool {
        let failed = |started: &Started| {
            let kept = lock(&started.finished);
            let ending = kept.as_ref().map(|kept| &kept.ending);
            matches!(ending, Some(Ending::Exited(_) | Ending::Signalled(_)))
        };
        self.starts().iter().any(failed)
    }

    /// What whoever looks at the run should know beside what happened in it.
    fn notes(&self, starts: &[Started]) -> Vec<String> {
        let stores = starts.iter().filter_map(store_note);
        // A plugin may have been started more than once.
        let mut told = BTreeSet::new();
        let models = starts.iter().filter_map(|started| started.model_unused.as_ref());
        let models = models.filter(|why| told.insert(*why)).cloned();
        stores.chain(models).chain(self.checkpoint_note()).collect()
    }

    /// That the audit log goes on beyond what is known of it elsewhere.
    fn checkpoint_note(&self) -> Option<String> {
        let error = self.0.log.checkpoint_error()?;
        Some(format!("the audit log has no checkpoint of its end: {error}"))
    }

    fn audit_use(&self) -> Option<AuditUse> {
        let path = self.0.audit_file.as_ref()?;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let place = Some(path.display().to_string());
        // The host that wrote it knows where its chain stands: no key is needed for that.
        let trusted = self.0.log.checkpoint().into_iter().collect();
        let evidence = Evidence { trusted, ..Evidence::default() };
        let found = verify_log(path, &evidence);
        let verified = Some(audit_check(&found));
        let (records, head) = found.map_or((0, None), |found| (found.records, found.head));
        Some(AuditUse { file: name, path: place, records, head, verified })
    }
}

/// What a report says of an audit log that was looked at.
#[must_use]
pub fn audit_check(found: &io::Result<Verification>) -> AuditCheck {
    match found {
        Ok(found) => AuditCheck {
            state: match found.verdict {
                ChainVerdict::Valid => AuditState::Valid,
                ChainVerdict::Unclean { .. } => AuditState::Unclean,
                ChainVerdict::Broken { .. } => AuditState::Broken,
            },
            text: found.sentence(),
        },
        Err(error) => AuditCheck {
            state: AuditState::Unreadable,
            text: format!("the log cannot be read: {error}"),
        },
    }
}

/// That a plugin found what another version had stored.
fn store_note(started: &Started) -> Option<String> {
    let kept = lock(&started.finished);
    let other = kept.as_ref()?.ledger.stored_by.as_ref()?;
    let name = &started.plugin.identity().name;
    Some(format!("the store of `{name}` was last written by another version of it, {other}"))
}

fn unstarted(step: &Unstarted) -> CellRecord {
    CellRecord {
        id: step.number,
        step: Some(step.step.clone()),
        plugin: Plugin { name: step.plugin.clone(), version: None, digest: None },
        exit: Exit { kind: ExitKind::NotStarted, text: step.text.clone() },
        ..CellRecord::default()
    }
}

fn cell(started: &Started) -> CellRecord {
    let kept = lock(&started.finished).clone();
    let identity = started.plugin.identity();
    let version = Some(identity.version.clone()).filter(|version| !version.is_empty());
    let mut violations = Vec::new();
    if let Some(kept) = &kept {
        violations.extend(kept.ledger.denied().map(|denied| violation(started, denied)));
        violations.extend(ending_violation(started, kept));
    }
    let refused = started.failure.as_ref().and_then(|failure| failure.refused.as_ref());
    violations.extend(refused.into_iter().flat_map(refusals));
    CellRecord {
        id: started.number,
        step: started.step.clone(),
        plugin: Plugin {
            name: identity.name.clone(),
            version,
            digest: Some(identity.digest.clone()),
        },
        runtime: started.plugin.manifest().runtime_or_default().to_string(),
        started_ms: millis(started.at),
        posture: started.posture.lines.iter().map(protection).collect(),
        exit: exit(kept.as_ref(), started.failure.as_ref()),
        resources: resources(started, kept.as_ref()),
        mounts: mounts(started),
        grants: grants(started, kept.as_ref()),
        violations,
        elevations: kept.as_ref().map_or_else(Vec::new, |kept| elevations(started, kept)),
        changes: kept.iter().flat_map(changes).collect(),
        findings: kept
            .iter()
            .flat_map(|kept| kept.findings.iter())
            .map(|one| finding(started, one))
            .collect(),
        ladder: kept
            .iter()
            .flat_map(|kept| kept.ladder.iter().cloned())
            .map(|step| LadderStep { at_ms: step.at_ms + millis(started.at), ..step })
            .collect(),
        more_denied: kept.as_ref().map_or(0, |kept| kept.ledger.more_denied),
        other_destinations: kept.as_ref().map_or(0, |kept| kept.other_destinations),
        egress: kept
            .iter()
            .flat_map(|kept| kept.egress.iter().cloned())
            .map(|one| EgressRecord {
                first_ms: one.first_ms + millis(started.at),
                last_ms: one.last_ms + millis(started.at),
                ..one
            })
            .collect(),
    }
}

fn protection(line: &aether_container::Line) -> Protection {
    let state = match line.state {
        State::Enforced => ProtectionState::Enforced,
        State::Degraded => ProtectionState::Degraded,
        State::Refused => ProtectionState::Refused,
        State::Off => ProtectionState::Off,
    };
    Protection { name: line.protection.name().to_owned(), state, detail: line.detail.clone() }
}

fn exit(kept: Option<&Final>, failure: Option<&Failure>) -> Exit {
    let text = |kind, text: String| Exit { kind, text };
    if let Some(failure) = failure {
        let kind = match failure.code {
            ExitCode::Refused | ExitCode::Protection => ExitKind::Refused,
            ExitCode::Violation => ExitKind::Violation,
            ExitCode::Limit => ExitKind::Limit,
            _ if matches!(kept.map(|kept| &kept.ending), Some(Ending::Crashed(_))) => {
                ExitKind::Crashed
            }
            _ => ExitKind::Error,
        };
        return text(kind, failure.text.clone());
    }
    let Some(kept) = kept else { return Exit::default() };
    let kind = match kept.ending {
        Ending::Normal => ExitKind::Done,
        Ending::Killed => ExitKind::Stopped,
        Ending::Limit(_) => ExitKind::Limit,
        Ending::Violation(_) => ExitKind::Violation,
        Ending::Exited(_) => ExitKind::Error,
        Ending::Crashed(_) | Ending::Signalled(_) => ExitKind::Crashed,
    };
    text(kind, if kind == ExitKind::Done { String::new() } else { kept.ending.to_string() })
}

fn resources(started: &Started, kept: Option<&Final>) -> Resources {
    let limits = started.grant.as_ref().map(|grant| grant.limits());
    let limits = limits.unwrap_or(&started.plugin.manifest().resources);
    let mut resources = Resources {
        memory_limit: limits.memory,
        wall_limit_ms: millis(limits.timeout),
        disk_limit: limits.disk,
        ..Resources::default()
    };
    if started.compiles {
        resources.memory_limit = COMPILER_MEMORY;
        resources.wall_limit_ms = millis(COMPILE_TIME);
    }
    if let Some(kept) = kept {
        let totals = kept.ledger.totals;
        resources.memory_peak = kept.usage.memory_peak;
        resources.cpu_ms = millis(kept.usage.cpu);
        resources.wall_ms = millis(kept.wall);
        resources.disk_used = kept.overlay.bytes;
        resources.calls = totals.calls;
        // A report counts from the cell's side.
        resources.bytes_in = totals.bytes_out;
        resources.bytes_out = totals.bytes_in;
        resources.log_bytes = totals.log_bytes;
        resources.samples = samples(started, kept);
    }
    resources
}

/// The process is gone when the last figures are taken: its memory is then what it was before.
fn samples(started: &Started, kept: &Final) -> Vec<Sample> {
    let mut memory = 0;
    let one = |sample: &crate::Sample| {
        memory = if sample.memory == 0 { memory } else { sample.memory };
        Sample {
            t_ms: millis(started.at + sample.at),
            memory,
            cpu_ms: millis(sample.cpu),
            calls: sample.calls,
            read: sample.survey.read,
            written: sample.survey.written,
            processes: sample.processes.into(),
            threads: sample.survey.threads.into(),
            descriptors: sample.survey.descriptors.into(),
            bytes_in: sample.bytes_in,
            bytes_out: sample.bytes_out,
            denials: sample.denials,
        }
    };
    kept.samples.iter().map(one).collect()
}

/// What the monitor noticed.
fn finding(started: &Started, noted: &Noted) -> FindingRecord {
    let finding = &noted.finding;
    let at = |time| millis(started.at + time);
    FindingRecord {
        rule: finding.rule.to_owned(),
        layer: match finding.layer {
            Noticing::Rule => Layer::Rule,
            Noticing::Series => Layer::Series,
            Noticing::Behaviour => Layer::Behaviour,
        },
        at_ms: at(noted.first),
        last_ms: at(noted.last),
        since_ms: at(finding.since),
        count: noted.count,
        observed: finding.observed.clone(),
        expected: finding.expected.clone(),
        sure: finding.sure,
        sentence: finding.sentence.clone(),
        evidence: finding.evidence.clone(),
    }
}

fn mounts(started: &Started) -> Vec<MountRecord> {
    let (Some(grant), Some(places)) = (&started.grant, &started.places) else { return Vec::new() };
    let record = |(at, host): (VirtualPath, PathBuf)| MountRecord {
        at: at.as_str().to_owned(),
        host: host.display().to_string(),
    };
    places.moved(grant.lines()).into_iter().map(record).collect()
}

fn grants(started: &Started, kept: Option<&Final>) -> Vec<GrantUse> {
    let Some(grant) = &started.grant else { return Vec::new() };
    let used = |line: &Line| kept.and_then(|kept| kept.ledger.uses.get(&line.index)).copied();
    let one = |line: &Line| GrantUse {
        permission: line.permission.as_str().to_owned(),
        pattern: line.resource.clone(),
        host: started.places.as_ref().and_then(|places| places.host_of(line)),
        manifest: Some(location(started, line.place)),
        used: used(line).map_or(0, |uses| uses.count),
        last_used_ms: used(line).map(|uses| millis(started.at) + uses.last_ms),
    };
    grant.lines().map(one).collect()
}

pub(crate) fn location(started: &Started, place: aether_source::Place) -> Location {
    Location {
        file: started.plugin.manifest().source.name().to_owned(),
        line: place.line,
        column: place.column,
    }
}

fn violation(started: &Started, denied: &Denied) -> Violation {
    let permission = Permission::from_name(&denied.permission);
    // Whoever typed options has no manifest to look into.
    let is_written = started.plugin.manifest().asking == Asking::Manifest;
    let manifest = permission.filter(|_| is_written).map(|permission| {
        let manifest = started.plugin.manifest();
        let at = manifest.permissions.place_of(permission);
        location(started, manifest.source.place(at.span.start))
    });
    let raise = match denied.permission.as_str() {
        // An engine's plugin may have met the limit on the number of files.
        Denied::DISK_LIMIT if started.plugin.is_native() => {
            Raise::of(started, Quantity::Disk, None)
        }
        Denied::PROCESS_LIMIT => Raise::of(started, Quantity::Processes, None),
        _ => Raise::default(),
    };
    Violation {
        rule: rule_of(&denied.permission).to_owned(),
        verdict: if denied.is_limit() { Verdict::Limited } else { Verdict::Denied },
        permission: denied.permission.clone(),
        object: denied.object.clone(),
        count: denied.count,
        first_ms: millis(started.at) + denied.first_ms,
        last_ms: millis(started.at) + denied.last_ms,
        message: format!("{}{}", denied.message, raise.note),
        manifest: manifest.or(raise.manifest),
        fix: denied.manifest_line.clone().or_else(|| denied.policy_line.clone()).or(raise.fix),
        occurrences: denied.times.iter().map(|time| occurrence(started, time)).collect(),
    }
}

fn occurrence(started: &Started, time: &aether_gateway::Time) -> Occurrence {
    Occurrence {
        at_ms: millis(started.at) + time.ms,
        record: time.record,
        during: None,
        operation: time.method.clone(),
    }
}

/// The rule of a refusal, by what was refused.
fn rule_of(permission: &str) -> &'static str {
    match permission {
        Denied::DISK_LIMIT => "disk-limit",
        Denied::PROCESS_LIMIT => "process-limit",
        Denied::SYSTEM_CALL => "syscall-denied",
        Denied::LEFT_OUT => "change-left-out",
        Denied::RATE => "rate-limit",
        Denied::STORE => "store-unusable",
        Denied::TOKEN => "token-refused",
        Denied::BLOB => "blob-unknown",
        other if other.starts_with("elevation.") => "elevation-refused",
        other => match Permission::from_name(other) {
            Some(Permission::FilesystemRead) => "file-read-denied",
            Some(Permission::FilesystemWrite) => "file-write-denied",
            Some(Permission::NetworkDomains) => "network-denied",
            Some(Permission::NetworkInbound) => "inbound-denied",
            Some(Permission::Environment) => "environment-denied",
            Some(Permission::Process) => "process-denied",
            Some(Permission::Plugins) => "plugin-call-denied",
            Some(Permission::Secrets) => "secret-denied",
            Some(Permission::EventsEmit | Permission::EventsOn) => "event-denied",
            None => "file-exception",
        },
    }
}

/// What was asked for beyond the grant.
fn elevations(started: &Started, kept: &Final) -> Vec<ElevationRecord> {
    let one = |elevation: &aether_gateway::Elevation| ElevationRecord {
        want: elevation.want.clone(),
        issued: elevation.issued,
        by: elevation.by.clone(),
        why: elevation.why.clone(),
        uses: u64::from(elevation.uses),
        lifetime_ms: elevation.lifetime_ms,
        at_ms: millis(started.at) + elevation.at_ms,
    };
    kept.ledger.elevations.iter().map(one).collect()
}

/// The rule by which a cell was ended, if one ended it: with what is told of it, and what it is about.
fn rule_of_ending(ending: &Ending) -> Option<(&'static str, Verdict, &'static str)> {
    Some(match ending {
        Ending::Limit(Limit::Memory(_)) => ("memory-limit", Verdict::Limited, "resources.memory"),
        Ending::Limit(Limit::Time(_)) => ("time-limit", Verdict::Limited, "resources.timeout"),
        Ending::Limit(Limit::Processor(_)) => {
            ("cpu-limit", Verdict::Limited, "resources.processor")
        }
        Ending::Limit(Limit::Share) => ("cpu-limit", Verdict::Limited, "resources.cpu"),
        Ending::Limit(Limit::Disk(_)) => ("disk-limit", Verdict::Limited, "resources.disk"),
        Ending::Limit(Limit::Processes(_)) => {
            ("process-limit", Verdict::Limited, "resources.processes")
        }
        Ending::Limit(Limit::Output(_)) => ("output-limit", Verdict::Limited, "output"),
        Ending::Limit(Limit::Unread(_)) => ("message-limit", Verdict::Limited, "messages"),
        Ending::Limit(Limit::Cancellation(_)) => ("cancel-limit", Verdict::Limited, "messages"),
        Ending::Limit(Limit::Pressure(_)) => ("pressure", Verdict::Limited, "pressure"),
        Ending::Violation(Offence::Suspicious(_)) => ("suspicious", Verdict::Violation, "monitor"),
        Ending::Violation(Offence::Syscall(_) | Offence::KilledByFilter) => {
            ("syscall-denied", Verdict::Violation, "syscall")
        }
        Ending::Violation(_) => ("protocol-violation", Verdict::Violation, "protocol"),
        _ => return None,
    })
}

/// The limit or offence that ended a cell, as the last of its violations.
fn ending_violation(started: &Started, kept: &Final) -> Option<Violation> {
    let raise = |limit| Raise::of(started, limit, None);
    let raise = match &kept.ending {
        Ending::Limit(Limit::Memory(_)) => raise(Quantity::Memory),
        Ending::Limit(Limit::Time(time)) => Raise::of(started, Quantity::Timeout, Some(*time)),
        Ending::Limit(Limit::Disk(_)) => raise(Quantity::Disk),
        Ending::Limit(Limit::Processes(_)) => raise(Quantity::Processes),
        Ending::Limit(Limit::Processor(time)) => {
            Raise::of_option(started, "--cpu-time", &show_duration(time.saturating_mul(2)))
        }
        Ending::Limit(Limit::Output(most)) => {
            Raise::of_option(started, "--output", &show_size(most.saturating_mul(2)))
        }
        _ => Raise::default(),
    };
    let (rule, verdict, permission) = rule_of_ending(&kept.ending)?;
    let at = kept.samples.last().map_or(0, |sample| millis(sample.at));
    let permission = if raise.is_of_call { "timeout" } else { permission };
    let message = format!("{}{}", kept.ending, raise.note);
    Some(Violation {
        rule: rule.to_owned(),
        verdict,
        permission: permission.to_owned(),
        object: String::new(),
        count: 1,
        first_ms: at,
        last_ms: at,
        message,
        manifest: raise.manifest,
        fix: raise.fix,
        ..Violation::default()
    })
}

fn refusals(refused: &Refused) -> impl Iterator<Item = Violation> + '_ {
    refused.refusals.iter().map(|refusal| {
        let place = refusal.place();
        let file = refusal.source.name().to_owned();
        Violation {
            rule: "request-beyond-policy".to_owned(),
            verdict: Verdict::Denied,
            permission: refusal.kind.code().to_owned(),
            object: refusal.what.clone(),
            count: 1,
            first_ms: 0,
            last_ms: 0,
            message: format!("{} is refused: {}", refusal.what, refusal.why),
            manifest: place.map(|place| Location { file, line: place.line, column: place.column }),
            fix: refusal.fix.clone(),
            ..Violation::default()
        }
    })
}

/// What waits, or was made at the end; then what was changed on disk at once.
fn changes(kept: &Final) -> impl Iterator<Item = ChangeRecord> {
    let mark = |mut record: ChangeRecord| {
        record.flags.push(ChangeRecord::AT_ONCE.to_owned());
        ChangeRecord { applied: true, ..record }
    };
    let more = kept.ledger.more_at_once;
    let more = (more > 0).then(|| ChangeRecord {
        path: format!("({more} more, in the audit log)"),
        ..ChangeRecord::default()
    });
    let at_once = kept.ledger.at_once.iter().map(change).chain(more).map(mark);
    kept.changes.changes().iter().map(change).chain(at_once)
}

fn change(change: &Change) -> ChangeRecord {
    let mut flags = Vec::new();
    if change.executable {
        flags.push("executable".to_owned());
    }
    if change.dotfile {
        flags.push("dotfile".to_owned());
    }
    if change.retargeted {
        flags.push("retargeted".to_owned());
    }
    flags.extend(change.mode.map(|mode| mode.to_string()));
    let from = match &change.kind {
        Changed::Renamed { from, .. } => Some(from.as_str().to_owned()),
        _ => None,
    };
    let to = match &change.kind {
        Changed::LinkAdded { target } => Some(target.clone()),
        _ => None,
    };
    let kind = match change.kind {
        Changed::Added => ChangeKind::Create,
        Changed::Modified => ChangeKind::Modify,
        Changed::Deleted | Changed::FolderRemoved => ChangeKind::Delete,
        Changed::Renamed { .. } => ChangeKind::Rename,
        Changed::FolderAdded => ChangeKind::Mkdir,
        Changed::LinkAdded { .. } => ChangeKind::Symlink,
        Changed::ModeChanged => ChangeKind::Permissions,
        Changed::TimeChanged => ChangeKind::Time,
    };
    ChangeRecord {
        path: change.path.as_str().to_owned(),
        host: Some(change.host.display().to_string()),
        from,
        to,
        kind,
        bytes: change.after.as_ref().map_or(0, |after| after.len),
        flags,
        applied: false,
    }
}

/// How a run ended, in a report's word, by its exit code. One that Aether does not have is a fault of its
/// own.
#[must_use]
pub fn outcome_of(exit_code: u8) -> OutcomeKind {
    if exit_code == crate::INTERRUPTED {
        return OutcomeKind::Interrupted;
    }
    let known = ExitCode::ALL.into_iter().find(|code| code.number() == exit_code);
    known.map_or(OutcomeKind::Internal, outcome)
}

const fn outcome(code: ExitCode) -> OutcomeKind {
    match code {
        ExitCode::Done => OutcomeKind::Done,
        ExitCode::PluginError => OutcomeKind::PluginError,
        ExitCode::Usage => OutcomeKind::Unusable,
        ExitCode::Refused => OutcomeKind::Refused,
        ExitCode::Violation => OutcomeKind::Violation,
        ExitCode::Limit => OutcomeKind::Limit,
        ExitCode::Integrity => OutcomeKind::Integrity,
        ExitCode::Protection => OutcomeKind::ProtectionMissing,
        ExitCode::Bug => OutcomeKind::Internal,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_rule_of_a_record_is_described() {
        let refused = [
            Denied::DISK_LIMIT,
            Denied::PROCESS_LIMIT,
            Denied::SYSTEM_CALL,
            Denied::LEFT_OUT,
            Denied::RATE,
            Denied::STORE,
            Denied::TOKEN,
            Denied::BLOB,
            "elevation.network",
            "filesystem.exception",
        ];
        let kinds = Permission::ALL.map(Permission::as_str);
        let second = Duration::from_secs(1);
        let endings = [
            Ending::Limit(Limit::Memory(1)),
            Ending::Limit(Limit::Time(second)),
            Ending::Limit(Limit::Processor(second)),
            Ending::Limit(Limit::Share),
            Ending::Limit(Limit::Disk(1)),
            Ending::Limit(Limit::Processes(1)),
            Ending::Limit(Limit::Output(1)),
            Ending::Limit(Limit::Unread(second)),
            Ending::Limit(Limit::Cancellation(second)),
            Ending::Limit(Limit::Pressure("memory")),
            Ending::Violation(Offence::Suspicious(String::new())),
            Ending::Violation(Offence::KilledByFilter),
            Ending::Violation(Offence::HungUp),
        ];
        let ended = endings.iter().filter_map(rule_of_ending).map(|(rule, ..)| rule);
        let rules = refused.into_iter().chain(kinds).map(rule_of).chain(ended);
        for rule in rules.chain(["request-beyond-policy"]) {
            assert!(aether_report::rule(rule).is_some(), "{rule}");
        }
        assert!(rule_of_ending(&Ending::Normal).is_none());
    }
}
