//! A log as results of an analysis.

use std::collections::BTreeMap;

use aether::audit::{Detail, Kind, Record, Verdict};
use aether::manifest::Permission;
use aether::report::{
    CellRecord, FindingRecord, Location, Plugin, Rule, RunRecord, Verdict as Judged, Violation,
    sarif,
};
use serde_json::{Value, json};

/// Refusals and limits that one document has at most. With the other two it has no more results than
/// code hosts take.
const REFUSALS: usize = 15_000;

/// Offences, for which there is room however many refusals there are.
const OFFENCES: usize = 5000;

/// What the monitor noticed, likewise.
const FINDINGS: usize = 5000;

/// Runs of a log of which a document tells: as many as code hosts take.
const RUNS: usize = 20;

/// What a result belongs to that no run's report has.
const OWN: [Rule; 7] = [
    Rule {
        id: "monitor-answer",
        title: "The monitor answered",
        help: "The monitor slowed, narrowed, froze or ended the cell. What it had noticed before says why.",
    },
    Rule {
        id: "ended-for-limit",
        title: "A plugin was ended for a limit",
        help: "The message names the limit. A larger one goes into resources in the manifest.",
    },
    Rule {
        id: "ended-for-violation",
        title: "A plugin was ended for an offence",
        help: "It did what no honest plugin does. The message says what.",
    },
    Rule {
        id: "call-refused",
        title: "A call was not made",
        help: "Its input does not fit what the method takes, or the plugin stood still.",
    },
    Rule {
        id: "start-held",
        title: "A plugin is not started again",
        help: "It failed too often, or for a reason that another start does not mend.",
    },
    Rule {
        id: "protection-degraded",
        title: "An optional protection was not there in full",
        help: "Whoever started the plugin named the protection as optional. The message names it.",
    },
    Rule {
        id: "busy-limit",
        title: "A plugin was busy",
        help: "Another plugin was called that had too many calls open. The call was refused.",
    },
];

/// The records of a log on their way to one document. What was refused, limited, noticed or an offence
/// is a result; each run of the log is a run of the document.
#[derive(Default)]
pub(super) struct Document {
    runs: Vec<Run>,
    more_runs: usize,
    refusals: usize,
    offences: usize,
    findings: usize,
    left_out: usize,
}

#[derive(Default)]
struct Run {
    record: RunRecord,
    cells: BTreeMap<(String, u32), CellRecord>,
    ended: Option<End>,
}

struct End {
    time: Option<String>,
    exit_code: Option<i64>,
    outcome: Option<String>,
}

impl Document {
    /// Takes a record, which becomes a result only where it is picked.
    pub(super) fn add(&mut self, record: &Record, is_picked: bool) {
        if self.more_runs > 0 || self.runs.last().is_none_or(|run| run.record.run != record.run) {
            self.begin(record);
        }
        let run = self.runs.last_mut().filter(|_| self.more_runs == 0);
        let (count, most) = match class(record) {
            Some(Class::Refusal(_)) if is_picked => (&mut self.refusals, REFUSALS),
            Some(Class::Offence) if is_picked => (&mut self.offences, OFFENCES),
            Some(Class::Finding) if is_picked => (&mut self.findings, FINDINGS),
            _ => return run.into_iter().for_each(|run| run.frame(record)),
        };
        match run {
            Some(run) if *count < most => {
                *count += 1;
                run.add(record);
            }
            _ => self.left_out += 1,
        }
    }

    fn begin(&mut self, record: &Record) {
        if self.runs.len() < RUNS {
            self.runs.push(Run::of(record));
        } else if record.kind == Kind::RunStart {
            self.more_runs += 1;
        }
    }

    /// That there is more than the document holds, if that is so.
    pub(super) fn left_out(&self) -> Option<String> {
        let others = "`--since`, `--until`, `--plugin`, `--kind` and `--verdict` pick others";
        match (self.left_out, self.more_runs) {
            (0, 0) => None,
            (results, 0) => Some(format!("{results} results are left out: {others}")),
            (results, runs) => {
                Some(format!("{runs} runs and {results} results are left out: {others}"))
            }
        }
    }

    pub(super) fn into_json(self) -> Value {
        let left_out = self.left_out();
        let mut runs: Vec<Value> = self.runs.into_iter().map(Run::into_json).collect();
        let notes =
            runs.last_mut().map(|run| &mut run["invocations"][0]["toolExecutionNotifications"]);
        if let (Some(Value::Array(notes)), Some(text)) = (notes, left_out) {
            notes.push(notification("warning", &text));
        }
        let mut document = whole(&RunRecord::default());
        document["runs"] = runs.into();
        document
    }
}

/// The document of one run, as a report has it. What is made there is JSON.
fn whole(record: &RunRecord) -> Value {
    serde_json::from_str(&sarif(record)).unwrap_or_default()
}

impl Run {
    fn of(record: &Record) -> Self {
        let record = RunRecord {
            run: record.run.clone(),
            name: "audit".to_owned(),
            aether: aether::VERSION.to_owned(),
            ..RunRecord::default()
        };
        Self { record, ..Self::default() }
    }

    /// What the first and the last record say of a run.
    fn frame(&mut self, record: &Record) {
        let text = |key| record.detail.get(key).and_then(Detail::as_str).map(str::to_owned);
        match record.kind {
            Kind::RunStart => {
                self.record.started = time(record).unwrap_or_default();
                self.record.aether = text("aether").unwrap_or_default();
                self.record.unsafe_mode = record.detail.get("unsafe") == Some(&Detail::Bool(true));
            }
            Kind::RunEnd => {
                self.ended = Some(End {
                    time: time(record),
                    exit_code: record.detail.get("exit_code").and_then(Detail::as_integer),
                    outcome: text("outcome"),
                });
            }
            _ => {}
        }
    }

    fn add(&mut self, record: &Record) {
        let name = record.plugin.clone().unwrap_or_else(|| "host".to_owned());
        let id = record.cell.unwrap_or_default();
        let cell = self.cells.entry((name.clone(), id)).or_insert_with(|| CellRecord {
            id,
            plugin: Plugin { name, ..Plugin::default() },
            ..CellRecord::default()
        });
        match class(record) {
            Some(Class::Refusal(verdict)) => cell.violations.push(violation(record, verdict)),
            Some(Class::Offence) => cell.violations.push(violation(record, Judged::Violation)),
            Some(Class::Finding) => cell.findings.push(finding(record)),
            None => {}
        }
    }

    fn into_json(self) -> Value {
        let Self { mut record, cells, ended } = self;
        record.cells = cells.into_values().collect();
        let mut run = whole(&record)["runs"][0].take();
        for known in run["tool"]["driver"]["rules"].as_array_mut().into_iter().flatten() {
            if let Some(own) = OWN.iter().find(|own| known["id"] == own.id) {
                known["shortDescription"] = json!({ "text": own.title });
                known["fullDescription"] = json!({ "text": own.help });
                known["help"] = json!({ "text": own.help });
            }
        }
        run["invocations"] = json!([invocation(&record, ended)]);
        run
    }
}

fn invocation(record: &RunRecord, ended: Option<End>) -> Value {
    let mut notes = Vec::new();
    if record.unsafe_mode {
        notes.push(notification("error", "sandboxing was switched off by --unsafe"));
    }
    let mut invocation = json!({ "executionSuccessful": false });
    if !record.started.is_empty() {
        invocation["startTimeUtc"] = json!(record.started);
    }
    match ended {
        Some(End { time, exit_code, outcome }) => {
            invocation["executionSuccessful"] = json!(exit_code == Some(0));
            if let Some(outcome) = outcome {
                invocation["exitCodeDescription"] = json!(outcome);
            }
            if let Some(code) = exit_code {
                invocation["exitCode"] = json!(code);
            }
            if let Some(time) = time {
                invocation["endTimeUtc"] = json!(time);
            }
        }
        None => notes.push(notification("warning", "the log has no end of this run")),
    }
    invocation["toolExecutionNotifications"] = json!(notes);
    invocation
}

fn notification(level: &str, text: &str) -> Value {
    json!({ "level": level, "message": { "text": text } })
}

/// A time as SARIF wants it. A log that was changed can say anything.
fn time(record: &Record) -> Option<String> {
    let time: jiff::Timestamp = record.time.parse().ok()?;
    Some(format!("{time:.6}"))
}

pub(in crate::commands) enum Class {
    Refusal(Judged),
    Offence,
    Finding,
}

/// What kind of result a record is. How a run ended stands in its invocation; that the machine ran short
/// is nothing about a plugin.
pub(in crate::commands) fn class(record: &Record) -> Option<Class> {
    match (record.kind, record.verdict) {
        (Kind::RunStart | Kind::RunEnd | Kind::Pressure, _) => None,
        (Kind::Finding, _) => Some(Class::Finding),
        (_, Verdict::Denied) => Some(Class::Refusal(Judged::Denied)),
        (_, Verdict::Limited) => Some(Class::Refusal(Judged::Limited)),
        (_, Verdict::Violation) => Some(Class::Offence),
        (_, Verdict::Allowed | Verdict::Noted | Verdict::Failed) => None,
    }
}

pub(in crate::commands) fn violation(record: &Record, verdict: Judged) -> Violation {
    let object = record.object.clone().unwrap_or_default();
    let place = record.rule.as_deref().and_then(place);
    let is_line = record.kind == Kind::Denied && place.is_none();
    let text = |key| record.detail.get(key).and_then(Detail::as_str);
    let why = ["because", "why", "error"].into_iter().find_map(text);
    let why = why.map_or_else(String::new, |why| format!(": {why}"));
    let at = record.mono_us / 1000;
    Violation {
        rule: rule_of(record).to_owned(),
        verdict,
        permission: record.action.clone(),
        message: match record.kind {
            // It says itself what was asked for, and why not.
            Kind::Grant => object.clone(),
            _ => format!("{} {} {object}{why}", record.verdict.as_str(), record.action),
        },
        object,
        count: 1,
        first_ms: at,
        last_ms: at,
        // Of a refusal the log has what would allow it, or the place that decided.
        fix: record.rule.clone().filter(|_| is_line),
        manifest: place,
        ..Violation::default()
    }
}

pub(in crate::commands) fn finding(record: &Record) -> FindingRecord {
    let text = |key: &str| record.detail.get(key).map_or_else(String::new, Detail::to_string);
    let number = |key: &str| record.detail.get(key).and_then(Detail::as_integer);
    let at = record.mono_us / 1000;
    FindingRecord {
        rule: record.action.clone(),
        at_ms: at,
        last_ms: at,
        since_ms: number("since_ms").and_then(|ms| ms.try_into().ok()).unwrap_or(at),
        count: 1,
        observed: text("observed"),
        expected: text("expected"),
        sure: number("sure").and_then(|sure| sure.try_into().ok()).unwrap_or_default(),
        sentence: record.object.clone().unwrap_or_default(),
        evidence: Some(text("evidence")).filter(|text| !text.is_empty()).into_iter().collect(),
        ..FindingRecord::default()
    }
}

/// The place in a manifest or policy that a rule names: `FILE:LINE:COLUMN`.
fn place(text: &str) -> Option<Location> {
    let mut parts = text.rsplitn(3, ':');
    let mut number = || parts.next()?.parse().ok().filter(|number| *number > 0);
    let (column, line) = (number()?, number()?);
    let file = parts.next().filter(|file| !file.is_empty() && !file.starts_with('-'))?;
    Some(Location { file: file.to_owned(), line, column })
}

/// The rule that a record falls under, in the words of a run's report.
fn rule_of(record: &Record) -> &'static str {
    let is_limit = record.verdict == Verdict::Limited;
    match (record.kind, record.action.as_str()) {
        (Kind::Denied, action) => refused(action),
        (Kind::Violation, "syscall") => "syscall-denied",
        (Kind::Violation, _) => "protocol-violation",
        (Kind::Limit, "plugins.call") => "busy-limit",
        (Kind::Limit, _) => "rate-limit",
        (Kind::LogDrop, _) => "output-limit",
        (Kind::Token, "token.use") => "token-refused",
        (Kind::Token, _) => "elevation-refused",
        (Kind::Grant, "outside-window") => "outside-window",
        (Kind::Grant, "digest-mismatch") => "integrity-mismatch",
        (Kind::Grant, "consent-needed") | (Kind::Consent, _) => "consent-missing",
        (Kind::Grant, _) => "request-beyond-policy",
        (Kind::Posture, _) if is_limit => "protection-degraded",
        (Kind::Posture, _) | (Kind::Start, "launch") => "protection-missing",
        (Kind::Start, _) => "start-held",
        (Kind::Exit, _) if is_limit => "ended-for-limit",
        (Kind::Exit, _) => "ended-for-violation",
        (Kind::Ladder, _) => "monitor-answer",
        (Kind::Call | Kind::CallEnd, _) => "call-refused",
        (_, action) => refused(action),
    }
}

/// The rule for what was refused while a plugin ran.
fn refused(action: &str) -> &'static str {
    if let Some(permission) = Permission::from_name(action) {
        return match permission {
            Permission::FilesystemRead => "file-read-denied",
            Permission::FilesystemWrite => "file-write-denied",
            Permission::NetworkDomains => "network-denied",
            Permission::NetworkInbound => "inbound-denied",
            Permission::Environment => "environment-denied",
            Permission::Process => "process-denied",
            Permission::Plugins => "plugin-call-denied",
            Permission::Secrets => "secret-denied",
            Permission::EventsEmit | Permission::EventsOn => "event-denied",
        };
    }
    match action {
        "resources.disk" => "disk-limit",
        "resources.processes" => "process-limit",
        "resources.rates" => "rate-limit",
        "filesystem.exception" | "filesystem.left-out" => "file-exception",
        "syscall" => "syscall-denied",
        "kv" => "store-unusable",
        "token" => "token-refused",
        "blob" => "blob-unknown",
        action if action.starts_with("elevation.") => "elevation-refused",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use aether::report::rule;

    use super::*;

    /// What a record of a refusal can name.
    const REFUSED: [&str; 10] = [
        "resources.disk",
        "resources.processes",
        "resources.rates",
        "filesystem.exception",
        "filesystem.left-out",
        "syscall",
        "kv",
        "token",
        "blob",
        "elevation.command",
    ];

    #[test]
    fn every_rule_is_one_that_is_described() {
        let describes = |id: &str| rule(id).is_some() || OWN.iter().any(|own| own.id == id);
        let permissions = Permission::ALL.iter().map(|permission| permission.as_str());
        for action in permissions.chain(REFUSED) {
            let id = rule_of(&record(Kind::Denied, action, Verdict::Denied));
            assert!(describes(id), "{id} of {action}");
        }
        for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Denied) {
            for action in ["launch", "limit", "token.use", "plugins.call", "other", "kv"] {
                for verdict in Verdict::ALL {
                    let id = rule_of(&record(kind, action, verdict));
                    assert!(describes(id) || id == "other", "{id} of {kind:?} {action}");
                }
            }
        }
    }

    #[test]
    fn a_place_is_read_from_the_end_and_a_line_is_none() {
        let check = |text, expect: Option<(&str, u32, u32)>| {
            let found = place(text).map(|place| (place.file, place.line, place.column));
            assert_eq!(found, expect.map(|(file, line, column)| (file.to_owned(), line, column)));
        };
        check("aether-plugin.json:6:15", Some(("aether-plugin.json", 6, 15)));
        check(r"C:\a\policy.yaml:1:2", Some((r"C:\a\policy.yaml", 1, 2)));
        for other in
            ["the host", "", ":1:2", "a:0:1", "a:1:x", "--net a:1:2", r#""read": ["/a:1:2"]"#]
        {
            check(other, None);
        }
    }

    fn record(kind: Kind, action: &str, verdict: Verdict) -> Record {
        Record {
            v: 1,
            seq: 1,
            time: "2026-03-01T12:00:00.000450Z".to_owned(),
            mono_us: 450,
            run: "0".repeat(32),
            kind,
            plugin: Some("p".to_owned()),
            cell: Some(1),
            action: action.to_owned(),
            object: Some("/etc/shadow".to_owned()),
            verdict,
            rule: Some("aether-plugin.json:6:15".to_owned()),
            detail: BTreeMap::new(),
            truncated: Vec::new(),
            prev: "0".repeat(64),
            hash: "0".repeat(64),
        }
    }

    #[test]
    fn what_does_not_fit_is_counted_and_offences_have_their_own_room() {
        let mut document = Document::default();
        document.add(&record(Kind::RunStart, "run", Verdict::Noted), false);
        let denied = record(Kind::Denied, "filesystem.read", Verdict::Denied);
        for _ in 0..REFUSALS + 3 {
            document.add(&denied, true);
        }
        document.add(&denied, false);
        document.add(&record(Kind::Violation, "syscall", Verdict::Violation), true);
        assert!(document.left_out().is_some_and(|text| text.starts_with("3 results are left out")));
        let json = document.into_json();
        let run = &json["runs"][0];
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), REFUSALS + 1);
        assert_eq!(results.iter().filter(|one| one["level"] == "error").count(), 1);
        let notes = &run["invocations"][0]["toolExecutionNotifications"];
        assert_eq!(notes[0]["message"]["text"], "the log has no end of this run");
        assert_eq!(notes[1]["level"], "warning");
        assert!(notes[1]["message"]["text"].as_str().unwrap().starts_with("3 results"));
    }

    #[test]
    fn each_run_of_a_log_is_a_run_and_of_very_many_the_first_are() {
        let mut document = Document::default();
        for number in 0..RUNS + 5 {
            let of = |record: Record| Record { run: format!("{number:032}"), ..record };
            document.add(&of(record(Kind::RunStart, "run", Verdict::Noted)), true);
            document.add(&of(record(Kind::Ladder, "narrow", Verdict::Limited)), true);
            let mut end = of(record(Kind::RunEnd, "run", Verdict::Allowed));
            end.detail.insert("exit_code".to_owned(), Detail::Integer(0));
            document.add(&end, true);
        }
        assert!(document.left_out().is_some_and(|text| text.starts_with("5 runs and 5 results")));
        let json = document.into_json();
        let runs = json["runs"].as_array().unwrap();
        assert_eq!(runs.len(), RUNS);
        for run in runs {
            assert_eq!(run["results"].as_array().unwrap().len(), 1);
            assert_eq!(run["invocations"][0]["executionSuccessful"], true);
            assert_eq!(run["invocations"][0]["endTimeUtc"], "2026-03-01T12:00:00.000450Z");
            let rule = &run["tool"]["driver"]["rules"][0];
            assert_eq!(rule["shortDescription"]["text"], "The monitor answered");
            assert_eq!(run["results"][0]["ruleIndex"], 0);
            let region = &run["results"][0]["locations"][0]["physicalLocation"]["region"];
            assert_eq!((&region["startLine"], &region["startColumn"]), (&json!(6), &json!(15)));
        }
    }
}
